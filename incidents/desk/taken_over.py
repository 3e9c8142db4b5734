"""What was just done, as steps of a new macro: a change of many tickets, or what people of the desk did to one ticket.

Each step goes through the form of its act, as if somebody had filled it in: what they could not have chosen is left out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.desk import macros
from incidents.desk.act_forms import NOBODY, STEP, Values, shown
from incidents.desk.acts import ACTS
from incidents.desk.macros import Step
from incidents.desk.models import BulkRun, Macro
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.states import WAITING
from knowledge.models import Article

ORDER = (
    "type", "category", "service", "team", "take", "assign", "priority", "tags", "note", "status", "reply", "resolve",
)  # fmt: skip
"""In which a macro does them: another team would take the assignee away, and what ends the work comes last."""
SAID = frozenset({"note", "reply"})
"""Words to one person about one matter: offered, not chosen by itself."""


@dataclass(frozen=True)
class TakenOver:
    """`words` says from where, `name` what the macro might be called."""

    words: str | Promise
    name: str
    steps: list[Step] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """Tells these steps from others, so that what was looked at is what is kept."""
        return macros.mark(Macro(steps=self.as_kept(range(len(self.steps)))))

    def as_kept(self, chosen: Any) -> list[dict[str, Any]]:
        """Those of these numbers, as a macro keeps them."""
        return [
            {"act": step.act.slug, "with": step.values}
            for number, step in enumerate(self.steps)
            if number in chosen
        ]

    @property
    def usual(self) -> list[int]:
        return [number for number, step in enumerate(self.steps) if step.act.slug not in SAID]


def from_run(run: BulkRun, *, by: User) -> TakenOver:
    """The act of a bulk change; of a macro that was run, its steps."""
    given = run.given.get("steps", ()) if run.act == macros.MACRO.slug else ({"act": run.act, "with": run.given},)  # fmt: skip
    steps = [step for one in given for step in _step(one["act"], one["with"], by)]
    return TakenOver(_("What you changed in bulk, as steps."), run.label, steps)


def from_ticket(ticket: Ticket, *, by: User) -> TakenOver:
    """What the desk did to it, each thing as it was left. Of what is kept apart no words are taken along."""
    done = dict(_done(ticket))
    steps = [step for act in ORDER if act in done for step in _step(act, done[act], by)]
    return TakenOver(
        _("What was done on this ticket, as steps. Names in its texts became variables."),
        "" if ticket.is_kept_apart else ticket.title,
        steps,
    )


def _step(act: str, values: Mapping[str, Any], by: User) -> Iterator[Step]:
    if act not in ACTS:
        return
    form = ACTS[act].form(shown(dict(values)), by=by)
    if form.is_valid():
        yield Step(ACTS[act], form.plain())


# What was done to a ticket -------------------------------------------------------------------------------------


def _done(ticket: Ticket) -> Iterator[tuple[str, Values]]:
    """The acts, and with what; the last of each kind counts."""
    events = _of_the_desk(ticket)
    last = {event.kind: event for event in events}
    words = _words(ticket, events)
    waited = last.get(Kind.STATUS_CHANGED) if ticket.is_open else None
    asked = words.pop(waited.number - 1, "") if waited else ""
    for kind, said in ((Kind.NOTED, "note"), (Kind.REPLIED, "reply")):
        if kind in last and (text := words.get(last[kind].number)):
            yield said, {"text": text}
    for event in last.values():
        if event.kind in SETS and _holds(event, ticket):
            act, values = SETS[event.kind](event)
            yield act, _for_any(values, ticket, event.actor)
    if waited and (to := _waits(waited, ticket)):
        yield "status", {"to": to, "text": asked}
    if tags := _tags(events, ticket):
        yield "tags", tags
    if Kind.RESOLVED in last and not ticket.is_open:
        yield "resolve", _resolved(last[Kind.RESOLVED], words)


def _of_the_desk(ticket: Ticket) -> list[Event]:
    """By people, in order; what followed by itself follows again."""
    here = [Ticket.Origin.DESK, Ticket.Origin.PHONE]
    events = ticket.events.filter(origin__in=here, actor__is_system=False)
    return list(events.select_related("actor").order_by("number"))


def _words(ticket: Ticket, events: list[Event]) -> dict[int, str]:
    """What was said, by the number of the event, with variables for the names in it."""
    if ticket.is_kept_apart:
        return {}
    said = {event.data["message"]: event for event in events if "message" in event.data}
    messages = Message.objects.filter(pk__in=list(said)[-50:], removed_at=None)
    return {said[one.pk].number: _general(one.body, ticket, said[one.pk].actor) for one in messages}


def _for_any(values: Values, ticket: Ticket, actor: User) -> Values:
    """A reason that is about this ticket alone is none for others: without it nothing is set by hand."""
    reason = str(values.get("reason", ""))
    if not reason or not (ticket.is_kept_apart or _general(reason, ticket, actor) != reason):
        return values
    return {name: value for name, value in values.items() if name not in {"override", "reason"}}


def _general(text: str, ticket: Ticket, actor: User) -> str:
    """The text as it would be said on any ticket, by anybody."""
    names = {
        ticket.ref: "ticket.number",
        ticket.requester.display_name: "requester.name",
        ticket.requester.first_name: "requester.first_name",
        actor.display_name: "agent.name",
        actor.first_name: "agent.first_name",
    }
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    return re.sub(rf"(?<!\w)(?:{known})(?!\w)", lambda found: "{{" + names[found[0]] + "}}", text)


def _assigned(event: Event) -> tuple[str, Values]:
    to = event.data["set"].get("assignee_id")
    return ("take", {}) if to == event.actor_id else ("assign", {"to": str(to or NOBODY)})


def _prioritised(event: Event) -> tuple[str, Values]:
    new = event.data["set"]
    by_hand = {"override": new["priority"], "reason": event.data.get("reason", "")}
    rest = {"impact": new["impact"], "urgency": new["urgency"]}
    return "priority", {**rest, **(by_hand if new["priority_by_hand"] else {})}


SETS: dict[str, Callable[[Event], tuple[str, Values]]] = {
    Kind.ASSIGNED: _assigned,
    Kind.MOVED: lambda event: ("team", {"to": event.data["set"]["team_id"]}),
    Kind.TYPE_CHANGED: lambda event: ("type", {"type": event.data["set"]["type"]}),
    Kind.CATEGORISED: lambda event: ("category", {"category": event.data["set"]["category_id"]}),
    Kind.SERVICE_SET: lambda event: ("service", {"service": event.data["set"]["service_id"]}),
    Kind.PRIORITISED: _prioritised,
}


def _waits(event: Event, ticket: Ticket) -> str:
    """Where the desk left it, where that is more than “in progress”."""
    if not _holds(event, ticket):
        return ""
    new = event.data["set"]
    if new.get("step"):
        return f"{STEP}{new['step']}"
    return str(new["status"]) if new.get("status") in WAITING else ""


def _holds(event: Event, ticket: Ticket) -> bool:
    """Is it still as this event left it? Else somebody took it back."""
    return all(getattr(ticket, name) == value for name, value in event.data["set"].items())


def _tags(events: list[Event], ticket: Ticket) -> Values:
    tagged = [event.data for event in events if event.kind == Kind.TAGGED]
    if not tagged:
        return {}
    before, now = set(tagged[0]["was"]["tags"]), set(ticket.tags)
    return {"add": sorted(now - before), "remove": sorted(before - now)}


def _resolved(event: Event, words: Mapping[int, str]) -> Values:
    new = event.data["set"]
    article = Article.objects.filter(pk=new.get("solved_with_id")).values_list("slug", flat=True)
    return {
        "code": new["resolution_code"],
        "text": words.get(event.number, ""),
        "article": article.first() or "",
    }
