"""What the command palette and the search box suggest, as options of a listbox.

It answers while somebody types, so it asks little: no text of tickets, no second guess at misspelt words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk import acts, completion, operators
from incidents.desk import found as found_beside
from incidents.desk.forms import ticket_number
from incidents.desk.models import Macro
from incidents.desk.narrowing import narrow
from incidents.desk.sidebar import queues_of, views_of
from incidents.tickets import numbers, policies, ways
from incidents.tickets.models import DeskReading, Ticket
from incidents.tickets.search import Hit, find
from incidents.workflow.states import OPEN_STATUSES, Status
from knowledge.search import excerpts, query
from knowledge.search import find as find_articles

PAGE = "desk/palette.html"
MOST_TICKETS, MOST_OTHERS, MOST_PLACES = 6, 3, 6
FEWEST_LETTERS = 2


@dataclass(frozen=True)
class Option:
    """One line: a name in which matches stand between \\x02 and \\x03, and where it leads.

    `press` is an element of the page that does it at once; `fill` is what the search box holds after it was chosen.
    """

    name: str
    icon: str
    url: str = ""
    ref: str = ""
    note: str | Promise = ""
    key: str = ""
    press: str = ""
    fill: str = ""


@dataclass(frozen=True)
class Group:
    name: str
    options: list[Option]


@for_agents
@require_GET
def palette(request: UserRequest) -> HttpResponse:
    """Acts on the open ticket, places, tickets, people and articles; without words the tickets opened lately."""
    words = _typed(request)
    ticket = _ticket_at_hand(request)
    groups = [
        *([Group(ticket.ref, _acts(request.user, ticket, words))] if ticket else []),
        Group(_("Opened lately"), [] if words else _opened_lately(request.user)),
        Group(_("Go to"), _places(request.user, words)),
        Group(_("Tickets"), _tickets(request.user, words) if words else []),
        Group(_("People"), _people(request.user, words)),
        Group(_("Articles"), _articles(request.user, words)),
    ]
    if words:
        everything = f"{reverse('desk:search')}?{urlencode({'q': words})}"
        groups.append(Group(_("Search"), [Option(_("Everything about “%s”") % words, "search", everything)]))  # fmt: skip
    return _answer(request, groups)


@for_agents
@require_GET
def suggestions(request: UserRequest) -> HttpResponse:
    """Under the search box: how the last word may go on as an operator or its value, then tickets and people."""
    typed = request.GET.get("q", "").replace("\x00", "")[: operators.LONGEST]
    completed = [
        Option(one.shown, "search", note=one.note, fill=one.text)
        for one in completion.of(typed, request.user)
    ]
    groups = [Group(_("Narrow it"), completed)]
    if not completion.is_in_operator(typed):
        words = typed.strip()
        groups += [
            Group(_("Tickets"), _tickets(request.user, words) if words else []),
            Group(_("People"), _people(request.user, words)),
        ]
    return _answer(request, groups)


def _typed(request: UserRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[: operators.LONGEST]


def _answer(request: UserRequest, groups: Sequence[Group]) -> HttpResponse:
    shown = [group for group in groups if group.options]
    return render(request, PAGE, {"groups": shown})


def _fits(name: str, words: str) -> bool:
    """Does every word that was typed begin one of the name's? Without a word everything fits."""
    parts, sought = query.tokens(name), query.tokens(words)
    if words and not sought:
        return False
    return all(any(part.startswith(word) for part in parts) for word in sought)


# The ticket at hand ------------------------------------------------------------------------------------


def _ticket_at_hand(request: UserRequest) -> Ticket | None:
    """The ticket whose page is open beside the palette, or which has the cursor in a list or on a board."""
    number = numbers.read(request.GET.get("ticket", ""))
    if number is None:
        return None
    seen = Ticket.objects.seen_as_staff_by(request.user).select_related("team", "category")
    found: Ticket | None = seen.filter(number=number, merged_into=None).first()
    return found


def _acts(user: User, ticket: Ticket, words: str) -> list[Option]:
    """What this person may do to it now; once words were typed, also each step and macro by its name."""
    found = [
        Option(
            excerpts.highlight(str(act.label), query.parse(words)),
            act.icon,
            _place_of(act.slug, ticket),
            key=act.key.upper(),
            press=PRESSED.get(act.slug, f"#edit-{act.slug}").format(number=ticket.number),
        )
        for act in (*acts.ACTS.values(), acts.MERGE)
        if _fits(f"{act.label} {ALSO.get(act.slug, '')}", words)
        and act.may(user, ticket)
        and _is_due(act.slug, ticket)
    ]
    if not words or not policies.can_work(user, ticket):
        return found
    return [*found, *_steps(user, ticket, words), *_macros(user, ticket, words)]


