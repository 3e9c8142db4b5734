"""Announcements in administration: who reads them, from when to when."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts import administration
from accounts.administration.logged import LoggedAdmin
from accounts.audit.opened import shows_people
from accounts.permissions import Permission
from incidents.portal import feed_views
from incidents.portal.announcements import State, state_of
from incidents.portal.models import Announcement

TICKETS = gettext_lazy("Tickets")


class StateFilter(SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Announcement]:
        now = timezone.now()
        match self.value():
            case State.PLANNED:
                return queryset.planned(now)
            case State.RUNNING:
                return queryset.running(now)
            case State.OVER:
                return queryset.over(now)
        return queryset


@admin.register(Announcement)
class AnnouncementAdmin(LoggedAdmin):
    permission = Permission.ANNOUNCEMENTS_MANAGE
    list_display = ["title", "state", "audience", "starts_at", "ends_at", "is_dismissible"]
    list_filter = [StateFilter, "tone"]
    list_select_related = ["service", "department"]
    search_fields = ["title"]
    search_help_text = gettext_lazy("Find by title")
    fields = [
        "title", "body", "tone", ("service", "department"), "starts_at", "ends_at", "is_dismissible",
    ]  # fmt: skip

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        zone = {"zone": timezone.get_current_timezone_name()}
        if db_field.name == "starts_at":
            field.help_text = _("In your time zone, %(zone)s.") % zone
        if db_field.name == "ends_at":
            field.help_text = _("In your time zone, %(zone)s. Empty: until you end it.") % zone
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "service":
            field.queryset = field.queryset.filter(is_retired=False)
            field.empty_label = _("None")
        if field and db_field.name == "department":
            field.empty_label = _("Everybody")
        return field

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The announcement alone: who had put it away goes with it, and would be a list of the whole company."""
        named = self.model._meta.verbose_name_plural
        return [str(one) for one in objs], {named: len(objs)}, set(), []

    @display(
        description=gettext_lazy("state"),
        label={State.RUNNING: "success", State.PLANNED: "info", State.OVER: "default"},
    )
    def state(self, announcement: Announcement) -> tuple[str, str]:
        state = state_of(announcement, at=timezone.now())
        return state, str(state.label)

    @admin.display(description=gettext_lazy("for"))
    def audience(self, announcement: Announcement) -> str:
        if announcement.service:
            return _("Users of %(service)s") % {"service": announcement.service}
        return str(announcement.department or _("Everybody"))


administration.serve("feed-addresses/", feed_views.feed_addresses, "feed-addresses")
administration.serve("feed-addresses/<int:pk>/end/", feed_views.feed_address_end, "feed-address-end")  # fmt: skip
shows_people("feed-addresses")
administration.offer(
    administration.Page(
        18, gettext_lazy("Calendar and feed addresses"), gettext_lazy("Whose calendar and feed reader fetch by a secret address, and ending one."),
        "calendar_month", "admin:feed-addresses", (Permission.PEOPLE_MANAGE,), gettext_lazy("People and rights"),
    ),
    administration.Page(
        65, gettext_lazy("Announcements"), gettext_lazy("Banners that everybody, a department or a service's users see."),
        "campaign", "admin:portal_announcement_changelist", (Permission.ANNOUNCEMENTS_MANAGE,), TICKETS,
    ),
)  # fmt: skip
