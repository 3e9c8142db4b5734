"""The acts of the desk: everything one can do to a ticket without opening it, under one name each.

Bulk changes, macros, the board's menus and the command palette all take their acts from here, so an act asks, refuses and
reads the same wherever it is. An act only calls verbs of `incidents.tickets.actions`; the verbs lock, check and refuse.

How to use one:

    act = acts.ACTS["assign"]                       # or acts.find(slug), which raises Http404
    if act.may(user, ticket): ...                   # whether to offer it at all; the verb asks again
    form = act.form(request.POST, by=user)          # shows itself with {% include "desk/_act_fields.html" %}
    if form.is_valid():
        act.run(ticket, by=user, values=form.plain())

`form.plain()` gives plain values fit for JSON (keys of rows, words), and that is what `run` and `describe` take. So they
can wait in a row: a bulk run and the steps of a macro are (slug, values). `form(initial=values, by=user)` shows them again.

`run` raises `accounts.errors.Refused` with words for the person; it changes nothing then. Texts may have the variables of
`incidents.desk.canned`, which `run` fills in. `describe(values)` says what would be done, as a sentence without a subject:
“Assign to Noor Aspen”. `tells`: words go out to the requester, which nothing takes back. `asks` is false for acts without
a form, which a button or a key does at once.

To add an act: its form in `act_forms`, a function here, a line in `ACTS`. The order is that of menus.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import Http404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.errors import InvalidInput
from accounts.models import Team, User
from incidents.desk import act_forms as asking
from incidents.desk import articles
from incidents.desk.act_forms import ActForm, Values
from incidents.desk.canned import fill
from incidents.desk.forms import NOBODY
from incidents.escalation import deeds
from incidents.tickets import actions, numbers, policies, ways
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, Service, Ticket
from incidents.tickets.references import shown_plain
from incidents.workflow import rulebook
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.states import OPEN_STATUSES, Resolution, Status

MOST_SHOWN = 80
"""Characters of a text in a description."""


@dataclass(frozen=True)
class Act:
    """One thing to do to a ticket; see the module."""

    slug: str
    label: str | Promise
    icon: str
    form: type[ActForm]
    may: Callable[[User, Ticket], bool]
    do: Callable[[Ticket, User, Values], object]
    describe: Callable[[Values], str]
    tells: Callable[[Values], bool] = lambda values: False
    key: str = ""

    def run(self, ticket: Ticket, *, by: User, values: Values) -> None:
        """Do it, all or nothing.

        Raises:
            Refused: with the reason, in words for `by`.
        """
        self.do(ticket, by, values)

    @property
    def asks(self) -> bool:
        return bool(self.form.base_fields)


def find(slug: str) -> Act:
    """The act of this name.

    Raises:
        Http404: there is none.
    """
    try:
        return ACTS[slug]
    except KeyError:
        raise Http404 from None


# What they do ----------------------------------------------------------------------------------------


def _take(ticket: Ticket, by: User, values: Values) -> None:
    actions.take(ticket, by=by)


def _assign(ticket: Ticket, by: User, values: Values) -> None:
    if values["to"] == NOBODY:
        actions.release(ticket, by=by)
    else:
        actions.assign(ticket, to=_the(User, values["to"]), by=by)


def _hand_over(ticket: Ticket, by: User, values: Values) -> None:
    actions.move(ticket, to=_the(Team, values["to"]), by=by)


def _prioritise(ticket: Ticket, by: User, values: Values) -> None:
    actions.set_priority(
        ticket,
        by=by,
        impact=values.get("impact") or None,
        urgency=values.get("urgency") or None,
        override=values.get("override"),
        reason=values.get("reason", ""),
    )


def _categorise(ticket: Ticket, by: User, values: Values) -> None:
    actions.categorise(ticket, category=_the(Category, values["category"]), by=by)


def _set_service(ticket: Ticket, by: User, values: Values) -> None:
    service = _the(Service, values["service"]) if values.get("service") else None
    actions.set_service(ticket, service=service, by=by)


def _set_type(ticket: Ticket, by: User, values: Values) -> None:
    actions.set_type(ticket, type=values["type"], by=by)


def _tag(ticket: Ticket, by: User, values: Values) -> None:
    actions.tag(ticket, add=values.get("add", ()), remove=values.get("remove", ()), by=by)


def words_of(values: Values, ticket: Ticket, by: User) -> str:
    """The words of a change of status that this ticket keeps, filled in; none where it is set without any."""
    to, text = _step_or_status(values["to"]), fill(values.get("text", ""), ticket, by)
    is_kept = to != Status.OPEN and not values.get(asking.ONLY_WHERE_ASKED)
    if is_kept or ticket.is_resolved:
        return text
    leading = [
        way
        for way in ways.open_to(by, ticket)
        if to == (way.there.status if isinstance(to, Status) else way.there.slug)
    ]
    way = ways.best(leading, *Status.values)
    return text if way and way.needs_text else ""


def _change_status(ticket: Ticket, by: User, values: Values) -> None:
    to, text = _step_or_status(values["to"]), words_of(values, ticket, by)
    if ticket.is_resolved and _opens(ticket, values["to"]):
        # To “in progress” wherever that is in its workflow; any other place is meant as it is named.
        there = "" if to == Status.OPEN else to
        actions.reopen(ticket, text, to=there, by=by, origin=Ticket.Origin.DESK)
        return
    actions.transition(ticket, to=to, text=text, by=by)


def _step_or_status(to: str) -> Status | str:
    return to.removeprefix(asking.STEP) if to.startswith(asking.STEP) else Status(to)


def _opens(ticket: Ticket, to: str) -> bool:
    """Is this an open status, or a step that is open in the ticket's own workflow?"""
    place = asking.leads_to(to, ways.flow_of(ticket))
    return place.is_open if place else to in OPEN_STATUSES


