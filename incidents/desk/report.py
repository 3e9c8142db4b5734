"""What came of a bulk run, for whoever started it."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from incidents.desk import runs
from incidents.desk.acts import ACTS
from incidents.desk.models import BulkItem, BulkRun
from incidents.tickets.models import Ticket

MOST_LISTED = 200
MOST_TOLD = 4
"""In a notice; the rest is on the run's page."""

State, ItemState = BulkRun.State, BulkItem.State


@dataclass(frozen=True)
class Line:
    """A ticket that was not changed as wanted, and why. Without a title its reader does not see it any more."""

    ref: str
    title: str
    url: str
    why: str


class Report:
    """A run in words. Lists are fetched when a template asks for them."""

    def __init__(self, run: BulkRun, reader: User | None = None) -> None:
        self.run = run
        self.reader = reader

    @cached_property
    def counts(self) -> dict[str, int]:
        return runs.progress(self.run)

    @property
    def is_going_on(self) -> bool:
        return self.run.state in {State.WAITING, State.RUNNING, State.UNDOING}

    @property
    def settled(self) -> int:
        """Items that are through, on the way forth or back."""
        if self.run.state == State.UNDOING:
            return self._n(ItemState.UNDONE) + self._n(ItemState.KEPT)
        return self.run.total - self._n(ItemState.WAITING)

    @property
    def total(self) -> int:
        return self.run.done if self.run.state == State.UNDOING else self.run.total

    @property
    def can_undo(self) -> bool:
        return runs.can_undo(self.run, at=timezone.now())

    @property
    def could_be_macro(self) -> bool:
        """Can it become a step of a macro, and is it worth one?"""
        is_done = self.run.state == State.DONE and self.run.done > 0
        return is_done and self.run.act in ACTS and ACTS[self.run.act].asks

    @property
    def minutes_left(self) -> int:
        """In which it can still be undone, rounded up."""
        if self.run.finished_at is None:
            return 0
        left = self.run.finished_at + runs.UNDO_FOR - timezone.now()
        return max(0, -(-int(left.total_seconds()) // 60))

    @property
    def is_all_right(self) -> bool:
        return not self.lines_total

    @property
    def summary(self) -> str:
        """One sentence: how far it is, or what came of it."""
        told = {
            State.UNDOING: self._undoing,
            State.UNDONE: self._undone,
            State.DONE: self._done,
        }
        return told.get(State(self.run.state), self._running)()

    def _running(self) -> str:
        return _("%(n)d of %(total)d tickets are through.") % {"n": self.settled, "total": self.total}  # fmt: skip

    def _undoing(self) -> str:
        return _("Undoing: %(n)d of %(total)d tickets are back.") % {"n": self.settled, "total": self.total}  # fmt: skip

    def _done(self) -> str:
        done = self._n(ItemState.DONE)
        parts = [ngettext("%(n)d ticket changed.", "%(n)d tickets changed.", done) % {"n": done}]
        if same := self._n(ItemState.UNCHANGED):
            parts.append(
                ngettext("%(n)d was so already.", "%(n)d were so already.", same) % {"n": same}
            )
        if refused := self._n(ItemState.REFUSED):
            parts.append(
                ngettext("%(n)d was refused.", "%(n)d were refused.", refused) % {"n": refused}
            )
        return " ".join(parts)

    def _undone(self) -> str:
        back, kept = self._n(ItemState.UNDONE), self._n(ItemState.KEPT)
        parts = [
            (
                ngettext(
                    "%(n)d ticket is as before; what was written stays.",
                    "%(n)d tickets are as before; what was written stays.",
                    back,
                )
                if back and runs.writes(self.run)
                else ngettext("%(n)d ticket is as before.", "%(n)d tickets are as before.", back)
            )
            % {"n": back}
        ]
        if kept:
            parts.append(
                ngettext("%(n)d stays as it is.", "%(n)d stay as they are.", kept) % {"n": kept}
            )
        return " ".join(parts)

    # What went otherwise -----------------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[Line]:
        """Refusals, and what was not undone, by ticket."""
        items = list(self._told().select_related("ticket").order_by("ticket")[:MOST_LISTED])
        mine = Ticket.objects.seen_as_staff_by(self.reader)
        seen = set(mine.filter(pk__in=[item.ticket_id for item in items]).values_list("pk", flat=True))  # fmt: skip
        return [
            Line(
                item.ticket.ref,
                item.ticket.title if item.ticket_id in seen else "",
                item.ticket.desk_url if item.ticket_id in seen else "",
                item.message,
            )
            for item in items
        ]

    @property
    def first_lines(self) -> list[Line]:
        return self.lines[:MOST_TOLD]

    @property
    def more_lines(self) -> int:
        return self.lines_total - len(self.first_lines)

    @cached_property
    def lines_total(self) -> int:
        return self._told().count()

    def _told(self) -> QuerySet[BulkItem]:
        """Items with something to say; of a run that was undone, what was not."""
        if self.run.state in {State.UNDOING, State.UNDONE}:
            return self.run.items.filter(state__in=[ItemState.UNDONE, ItemState.KEPT]).exclude(
                message=""
            )
        return self.run.items.filter(state=ItemState.REFUSED)

    def _n(self, state: str) -> int:
        return self.counts.get(state, 0)
