"""How somebody reads a ticket's history on the desk: what of it, in which order, from where on; and the part that shows.

The address remembers it. An open page sends it along with every request, so that an answer brings the part it shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from django.core.exceptions import BadRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.digits import whole
from accounts.models import User
from incidents.desk.came_from import CameFrom
from incidents.mail.models import RawMail
from incidents.tickets import timeline
from incidents.tickets.models import Ticket

SHOWS: dict[str, str | Promise] = {
    "all": _("Everything"),
    "requester": _("With requester"),
    "notes": _("Internal notes"),
}
ORDERS = ("oldest", "newest")


@dataclass(frozen=True)
class View:
    """What the address says. `seen` is how far the reader had read when the page was opened, `came_from` the list that
    they came from, which the addresses of other views keep."""

    show: str = "all"
    order: str = "oldest"
    events: str = "on"
    before: int | None = None
    start: int | None = None
    seen: int | None = None
    came_from: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Raises BadRequest for what no page of ours links to."""
        view = cls(
            show=given.get("show", "all"),
            order=given.get("order", "oldest"),
            events=given.get("events", "on"),
            before=_number(given.get("before", "")),
            start=_number(given.get("start", "")),
            seen=_number(given.get("seen", "")),
            came_from=came.address if (came := CameFrom.of(given)) else "",
        )
        if view.show not in SHOWS or view.order not in ORDERS or view.events not in {"on", "off"}:
            raise BadRequest("not a view of the history")
        return view

    @property
    def is_newest_first(self) -> bool:
        return self.order == "newest"

    @property
    def with_events(self) -> bool:
        return self.events == "on"

    @property
    def along(self) -> str:
        """The list that they came from, behind the address of anything that goes on from here."""
        return f"?{self.came_from}" if self.came_from else ""

    @property
    def along_with(self) -> str:
        """The same, where more follows."""
        return f"?{self.came_from}&" if self.came_from else "?"

    @property
    def look(self) -> Self:
        """What of it shows beside addresses."""
        return type(self)(self.show, self.order, self.events)

    @property
    def labels(self) -> dict[str, str | Promise]:
        """Of each way to show it."""
        return SHOWS

    @property
    def address(self) -> str:
        """As the address has it: nothing for what comes by itself."""
        usual = View()
        named = {"show": self.show, "order": self.order, "events": self.events}
        own = urlencode({k: v for k, v in named.items() if v != getattr(usual, k)})
        return "?" + "&".join(filter(None, (self.came_from, own)))


def _number(given: str) -> int | None:
    if not given:
        return None
    if (number := whole(given, 9)) is None:
        raise BadRequest("not a number of an event")
    return number


class Thread:
    """The history as one reader has it on the screen. Fetched when a template first asks."""

    def __init__(self, ticket: Ticket, user: User, view: View) -> None:
        self.ticket = ticket
        self.user = user
        self.view = view

    @cached_property
    def part(self) -> timeline.Part:
        view = self.view
        part = timeline.part_for_staff(
            self.ticket, self.user, show=view.show, with_events=view.with_events,
            before=view.before, start=view.start,
        )  # fmt: skip
        self._mark_new(part.entries)
        self._add_mails([*part.entries, *filter(None, [part.opening])])
        if view.is_newest_first:
            part.entries.reverse()
            timeline.mark_days(part.entries, after=timezone.now())
        return part

    def _add_mails(self, entries: list[timeline.Entry]) -> None:
        by_mail = {e.message.pk: e for e in entries if e.message and e.is_by_mail}
        if not by_mail:
            return
        mails = RawMail.objects.worked_by(self.user).filter(
            message__in=list(by_mail), kept_source__isnull=False
        )
        for mail, message in mails.values_list("pk", "message"):
            by_mail[message].mail = mail

    def _mark_new(self, entries: list[timeline.Entry]) -> None:
        """What others did since the reader was here; whoever was never here needs no mark."""
        seen = self.view.seen
        if seen is None or self.view.before is not None:
            return
        new = [e for e in entries if e.event.number > seen and e.event.actor_id != self.user.pk]
        if new:
            (new[-1] if self.view.is_newest_first else new[0]).is_first_new = True

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Of other views of it."""
        view = self.view
        return {
            **{name: replace(view, show=name).address for name in SHOWS},
            "events": replace(view, events="off" if view.with_events else "on").address,
            "order": replace(view, order="oldest" if view.is_newest_first else "newest").address,
        }

    @property
    def earlier(self) -> str:
        """The address of the part before this one."""
        address = self.view.address
        return f"{address}{'&' if len(address) > 1 else ''}before={self.part.start}"

    @property
    def latest(self) -> str:
        return self.view.address

    @property
    def state(self) -> str:
        """What an open page sends along, see `Timeline-View` in the views."""
        seen = "" if self.view.seen is None else f"&seen={self.view.seen}"
        return f"{self.view.address[1:]}&start={self.part.start}{seen}".lstrip("&")
