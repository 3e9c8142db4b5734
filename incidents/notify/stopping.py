"""“No more of this by mail”: the signed link that every mail carries, for one click of a mail program (RFC 8058) and of a person.

It says whom and which topics, opens nothing, and can only ever make us send less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from incidents.notify import actions, choices
from incidents.notify.models import Channel, Delivery, Topic
from incidents.notify.rules import usual
from incidents.notify.wishes import Key, wishes_of

SALT = "notify.stop"
WORKS_FOR = timedelta(days=366)
ONLY_WAY = frozenset({Topic.RECEIPT, Topic.REPLIES, Topic.PROGRESS})
"""What people hear of their own tickets; whom we only know by mail hears it in no other way."""


@dataclass(frozen=True)
class Stop:
    person: User
    topics: tuple[Topic, ...]

    @property
    def is_refused(self) -> bool:
        """The desk would write to them, and nobody would read it."""
        return self.person.is_contact and not ONLY_WAY.isdisjoint(self.topics)


def link(rows: Sequence[Delivery]) -> str:
    """For a mail that tells these rows to one person; nothing where it is not known what they are about.

    Nothing either for people whom we only know by mail, see `ONLY_WAY`.
    """
    topics = sorted({row.topic for row in rows if row.topic})
    if not topics or rows[0].recipient.is_contact:
        return ""
    token = signing.dumps([rows[0].recipient_id, *topics], salt=SALT)
    return settings.SITE_URL + reverse("notify:stop", args=[token])


def headers(rows: Sequence[Delivery]) -> dict[str, str]:
    """How a mail program finds it."""
    url = link(rows)
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def read(token: str) -> Stop | None:
    """What a link stops; None when it is not ours, too old, or of somebody who is no longer here."""
    try:
        key, *names = signing.loads(token, salt=SALT, max_age=WORKS_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    topics = tuple(Topic(name) for name in names if name in Topic.values)
    person = User.objects.people().filter(pk=key).first() if isinstance(key, int) else None
    return Stop(person, topics) if person and topics else None


def is_stopped(found: Stop) -> bool:
    """Whether nothing of it comes by mail any more."""
    ever, usually = choices.topics_of(found.person), usual()
    wishes = wishes_of([found.person.pk])

    def is_wanted(topic: Topic) -> bool:
        wish = wishes.get(Key(found.person.pk, topic, Channel.MAIL))
        return wish.is_wanted if wish else (topic, Channel.MAIL) in usually

    return not any(is_wanted(topic) for topic in found.topics if topic in ever)


@transaction.atomic
def stop(found: Stop) -> None:
    """Once or ten times, the result is the same."""
    if found.is_refused:
        return
    ever = choices.topics_of(found.person)
    for topic in found.topics:
        if topic in ever:
            actions.choose(by=found.person, topic=topic, channel=Channel.MAIL, wanted=False)