def _resolve(ticket: Ticket, by: User, values: Values) -> None:
    article = articles.named(values["article"], by=by) if values.get("article") else None
    text = fill(values["text"], ticket, by)
    actions.resolve(ticket, text, code=values["code"], article=article, by=by)


def _escalate(ticket: Ticket, by: User, values: Values) -> None:
    """The next step of its chain, or its leads, whichever it is at this moment."""
    deeds.escalate_now(ticket, reason=fill(values["text"], ticket, by), by=by, at=timezone.now())


def _reply(ticket: Ticket, by: User, values: Values) -> None:
    actions.reply(ticket, fill(values["text"], ticket, by), by=by, origin=Ticket.Origin.DESK)


def _note(ticket: Ticket, by: User, values: Values) -> None:
    actions.note(ticket, fill(values["text"], ticket, by), by=by)


def _merge(ticket: Ticket, by: User, values: Values) -> None:
    into = Ticket.objects.seen_as_staff_by(by).filter(number=values["into"]).first()
    if into is None:
        raise InvalidInput(_("What this names is no longer there. Choose again."))
    if into.pk != ticket.pk:
        actions.merge(ticket, into=into, by=by, tell=bool(values.get("tell")))


_looked_up: ContextVar[dict[tuple[type[Any], object], Any] | None] = ContextVar(
    "looked_up", default=None
)


@contextmanager
def looked_up_once() -> Iterator[None]:
    """While this lasts, what the values of an act name is fetched once, with its rights. For a few tickets in a row."""
    token = _looked_up.set({})
    try:
        yield
    finally:
        _looked_up.reset(token)


def _the(model: type[Any], key: object) -> Any:
    """The row that a value names; it may be gone since the value was kept."""
    known = _looked_up.get()
    if known and (model, key) in known:
        return known[model, key]
    found = model._default_manager.filter(pk=key).first()
    if found is None:
        raise InvalidInput(_("What this names is no longer there. Choose again."))
    if known is not None:
        known[model, key] = found
    return found


# How they read -----------------------------------------------------------------------------------------


def _says_assign(values: Values) -> str:
    if values["to"] == NOBODY:
        return _("Give back to the team, so that nobody has it")
    return _("Assign to %(person)s") % {"person": _name(User, values["to"])}


def _says_team(values: Values) -> str:
    return _("Hand over to %(team)s") % {"team": _name(Team, values["to"])}


def _says_priority(values: Values) -> str:
    parts = []
    if values.get("impact"):
        parts.append(_("impact %(impact)s") % {"impact": Impact(values["impact"]).label})
    if values.get("urgency"):
        parts.append(_("urgency %(urgency)s") % {"urgency": Urgency(values["urgency"]).label})
    if values.get("override"):
        words = {
            "priority": Priority(values["override"]).label,
            "reason": values.get("reason", ""),
        }
        parts.append(_("priority %(priority)s by hand, “%(reason)s”") % words)
    if not parts:
        return _("Let priority follow from impact and urgency")
    return _("Set %(what)s") % {"what": ", ".join(parts)}


def _says_category(values: Values) -> str:
    tree = Tree.load()
    category = tree.by_pk.get(values["category"])
    return _("Set category %(category)s") % {
        "category": tree.label(category) if category else _("(gone)")
    }


def _says_service(values: Values) -> str:
    if not values.get("service"):
        return _("Set no service")
    return _("Set service %(service)s") % {"service": _name(Service, values["service"])}


def _says_type(values: Values) -> str:
    return _("Set type %(type)s") % {"type": rulebook.type(values["type"]).label}


def _says_tags(values: Values) -> str:
    added, removed = ", ".join(values.get("add", ())), ", ".join(values.get("remove", ()))
    if added and removed:
        return _("Add the tags %(added)s, remove %(removed)s") % {"added": added, "removed": removed}  # fmt: skip
    if added:
        return _("Add the tags %(added)s") % {"added": added}
    return _("Remove the tags %(removed)s") % {"removed": removed}


