"""The page of the log: who changed what in administration, before and after. Nobody changes it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.administration.differences import differences, kind_in_words
from accounts.administration.logged import LoggedAdmin
from accounts.administration.versions import history_url
from accounts.models import AdminChange, Grant, User
from accounts.permissions import Permission

MOST_ACTORS = 100


class KindFilter(SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        logged: set[Any] = {*admin.site._registry, Grant} - {AdminChange}
        kinds = {model._meta.label_lower for model in logged}
        return sorted(
            ((kind, capfirst(kind_in_words(kind))) for kind in kinds), key=lambda pair: pair[1]
        )

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AdminChange]
    ) -> QuerySet[AdminChange]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ObjectFilter(SimpleListFilter):
    """Reached by links from an object's own page, not offered in the list."""

    title = _("object")
    parameter_name = "object_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get("object_id")
        return [(chosen, _("this one only"))] if chosen else []  # type: ignore[list-item]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AdminChange]
    ) -> QuerySet[AdminChange]:
        return queryset.filter(object_id=self.value()) if self.value() else queryset


class ActorFilter(SimpleListFilter):
    title = _("who")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        actors = User.objects.filter(pk__in=AdminChange.objects.order_by().values("actor"))
        return [(str(actor.pk), actor.display_name) for actor in actors[:MOST_ACTORS]]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AdminChange]
    ) -> QuerySet[AdminChange]:
        chosen = self.value() or ""
        return queryset.filter(actor=int(chosen)) if chosen.isdecimal() else queryset


class AdminChangeAdmin(LoggedAdmin):
    permission = Permission.AUDIT_READ
    list_display = ["moment", "actor", "what", "changes"]
    list_display_links = ["moment"]
    list_filter = [ActorFilter, KindFilter, "action", "at", ObjectFilter]
    list_select_related = ["actor"]
    search_fields = ["label"]
    search_help_text = _("Find by the name of what was changed")
    date_hierarchy = "at"
    ordering = ["-pk"]
    fields = ["moment", "actor", "what", "changes"]
    readonly_fields = ["moment", "actor", "what", "changes"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(description=_("when"))
    def moment(self, change: AdminChange) -> str:
        return date_format(localtime(change.at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("what"))
    def what(self, change: AdminChange) -> str:
        words = gettext("%(kind)s “%(label)s” %(action)s") % {
            "kind": kind_in_words(change.kind),
            "label": change.label,
            "action": change.get_action_display(),
        }
        return format_html(
            '<a class="fb-link" href="{}">{}</a>',
            history_url(change.kind, change.object_id),
            words,
        )

    @admin.display(description=_("before and after"))
    def changes(self, change: AdminChange) -> SafeString:
        return render_to_string("admin/_differences.html", {"differences": differences(change)})
