"""Closing rules in administration: after how long without a word tickets are closed, for all types and for single ones."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import administration
from accounts.administration.logged import LoggedAdmin
from accounts.permissions import Permission
from incidents.tickets.models import ClosingRule


@admin.register(ClosingRule)
class ClosingRuleAdmin(LoggedAdmin):
    permission = Permission.PROCESS_MANAGE
    list_display = ["name", "resolved", "waiting"]
    list_select_related = ["type"]
    fieldsets = [
        (None, {"fields": ["type"]}),
        (
            gettext_lazy("Resolved tickets"),
            {"fields": [("warn_after_days", "close_after_days"), "words"]},
        ),
        (
            gettext_lazy("Tickets that wait for their requester"),
            {"fields": [("ask_after_days", "give_up_after_days"), "ask_words"]},
        ),
    ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "type":
            field.queryset = field.queryset.filter(closes_by_itself=True)
            field.empty_label = _("All types")
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Which type a rule is for is said when it is made."""
        return ["type_name"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        (name, _first), *others = self.fieldsets
        return [(name, {"fields": ["type_name" if obj else "type"]}), *others]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The rule for all types stays; what it says can be changed."""
        for_all = isinstance(obj, ClosingRule) and obj.type_id is None
        return self.may_change(request) and not for_all

    @admin.display(description=gettext_lazy("type"))
    def type_name(self, rule: ClosingRule) -> str:
        return str(rule)

    @admin.display(description=gettext_lazy("for"), ordering="type__position")
    def name(self, rule: ClosingRule) -> str:
        return str(rule)

    @admin.display(description=gettext_lazy("resolved"))
    def resolved(self, rule: ClosingRule) -> str:
        return _told(rule.warn_after_days, rule.close_after_days)

    @admin.display(description=gettext_lazy("waiting for the requester"))
    def waiting(self, rule: ClosingRule) -> str:
        if not (rule.ask_after_days and rule.give_up_after_days):
            return _("never by themselves")
        return _told(rule.ask_after_days, rule.give_up_after_days)


def _told(warned: int, closed: int) -> str:
    return ngettext(
        "warned after %(warned)s, closed %(closed)d day later",
        "warned after %(warned)s, closed %(closed)d days later",
        closed,
    ) % {
        "warned": ngettext("%(n)d day", "%(n)d days", warned) % {"n": warned},
        "closed": closed,
    }


administration.offer(
    administration.Page(
        78, gettext_lazy("Closing"), gettext_lazy("When tickets on which nobody writes are closed."),
        "event_available", "admin:tickets_closingrule_changelist", (Permission.PROCESS_MANAGE,), gettext_lazy("Process"),
    ),
)  # fmt: skip
