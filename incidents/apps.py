from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        from incidents import reactions
        from incidents.tickets import hooks, references
        from knowledge import hooks as articles
        from knowledge import links, prose

        hooks.register(reactions.react)
        articles.register(reactions.react_to_news)
        prose.register_tickets(references.addresses)
        links.register_numbers(references.existing)
