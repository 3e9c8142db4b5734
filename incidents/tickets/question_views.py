"""Forms of categories in administration: the list, the editor with its preview, the versions.

A draft travels with the page, so every step is an ordinary request that works without JavaScript as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import typed
from accounts.digits import whole
from accounts.errors import EditConflict
from accounts.http import UserRequest, for_admins, go
from accounts.permissions import Permission
from incidents.tickets.actions.change_questions import NoForm, change_questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, QuestionForm, Service
from incidents.tickets.question_forms import cards
from incidents.tickets.questions import asking
from incidents.tickets.questions.definition import (
    MOST_QUESTIONS,
    QuestionKind,
    parse,
)
from incidents.tickets.questions.draft import Draft
from incidents.tickets.questions.form import QuestionsForm

PAGE = "admin/questions.html"
for_readers = for_admins(Permission.CATEGORIES_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.CATEGORIES_MANAGE)


@dataclass(frozen=True)
class Row:
    """A category in the list of forms; `below` are those that ask the same."""

    category: Category
    path: str
    form: QuestionForm
    count: int
    below: list[str]


@dataclass(frozen=True)
class Preview:
    """What the template of the questions looks at."""

    questions: QuestionsForm | None
    lost: tuple[()] = ()


@for_readers
@require_GET
def form_list(request: UserRequest) -> HttpResponse:
    """Categories with a form of their own, and a choice of all the others."""
    tree = Tree.load()
    forms = {form.category_id: form for form in asking.newest().select_related("made_by")}
    live = [node.category for _depth, node in tree.walk() if not node.category.merged_into_id]
    context = {
        **admin.site.each_context(request),
        "title": _("Forms"),
        "rows": list(_rows(tree, live, forms)),
        "others": [(one.pk, tree.label(one)) for one in live if one.pk not in forms],
        "may_change": _may_change(request),
    }
    return TemplateResponse(request, "admin/forms.html", context)


@for_readers
@require_GET
def form_open(request: UserRequest) -> HttpResponse:
    """The form of the category that was chosen from the list."""
    given = request.GET.get("category", "")
    if not given.isascii() or not given.isdecimal():
        raise Http404
    return go(request, reverse("admin:form", args=[get_object_or_404(Category, pk=given).pk]))


@for_readers
@require_GET
def form(request: UserRequest, pk: int) -> HttpResponse:
    """What the category asks; for managers to be changed. `from` begins with an older version or what stands above.

    What somebody sent after their session ended stands there again.
    """
    category = get_object_or_404(Category, pk=pk)
    tree = Tree.load()
    if _may_change(request) and (waited := typed.restore(request, _kept_as(category))):
        return _page(request, category, tree, Draft.read(MultiValueDict(waited)), is_restored=True)
    own = QuestionForm.objects.filter(category=category).order_by("-number").first()
    above = None if own else asking.nearest(category, tree)
    start = own
    begin = request.GET.get("from", "")
    if begin == "above":
        start = above
    elif (number := whole(begin, 7)) is not None:
        start = get_object_or_404(QuestionForm, category=category, number=number)
    draft = Draft.of(start.questions if start else [], expected=own.number if own else 0)
    is_inherited = above is not None and not begin
    return _page(request, category, tree, draft, above=above if is_inherited else None)


@for_managers
@require_POST
def form_draft(request: UserRequest, pk: int) -> HttpResponse:
    """One step on the draft, shown again. Changes nothing that is stored."""
    category = get_object_or_404(Category, pk=pk)
    draft = Draft.read(request.POST)
    what = request.POST.get("do", "")
    draft.step(f"add:{request.POST.get('new', '')}" if what == "add" else what)
    return _page(request, category, Tree.load(), draft)


@for_managers
@require_POST
def form_preview(request: UserRequest, pk: int) -> HttpResponse:
    """The draft as employees would meet it. Changes nothing; without JavaScript it is a page of its own."""
    category = get_object_or_404(Category, pk=pk)
    questions = Draft.read(request.POST).askable()
    version = QuestionForm(category=category, questions=[one.to_json() for one in questions])
    return _preview(request, version)


@for_managers
@require_POST
def form_save(request: UserRequest, pk: int) -> HttpResponse:
    """Make the draft the next version."""
    category = get_object_or_404(Category, pk=pk)
    draft = Draft.read(request.POST)
    try:
        saved = change_questions(category, draft.stored, by=request.user, expected=draft.expected)
    except NoForm as refusal:
        draft.tells, draft.problems = True, refusal.problems
        places = [one.place for one in refusal.problems if one.place >= 0]
        if places and draft.opened not in places:
            draft.opened = places[0]
        return _page(request, category, Tree.load(), draft, status=refusal.status)
    except EditConflict as refusal:
        newest = QuestionForm.objects.filter(category=category).order_by("-number").first()
        draft.expected = newest.number if newest else 0
        return _page(request, category, Tree.load(), draft, clash=newest, status=refusal.status)
    messages.success(
        request, _("Saved as version %(number)s. New tickets are asked this.") % {"number": saved.number}
    )  # fmt: skip
    return go(request, reverse("admin:form", args=[category.pk]))


@for_readers
@require_GET
def form_version(request: UserRequest, pk: int, number: int) -> HttpResponse:
    """An older version, as it was asked."""
    version = get_object_or_404(
        QuestionForm.objects.select_related("category", "made_by"), category=pk, number=number
    )
    return _preview(request, version)


# Parts -------------------------------------------------------------------------------------------------------


def _page(
    request: UserRequest,
    category: Category,
    tree: Tree,
    draft: Draft,
    *,
    above: QuestionForm | None = None,
    clash: QuestionForm | None = None,
    is_restored: bool = False,
    status: int = 200,
) -> HttpResponse:
    if draft.tells or not draft.problems:
        draft.weigh()
    versions = list(
        QuestionForm.objects.filter(category=category).select_related("made_by").order_by("-number")
    )
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Questions of “%(category)s”") % {"category": category.name},
        "category": category,
        "path": tree.label(category),
        "draft": draft,
        "cards": cards(draft, _services(draft)),
        "problems": draft.problems if draft.tells else (),
        "kinds": QuestionKind.choices,
        "new_kind": request.POST.get("new", ""),
        "is_full": len(draft.entries) >= MOST_QUESTIONS,
        "above": above,
        "clash": clash,
        "kept_as": _kept_as(category),
        "is_restored": is_restored,
        "gone": _gone(versions, draft),
        "versions": versions,
        "preview": Preview(_drawn(QuestionForm(category=category, questions=[one.to_json() for one in draft.askable()]))),
        "may_change": _may_change(request),
    }  # fmt: skip
    template = f"{PAGE}#editor" if request.headers.get("HX-Request") else PAGE
    return TemplateResponse(request, template, context, status=status)


def _kept_as(category: Category) -> str:
    """Under which name a draft waits while its maker signs in again."""
    return f"questions:{category.pk}"


def _preview(request: UserRequest, version: QuestionForm) -> HttpResponse:
    """In the editor as a fragment; otherwise a page as employees have it."""
    context = {"asking": Preview(_drawn(version)), "version": version, "nav": "new"}
    if request.headers.get("HX-Request"):
        return render(request, "components/_questions.html", context)
    return render(request, "admin/questions_preview.html", context)


def _drawn(version: QuestionForm) -> QuestionsForm | None:
    return QuestionsForm(version, title=version.category.name) if version.questions else None


def _rows(tree: Tree, live: list[Category], forms: dict[int, QuestionForm]) -> Iterator[Row]:
    for category in live:
        if own := forms.get(category.pk):
            below = [
                one.name
                for one in live
                if one.pk != category.pk and asking.form_among(forms.values(), one, tree) == own
            ]
            yield Row(category, tree.label(category), own, len(own.questions), below)


def _gone(versions: list[QuestionForm], draft: Draft) -> list[str]:
    """Questions of the present version that the draft has no more."""
    if not versions:
        return []
    kept = {entry.get("key") for entry in draft.entries}
    return [question.label for question in parse(versions[0].questions) if question.key not in kept]


def _services(draft: Draft) -> list[tuple[int, str]]:
    """Services to compare with, where a condition can."""
    if all(entry.get("kind") != QuestionKind.SERVICE for entry in draft.entries):
        return []
    return list(Service.objects.filter(is_retired=False).values_list("pk", "name"))


def _may_change(request: UserRequest) -> bool:
    return request.user.permits.anywhere(Permission.CATEGORIES_MANAGE)
