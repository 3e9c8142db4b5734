from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "incidents.live"
    label = "live"
