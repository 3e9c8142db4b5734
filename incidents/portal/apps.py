from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "incidents.portal"
    label = "portal"
