"""The fields of the filter menu. Fetched when it is opened, so that no list pays for choices that nobody looks at."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents, safe_next
from accounts.models import Department, User
from incidents.desk.filters import EVERY, ME, NOBODY, NONE, SPANS, TicketFilter
from incidents.desk.listings import Narrowed, narrowed
from incidents.desk.sidebar import queues_of
from incidents.tickets import places
from incidents.tickets.models import Service
from incidents.tickets.people import colleagues
from incidents.workflow import rulebook

PAGE = "desk/queue/filters.html"
OWN = {"next", "hide"}


@dataclass(frozen=True)
class Group:
    """The choices of one filter, as boxes to tick, under headings where they have any. `is_open`: shown without a click."""

    name: str
    label: str
    parts: list[tuple[str, list[tuple[str, Any]]]]
    ticked: list[str]
    is_open: bool


@dataclass(frozen=True)
class Moment:
    """When something happened: within a span, or between two days."""

    name: str
    label: str
    span: str
    spans: list[tuple[str, Any]]
    start: str
    end: str


@for_agents
@require_GET
def filters(request: UserRequest) -> HttpResponse:
    """As a page of its own where there is no script. `next` is the list, `hide` what its path says already."""
    now = narrowed(request.GET, request.user, also=OWN)
    hidden = set(request.GET.get("hide", "").split(","))
    context = {
        "nav": "all",
        "asked": now.filter.asked,
        "sort": now.sort,
        "action": safe_next(request, "/desk/all/"),
        "groups": [one for one in _groups(now, request.user) if one.name not in hidden],
        "moments": [_moment(now, name) for name in ("created", "updated")],
        "requester": _requester(now),
    }
    return render(request, f"{PAGE}#fields" if request.htmx else PAGE, context)


def _groups(now: Narrowed, user: User) -> list[Group]:
    asked = now.filter.asked
    parts = {
        name: [("", choices)] for name, choices in _choices(now.filter, user).items() if choices
    }
    parts = {
        "status": parts.pop("status"),
        "step": _steps(now.filter),
        **parts,
        "tag": parts.get("tag", []),
    }
    return [
        Group(
            name,
            str(EVERY[name].label),
            found,
            asked.get(name, []),
            is_open=name in asked or name in {"status", "priority"},
        )
        for name, found in parts.items()
    ]


def _steps(narrowing: TicketFilter) -> list[tuple[str, list[tuple[str, Any]]]]:
    """By workflow: of those in use that say more than statuses do, and of what is asked for."""
    asked = set(narrowing.asked.get("step", ()))
    found = []
    for flow in rulebook.flows(even_retired=True):
        choices = [(places.name_of(flow, place), place.label) for place in flow.places]
        offered = flow.is_refined and not flow.is_retired
        if offered or not asked.isdisjoint(value for value, _label in choices):
            found.append((flow.label, choices))
    return found


def _choices(narrowing: TicketFilter, user: User) -> dict[str, list[tuple[str, Any]]]:
    """Of what is asked for already, too: it may have been retired since."""
    fixed = {
        name: [(str(value), label) for value, label in EVERY[name].extra["choices"]]
        for name in ("status", "priority", "due", "marked", "unread")
    }
    offered = {
        "type": [(one.slug, one.label) for one in rulebook.types()],
        "assignee": [(ME, _("Me")), (NOBODY, _("Nobody")), *_people(user)],
        "team": [*queues_of(user).order_by("name").values_list("slug", "name"), (NONE, _("None"))],
        "category": [
            (node.category.slug, "\u2003" * depth + node.category.name)
            for depth, node in narrowing.tree.walk()
            if not node.category.is_retired
        ],
        "service": list(Service.objects.filter(is_retired=False).values_list("slug", "name")),
        "department": [
            (str(pk), name) for pk, name in Department.objects.values_list("pk", "name")
        ],
        "tag": [],
    }
    for name, choices in offered.items():
        known = {value for value, _label in choices}
        named = narrowing.named.get(name, {})
        choices += [(value, one.label) for value, one in named.items() if value not in known]
    return fixed | offered


def _people(user: User) -> list[tuple[str, str]]:
    return [(str(one.pk), one.display_name) for one in colleagues(user) if one.pk != user.pk]


def _moment(now: Narrowed, name: str) -> Moment:
    first = {key: values[0] for key, values in now.filter.asked.items()}
    return Moment(
        name,
        str(EVERY[name].label),
        first.get(name, ""),
        SPANS,
        first.get(f"{name}_from", ""),
        first.get(f"{name}_to", ""),
    )


def _requester(now: Narrowed) -> dict[str, Any]:
    """The first of those asked for; others stay as they are."""
    people = list(now.filter.named.get("requester", {}).items())
    pk, named = people[0] if people else ("", None)
    return {
        "key": pk,
        "name": named.label if named else now.filter.asked.get("requester_name", [""])[0],
        "others": [key for key, _named in people[1:]],
    }
