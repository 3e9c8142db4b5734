"""From whom the rules name to who is told what, where: choices, team rules and reach in one place for tickets and articles."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from incidents.notify.models import Channel, Topic
from incidents.notify.wishes import Key, Reach, Wish, is_told, reach_of, wishes_of


@dataclass(frozen=True)
class Named:
    """Somebody whom a rule names: for what topic, by which audience, on which channels where they chose nothing."""

    person: int
    topic: Topic
    because: str
    usual: tuple[Channel, ...]


@dataclass(frozen=True)
class Heard:
    """One row to be written."""

    person: int
    channel: Channel
    topic: Topic
    because: str
    is_daily: bool
    reach: Reach


def settle(named: Iterable[Named], may: Collection[int]) -> list[Heard]:
    """Who of those who may hear is told, in a fixed order. The first reason for which somebody is told on a channel counts."""
    people = [one for one in named if one.person in may]
    if not people:
        return []
    keys = {one.person for one in people}
    wishes, reaches = wishes_of(keys), reach_of(keys)
    told: dict[tuple[int, str], Heard] = {}
    for one in people:
        reach = reaches[one.person]
        for channel in Channel:
            usual = Wish(is_told(one.topic, channel, one.usual))
            wish = wishes.get(Key(one.person, one.topic, channel), usual)
            if not wish.is_wanted or not reach.has(channel):
                continue
            is_daily = wish.is_daily and channel == Channel.MAIL
            heard = Heard(one.person, channel, one.topic, one.because, is_daily, reach)
            before = told.get((one.person, channel))
            if before is None or (before.is_daily and not is_daily):
                told[one.person, channel] = heard
    return [told[key] for key in sorted(told)]
