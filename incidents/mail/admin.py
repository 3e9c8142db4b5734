"""Mailboxes in administration: their table and form, how fetching goes, the test of a connection, the token."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from accounts import administration
from accounts.administration.logged import LoggedAdmin
from accounts.administration.proof import ProvedAdmin
from accounts.models import Team
from accounts.permissions import Permission
from incidents.mail import mailbox_views as views
from incidents.mail.mailbox_forms import MailboxPageForm, VouchedForm
from incidents.mail.models import Fetching, Mailbox, Vouched
from incidents.tickets.models import Category
from incidents.workflow.models import IncidentType

EMPTY = {
    "team": gettext_lazy("The category’s team"),
    "category": gettext_lazy("No category"),
    "type": gettext_lazy("The usual type"),
}


class MailboxAdminForm(MailboxPageForm):
    """The same form with the look of administration."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:  # who only reads has no fields
            self.fields["password"].widget = UnfoldAdminPasswordWidget(
                attrs={"autocomplete": "new-password"}
            )
            self.fields["domains"].widget.attrs["rows"] = 3
            language: Any = self.fields["language"]
            language.widget = UnfoldAdminSelectWidget(choices=language.choices)


@admin.register(Mailbox)
class MailboxAdmin(ProvedAdmin):
    permission = Permission.CHANNELS_MANAGE
    form = MailboxAdminForm
    list_display = ["name", "address", "goes_to", "way", "state"]
    list_filter = ["is_active"]
    list_select_related = ["team", "category", "fetching"]
    search_fields = ["name", "address"]
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = [
        (None, {"fields": ["name", "address", "slug", ("is_active", "is_general")]}),
        (
            gettext_lazy("What becomes of its mail"),
            {"fields": [("team", "category"), ("type", "language"), "senders", "domains", "authserv_id"]},
        ),
        (
            gettext_lazy("Fetching it from a server (IMAP)"),
            {
                "fields": [
                    ("host", "port"), "security", ("username", "password"), "folder", ("after", "moves_to"), "takes_old",
                ]
            },
        ),
    ]  # fmt: skip
    change_form_outer_before_template = "admin/mailboxes/_tools.html"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """One that got mail stays, and is taken out of use instead."""
        got_mail = isinstance(obj, Mailbox) and obj.mails.exists()
        return super().has_delete_permission(request, obj) and not got_mail

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who only reads is shown no password, not even as dots."""
        sets = super().get_fieldsets(request, obj)
        if self.may_change(request):
            return sets
        return [
            (title, {**said, "fields": [_without_password(one) for one in said["fields"]]})
            for title, said in sets
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field:
            field.empty_label = EMPTY[db_field.name]
            field.queryset = {
                "team": Team.objects.filter(is_retired=False),
                "category": Category.objects.in_use(),
                "type": IncidentType.objects.filter(is_retired=False),
            }[db_field.name]
        return field

    def save_model(self, request: Any, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        super().save_model(request, obj, form, change)
        if change:
            obj.save(update_fields=["password_set_at"])
            Fetching.objects.filter(mailbox=obj).update(due_at=None)  # tried again at once

    def changeform_view(
        self,
        request: Any,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), **views.standing(request, object_id or "")}
        return super().changeform_view(request, object_id, form_url, context)

    @admin.display(description=gettext_lazy("goes to"))
    def goes_to(self, mailbox: Mailbox) -> str:
        return str(mailbox.team or mailbox.category or _("no team"))

    @admin.display(description=gettext_lazy("mail comes"))
    def way(self, mailbox: Mailbox) -> str:
        ways = [_("fetched from %(host)s") % {"host": mailbox.host}] if mailbox.host else []
        ways += [_("handed over")] if mailbox.token_hash else []
        return ", ".join(ways) or _("by the command")

    @admin.display(description=gettext_lazy("state"))
    def state(self, mailbox: Mailbox) -> str:
        return views.state_of(mailbox, timezone.now())


@admin.register(Vouched)
class VouchedAdmin(LoggedAdmin):
    """Those that agents let in at a mail, and those entered here. What is removed is held again from the next mail on."""

    permission = Permission.CHANNELS_MANAGE
    form = VouchedForm
    list_display = ["address", "mailbox_name", "vouched_by", "vouched_at"]
    list_filter = ["mailbox"]
    list_select_related = ["mailbox", "vouched_by"]
    search_fields = ["address"]
    fields = ["mailbox", "address"]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.by = request.user
        return made

    @admin.display(description=gettext_lazy("mailbox"), ordering="mailbox__name")
    def mailbox_name(self, row: Vouched) -> str:
        return row.mailbox.name


def _without_password(names: Any) -> Any:
    return tuple(n for n in names if n != "password") if isinstance(names, tuple) else names


for route, view, name in (
    ("mailboxes/<int:pk>/test/", views.connection_test, "mailbox-test"),
    ("mailboxes/<int:pk>/fetching/", views.fetch_now, "mailbox-fetch"),
    ("mailboxes/<int:pk>/token/", views.token_renew, "mailbox-token"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        92, gettext_lazy("Mailboxes"), gettext_lazy("Which addresses people write to, and what becomes of their mail."),
        "inbox", "admin:mail_mailbox_changelist", (Permission.CHANNELS_MANAGE,), gettext_lazy("Channels"),
    ),
    administration.Page(
        93, gettext_lazy("Addresses let in"), gettext_lazy("Senders unknown here whose mails a mailbox takes, since somebody said so."),
        "how_to_reg", "admin:mail_vouched_changelist", (Permission.CHANNELS_MANAGE,), gettext_lazy("Channels"),
    ),
)  # fmt: skip