ALSO: dict[str, str | Promise] = {
    "take": gettext_lazy("assign to me, mine, accept"),
    "assign": gettext_lazy("give to somebody, to me, owner, assignee"),
    "status": gettext_lazy("wait, hold, start, resume, reopen, state"),
    "priority": gettext_lazy("critical, high, medium, low, impact, urgency"),
    "resolve": gettext_lazy("solve, done, fixed, close"),
    "team": gettext_lazy("move to team, queue, forward"),
    "reply": gettext_lazy("answer, write to requester"),
    "note": gettext_lazy("comment"),
    "merge": gettext_lazy("duplicate of"),
    "tags": gettext_lazy("label"),
}
"""Other words by which an act is looked for."""

STEP_ALSO: dict[str, str | Promise] = {
    Status.OPEN: gettext_lazy("start, resume, reopen"),
    Status.WAITING_REQUESTER: gettext_lazy("wait, hold, ask, question"),
    Status.WAITING_OTHER: gettext_lazy("wait, hold, pause"),
    Status.RESOLVED: gettext_lazy("solve, done, fixed"),
}


def _steps(user: User, ticket: Ticket, words: str) -> list[Option]:
    """Where its workflow lets this person take it, each to the button or the page of that step."""
    places = [
        way.there
        for way in ways.open_to(user, ticket)
        if ways.goes_as_staff(user, way, ticket) and way.there.status != Status.CLOSED
    ]
    return [
        Option(
            excerpts.highlight(_("Set to %(status)s") % {"status": place.label}, query.parse(words)),
            "circle-dot",
            reverse("desk:ticket-at-step", args=[ticket.number, place.slug]),
            press=f"#step-{place.slug}",
        )
        for place in places
        if _fits(f"{_('Set to %(status)s') % {'status': place.label}} {STEP_ALSO.get(place.status, '')}", words)
    ]  # fmt: skip


def _macros(user: User, ticket: Ticket, words: str) -> list[Option]:
    """To the preview of each, never to running it."""
    usable = Macro.objects.usable_by(user).exclude(steps=[]).values_list("pk", "name")
    return [
        Option(
            excerpts.highlight(name, query.parse(words)),
            "zap",
            reverse("desk:ticket-macro", args=[ticket.number, pk]),
            note=_("Macro"),
        )
        for pk, name in usable
        if _fits(f"{name} {_('Macro')}", words)
    ][:MOST_PLACES]


PRESSED = {
    "take": "#take-it, #row-{number} .fb-take",
    "assign": "#edit-assignment",
    "status": "#steps",
    "resolve": "#tab-resolve",
    "reply": "#tab-reply",
    "note": "#tab-note",
    "merge": "#merge-it",
    "escalate": "#escalation details[open] textarea, #escalation details:not([open]) > summary",
}
"""The element of a page that begins an act."""

PAGES = {"assign": "assignment", "escalate": "escalation"}
"""Acts whose own page is named otherwise than they."""


def _place_of(slug: str, ticket: Ticket) -> str:
    """Where it is done when the page has no such element. Taking is one press of a button, so it has no place."""
    if slug == "take":
        return ""
    if slug in {"resolve", "reply", "note"}:
        return f"{ticket.desk_url}?compose={slug}#composer"
    if slug == "status":
        return f"{ticket.desk_url}#steps"
    return reverse(f"desk:ticket-{PAGES.get(slug, slug)}", args=[ticket.number])


def _is_due(slug: str, ticket: Ticket) -> bool:
    match slug:
        case "take":
            return ticket.is_open and ticket.assignee_id is None
        case "note":
            return True
        case "reply":
            return not ticket.is_closed
        case "status":
            return bool(ways.out_of(ticket))
        case _:
            return ticket.status in OPEN_STATUSES


# Places ------------------------------------------------------------------------------------------------


SIGN_OUT_ICON = "log-out"
SIGN_OUT_ALSO = gettext_lazy("log out, log off, logout")


