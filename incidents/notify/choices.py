"""What people choose to hear: every topic on every channel, as the rules have it or otherwise."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.notify.models import Channel, Choice, Topic
from incidents.notify.rules import ALWAYS, usual

FOR_STAFF = frozenset(
    {Topic.ASSIGNED, Topic.TEAM, Topic.ESCALATED, Topic.NOTES, Topic.MENTIONS, Topic.TARGETS}
)
"""What only people who work on tickets ever hear."""

EXPLAINED: dict[Topic, str | Promise] = {
    Topic.RECEIPT: _("We have your report, or somebody added you to a ticket."),
    Topic.REPLIES: _("On your tickets, and on those you follow."),
    Topic.PROGRESS: _("Also when somebody says that it is still broken."),
    Topic.ASSIGNED: _(
        "Also when you had it and somebody else takes over. The bell always rings for this."
    ),
    Topic.TEAM: _("Tickets that nobody has yet, and ones that become critical."),
    Topic.ESCALATED: _(
        "When one waits too long, or somebody calls for help. The bell always rings for this."
    ),
    Topic.NOTES: _("On tickets that you have or follow."),
    Topic.TARGETS: _(
        "For an answer or a solution, on your tickets and, if you lead a team, on those nobody has. By mail only what is urgent."
    ),
    Topic.ARTICLES: _("Reviews, what is due, and what readers say about what you own or wrote."),
    Topic.READING: _("When one that you follow is new or says something else."),
    Topic.MENTIONS: _("With an @ before your name or your team’s, wherever you may read it."),
}
CHANNELS: dict[Channel, tuple[str | Promise, str]] = {
    Channel.MAIL: (_("Mail"), "mail"),
    Channel.BELL: (_("Bell"), "bell"),
}
"""A channel's name and icon."""


@dataclass(frozen=True)
class Way:
    """One box: a topic on a channel."""

    topic: Topic
    channel: Channel
    is_wanted: bool

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.channel}"

    @property
    def label(self) -> str | Promise:
        return CHANNELS[self.channel][0]

    @property
    def icon(self) -> str:
        return CHANNELS[self.channel][1]

    @property
    def is_fixed(self) -> bool:
        return (self.topic, self.channel) in ALWAYS


@dataclass(frozen=True)
class Row:
    topic: Topic
    ways: tuple[Way, ...]

    @property
    def explained(self) -> str | Promise:
        return EXPLAINED[self.topic]


def topics_of(user: User) -> list[Topic]:
    """The topics that this person ever hears of."""

    def ever(topic: Topic) -> bool:
        if topic == Topic.ARTICLES:
            return user.is_editor
        return topic not in FOR_STAFF or user.is_agent

    return [topic for topic in Topic if ever(topic)]


def is_usual(topic: Topic, channel: Channel) -> bool:
    """Whether the rules tell it to somebody who chose nothing."""
    return (topic, channel) in usual()


def of(user: User) -> list[Row]:
    """Every box of this person, as it is now."""
    rows = Choice.objects.filter(user=user).values_list("topic", "channel", "is_wanted")
    chosen = {(topic, channel): is_wanted for topic, channel, is_wanted in rows}
    told = usual()

    def way(topic: Topic, channel: Channel) -> Way:
        here = (topic, channel)
        return Way(topic, channel, here in ALWAYS or chosen.get(here, here in told))

    return [
        Row(topic, tuple(way(topic, channel) for channel in Channel)) for topic in topics_of(user)
    ]
