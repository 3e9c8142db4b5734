"""The accounts app, and administration under /admin/."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import letters  # noqa: F401 (says what its mails are)
        from accounts.audit import sign_ins
        from accounts.outbound import targets
        from accounts.seeds import plant

        post_migrate.connect(plant, sender=self)
        sign_ins.connect()
        targets.read_allowed(tuple(settings.PUSH_ALLOWED))
        targets.allowed()  # a slip in OUTBOUND_ALLOWED stops the start, not the first webhook


class AdministrationConfig(SimpleAdminConfig):
    default_site = "accounts.administration.Administration"
    default = False

    def ready(self) -> None:
        super().ready()
        autodiscover()
        autodiscover_modules("portable")
