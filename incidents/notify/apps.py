from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.db import connection
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.occasions import Occasion


class NotifyConfig(AppConfig):
    name = "incidents.notify"
    label = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from accounts import occasions
        from accounts.sessions import moved

        moved.connect(_move_devices)
        occasions.carry_by(_enqueue, fails=_fails)
        if connection.vendor == "sqlite":
            from incidents.live import sources
            from incidents.notify.source import new_bells

            sources.register(new_bells)


def _enqueue(occasion: "Occasion", person: "User", data: dict[str, Any], once: str) -> None:
    from incidents.notify import outbox

    outbox.enqueue_occasion(occasion, person, data, once)


def _fails(occasion: "Occasion", people: Collection[int]) -> set[int]:
    from incidents.notify import outbox

    return outbox.failed_occasions(occasion, people)


def _move_devices(former: str, session_key: str, **_signal: Any) -> None:
    from incidents.notify import pushes

    pushes.move_devices(former, session_key)
