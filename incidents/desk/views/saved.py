"""Saved views: opened, made, renamed, shared, ordered, deleted; the columns of lists, and what the desk starts with."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.digits import whole
from accounts.errors import require
from accounts.http import UserRequest, for_agents, go, safe_next
from incidents.desk import columns, saved, sharing
from incidents.desk.filters import UnknownFilter
from incidents.desk.listings import narrowed
from incidents.desk.models import DeskSettings, SavedView
from incidents.desk.saved import StartForm, ViewForm, settings_of, view_of
from incidents.desk.sidebar import Sidebar, views_of
from incidents.desk.views import lists

EDIT = "desk/views/edit.html"


@for_agents
@require_GET
def view(request: UserRequest, pk: int) -> HttpResponse:
    try:
        found = view_of(request.user, pk)
    except saved.ViewGone:
        return gone(request)
    if found.layout == SavedView.Layout.BOARD and not request.GET and not request.htmx:
        return go(request, f"{reverse('desk:board')}?view={found.pk}")
    return lists.show(request, saved.listing_of(found))


@for_agents
@require_GET
def view_news(request: UserRequest, pk: int) -> HttpResponse:
    return lists.news(request, saved.listing_of(view_of(request.user, pk)))


def gone(request: UserRequest) -> HttpResponse:
    """What became of the address, and where to go on."""
    context = {"nav": "view", "views": views_of(request.user)}
    return render(request, "desk/views/gone.html", context, status=404)


@for_agents
@require_http_methods(["GET", "POST"])
def views(request: UserRequest) -> HttpResponse:
    """All that one may use, to be put in order; posted to, a new one, of the list whose query string is sent along."""
    if request.method == "GET":
        return _manage(request)
    form = ViewForm(request.POST, by=request.user)
    try:
        form.instance.query = saved.tidy_query(request.POST.get("query", ""), request.user)
    except UnknownFilter as unknown:
        form.add_error(None, unknown.message)
    form.instance.columns = columns.tidy(request.POST.getlist("column"))
    if not form.is_valid():
        context = {"nav": "view", "form": form, "query": request.POST.get("query", "")}
        return render(request, EDIT, context, status=422)
    form.instance.owner = request.user
    form.instance.position = saved.last_place(form.instance)
    made: SavedView = form.save()
    messages.success(request, _("The view is saved."))
    return go(request, reverse("desk:view", args=[made.pk]))


@for_agents
@require_GET
def view_new(request: UserRequest) -> HttpResponse:
    """The form to save the list of this query string; as a fragment for the list's menu."""
    query = narrowed(request.GET, request.user).query
    context = {
        "nav": "view",
        "form": ViewForm(by=request.user),
        "query": query,
        "is_menu": bool(request.htmx),
    }
    return render(request, f"{EDIT}#form" if request.htmx else EDIT, context)


@for_agents
@require_http_methods(["GET", "POST"])
def view_edit(request: UserRequest, pk: int) -> HttpResponse:
    """Its name, and who has it."""
    found = _mine_to_change(request, pk)
    form = ViewForm(request.POST or None, instance=found, by=request.user)
    if request.method == "GET" or not form.is_valid():
        context = {"nav": "view", "form": form, "view": found}
        status = 200 if request.method == "GET" else 422
        return render(request, EDIT, context, status=status)
    form.save()
    messages.success(request, _("The view is changed."))
    return go(request, reverse("desk:views"))


@for_agents
@require_POST
def view_query(request: UserRequest, pk: int) -> HttpResponse:
    """What the list shows now is what the view stands for."""
    found = _mine_to_change(request, pk)
    found.query = saved.tidy_query(request.POST.get("query", ""), request.user)
    with sharing.noted(found, by=request.user):
        found.save(update_fields=["query", "changed_at"])
    saved.forget_counts(request.user)
    messages.success(request, _("The view is changed."))
    return go(request, reverse("desk:view", args=[pk]))


@for_agents
@require_POST
def view_place(request: UserRequest, pk: int) -> HttpResponse:
    saved.move(_mine_to_change(request, pk), by=-1 if request.POST.get("to") == "up" else 1)
    return go(request, reverse("desk:views"))


@for_agents
@require_http_methods(["GET", "POST"])
def view_remove(request: UserRequest, pk: int) -> HttpResponse:
    """GET asks, in a dialog or as a page: a view is gone for all who use it."""
    found = _mine_to_change(request, pk)
    if request.method == "GET":
        context = {"nav": "views", "view": found, "starters": saved.starters(found)}
        page = "desk/views/remove.html"
        return render(request, f"{page}#form" if request.htmx else page, context)
    name = found.name
    with sharing.noted(found, by=request.user):
        found.delete()
    messages.success(request, _("“%(name)s” is deleted.") % {"name": name})
    return go(request, reverse("desk:views"))


def _mine_to_change(request: UserRequest, pk: int) -> SavedView:
    found = view_of(request.user, pk)
    require(
        sharing.can_change(request.user, found),
        _("Only who leads the team may change a view that it shares."),
    )
    return found


def _manage(request: UserRequest) -> HttpResponse:
    user = request.user
    rows: list[dict[str, Any]] = [
        {"view": one, "can_change": sharing.can_change(user, one), "start": f"view:{one.pk}"}
        for one in views_of(user)
    ]
    own = settings_of(user)
    starts = [
        ("", _("Overview")),
        ("mine", _("My work")),
        ("unassigned", _("Unassigned")),
        ("all", _("All tickets")),
        *((f"queue:{team.slug}", team.name) for team, _n, _label in Sidebar(user).queues),
        *((row["start"], row["view"].name) for row in rows),
    ]
    context = {"nav": "views", "rows": rows, "start": own.start, "starts": starts}
    return render(request, "desk/views/manage.html", context)


# Settings of one's own desk ---------------------------------------------------------------------------------


@for_agents
@require_POST
def desk_columns(request: UserRequest) -> HttpResponse:
    """The columns of all lists, or of one saved view (`view`); “as they come” with `reset`."""
    chosen = [] if "reset" in request.POST else columns.tidy(request.POST.getlist("column"))
    view = whole(request.POST.get("view", ""), 9)
    if view is not None:
        found = _mine_to_change(request, view)
        found.columns = chosen
        with sharing.noted(found, by=request.user):
            found.save(update_fields=["columns", "changed_at"])
    else:
        DeskSettings.objects.update_or_create(user=request.user, defaults={"columns": chosen})
    return go(request, safe_next(request, reverse("desk:all")))


@for_agents
@require_POST
def desk_start(request: UserRequest) -> HttpResponse:
    form = StartForm(request.POST, by=request.user)
    if form.is_valid():
        start = form.cleaned_data["start"]
        DeskSettings.objects.update_or_create(user=request.user, defaults={"start": start})
        messages.success(request, _("The desk now opens with that."))
    else:
        messages.error(request, _("The desk can’t start with that."))
    return go(request, reverse("desk:views"))


@for_agents
@require_GET
def counts(request: UserRequest) -> HttpResponse:
    """The sidebar's numbers as they are now."""
    sidebar = Sidebar(request.user)
    context = {"sidebar": sidebar, "counts": saved.counts_for(request.user, sidebar.views)}
    return render(request, "desk/_counts.html", context)
