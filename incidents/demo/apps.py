from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "incidents.demo"
    label = "demo"
