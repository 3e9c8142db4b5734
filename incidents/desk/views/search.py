"""One box over tickets, articles, people and services; a ticket's number goes straight to it."""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.formats import capped
from accounts.http import UserRequest, for_agents
from accounts.templatetags import firebreak as looks
from incidents.desk import found as found_beside
from incidents.desk import operators
from incidents.desk.came_from import CameFrom
from incidents.desk.forms import ticket_number
from incidents.desk.narrowing import narrow
from incidents.tickets.models import Ticket
from incidents.tickets.search import Hit, Place, find
from knowledge.markup import highlight
from knowledge.search import find as find_articles

PAGE = "desk/search.html"
SIZE = 25
FEW = 5
"""Of each kind beside the tickets."""


@dataclass(frozen=True, eq=False)
class Kind:
    """Of what is found."""

    name: str
    label: str | Promise


KINDS = (
    Kind("all", _("All")),
    Kind("tickets", _("Tickets")),
    Kind("articles", _("Articles")),
    Kind("people", _("People")),
    Kind("services", _("Services")),
)
_SALT = "desk.search"


@dataclass(frozen=True)
class RowLook:
    """What there is to say of a ticket that was found."""

    is_confined: bool
    has_team: bool
    has_snippet: bool


@dataclass(frozen=True)
class Row:
    """A ticket that was found."""

    look: RowLook
    words: dict[str, str]

    __getitem__ = object.__getattribute__  # templates ask for items first


@for_agents
@require_GET
def search(request: UserRequest) -> HttpResponse:
    words = _typed(request)
    kind = request.GET.get("kind", "all")
    context: dict[str, Any] = {
        "nav": "search",
        "words": words,
        "is_asked": bool(words),
        "kinds": KINDS,
        "addresses": _addresses(words),
        "operators": operators.ALL,
    }
    if all(kind != one.name for one in KINDS):
        return render(request, PAGE, context, status=400)
    if kind == "all" and (url := _of_number(request, words)):
        return redirect(url)
    context["kind"] = kind
    if words:
        context |= _found(request, words, kind)
    is_more = bool(request.htmx) and request.htmx.target == "more"
    return render(request, f"{PAGE}#tickets" if is_more else PAGE, context)


@for_agents
@require_GET
def search_others(request: UserRequest) -> HttpResponse:
    """Articles, people and services beside the tickets: they come after those, which are what is mostly meant."""
    words = _typed(request)
    asked = operators.parse(words, today=timezone.localdate())
    text = asked.text if asked.is_plain or asked.phrases else ""
    context: dict[str, Any] = {"words": words}
    if text and not asked.terms:
        context |= {
            "articles": find_articles(text, user=request.user, limit=FEW),
            "people": found_beside.people(text, by=request.user, limit=FEW),
            "services": found_beside.services(text, limit=FEW),
        }
    return render(request, f"{PAGE}#others", context)


def _typed(request: UserRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[: operators.LONGEST]


def _of_number(request: UserRequest, words: str) -> str:
    number = ticket_number(words)
    if number is None:
        return ""
    found = Ticket.objects.seen_as_staff_by(request.user).filter(number=number).exists()
    return reverse("desk:ticket", args=[number]) if found else ""


def _addresses(words: str) -> tuple[str, ...]:
    """Of what is found of each kind."""
    here = f"{reverse('desk:search')}?{urlencode({'q': words})}"
    return tuple(here if one.name == "all" else f"{here}&kind={one.name}" for one in KINDS)


def _found(request: UserRequest, words: str, kind: str) -> dict[str, Any]:
    asked = operators.parse(words, today=timezone.localdate())
    if kind == "articles":
        return {"articles": find_articles(asked.text, user=request.user, limit=SIZE)}
    if kind == "people":
        people = found_beside.people(asked.text, by=request.user, limit=found_beside.COUNTED + 1)
        return {"people": people, "total": capped(len(people), found_beside.COUNTED)}
    if kind == "services":
        services = found_beside.services(asked.text, limit=found_beside.COUNTED + 1)
        return {"services": services, "total": capped(len(services), found_beside.COUNTED)}
    return _tickets(request, words, asked)


def _tickets(request: UserRequest, words: str, asked: operators.Asked) -> dict[str, Any]:
    narrowed = narrow(asked, request.user)
    after = _read_place(request.GET.get("after", ""))
    results = find(narrowed.question, user=request.user, limit=SIZE, after=after)
    more = ""
    if results.more:
        token = signing.dumps(results.more, salt=_SALT)
        more = f"{reverse('desk:search')}?{urlencode({'q': words, 'kind': 'tickets', 'after': token})}"  # fmt: skip
    return {
        "has_total": True,
        "total": results.total_label,
        "rows": _rows(results.hits, words),
        "more": more,
        "hints": narrowed.hints,
        "asked": urlencode({"q": words}),
        "others": not asked.terms and bool(asked.text) and not after,
    }


def _read_place(token: str) -> Place | None:
    """A token that is not ours gives the first page."""
    try:
        rank, key = signing.loads(token, salt=_SALT)
        return float(rank), int(key)
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _rows(hits: tuple[Hit, ...], words: str) -> list[Row]:
    """Each leads to its ticket, from which one goes on to the next that was found."""
    address = f"{reverse('desk:ticket', args=[1])}?{CameFrom.searching(words).address}"
    # Most of a page stands alike: each mark is drawn once.
    standing = {(one.type, one.status, one.step): one for one in hits}
    statuses = {where: looks.status_badge(one) for where, one in standing.items()}
    urgent = {one.priority: one for one in hits}
    priorities = {level: looks.priority(one) for level, one in urgent.items()}
    return [
        Row(
            RowLook(hit.is_confined, bool(hit.team), bool(hit.snippet)),
            {
                "url": address.replace("INC-1", hit.ref, 1),
                "ref": hit.ref,
                "title": highlight(hit.title),
                "status": statuses[hit.type, hit.status, hit.step],
                "priority": priorities[hit.priority],
                "requester": hit.requester,
                "team": hit.team,
                "when": looks.when(timezone.localtime(hit.updated_at)),
                "snippet": highlight(hit.snippet),
            },
        )
        for hit in hits
    ]
