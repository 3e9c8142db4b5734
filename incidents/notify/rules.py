"""Who hears of what: one rule for every kind of event. A test fails when a kind has none.

The actor hears nothing of what they did, except the receipt for a report. Who may not see the event hears nothing of
it, whatever the rule says; that is asked here, and again when a mail is sent or the bell's list is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from incidents.notify import words
from incidents.notify.around import Around
from incidents.notify.models import Channel
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event

Audience = Callable[[Around], set[int]]
BELL = (Channel.BELL,)
MAIL = (Channel.MAIL,)
BOTH = (Channel.MAIL, Channel.BELL)


@dataclass(frozen=True)
class Hearing:
    """Some people, and how they are told."""

    who: Audience
    channels: tuple[Channel, ...]
    even_the_actor: bool = False


@dataclass(frozen=True)
class Rule:
    """How a kind of event is told, and to whom."""

    tell: words.Teller
    heard_by: tuple[Hearing, ...] = ()


SILENT = Rule(words.nothing)
"""The ticket's page tells it; nobody is disturbed."""

RULES: dict[Kind, Rule] = {
    Kind.FILED: Rule(
        words.filed,
        (
            Hearing(Around.parties, MAIL, even_the_actor=True),  # the receipt
            Hearing(Around.team_if_nobody_has_it, BELL),
        ),
    ),
    Kind.REPLIED: Rule(
        words.replied,
        (
            Hearing(Around.on_it, BOTH),
            Hearing(Around.assignee_asked, BOTH),
            Hearing(Around.assignee, BELL),
            Hearing(Around.team_if_nobody_has_it, BELL),
        ),
    ),
    Kind.NOTED: Rule(
        # Followers outside the desk are sorted out by `may_hear`, since the event is internal.
        words.noted,
        (Hearing(Around.assignee, BELL), Hearing(Around.followers, BELL)),
    ),
    Kind.ASSIGNED: Rule(
        words.assigned,
        (Hearing(Around.assignee, BOTH), Hearing(Around.previous_assignee, BELL)),
    ),
    Kind.MOVED: Rule(
        words.moved,
        (Hearing(Around.team, BELL), Hearing(Around.previous_assignee, BELL)),
    ),
    Kind.STATUS_CHANGED: SILENT,  # waiting and going on come with a reply or a note
    Kind.RESOLVED: Rule(
        words.resolved,
        (Hearing(Around.on_it, BOTH), Hearing(Around.assignee, BELL)),
    ),
    Kind.REOPENED: Rule(
        words.reopened,
        (
            Hearing(Around.on_it, BOTH),
            Hearing(Around.assignee, BOTH),
            Hearing(Around.team_if_nobody_has_it, BELL),
        ),
    ),
    Kind.CLOSED: Rule(words.closed, (Hearing(Around.assignee, BELL),)),
    Kind.PRIORITISED: Rule(
        words.prioritised,
        (Hearing(Around.assignee, BELL), Hearing(Around.team_if_now_critical, BELL)),
    ),
    Kind.CATEGORISED: SILENT,
    Kind.SERVICE_SET: SILENT,
    Kind.RETITLED: SILENT,
    Kind.FOLLOWED: Rule(words.followed, (Hearing(Around.named, BOTH),)),
    Kind.UNFOLLOWED: SILENT,
    Kind.LINKED: SILENT,
    Kind.UNLINKED: SILENT,
    Kind.ARTICLE_DRAFTED: SILENT,
    Kind.JOINED: SILENT,  # the count says it; two hundred mails would not help
    Kind.OFFERED: SILENT,
    Kind.WITHDRAWN: Rule(
        words.withdrawn,
        (Hearing(Around.assignee, BOTH), Hearing(Around.parties, BELL)),
    ),
    Kind.RATED: Rule(words.rated, (Hearing(Around.assignee, BELL),)),
    Kind.ANSWERED: SILENT,
}


def hearers(event: Event) -> list[tuple[int, Channel]]:
    """Who hears of this event, on which channel, in a fixed order."""
    around = Around(event)
    heard: set[tuple[int, Channel]] = set()
    for hearing in RULES[Kind(event.kind)].heard_by:
        people = hearing.who(around) - (set() if hearing.even_the_actor else {event.actor_id})
        heard |= {(person, channel) for person in people for channel in hearing.channels}
    if not heard:
        return []
    may = around.may_hear({person for person, _channel in heard})
    return sorted((person, channel) for person, channel in heard if person in may)
