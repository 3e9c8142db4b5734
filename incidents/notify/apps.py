from django.apps import AppConfig
from django.db import connection
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    name = "incidents.notify"
    label = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        if connection.vendor == "sqlite":
            from incidents.live import sources
            from incidents.notify.source import new_bells

            sources.register(new_bells)
