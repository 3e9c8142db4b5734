"""The ways out of the house. The worker treats all alike; what differs by way is said here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.notify import acknowledging, bundles, chats, letters, pushes, rooms, rules
from incidents.notify.correspondence import Acknowledgement
from incidents.notify.models import Channel, Delivery, Outgoing, Pace, Posting
from incidents.notify.pace import quiet_ends
from incidents.notify.postbox import Postbox
from incidents.notify.wishes import Key, Wish, reach_of, wishes_of


class Carrier(Protocol):
    """What takes one row after the other outside while a run lasts."""

    def send(self, row: Any, rows: Sequence[Any]) -> None:
        """Tell these rows together, under the mark of `row`; mostly they are it alone.

        Raises:
            Undelivered: with what the failure means.
        """

    def close(self) -> None: ...


class MailCarrier:
    def __init__(self) -> None:
        self._postbox = Postbox()

    def send(self, row: Delivery, rows: Sequence[Delivery]) -> None:
        self._postbox.send(letters.for_occasion(row) if row.occasion else bundles.write(row, rows))

    def close(self) -> None:
        self._postbox.close()


@dataclass(frozen=True)
class Lane:
    """One way out: what is due on it, what is asked before, who carries it, and when it is given up."""

    name: str
    model: type[Outgoing]
    due: Callable[[datetime], "QuerySet[Any]"]
    """With everything that telling a row needs, in the order of sending."""
    refuses: Callable[[Any], str]
    """Why a row is not to be sent any more; rights may be gone since the event."""
    open: Callable[[], Carrier]
    give_up_after: timedelta
    holds: Callable[[Any, datetime], datetime | None] = lambda _row, _now: None
    """Until when a row that is due still waits."""
    along: Callable[[Any, datetime], "QuerySet[Any] | None"] = lambda _row, _now: None
    """What goes along with it."""


def _may_hear(row: Delivery) -> str:
    reader = row.recipient
    if reader.is_active and Delivery.objects.may_hear(reader).filter(pk=row.pk).exists():
        return ""
    return _("the recipient may not see this any more")


def _refuses(row: Delivery) -> str:
    """What somebody decided counts for what still waits, too: unsubscribed, no device or no address any more."""
    channel, person = Channel(row.channel), row.recipient_id
    if row.occasion:
        return _out_of_use(row)
    if reason := _may_hear(row):
        return reason
    if not reach_of([person])[person].has(channel):
        return _("no device or address is given any more")
    usual = Wish((row.topic, channel) in rules.usual())
    if row.topic and not wishes_of([person]).get(Key(person, row.topic, channel), usual).is_wanted:
        return _("the recipient does not want to hear of this any more")
    return ""


def _out_of_use(row: Delivery) -> str:
    """Nothing of a mail about an account can be chosen; but it may have lost its use since.

    By the clock on the wall only where the occasion says so: else it is tried like any mail, and given up where it
    is seen, in lists and by `doctor`.
    """
    if not row.recipient.is_active:
        return _("the recipient may not see this any more")
    lasts, since = row.said_of.lasts, min(row.due_at, row.tried_since or row.due_at)
    if (lasts and since < timezone.now() - lasts) or letters.words_of(row) is None:
        return _("nobody waits for it any more")
    return ""


def _quiet(row: Delivery, now: datetime) -> datetime | None:
    """Until when the recipient wants to be left alone, also where a row comes late or is tried again."""
    if row.pace == Pace.URGENT:
        return None
    ends = quiet_ends(now, reach_of([row.recipient_id])[row.recipient_id])
    return ends if ends > now else None


def _holds_mail(row: Delivery, now: datetime) -> datetime | None:
    together = bundles.holds(row, now)
    return _quiet(row, together or now) or together


def _of(channel: Channel) -> Callable[[datetime], "QuerySet[Any]"]:
    return lambda now: Delivery.objects.due_by(channel, now).with_words()


MAIL = Lane(
    "mail", Delivery, lambda now: Delivery.objects.due(now).with_words(), _refuses, MailCarrier,
    give_up_after=timedelta(days=4),  # as SMTP itself does (RFC 5321, 4.5.4.1)
    holds=_holds_mail, along=bundles.along,
)  # fmt: skip
PUSH = Lane(
    "push", Delivery, _of(Channel.PUSH), _refuses, pushes.Pusher, timedelta(hours=12), _quiet
)
CHAT = Lane(
    "chat", Delivery, _of(Channel.CHAT), _refuses, chats.ToPeople, timedelta(hours=12), _quiet
)
ROOMS = Lane(
    "rooms", Posting, lambda now: Posting.objects.due(now).with_words(), rooms.refuses,
    chats.ToRooms, timedelta(hours=12),
)  # fmt: skip
ACKNOWLEDGEMENTS = Lane(
    Acknowledgement.LANE, Acknowledgement, lambda now: Acknowledgement.objects.due(now),
    acknowledging.refuses, acknowledging.Acknowledger, acknowledging.GIVE_UP_AFTER,
)  # fmt: skip
LANES = {lane.name: lane for lane in (MAIL, PUSH, CHAT, ROOMS, ACKNOWLEDGEMENTS)}
