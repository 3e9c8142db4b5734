from django.apps import AppConfig
from django.db import connection


class LiveConfig(AppConfig):
    name = "incidents.live"
    label = "live"

    def ready(self) -> None:
        from incidents.live import presence, sources

        if connection.vendor == "sqlite":
            sources.register(presence.changes)
