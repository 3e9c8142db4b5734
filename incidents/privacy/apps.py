from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "incidents.privacy"
    label = "privacy"
    verbose_name = _("Erasure and retention")

    def ready(self) -> None:
        from accounts.audit import grounds
        from incidents.privacy.grounds import ground_of

        grounds.register(ground_of)
