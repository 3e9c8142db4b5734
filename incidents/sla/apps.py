from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    name = "incidents.sla"
    label = "sla"
    verbose_name = _("Service levels")

    def ready(self) -> None:
        from incidents.sla.seeds import plant

        post_migrate.connect(plant, sender=self)
