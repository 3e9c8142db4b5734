from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    name = "incidents.notify"
    label = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from accounts.sessions import moved

        moved.connect(_move_devices)
        if connection.vendor == "sqlite":
            from incidents.live import sources
            from incidents.notify.source import new_bells

            sources.register(new_bells)


def _move_devices(former: str, session_key: str, **_signal: Any) -> None:
    from incidents.notify import pushes

    pushes.move_devices(former, session_key)
