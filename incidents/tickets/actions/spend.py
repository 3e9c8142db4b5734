"""Time that people spent on a ticket: entered, and taken back where it was wrong. The log keeps both."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import durations, policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket, TimeEntry

LONGEST_NOTE = 200


@transaction.atomic
def spend(
    ticket: Ticket,
    minutes: int,
    *,
    note: str = "",
    by: User,
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> TimeEntry:
    """Note the minutes that `by` spent, whatever the status: it is often written down after the work is done.

    `key` makes a repeat note them once; it gets the entry of the first time, or one that is not saved where that was
    taken back since.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: no minutes, more than a day, or the note is too long.
    """
    ticket = steps.lock(ticket)
    require(policies.can_work(by, ticket), _("You may not note time on this ticket."))
    if not 0 < minutes <= durations.LONGEST:
        raise InvalidInput(_("Type a time like 20, 45m or 1h 20m, up to a day."), field="minutes")
    note = " ".join(note.replace("\x00", "").split())
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(
            _("Keep the note under %(most)d characters.") % {"most": LONGEST_NOTE + 1},
            field="note",
        )
    moment = at or timezone.now()
    entry = TimeEntry(ticket=ticket, user=by, minutes=minutes, note=note, spent_at=moment)

    def do() -> Event:
        entry.save()
        return _record(ticket, minutes, entry.pk, by=by, at=moment, origin=origin)

    event = steps.once(key, by=by, of=("spend", ticket.pk, minutes, note), do=do)
    return ticket.time_entries.filter(pk=event.data["entry"]).first() or entry


@transaction.atomic
def take_back(ticket: Ticket, entry: int, *, by: User) -> None:
    """Take a wrong entry off the sum. One that is gone already changes and records nothing.

    Raises:
        NotAllowed: it is somebody else's, and `by` does not lead the team.
    """
    ticket = steps.lock(ticket)
    require(policies.can_work(by, ticket), _("You may not note time on this ticket."))
    found = ticket.time_entries.filter(pk=entry).first()
    if found is None:
        return
    require(
        policies.can_take_back(by, ticket, found),
        _("Only who spent this time, or who leads the team, takes it back."),
    )
    found.delete()
    _record(ticket, -found.minutes, entry, by=by)


def _record(
    ticket: Ticket,
    minutes: int,
    entry: int,
    *,
    by: User,
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
) -> Event:
    return record(
        ticket,
        Kind.TIME_SPENT,
        by=by,
        changes={"minutes_spent": ticket.minutes_spent + minutes},
        at=at,
        public=False,
        origin=origin,
        minutes=minutes,
        entry=entry,
    )
