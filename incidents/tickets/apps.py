from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "incidents.tickets"
    label = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from incidents.tickets.seeds import plant

        post_migrate.connect(plant, sender=self)
