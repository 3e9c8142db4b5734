from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "incidents.notify"
    label = "notify"
