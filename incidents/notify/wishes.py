"""What people want to hear otherwise than the rules say, as the rules ask for it."""

from collections.abc import Collection

from incidents.notify.models import Channel, Choice, Topic

ALWAYS = frozenset({(Topic.ASSIGNED, Channel.BELL), (Topic.ESCALATED, Channel.BELL)})
"""Told whatever somebody chose: work must not be given to people who don't learn of it."""


def choices_of(people: Collection[int]) -> dict[tuple[int, str, str], bool]:
    """Their choices, in one query for all."""
    rows = Choice.objects.filter(user__in=people).values_list("user_id", "topic", "channel", "is_wanted")  # fmt: skip
    return {
        (person, topic, channel): is_wanted
        for person, topic, channel, is_wanted in rows
        if (topic, channel) not in ALWAYS
    }
