"""The category tree in administration: every control is a form of its own and works without JavaScript."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import formats
from accounts.errors import InvalidInput, Refused
from accounts.http import UserRequest, for_admins
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets.actions import categories as actions
from incidents.tickets.categories import Node, Tree
from incidents.tickets.category_forms import CategoryForm, PlaceForm
from incidents.tickets.models import COUNT_CAP, Category, Ticket

for_readers = for_admins(Permission.CATEGORIES_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.CATEGORIES_MANAGE)


@dataclass(frozen=True)
class Branch:
    """One row of the tree and what hangs below it."""

    category: Category
    tickets: str
    is_first: bool
    is_last: bool
    children: list["Branch"]


@for_readers
@require_GET
def category_tree(request: UserRequest) -> HttpResponse:
    """The whole tree; beside it the category chosen by `at`, or a new one below `under`."""
    tree = Tree.load()
    chosen = _named(tree, request.GET.get("at"))
    under = _named(tree, request.GET.get("under"))
    form = None
    if _may_change(request) and (chosen or under or "new" in request.GET):
        form = CategoryForm(instance=chosen)
    return _page(request, tree, chosen=chosen, under=under, form=form)


@for_managers
@require_POST
def category_add(request: UserRequest) -> HttpResponse:
    tree = Tree.load()
    under = _named(tree, request.POST.get("under"))
    form = CategoryForm(request.POST)
    if not form.is_valid():
        return _page(request, tree, under=under, form=form, status=422)
    try:
        category = actions.add_category(**form.cleaned_data, parent=under, by=request.user)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _page(request, tree, under=under, form=form, status=refusal.status)
    return _back(request, category, _("Category “%(name)s” was added."))


@for_managers
@require_POST
def category_change(request: UserRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category, pk=pk)
    form = CategoryForm(request.POST, instance=category)
    if not form.is_valid():
        tree = Tree.load()
        return _page(request, tree, chosen=tree.by_pk[pk], form=form, status=422)
    try:
        actions.change_category(category, **form.cleaned_data, by=request.user)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        tree = Tree.load()
        return _page(request, tree, chosen=tree.by_pk[pk], form=form, status=refusal.status)
    return _back(request, category, _("Saved “%(name)s”."))


@for_managers
@require_POST
def category_position(request: UserRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category, pk=pk)
    to: Any = request.POST.get("to")
    if to not in {"up", "down"}:
        raise InvalidInput(_("Say up or down."), field="to")
    actions.shift_category(category, to=to, by=request.user)
    return _back(request, category)


@for_managers
@require_POST
def category_parent(request: UserRequest, pk: int) -> HttpResponse:
    category, place = _place(request, pk)
    actions.move_category(category, under=place, by=request.user)
    return _back(request, category, _("“%(name)s” was moved."))


@for_managers
@require_POST
def category_merge(request: UserRequest, pk: int) -> HttpResponse:
    category, place = _place(request, pk)
    if place is None:
        raise InvalidInput(_("Choose the category that takes its place."), field="place")
    actions.merge_category(category, into=place, by=request.user)
    return _back(request, place, _("Merged; its tickets are found under “%(name)s” now."))


@for_managers
@require_POST
def category_retire(request: UserRequest, pk: int) -> HttpResponse:
    category = actions.retire_category(get_object_or_404(Category, pk=pk), by=request.user)
    return _back(request, category, _("“%(name)s” takes no new tickets."))


@for_managers
@require_POST
def category_restore(request: UserRequest, pk: int) -> HttpResponse:
    category = actions.restore_category(get_object_or_404(Category, pk=pk), by=request.user)
    return _back(request, category, _("“%(name)s” takes tickets again."))


def _page(
    request: UserRequest,
    tree: Tree,
    *,
    chosen: Category | None = None,
    under: Category | None = None,
    form: CategoryForm | None = None,
    status: int = 200,
) -> HttpResponse:
    counts = _open_tickets(tree, request.user)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Categories"),
        "branches": _branches(tree.roots, counts),
        "chosen": chosen,
        "chosen_path": tree.label(chosen) if chosen else "",
        "chosen_team": tree.team_of(chosen) if chosen else None,
        "chosen_is_live": bool(chosen and not chosen.merged_into_id),
        "under": under,
        "form": form,
        "may_change": _may_change(request),
    }
    if form and chosen and not chosen.merged_into_id:
        top, other = _("At the top"), _("Choose a category")
        context["move_form"] = PlaceForm(tree=tree, category=chosen, empty=top, required=False)
        context["move_form"].initial = {"place": chosen.parent_id}
        context["merge_form"] = PlaceForm(tree=tree, category=chosen, empty=other, required=True)
    return TemplateResponse(request, "admin/categories.html", context, status=status)


def _branches(nodes: list[Node], counts: dict[int, str]) -> list[Branch]:
    live = [node for node in nodes if not node.category.merged_into_id]
    merged = [node for node in nodes if node.category.merged_into_id]
    return [
        Branch(
            category=node.category,
            tickets=counts[node.category.pk],
            is_first=node is (live or nodes)[0],
            is_last=node is (live or nodes)[-1],
            children=_branches(node.children, counts),
        )
        for node in [*live, *merged]
    ]


def _open_tickets(tree: Tree, user: User) -> dict[int, str]:
    """Open tickets of each category and all below it, in words, as far as this person sees them: one query."""
    rows = (
        Ticket.objects.seen_as_staff_by(user)
        .open()
        .order_by()
        .values_list("category")
        .annotate(Count("pk"))
    )
    own: Counter[int] = Counter(dict(rows))
    counts = {}
    for pk, category in tree.by_pk.items():
        found = sum(own[below] for below in tree.subtree(category))
        counts[pk] = formats.capped(found, COUNT_CAP)
    return counts


def _named(tree: Tree, given: str | None) -> Category | None:
    if not given:
        return None
    if not given.isdecimal() or int(given) not in tree.by_pk:
        raise Http404
    return tree.by_pk[int(given)]


def _place(request: UserRequest, pk: int) -> tuple[Category, Category | None]:
    """The category and the other one that the form names (None where it names none)."""
    category = get_object_or_404(Category, pk=pk)
    given = request.POST.get("place", "")
    if given == "":
        return category, None
    if not given.isdecimal():
        raise InvalidInput(_("Choose a category from the list."), field="place")
    return category, get_object_or_404(Category, pk=int(given))


def _may_change(request: UserRequest) -> bool:
    return request.user.permits.anywhere(Permission.CATEGORIES_MANAGE)


def _back(request: UserRequest, category: Category, words: str = "") -> HttpResponse:
    if words:
        messages.success(request, words % {"name": category.name})
    return HttpResponseRedirect(f"{reverse('admin:categories')}?at={category.pk}#c-{category.pk}")
