"""Chat and phone services, rules of teams and the pace of notices in administration; and what was sent to whom."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts import administration
from accounts.administration.logged import LoggedAdmin
from accounts.audit.opened import shows_people
from accounts.permissions import Permission
from incidents.notify import rooms
from incidents.notify.channel_forms import ChatServiceForm
from incidents.notify.models import ChatService, NoticeRules, TeamRule
from incidents.notify.views import channels as views

CHANNELS = gettext_lazy("Channels")


@admin.register(ChatService)
class ChatServiceAdmin(LoggedAdmin):
    permission = Permission.CHANNELS_MANAGE
    form = ChatServiceForm
    list_display = ["name", "whose", "state", "tested"]
    list_filter = ["is_on"]
    list_select_related = ["team"]
    search_fields = ["name"]
    fields = ["name", "new_address", "team", "is_staff_only", "topics", "to_hint", "is_on", "try_it"]  # fmt: skip
    readonly_fields = ["try_it"]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.by = request.user
        return made

    def save_model(self, request: Any, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """The address is no field of the form. That it is another one is noted, never what it is."""
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("new_address"):
            obj.address_set_at = timezone.now()
            obj.save(update_fields=["address", "address_set_at"])
        rooms.renew()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        rooms.renew()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        rooms.renew()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "team":
            field.empty_label = _("People’s own use")
        return field

    @admin.display(description=gettext_lazy("for"), ordering="team__name")
    def whose(self, service: ChatService) -> str:
        if service.team is None:
            return _("people, with an address of their own")
        if service.is_staff_only:
            return _("%(team)s, staff only") % {"team": service.team}
        return str(service.team)

    @display(description=gettext_lazy("state"), label={"on": "success", "off": "default"})
    def state(self, service: ChatService) -> tuple[str, str]:
        return ("on", _("on")) if service.is_on else ("off", _("off"))

    @display(description=gettext_lazy("last test"), label={"ok": "success", "wrong": "danger", "": "default"})  # fmt: skip
    def tested(self, service: ChatService) -> tuple[str, str]:
        if service.tested_at is None:
            return "", _("never")
        return ("wrong", service.test_error) if service.test_error else ("ok", _("it works"))

    @admin.display(description=gettext_lazy("test"))
    def try_it(self, service: ChatService) -> str:
        if service.pk is None:
            return _("After it is saved.")
        url = reverse("admin:chat-service-test", args=[service.pk])
        return format_html('<a class="fb-button" href="{}">{}</a>', url, _("Send a test"))


@admin.register(TeamRule)
class TeamRuleAdmin(LoggedAdmin):
    permission = Permission.CHANNELS_MANAGE
    list_display = ["team", "topic", "channel", "is_wanted", "is_daily"]
    list_filter = ["team", "topic", "channel"]
    list_select_related = ["team"]
    fields = ["team", "topic", "channel", "is_wanted", "is_daily"]


@admin.register(NoticeRules)
class NoticeRulesAdmin(LoggedAdmin):
    permission = Permission.CHANNELS_MANAGE
    fields = ["bundle_minutes", "waits"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_delete_permission = has_add_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one row."""
        return HttpResponseRedirect(reverse("admin:notify_noticerules_change", args=[1]))


for route, view, name in (
    ("chat-services/<int:pk>/test/", views.service_test, "chat-service-test"),
    ("deliveries/", views.deliveries, "deliveries"),
    ("deliveries/<int:pk>/retry/", views.delivery_retry, "delivery-retry"),
    ("deliveries/rooms/<int:pk>/retry/", views.posting_retry, "posting-retry"),
    ("deliveries/receipts/<int:pk>/retry/", views.receipt_retry, "receipt-retry"),
):
    administration.serve(route, view, name)
shows_people("deliveries")
administration.offer(
    administration.Page(
        124, gettext_lazy("Chat and phone services"), gettext_lazy("Slack, Teams, Mattermost, SMS and others: channels of teams, and people’s own."),
        "forum", "admin:notify_chatservice_changelist", (Permission.CHANNELS_MANAGE,), CHANNELS,
    ),
    administration.Page(
        126, gettext_lazy("What teams hear"), gettext_lazy("What people of a team hear who chose nothing themselves."),
        "notifications_active", "admin:notify_teamrule_changelist", (Permission.CHANNELS_MANAGE,), CHANNELS,
    ),
    administration.Page(
        127, gettext_lazy("Pace of notices"), gettext_lazy("How many mails become one, and what waits for working hours."),
        "schedule_send", "admin:notify_noticerules_changelist", (Permission.CHANNELS_MANAGE,), CHANNELS,
    ),
    administration.Page(
        128, gettext_lazy("What was sent"), gettext_lazy("To whom, by which channel, why, and what failed."),
        "outbox", "admin:deliveries", (Permission.CHANNELS_MANAGE,), CHANNELS,
    ),
)  # fmt: skip
