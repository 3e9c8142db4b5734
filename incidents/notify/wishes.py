"""What people want to hear otherwise than the rules say, and where and when each can be reached, as the rules ask for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Value

from accounts.models import User
from incidents.notify.models import Channel, ChatAddress, Choice, Device, Habits, TeamRule, Topic

ALWAYS = frozenset({(Topic.ASSIGNED, Channel.BELL), (Topic.ESCALATED, Channel.BELL)})
"""Told whatever somebody chose: work must not be given to people who don't learn of it."""

PUSHED = frozenset(
    {Topic.REPLIES, Topic.PROGRESS, Topic.ASSIGNED, Topic.ESCALATED, Topic.MENTIONS, Topic.TARGETS}
)
"""What somebody who switched on a device hears there, of what their bell rings for."""
CHATTED = frozenset({Topic.ESCALATED})
"""And of it what is worth a message to their phone, which may cost money."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a topic on a channel."""

    is_wanted: bool
    is_daily: bool = False

    @property
    def loudness(self) -> tuple[bool, bool]:
        return self.is_wanted, not self.is_daily


class Key(NamedTuple):
    person: int
    topic: str
    channel: str


@dataclass(frozen=True)
class Reach:
    """Where somebody can be told besides by mail, and when they want to be left alone."""

    zone: ZoneInfo
    has_bell: bool = True
    """Whom we know by mail alone has no page where it would ring."""
    has_device: bool = False
    has_address: bool = False
    quiet: tuple[time, time] | None = None
    morning_at: time = Habits.MORNING

    def has(self, channel: Channel) -> bool:
        if channel == Channel.BELL:
            return self.has_bell
        if channel == Channel.PUSH:
            return self.has_device
        return channel != Channel.CHAT or self.has_address


def is_told(topic: Topic, channel: Channel, usual: Collection[Channel]) -> bool:
    """Whether the rules tell it to somebody who chose nothing; they name mail and bell, the others follow the bell."""
    if channel == Channel.PUSH:
        return Channel.BELL in usual and topic in PUSHED
    if channel == Channel.CHAT:
        return Channel.BELL in usual and topic in CHATTED
    return channel in usual


def wishes_of(people: Collection[int]) -> dict[Key, Wish]:
    """What they chose, and else what their teams' rules say. One query for all."""
    own = Choice.objects.filter(user__in=people).order_by()
    rows = own.values_list("user", Value(1), *_NAMES).union(_by_team(people), all=True)
    return _ranked(rows)


def ruled_for(person: int) -> dict[Key, Wish]:
    """What the rules of somebody's teams say."""
    return _ranked(_by_team([person]))


def reach_of(people: Collection[int]) -> dict[int, Reach]:
    """Where and when each can be told. One query."""
    rows = User.objects.filter(pk__in=people).order_by().values_list("pk", *reach_columns())
    return {pk: reach(columns) for pk, *columns in rows}


def reach_columns() -> tuple[Any, ...]:
    """What `reach` is made of, for a query of people that asks more of them."""
    return (
        "time_zone", "is_contact", "habits__quiet_from", "habits__quiet_until", "habits__morning_at",
        Exists(Device.objects.filter(user=OuterRef("pk"))),
        Exists(ChatAddress.objects.in_use().filter(user=OuterRef("pk"))),
    )  # fmt: skip


def reach(columns: Iterable[Any]) -> Reach:
    """Of what `reach_columns` asked for."""
    zone, is_contact, since, until, morning, device, address = columns
    return Reach(
        zone=ZoneInfo(zone or settings.DEFAULT_TIME_ZONE),
        has_bell=not is_contact,
        has_device=device,
        has_address=address,
        quiet=(since, until) if since is not None else None,
        morning_at=morning or Habits.MORNING,
    )


_NAMES = ("topic", "channel", "is_wanted", "is_daily")
_Row = tuple[int, int, str, str, bool, bool]


def _by_team(people: Collection[int]) -> Any:
    rules = TeamRule.objects.filter(team__grants__user__in=people).order_by()
    return rules.values_list("team__grants__user", Value(0), *_NAMES)


def _ranked(rows: Iterable[_Row]) -> dict[Key, Wish]:
    """One's own choice before a team's rule; of several teams the one that tells more."""
    chosen: dict[Key, Wish] = {}
    ruled: dict[Key, Wish] = {}
    for person, is_own, topic, channel, is_wanted, is_daily in rows:
        key, wish = Key(person, topic, channel), Wish(is_wanted, is_daily)
        if (topic, channel) in ALWAYS:
            continue
        if is_own:
            chosen[key] = wish
        elif key not in ruled or wish.loudness > ruled[key].loudness:
            ruled[key] = wish
    return ruled | chosen
