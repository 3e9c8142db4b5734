"""Bringing an export in: every row through the same verbs as the pages, in batches that are there whole or not at all.

A run that was killed is started again and goes on where its last whole batch ended, since rows whose external id is
there already are passed over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import DataError, IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.importing.directory import Directory
from incidents.tickets.importing.meaning import Row, Settings, external_id_of, row_of
from incidents.tickets.importing.reading import Line, Source, Unreadable
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import OPEN_STATUSES, Status

BATCH = 200
"""Rows in one transaction: long enough that commits cost little, short enough that other writers wait unnoticed."""


@dataclass(frozen=True)
class Refusal:
    """A row that stayed outside, and why."""

    line: int
    field: str
    reason: str
    cells: list[str]

    def __str__(self) -> str:
        return f"line {self.line}: {self.field + ': ' if self.field else ''}{self.reason}"


@dataclass
class Counts:
    """read = in + already there + refused, at every moment."""

    imported: int = 0
    already_there: int = 0
    refused: int = 0

    @property
    def read(self) -> int:
        return self.imported + self.already_there + self.refused


class AlreadyThere(Exception):
    """This row's ticket exists."""


class Run:
    """One import of one source."""

    def __init__(
        self,
        source: Source,
        settings: Settings,
        directory: Directory,
        *,
        default_requester: User | None = None,
        dry: bool = False,
    ) -> None:
        self.source = source
        self.settings = settings
        self.directory = directory
        self.system = User.objects.system()
        self.default_requester = default_requester or self.system
        self.dry = dry
        self.counts = Counts()
        self._column = {
            field: source.heading.index(column) for field, column in settings.columns.items()
        }
        # Tickets with higher numbers came in by this run.
        self._newest = Ticket.objects.aggregate(newest=Max("number"))["newest"] or 0
        self._tried: set[str] = set()

    def __iter__(self) -> Iterator[Refusal]:
        """Bring the rows in; what comes out are the refusals, as they happen.

        Raises:
            BrokenFile: the file can't be read any further; what came before it is in.
        """
        for refusals in self.batches():
            yield from refusals

    def batches(self) -> Iterator[list[Refusal]]:
        """The same, a list after each batch."""
        lines = iter(self.source)
        while batch := list(islice(lines, BATCH)):
            yield self._bring_in(batch)

    # A batch ----------------------------------------------------------------------------------------

    def _bring_in(self, batch: list[Line | Unreadable]) -> list[Refusal]:
        refusals: list[Refusal] = []
        done = Counts()
        with rulebook.asked_once(), transaction.atomic():
            known = self._known(batch)
            for line in batch:
                try:
                    self._one(line, known)
                    done.imported += 1
                except AlreadyThere:
                    done.already_there += 1
                except Refused as refused:
                    field = getattr(refused, "field", "")
                    cells = line.cells if isinstance(line, Line) else []
                    refusals.append(Refusal(line.number, field, refused.message, cells))
            if self.dry:
                transaction.set_rollback(True)
        if self.dry:
            self.directory.reload()
        # Counted only now: a batch that was rolled back brought nothing in.
        self.counts.imported += done.imported
        self.counts.already_there += done.already_there
        self.counts.refused += len(refusals)
        return refusals

    def _known(self, batch: Iterable[Line | Unreadable]) -> dict[str, int]:
        """The tickets of these rows that exist, by external id."""
        ids = []
        for line in batch:
            if isinstance(line, Line):
                try:
                    ids.append(external_id_of(self._cells(line), line.number, self.settings))
                except InvalidInput:
                    continue
        found = Ticket.objects.filter(external_id__in=ids).values_list("external_id", "number")
        return {external_id: number for external_id, number in found if external_id}

    def _cells(self, line: Line) -> dict[str, str]:
        return {field: line.cells[column] for field, column in self._column.items()}

    # A row --------------------------------------------------------------------------------------------

    def _one(self, line: Line | Unreadable, known: dict[str, int]) -> None:
        if isinstance(line, Unreadable):
            raise Refused(line.reason)
        cells = self._cells(line)
        external_id = external_id_of(cells, line.number, self.settings)
        if number := known.get(external_id):
            self._refuse_repeated(external_id, number > self._newest)
            raise AlreadyThere
        self._refuse_repeated(external_id, external_id in self._tried)
        now = timezone.now()
        try:
            with transaction.atomic():
                row = row_of(cells, external_id, self.settings, self.directory, now=now)
                ticket = self.file(row)
        except Refused:
            self._forget_what_the_row_made()
            raise
        except IntegrityError:
            self._forget_what_the_row_made()
            if Ticket.objects.filter(external_id=external_id).exists():
                raise AlreadyThere from None  # another import was faster
            raise
        except DataError as error:
            self._forget_what_the_row_made()
            raise Refused(_("The database can't keep this: %s") % error) from error
        known[external_id] = ticket.number
        if self.dry:
            self._tried.add(external_id)

    def _refuse_repeated(self, external_id: str, repeated: bool) -> None:  # noqa: FBT001
        if repeated:
            raise InvalidInput(
                _("“%s” stands in this file twice; the first one is in.") % external_id,
                field="external_id",
            )

    def _forget_what_the_row_made(self) -> None:
        if self.directory.made_something:
            self.directory.reload()

    def file(self, row: Row) -> Ticket:
        """The row's whole life through the verbs, each step at its own time."""
        by, at, origin = self.system, row.created_at, Ticket.Origin.IMPORT
        ticket = actions.file(
            row.title, by=by, description=row.description, category=row.category, service=row.service,
            requester=row.requester or self.default_requester, priority_by_hand=row.priority, type=row.type,
            team=row.team, origin=origin, external_id=row.external_id, at=at, tree=self.directory.tree,
        )  # fmt: skip
        if row.assignee:
            ticket = actions.assign(ticket, to=row.assignee, by=by, at=at, origin=origin)
        if row.status == Status.NEW:
            return ticket
        if row.status in OPEN_STATUSES:
            return actions.transition(ticket, to=row.status, by=by, at=at, origin=origin)
        return self._finish(ticket, row, row.resolved_at or at)

    def _finish(self, ticket: Ticket, row: Row, at: datetime) -> Ticket:
        by, origin = self.system, Ticket.Origin.IMPORT
        text = row.resolution or _("Imported as resolved.")
        ticket = actions.resolve(
            ticket, text, code=row.resolution_code, by=by, at=at, origin=origin
        )
        if row.status == Status.CLOSED:
            ticket = actions.confirm(ticket, by=by, at=at, origin=origin)
        return ticket