def _says_status(values: Values) -> str:
    found = asking.named_steps().get(values["to"])
    is_step = values["to"].startswith(asking.STEP)
    status = (found[0].label if found else _("(gone)")) if is_step else Status(values["to"]).label
    if text := values.get("text", "").strip():
        return _("Set to %(status)s: “%(text)s”") % {"status": status, "text": _start(text)}
    return _("Set to %(status)s") % {"status": status}


def _says_resolve(values: Values) -> str:
    said = {
        "code": Resolution(values["code"]).label,
        "text": _start(values["text"]),
        "article": articles.told(values["article"]) if values.get("article") else "",
    }
    if said["article"] and not values["text"]:
        return _("Resolve (%(code)s) with the article “%(article)s”") % said
    if said["article"]:
        return _("Resolve (%(code)s) with the article “%(article)s”: “%(text)s”") % said
    if not values["text"]:
        return _("Resolve (%(code)s)") % said
    return _("Resolve (%(code)s): “%(text)s”") % said


def _says_escalate(values: Values) -> str:
    if not values["text"]:
        return pgettext("verb", "Escalate")
    return _("Escalate: “%(reason)s”") % {"reason": _start(values["text"])}


def _says_reply(values: Values) -> str:
    if not values["text"]:
        return _("Reply to the requester")
    return _("Reply to the requester: “%(text)s”") % {"text": _start(values["text"])}


def _says_note(values: Values) -> str:
    if not values["text"]:
        return _("Add an internal note")
    return _("Add an internal note: “%(text)s”") % {"text": _start(values["text"])}


def _says_merge(values: Values) -> str:
    return _("Merge into %(ticket)s") % {"ticket": numbers.show(values["into"])}


def _name(model: type[Model], key: object) -> str:
    found = model._default_manager.filter(pk=key).first()
    return str(getattr(found, "display_name", found)) if found else _("(gone)")


def _start(text: str) -> str:
    line = " ".join(shown_plain(text).split())
    return line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN].rstrip()}…"


def _always(values: Values) -> bool:
    return True


def _asks_requester(values: Values) -> bool:
    to, is_said = values.get("to", ""), bool(values.get("text", "").strip())
    if to.startswith(asking.STEP):
        asks = Status.WAITING_REQUESTER in asking.counts_as(to)
    else:
        asks = to == Status.WAITING_REQUESTER
    return asks or (is_said and asking.opens_again(to))


# The list ------------------------------------------------------------------------------------------------

ACTS: dict[str, Act] = {
    act.slug: act
    for act in (
        Act("take", gettext_lazy("Take it"), "hand", ActForm, policies.can_work, _take, lambda values: _("Take it"), key="i"),
        Act("assign", pgettext_lazy("verb", "Assign"), "user-plus", asking.AssignTo, policies.can_work, _assign, _says_assign, key="a"),
        Act("status", pgettext_lazy("change it", "Status"), "circle-dot", asking.ChangeStatus, policies.can_work, _change_status, _says_status, _asks_requester, key="s"),
        Act("priority", pgettext_lazy("change it", "Priority"), "chevrons-up", asking.Prioritise, policies.can_prioritise, _prioritise, _says_priority, key="p"),
        Act("resolve", gettext_lazy("Resolve"), "circle-check", asking.Resolve, policies.can_work, _resolve, _says_resolve, _always),
        Act("category", pgettext_lazy("change it", "Category"), "tag", asking.Categorise, policies.can_work, _categorise, _says_category),
        Act("service", pgettext_lazy("change it", "Service"), "server", asking.SetService, policies.can_work, _set_service, _says_service),
        Act("type", pgettext_lazy("change it", "Type"), "ticket", asking.ChangeType, policies.can_work, _set_type, _says_type),
        Act("tags", pgettext_lazy("change them", "Tags"), "tags", asking.Tag, policies.can_work, _tag, _says_tags, key="t"),
        Act("team", gettext_lazy("Hand over"), "shuffle", asking.HandTo, policies.can_assign, _hand_over, _says_team),
        Act("escalate", pgettext_lazy("verb", "Escalate"), "megaphone", asking.CallForHelp, policies.can_work, _escalate, _says_escalate),
        Act("reply", gettext_lazy("Reply"), "reply", asking.Say, policies.can_work, _reply, _says_reply, _always),
        Act("note", gettext_lazy("Internal note"), "lock", asking.Say, policies.can_work, _note, _says_note),
    )
}  # fmt: skip

MERGE = Act("merge", gettext_lazy("Merge"), "merge", asking.MergeInto, policies.can_work, _merge, _says_merge, lambda values: bool(values.get("tell")), key="m")  # fmt: skip
"""Of many tickets only: no step of a macro."""
