"""What agents keep beside a ticket: checklist, hypotheses, time. Each part is fetched when a template asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.forms import Form
from django.http import QueryDict

from accounts.digits import whole
from accounts.models import User
from incidents.desk.work_forms import HypothesisForm, SpendForm, StepsForm
from incidents.tickets import durations, policies
from incidents.tickets.kinds import Kind
from incidents.tickets.models import ChecklistItem, Hypothesis, Ticket, TimeEntry
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType

PARTS: dict[str, frozenset[Kind]] = {
    "checklist": frozenset({Kind.CHECKLIST_CHANGED}),
    "hypotheses": frozenset({Kind.HYPOTHESIS_CHANGED}),
    "time": frozenset({Kind.TIME_SPENT}),
    "merged": frozenset({Kind.MERGED, Kind.UNMERGED, Kind.FORWARDED}),
}
"""The parts, and the events that change them."""

ADDING: dict[str, type[Form]] = {"checklist": StepsForm, "hypotheses": HypothesisForm}
"""Parts with a form of one field below them, for what comes into them."""

SEEN = "seen-"
"""Before a part's name: the field of an open page that says which version of it the page shows."""

LOOKS: dict[str, tuple[str, str]] = {
    Hypothesis.State.OPEN: ("circle-dashed", "info"),
    Hypothesis.State.RULED_OUT: ("circle-x", "neutral"),
    Hypothesis.State.CONFIRMED: ("circle-check", "success"),
}


@dataclass(frozen=True)
class Entry:
    """Time that somebody spent; `is_mine` to take back."""

    row: TimeEntry
    shown: str
    may_take_back: bool


class Beside:
    """The parts of one ticket, for one reader."""

    def __init__(self, ticket: Ticket, user: User) -> None:
        self.ticket = ticket
        self.user = user
        self.adding: dict[str, Form] = {part: self._adding(part) for part in ADDING}
        self.spend_form = SpendForm(auto_id="id_spend_%s")

    def fill(self, part: str, given: QueryDict) -> Form:
        """The form below a part, with what was typed."""
        self.adding[part] = self._adding(part, given)
        return self.adding[part]

    @staticmethod
    def _adding(part: str, given: QueryDict | None = None) -> Form:
        return ADDING[part](given, auto_id=f"id_{part}_%s")

    @cached_property
    def can_work(self) -> bool:
        return policies.can_work(self.user, self.ticket)

    @cached_property
    def can_tick(self) -> bool:
        return self.can_work and not self.ticket.is_closed

    @cached_property
    def can_skip(self) -> bool:
        return policies.can_skip_tasks(self.user, self.ticket)

    @property
    def may_ask_review(self) -> bool:
        """Its type is reviewed at all, and nobody asked for it yet."""
        asked = rulebook.type(self.ticket.type).review != IncidentType.Review.NEVER
        waits = any(step.is_review and not step.done_at for step in self.steps)
        return asked and self.can_work and not waits

    @cached_property
    def steps(self) -> list[ChecklistItem]:
        return list(self.ticket.checklist.select_related("done_by"))

    @cached_property
    def steps_done(self) -> int:
        return sum(step.done_at is not None for step in self.steps)

    @cached_property
    def hypotheses(self) -> list[Hypothesis]:
        """Confirmed ones first, ruled out ones last."""
        order = [Hypothesis.State.CONFIRMED, Hypothesis.State.OPEN, Hypothesis.State.RULED_OUT]
        found = list(self.ticket.hypotheses.select_related("stated_by", "settled_by"))
        for one in found:
            one.icon, one.tone = LOOKS[one.state]  # type: ignore[attr-defined]
        return sorted(found, key=lambda one: order.index(Hypothesis.State(one.state)))

    @cached_property
    def entries(self) -> list[Entry]:
        return [
            Entry(row, durations.show(row.minutes), self.can_work and policies.can_take_back(self.user, self.ticket, row))
            for row in self.ticket.time_entries.select_related("user").order_by("-pk")
        ]  # fmt: skip

    @property
    def time_spent(self) -> str:
        minutes = self.ticket.minutes_spent
        return durations.show(minutes) if minutes else ""


def news(ticket: Ticket, asked: Mapping[str, str]) -> list[str]:
    """Parts that the page shows in an older version than they are; those it has not loaded it does not name."""
    seen = {
        part: version
        for part in PARTS
        if (version := whole(asked.get(SEEN + part, ""), 9)) is not None
    }
    if not seen or min(seen.values()) >= ticket.version:
        return []
    events = ticket.events.filter(
        number__gt=min(seen.values()), kind__in=frozenset().union(*PARTS.values())
    )
    changed = list(events.values_list("kind", "number"))
    return [
        part
        for part, version in seen.items()
        if any(kind in PARTS[part] and number > version for kind, number in changed)
    ]


def open_steps(ticket: Ticket) -> int:
    """How many steps of its checklist may still be left undone; what is required refuses by itself."""
    left = ticket.checklist.filter(done_at=None, is_review=False)
    return left.exclude(required_by=ticket.type).count()
