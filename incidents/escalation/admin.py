"""Chains and levels in administration: listed, edited with their steps as rows, and tried on a ticket."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline

from accounts import administration
from accounts.actions.record import record_added, record_changed, record_removed
from accounts.administration.logged import LoggedAdmin, OnlyChosen, OurPermissions
from accounts.http import UserRequest
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.escalation import configuring, rules, soundness, views, words
from incidents.escalation.models import Chain, ChainStep, Level
from incidents.tickets.models import Category

PROCESS = gettext_lazy("Process")


class StepInline(OurPermissions, OnlyChosen, StackedInline):
    """Steps as rows. What a step needs beside its deed is asked of it when the chain is saved."""

    model = ChainStep
    permission = Permission.PROCESS_MANAGE
    extra = 0
    min_num = 1
    fields = [
        ("position", "after"),
        ("basis", "deed"),
        ("person", "team"),
        ("level", "priority"),
        ("tells_assignee", "tells_leads"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChainStep]:
        return super().get_queryset(request).select_related("person", "team", "level")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "person":
            field.queryset = User.objects.people().holding_anywhere(Permission.TICKETS_SEE)
            field.empty_label = _("Nobody")
        if field and db_field.name == "team":
            field.queryset = Team.objects.filter(is_retired=False)
            field.empty_label = _("No team")
        if field and db_field.name == "level":
            field.empty_label = _("No level")
        return field


@admin.register(Chain)
class ChainAdmin(LoggedAdmin):
    permission = Permission.PROCESS_MANAGE
    inlines = [StepInline]
    list_display = ["name", "position", "audience", "step_count", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["category", "service", "type", "team", "when_calendar"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": [("name", "position"), "calendar", ("is_active", "reaches_back")]}),
        (
            gettext_lazy("For tickets of"),
            {
                "fields": [
                    ("category", "service"),
                    ("type", "team"),
                    "least_priority",
                    ("when", "when_calendar"),
                ]
            },
        ),
    ]
    list_before_template = "admin/escalation/_standing.html"
    change_form_outer_before_template = "admin/escalation/_tools.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chain]:
        return super().get_queryset(request).annotate(number_of_steps=Count("steps"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if not field:
            return field
        empty = {"calendar": _("Around the clock"), "when_calendar": _("None")}
        field.empty_label = empty.get(db_field.name, _("Any"))
        if db_field.name == "category":
            field.queryset = Category.objects.in_use()
        elif db_field.name in {"team", "service", "type"}:
            field.queryset = field.queryset.filter(is_retired=False)
        return field

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        before = configuring.noted(Chain.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        request.before = before

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """Steps are noted with their chain, so that a version is all of it."""
        formset.save()

    def log_addition(self, request: UserRequest, obj: Any, message: Any) -> None:
        record_added(obj, by=request.user, after=configuring.noted(obj))

    def log_change(self, request: Any, obj: Any, message: Any) -> None:
        after = configuring.noted(Chain.objects.get(pk=obj.pk))
        record_changed(obj, by=request.user, before=request.before, after=after)

    def log_deletions(self, request: UserRequest, queryset: Any) -> list[Any]:
        for chain in queryset:
            record_removed(chain, by=request.user, before=configuring.noted(chain))
        return []

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """All in one transaction: a chain that is not sound is taken back, with its steps."""
        super().save_related(request, form, formsets, change)
        chain: Chain = form.instance
        soundness.require_sound(chain)
        if change and (form.has_changed() or any(one.has_changed() for one in formsets)):
            Chain.objects.filter(pk=chain.pk).update(version=chain.version + 1)
        rules.renew()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        rules.renew()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its steps go with it, and what was planned; that a step was taken stays in each ticket's history."""
        named = self.model._meta.verbose_name_plural
        return [str(one) for one in objs], {named: len(objs)}, set(), []

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {"standing": views.standing(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("for"))
    def audience(self, chain: Chain) -> str:
        parts = [str(one) for one in (chain.category, chain.service, chain.type, chain.team) if one]
        if chain.least_priority:
            parts.append(_("%(priority)s and above") % {"priority": chain.get_least_priority_display()})  # fmt: skip
        if chain.when:
            parts.append(words.when_in_words(chain.when, chain.when_calendar))
        return " · ".join(parts) or _("every ticket")

    @admin.display(description=gettext_lazy("steps"))
    def step_count(self, chain: Any) -> int:
        return int(chain.number_of_steps)


@admin.register(Level)
class LevelAdmin(LoggedAdmin):
    permission = Permission.PROCESS_MANAGE
    list_display = ["name", "team", "role"]
    list_select_related = ["team", "role"]
    fields = ["name", ("team", "role")]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "team":
            field.queryset = Team.objects.filter(is_retired=False)
        if field and db_field.name == "role":
            field.queryset = field.queryset.filter(is_everybody=False)
        return field


administration.serve("escalation/trial/", views.trial, "escalation-trial")
administration.offer(
    administration.Page(
        76, gettext_lazy("Escalation"), gettext_lazy("What happens when nobody takes or answers a ticket."),
        "notification_important", "admin:escalation_chain_changelist", (Permission.PROCESS_MANAGE,), PROCESS,
    ),
    administration.Page(
        77, gettext_lazy("Levels"), gettext_lazy("Who is called when the first line can’t help."),
        "stairs", "admin:escalation_level_changelist", (Permission.PROCESS_MANAGE,), PROCESS,
    ),
)  # fmt: skip
