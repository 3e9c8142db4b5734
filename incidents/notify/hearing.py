"""From whom the rules name to who is told what, where: choices, team rules and reach in one place for tickets and articles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.notify.models import Channel, Topic
from incidents.notify.wishes import Key, Reach, Wish, is_told, wishes_of


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


def settle(named: Iterable[Named], reaches: Mapping[int, Reach]) -> list[Heard]:
    """Who is told, in a fixed order, of those who may hear, which are those that `reaches` has.

    The first reason for which somebody is told on a channel counts.
    """
    people = [one for one in named if one.person in reaches]
    if not people:
        return []
    wishes = wishes_of({one.person for one in people})
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
