from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Incidents"

    def ready(self) -> None:
        from incidents import reactions
        from incidents.tickets import hooks

        hooks.register(reactions.react)