def _places(user: User, words: str) -> list[Option]:
    """Pages and queues by their name; without words the first of them."""
    sought = query.parse(words)
    return [
        Option(excerpts.highlight(name, sought), icon, url, note=note, key=key)
        for name, icon, url, note, key in _all_places(user)
        if _fits(f"{name} {SIGN_OUT_ALSO}" if icon == SIGN_OUT_ICON else name, words)
    ][:MOST_PLACES]


def _all_places(user: User) -> Iterable[tuple[str, str, str, str, str]]:
    yield _("Overview"), "house", reverse("desk:home"), "", "G H"
    yield _("My work"), "circle-user", reverse("desk:mine"), "", "G M"
    yield _("Unassigned"), "inbox", reverse("desk:unassigned"), "", "G U"
    yield _("All tickets"), "layers", reverse("desk:all"), "", ""
    yield _("Board"), "square-kanban", reverse("desk:board"), "", "G B"
    for team in queues_of(user).order_by("name"):
        yield team.name, "list", reverse("desk:queue", args=[team.slug]), _("Queue"), ""
    for view in views_of(user):
        yield view.name, "bookmark", reverse("desk:view", args=[view.pk]), _("Saved view"), ""
    yield _("New ticket"), "plus", reverse("desk:new-ticket"), "", "C"
    if user.permits.anywhere(Permission.TICKETS_WORK):
        yield _("Quick log"), "zap", reverse("desk:quick"), "", ""
        yield pgettext("phone", "Call"), "phone-call", reverse("desk:call"), "", ""
    if user.permits.anywhere(Permission.TEAM_LEAD):
        yield _("My team"), "users", reverse("desk:teams"), "", ""
    yield _("Mentions"), "at-sign", reverse("desk:mentions"), "", ""
    yield _("Canned replies"), "text-quote", reverse("desk:canned"), "", ""
    yield _("Macros"), "zap", reverse("desk:macros"), "", ""
    yield _("Saved views"), "bookmark", reverse("desk:views"), "", ""
    yield _("My bulk changes"), "history", reverse("desk:bulk-runs"), "", ""
    yield _("My absences"), "calendar-off", reverse("desk:absences"), "", ""
    yield _("Knowledge"), "book-open", reverse("knowledge:home"), "", "G K"
    yield _("Notifications"), "bell", reverse("notify:inbox"), "", "G N"
    yield _("Keyboard shortcuts"), "keyboard", reverse("desk:keys"), "", "?"
    yield _("Your account"), "user", reverse("accounts:home"), "", ""
    yield _("Sign out"), SIGN_OUT_ICON, reverse("account_logout"), "", ""
    yield _("Portal"), "house", reverse("portal:home"), "", ""
    if user.is_staff:
        yield _("Administration"), "settings", reverse("admin:index"), "", ""


# Tickets, people, articles --------------------------------------------------------------------------------


def _tickets(user: User, words: str) -> list[Option]:
    if len(words) < FEWEST_LETTERS and ticket_number(words) is None:
        return []
    number = ticket_number(words)
    asked = operators.parse(f"INC-{number}" if number else words, today=timezone.localdate())
    question = narrow(asked, user).question
    found = find(question, user=user, limit=MOST_TICKETS, snippets=False)
    return [_ticket(hit) for hit in found.hits]


def _ticket(hit: Hit) -> Option:
    url = reverse("desk:ticket", args=[hit.number])
    return Option(hit.title, "ticket", url, ref=hit.ref, note=hit.get_status_display())


def _opened_lately(user: User) -> list[Option]:
    read = DeskReading.objects.filter(
        user=user.pk, ticket__in=Ticket.objects.seen_as_staff_by(user)
    ).order_by("-pk")
    found = read.values_list("ticket__number", "ticket__title")[:MOST_TICKETS]
    return [
        Option(excerpts.clean(title), "history", reverse("desk:ticket", args=[number]), ref=numbers.show(number))
        for number, title in found
    ]  # fmt: skip


def _people(user: User, words: str) -> list[Option]:
    if ticket_number(words) is not None:
        return []
    found = found_beside.people(words, by=user, limit=MOST_OTHERS, with_contact=False)
    return [Option(one.name, "user", one.url, note=one.department) for one in found]


def _articles(user: User, words: str) -> list[Option]:
    if len(words) <= FEWEST_LETTERS or ticket_number(words) is not None:
        return []
    found: Any = find_articles(words, user=user, limit=MOST_OTHERS, guesses=False)
    return [
        Option(
            hit.title,
            "book-open",
            hit.article.get_absolute_url(),
            note=hit.article.section.name if hit.article.section else "",
        )
        for hit in found.hits
    ]
