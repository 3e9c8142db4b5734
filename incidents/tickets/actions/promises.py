"""Write down that a promised time runs out, or ran out. By the desk itself; when, `incidents.sla` says."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket


@transaction.atomic
def warn_of_target(
    ticket: Ticket,
    *,
    target: str,
    share: int,
    due: datetime,
    by: User,
    people: Collection[int] = (),
    teams: Collection[int] = (),
    is_overtaken: bool = False,
) -> Event:
    """So much of the time for `target`, in percent, is used. For staff only.

    `people` and `teams` hear of it besides those whose matter it is. With `is_overtaken` nobody does: what comes next
    is due at the same moment, and says more.
    """
    ticket = steps.lock(ticket, even_merged=True)
    return record(
        ticket, Kind.TARGET_WARNED, by=by, public=False, origin=Ticket.Origin.DESK,
        target=target, share=share, due=due.isoformat(), **_hearing(people, teams, is_overtaken=is_overtaken),
    )  # fmt: skip


@transaction.atomic
def miss_target(
    ticket: Ticket,
    *,
    target: str,
    due: datetime,
    by: User,
    people: Collection[int] = (),
    teams: Collection[int] = (),
) -> Event:
    """The time for `target` ran out at `due`. For staff only."""
    ticket = steps.lock(ticket, even_merged=True)
    return record(
        ticket, Kind.TARGET_MISSED, by=by, public=False, origin=Ticket.Origin.DESK,
        target=target, due=due.isoformat(), **_hearing(people, teams),
    )  # fmt: skip


def _hearing(
    people: Collection[int], teams: Collection[int], *, is_overtaken: bool = False
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if people:
        said["people"] = sorted(people)
    if teams:
        said["teams"] = sorted(teams)
    if is_overtaken:
        said["is_overtaken"] = True
    return said
