"""Say on other tickets what was said on one: on those that were merged into it, and on its parts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.files import Upload
from accounts.models import User
from incidents.tickets import family, merged, policies, ways
from incidents.tickets.actions import required, steps
from incidents.tickets.actions.effects import follow_on
from incidents.tickets.actions.record import record
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Follower, Message, Ticket
from incidents.workflow.rulebook import Way
from incidents.workflow.states import Status


class Spread:
    """A ticket and those around it that its words go to. They are found before any is locked, so that all are locked in order."""

    def __init__(
        self,
        ticket: Ticket,
        *,
        to_merged: bool = False,
        to_parts: bool = False,
        onward: int | None = None,
    ) -> None:
        """`onward`: where the ticket goes on, if it was merged; see `merged.end_of`."""
        self._onward = onward or ticket.pk

        def around() -> list[int]:
            self.merged = merged.all_here(ticket) if to_merged else []
            parts = family.parts_of(ticket) if to_parts else []
            return [ticket.pk, self._onward, *self.merged, *parts]

        self._held = steps.lock_found(around)
        self.parts = family.open_parts_of(ticket) if to_parts else []
        self.ticket = self._held[ticket.pk]
        self._told: set[int] = set()
        self._ways: dict[int, Way | None] = {}

    @property
    def end(self) -> Ticket:
        """Where it goes on: the ticket itself, while it is not merged.

        Raises:
            IllegalTransition: somebody merged one of them in the moment before they were locked.
        """
        end = self._held[self._onward]
        if end.merged_into_id:
            raise IllegalTransition(_("This ticket was merged at this moment. Send it again."))
        return end

    def reply(self, text: str, *, files: Sequence[Upload], by: User, at: datetime | None) -> int:
        """Say it to the requesters of merged tickets, each on their own ticket; how many tickets it went to."""
        return sum(
            self._say(one, Message.Kind.REPLY, text, {}, files=files, by=by, at=at)
            for one in self._reached(self.merged, by)
        )

    def parts_for(self, by: User) -> list[Ticket]:
        """The parts that `by` resolves with the ticket, as far as the workflow of each has a way to that now.

        What a part's type asks for has to be done before.
        """
        reached = list(self._reached(self.parts, by))
        left = required.left_of(reached) if reached else {}
        self._ways = {one.pk: _resolving(one, by) for one in reached if one.pk not in left}
        return [self._held[key] for key, way in self._ways.items() if way]

    def resolve(
        self,
        parts: Iterable[Ticket],
        text: str,
        changes: dict[str, Any],
        *,
        files: Sequence[Upload],
        by: User,
        at: datetime | None,
    ) -> None:
        """Resolve these parts with the same words."""
        for one in parts:
            way = self._ways[one.pk]
            assert way is not None  # noqa: S101 (for the type checker)
            stands = {**steps.stand(one, way), **changes}
            self._say(one, Message.Kind.RESOLUTION, text, stands, files=files, by=by, at=at)
            follow_on(one, way, at=at, origin=Ticket.Origin.DESK)

    def _reached(self, keys: Iterable[int], by: User) -> Iterable[Ticket]:
        """Those that `by` works on, and that are read by no others than this ticket."""
        self._told = self._told or people_on(self.ticket)
        for key in keys:
            one = self._held[key]
            if policies.can_work(by, one) and policies.have_same_readers(one, self.ticket):
                yield one

    def _say(
        self,
        one: Ticket,
        kind: str,
        text: str,
        changes: dict[str, Any],
        *,
        files: Sequence[Upload],
        by: User,
        at: datetime | None,
    ) -> int:
        """Whoever hears it from another of these tickets is not told again."""
        hearing = people_on(one)
        said = steps.say(one, kind, text, by=by, files=files, at=at)
        if "status" in changes:
            said["whole"] = self.ticket.number
        record(
            one,
            Kind.RESOLVED if changes.get("status") == Status.RESOLVED else Kind.REPLIED,
            by=by,
            changes=changes,
            at=at,
            origin=Ticket.Origin.DESK,
            by_staff=True,
            hushed=sorted(hearing & self._told),
            **said,
        )
        self._told |= hearing
        return 1


def _resolving(part: Ticket, by: User) -> Way | None:
    found = ways.best(ways.open_to(by, part), Status.RESOLVED)
    return None if found is None or ways.missing(found, part) else found


def people_on(ticket: Ticket) -> set[int]:
    """Who gets its public updates."""
    followers = Follower.objects.filter(ticket=ticket.pk).values_list("user", flat=True)
    return {ticket.requester_id, ticket.reporter_id, *followers}
