from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        from incidents import reactions
        from incidents.tickets import hooks, references
        from knowledge import facets, links, prose
        from knowledge import hooks as articles

        hooks.register(reactions.react)
        articles.register(reactions.react_to_news)
        prose.register_tickets(references.addresses)
        links.register_numbers(references.existing)
        facets.register_services(references.names_of_services)
