from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    name = "incidents.workflow"
    label = "workflow"
    verbose_name = _("Process")

    def ready(self) -> None:
        from incidents.workflow.seeds import plant

        post_migrate.connect(plant, sender=self)
