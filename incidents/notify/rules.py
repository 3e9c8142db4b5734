"""Who hears of what: one rule for every kind of event. A test fails when a kind has none.

The actor hears nothing of what they did, except the receipt for a report. Who may not see the event hears nothing of
it, whatever the rule says; that is asked here, and again when a mail is sent or the bell's list is shown.

Everybody may want to hear less than the rules say, or more, by topic and channel: see `choices`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from incidents.notify import articles, words
from incidents.notify.around import Around
from incidents.notify.hearing import Heard, Named, settle
from incidents.notify.models import Channel, Topic
from incidents.notify.wishes import ALWAYS as ALWAYS
from incidents.notify.wishes import is_told
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event
from incidents.workflow.priority import Priority

Audience = Callable[[Around], set[int]]
BELL = (Channel.BELL,)
MAIL = (Channel.MAIL,)
BOTH = (Channel.MAIL, Channel.BELL)


@dataclass(frozen=True)
class Hearing:
    """Some people, and how they are told. Their topic is that of the kind, where none is given."""

    who: Audience
    channels: tuple[Channel, ...]
    even_the_actor: bool = False
    topic: Topic | None = None


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
            Hearing(Around.known_parties, MAIL, even_the_actor=True),  # the receipt
            Hearing(Around.team_if_nobody_has_it, BELL, topic=Topic.TEAM),
        ),
    ),
    Kind.REPLIED: Rule(
        words.replied,
        (
            Hearing(Around.asked_or_answered, BOTH),
            Hearing(Around.assignee_asked, BOTH),
            Hearing(Around.assignee, BELL),
            Hearing(Around.team_if_nobody_has_it, BELL, topic=Topic.TEAM),
        ),
    ),
    Kind.NOTED: Rule(
        # Followers outside the desk are sorted out by `may_hear`, since the event is internal.
        words.noted,
        (
            Hearing(Around.assignee, BELL),
            Hearing(Around.followers, BELL),
            Hearing(Around.mentioned, BELL, topic=Topic.MENTIONS),
        ),
    ),
    Kind.ASSIGNED: Rule(
        words.assigned,
        (Hearing(Around.assignee, BOTH), Hearing(Around.previous_assignee, BELL)),
    ),
    Kind.MOVED: Rule(
        words.moved,
        (
            Hearing(Around.team, BELL),
            Hearing(Around.previous_assignee, BELL, topic=Topic.ASSIGNED),
        ),
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
            Hearing(Around.team_if_nobody_has_it, BELL, topic=Topic.TEAM),
        ),
    ),
    Kind.CLOSED: Rule(
        # Who closed it is asked how it went on the page; a requester for whom somebody else did, in the mail.
        words.closed,
        (Hearing(Around.assignee, BELL), Hearing(Around.requester, MAIL)),
    ),
    Kind.CLOSING_ANNOUNCED: Rule(words.closing_announced, (Hearing(Around.parties, BOTH),)),
    Kind.CLOSING_CALLED_OFF: SILENT,
    Kind.ESCALATED: Rule(words.escalated, (Hearing(Around.told, BOTH),)),
    Kind.PRIORITISED: Rule(
        words.prioritised,
        (
            Hearing(Around.assignee, BELL),
            Hearing(Around.team_if_now_critical, BELL, topic=Topic.TEAM),
        ),
    ),
    Kind.CATEGORISED: SILENT,
    Kind.SERVICE_SET: SILENT,
    Kind.RETITLED: SILENT,
    Kind.TYPE_CHANGED: SILENT,
    Kind.ERASED: SILENT,
    Kind.PROPOSED: SILENT,  # its page and lists show it
    Kind.PROPOSAL_SETTLED: SILENT,
    Kind.FOLLOWED: Rule(words.followed, (Hearing(Around.named, BOTH),)),
    Kind.UNFOLLOWED: SILENT,
    Kind.UNDELIVERED: Rule(words.undelivered, (Hearing(Around.assignee, BELL),)),
    Kind.LINKED: SILENT,
    Kind.UNLINKED: SILENT,
    Kind.ARTICLE_DRAFTED: SILENT,
    # The count says it, two hundred mails would not help; but the team hears what becomes critical.
    Kind.JOINED: Rule(words.joined, (Hearing(Around.team_if_now_critical, BELL),)),
    Kind.OFFERED: SILENT,
    Kind.WITHDRAWN: Rule(
        words.withdrawn,
        (Hearing(Around.assignee, BOTH), Hearing(Around.parties, BELL)),
    ),
    Kind.RATED: Rule(words.rated, (Hearing(Around.assignee, BELL),)),
    Kind.ANSWERED: SILENT,
    Kind.TAGGED: SILENT,
    # Silent for requesters, unless an agent ticked that they are told; nobody hears of it at the other ticket.
    Kind.MERGED: Rule(
        words.merged,
        (
            Hearing(Around.parties_if_told, BOTH),
            Hearing(Around.assignee_of_merged, BELL, topic=Topic.ASSIGNED),
        ),
    ),
    Kind.UNMERGED: SILENT,
    Kind.FORWARDED: Rule(
        words.forwarded,
        (
            Hearing(Around.assignee, BOTH),
            Hearing(Around.team_if_nobody_has_it, BELL, topic=Topic.TEAM),
        ),
    ),
    Kind.SPLIT: SILENT,
    Kind.CHECKLIST_CHANGED: SILENT,
    Kind.HYPOTHESIS_CHANGED: SILENT,
    Kind.TIME_SPENT: SILENT,
    Kind.UNDONE: Rule(
        words.undone,
        (
            Hearing(Around.assignee_again, BELL),
            Hearing(Around.previous_assignee, BELL),
            Hearing(Around.on_it_if_not_solved, BOTH, topic=Topic.PROGRESS),
        ),
    ),
    # A ring and no mail: many come due in one hour. Only what is urgent is worth a mail, and only once it is over.
    Kind.TARGET_WARNED: Rule(
        words.target_warned,
        (Hearing(Around.who_keeps_the_promise, BELL), Hearing(Around.named_by_policy, BELL)),
    ),
    Kind.TARGET_MISSED: Rule(
        words.target_missed,
        (
            Hearing(Around.who_keeps_the_promise, BELL),
            Hearing(Around.who_keeps_the_promise_if_urgent, BOTH),
            Hearing(Around.named_by_policy, BOTH),
        ),
    ),
}


TOPICS: dict[Kind, Topic] = {
    Kind.FILED: Topic.RECEIPT,
    Kind.FOLLOWED: Topic.RECEIPT,
    Kind.UNDELIVERED: Topic.PROGRESS,
    Kind.REPLIED: Topic.REPLIES,
    Kind.NOTED: Topic.NOTES,
    Kind.ASSIGNED: Topic.ASSIGNED,
    Kind.MOVED: Topic.TEAM,
    Kind.RESOLVED: Topic.PROGRESS,
    Kind.REOPENED: Topic.PROGRESS,
    Kind.CLOSED: Topic.PROGRESS,
    Kind.WITHDRAWN: Topic.PROGRESS,
    Kind.CLOSING_ANNOUNCED: Topic.PROGRESS,
    Kind.ESCALATED: Topic.ESCALATED,
    Kind.MERGED: Topic.PROGRESS,
    Kind.FORWARDED: Topic.REPLIES,
    Kind.PRIORITISED: Topic.PROGRESS,
    Kind.JOINED: Topic.TEAM,
    Kind.RATED: Topic.PROGRESS,
    Kind.UNDONE: Topic.ASSIGNED,
    Kind.TARGET_WARNED: Topic.TARGETS,
    Kind.TARGET_MISSED: Topic.TARGETS,
}
"""Under which topic people choose about a kind. A test fails when a kind that somebody hears has none."""


def usual() -> set[tuple[Topic, Channel]]:
    """What the rules tell, topic by topic, to those who chose nothing."""
    named = {(topic, one) for topic, channels in _named_channels() for one in channels}
    return {
        (topic, channel)
        for topic in Topic
        for channel in Channel
        if is_told(topic, channel, {one for told, one in named if told == topic})
    }


def hearers(event: Event) -> list[tuple[int, Channel]]:
    """Who hears of this event, on which channel, in a fixed order."""
    return [(heard.person, heard.channel) for heard in told(event)]


def told(event: Event, around: Around | None = None) -> list[Heard]:
    """The same, with the topic, the reason, and when they can be told."""
    around, kind = around or Around(event), Kind(event.kind)
    hushed = set(event.data.get("hushed", ()))  # they hear the same words on another ticket
    named: list[Named] = []
    for hearing in RULES[kind].heard_by:
        people = hearing.who(around) - (set() if hearing.even_the_actor else {event.actor_id})
        topic = hearing.topic or TOPICS[kind]
        named += [
            Named(person, topic, hearing.who.__name__, hearing.channels)
            for person in sorted(people - hushed)
        ]
    if not named:
        return []
    return settle(named, around.may_hear({one.person for one in named}))


def is_urgent(event: Event) -> bool:
    """What waits neither for company nor for the morning, and wakes people."""
    priority = event.ticket.priority
    missed = event.kind == Kind.TARGET_MISSED and priority <= Priority.P2
    return priority == Priority.P1 or missed or event.kind == Kind.ESCALATED


def _named_channels() -> list[tuple[Topic, tuple[Channel, ...]]]:
    return [
        *articles.NAMED_CHANNELS,
        *(
            (hearing.topic or TOPICS[kind], hearing.channels)
            for kind, rule in RULES.items()
            for hearing in rule.heard_by
        ),
    ]
