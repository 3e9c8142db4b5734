from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "incidents.mail"
    label = "mail"
    verbose_name = _("Mail in")

    def ready(self) -> None:
        from incidents.mail.answering import began_with, mailbox_of
        from incidents.notify import addresses

        addresses.mailbox_of = mailbox_of
        addresses.began_with = began_with
