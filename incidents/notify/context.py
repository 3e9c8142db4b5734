"""The bell that every page carries, and a banner where no mail leaves."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import kept
from accounts.models import User
from accounts.permissions import Permission
from incidents.live import topics
from incidents.notify import trouble
from incidents.notify.models import Delivery

MOST_SHOWN = 9


class Bell:
    """How much is unread; asks only when a template shows it."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def unread(self) -> str:
        """The number beside the bell: nothing, up to nine, or “9+”."""
        key = ("bell", self.user.reach, self.user.department_id)
        return shown(len(kept.rows(key, lambda: rung(self.user))))

    @property
    def topic(self) -> str:
        return f"bell:{self.user.pk}"

    @property
    def topics(self) -> str:
        return topics.sign(self.user, [self.topic])


def rung(user: User) -> QuerySet[Delivery, tuple[int]]:
    """What is unread, no further than it is counted."""
    return Delivery.objects.bell_of(user).unread().values_list("pk")[: MOST_SHOWN + 1]


def shown(count: int) -> str:
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")


class Outgoing:
    """Trouble with mail, for those who look after it; asks only when a template shows it, and nothing for others."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def trouble(self) -> trouble.Trouble | None:
        may_help = self.user.permits.anywhere(Permission.CHANNELS_MANAGE)
        return trouble.standing() if may_help else None


def bell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not user or not user.is_authenticated:
        return {}
    return {"bell": Bell(user), "outgoing": Outgoing(user)}
