"""What people choose to hear: every topic on every channel, as the rules have it or otherwise."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.notify.models import Channel, ChatAddress, ChatService, Topic
from incidents.notify.rules import ALWAYS, usual
from incidents.notify.wishes import Key, Wish, ruled_for, wishes_of

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
ICONS: dict[Channel, str] = {
    Channel.MAIL: "mail",
    Channel.BELL: "bell",
    Channel.PUSH: "smartphone",
    Channel.CHAT: "message-square",
}


@dataclass(frozen=True)
class Way:
    """One box: a topic on a channel. Mail also comes together in the morning."""

    topic: Topic
    channel: Channel
    is_wanted: bool
    is_daily: bool = False

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.channel}"

    @property
    def label(self) -> str | Promise:
        return self.channel.label

    @property
    def icon(self) -> str:
        return ICONS[self.channel]

    @property
    def can_be_daily(self) -> bool:
        return self.channel == Channel.MAIL

    @property
    def wish(self) -> Wish:
        return Wish(self.is_wanted, self.is_daily)

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


def channels_of(user: User) -> list[Channel]:
    """By what this person can be told: services only where there is one for people, or was."""
    offered = ChatService.objects.filter(team=None, is_on=True).exists()
    with_chat = offered or ChatAddress.objects.filter(user=user).exists()
    return [channel for channel in Channel if channel != Channel.CHAT or with_chat]


def usual_of(user: User, topic: Topic, channel: Channel) -> Wish:
    """What somebody hears who chose nothing: as the rules of their teams say, or else those of all."""
    return ruled_for(user.pk).get(Key(user.pk, topic, channel), Wish((topic, channel) in usual()))


def of(user: User) -> list[Row]:
    """Every box of this person, as it is now."""
    wishes, told = wishes_of([user.pk]), usual()

    def way(topic: Topic, channel: Channel) -> Way:
        here = (topic, channel)
        wish = wishes.get(Key(user.pk, topic, channel), Wish(here in told))
        return Way(topic, channel, here in ALWAYS or wish.is_wanted, wish.is_daily)

    channels = channels_of(user)
    return [Row(topic, tuple(way(topic, channel) for channel in channels)) for topic in topics_of(user)]  # fmt: skip
