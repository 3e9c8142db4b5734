"""Webhooks in administration: their table and form, and beneath it what was sent and how it went."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import administration, outbound
from accounts.administration.logged import LoggedAdmin
from accounts.http import UserRequest
from accounts.models import Team
from accounts.permissions import Permission
from incidents.tickets.models import Category
from incidents.webhooks import listening, views
from incidents.webhooks.forms import EndpointForm
from incidents.webhooks.models import Endpoint
from incidents.webhooks.portable import switched_on


class EndpointAdminForm(EndpointForm):
    """The same form with the look of administration."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kinds"]
        kinds.widget = UnfoldAdminCheckboxSelectMultipleWidget(choices=kinds.choices)


@admin.register(Endpoint)
class EndpointAdmin(LoggedAdmin):
    permission = Permission.CHANNELS_MANAGE
    form = EndpointAdminForm
    list_display = ["name", "host", "scope", "state"]
    list_filter = ["is_active"]
    list_select_related = ["team", "category"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "url", "is_active"]}),
        (
            gettext_lazy("What it hears of"),
            {"fields": ["kinds", "is_internal", "is_full", ("team", "category")]},
        ),
    ]
    list_before_template = "admin/webhooks/_outgoing.html"
    change_form_outer_before_template = "admin/webhooks/_tools.html"
    change_form_outer_after_template = "admin/webhooks/_log.html"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "team":
            field.queryset, field.empty_label = Team.objects.filter(is_retired=False), _("Any team")
        if field and db_field.name == "category":
            field.queryset, field.empty_label = Category.objects.in_use(), _("Any category")
        return field

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.by = request.user
        return made

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data:
            switched_on(obj)
        listening.renew()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        listening.renew()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its messages and their log go with it."""
        named = self.model._meta.verbose_name_plural
        return [str(one) for one in objs], {named: len(objs)}, set(), []

    def response_add(
        self, request: UserRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the secret, which is shown this once."""
        return views.to_secret_page(request, obj)

    def change_view(
        self,
        request: Any,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**views.log_of(request, object_id), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"is_outgoing_on": outbound.is_outgoing_on(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("sends to"))
    def host(self, endpoint: Endpoint) -> str:
        return urlsplit(endpoint.url).netloc

    @admin.display(description=gettext_lazy("for"))
    def scope(self, endpoint: Endpoint) -> str:
        parts = [str(one) for one in (endpoint.team, endpoint.category) if one]
        return " · ".join(parts) or _("every ticket")

    @admin.display(description=gettext_lazy("state"))
    def state(self, endpoint: Endpoint) -> str:
        return views.state_of(endpoint)


for route, view, name in (
    ("webhooks/<int:pk>/secret/", views.secret_rotate, "webhook-secret"),
    ("webhooks/<int:pk>/test/", views.test_send, "webhook-test"),
    ("webhooks/<int:pk>/replays/", views.failed_replay, "webhook-replays"),
    ("webhooks/messages/<int:pk>/", views.message, "webhook-message"),
    ("webhooks/messages/<int:pk>/replay/", views.message_replay, "webhook-message-replay"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        96, gettext_lazy("Webhooks"), gettext_lazy("Which other machines hear of what happens to tickets."),
        "webhook", "admin:webhooks_endpoint_changelist", (Permission.CHANNELS_MANAGE,), gettext_lazy("Channels"),
    ),
)  # fmt: skip
