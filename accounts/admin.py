"""People, departments, teams and roles in administration."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Model, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import actions, administration, policies
from accounts.administration.log import AdminChangeAdmin
from accounts.administration.logged import (
    LoggedAdmin,
    OnlyChosen,
    OurPermissions,
    SluggedAdmin,
    titled,
)
from accounts.audit.opened import shows_people
from accounts.errors import Refused
from accounts.http import UserRequest, for_admins
from accounts.models import AdminChange, Department, Grant, Role, Team, User
from accounts.permissions import ADMINISTERING, Permission
from accounts.views import audit as audit_views
from accounts.views import (
    configuration,
    finding,
    history,
    invitations,
    permission,
    roles,
    service_accounts,
)

P = Permission
PEOPLE = gettext_lazy("People and rights")
RECORD = gettext_lazy("Record")


class GrantInline(OurPermissions, OnlyChosen, TabularInline):
    """Roles held: given and taken by verbs, never changed in place."""

    model = Grant
    permission = P.ROLES_MANAGE
    seen_with = (P.PEOPLE_MANAGE,)
    extra = 0
    hide_title = True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        return super().get_queryset(request).select_related("user", "role", "team")


class HeldInline(GrantInline):
    fk_name = "user"
    fields = ["role", "team"]
    verbose_name_plural = gettext_lazy("roles held")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "team" and field:
            field.queryset = Team.objects.filter(is_retired=False)
            field.empty_label = _("Everywhere")
        return field


class MemberInline(GrantInline):
    fk_name = "team"
    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    verbose_name = gettext_lazy("member")
    verbose_name_plural = gettext_lazy("members and their roles here")


class GrantingAdmin(LoggedAdmin):
    """Saves the grants on its page through the verbs: first what is given, so that roles can be swapped."""

    def save_formset(self, request: UserRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        formset.save(commit=False)
        for held in formset.new_objects:
            actions.grant(held.user, role=held.role, team=held.team, by=request.user)
        for held in formset.deleted_objects:
            actions.revoke(held, by=request.user)


@admin.register(User)
class PersonAdmin(GrantingAdmin):
    permission = P.PEOPLE_MANAGE
    seen_with = (P.ROLES_MANAGE,)
    inlines = [HeldInline]
    list_display = ["display_name", "email", "department", "roles", "is_active", "last_login"]
    list_filter = [
        "is_active",
        "is_contact",
        "department",
        ("grants__role", titled(gettext_lazy("role"))),
        ("grants__team", titled(gettext_lazy("team"))),
    ]
    search_fields = ["display_name", "email"]
    search_help_text = gettext_lazy("Find by name or e-mail")
    ordering = ["display_name"]
    fields = [
        ("display_name", "email"),
        ("phone", "department"),
        ("location", "time_zone"),
        "language",
        ("is_active", "is_contact"),
        ("last_login", "created_at"),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": fields[:4],
                "description": gettext_lazy(
                    "The person gets a mail with a link to choose a password."
                ),
            },
        )
    ]
    change_form_outer_before_template = "admin/_person_tools.html"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Who manages roles comes here to give them; every other field is then read-only."""
        return self.may_change(request) or request.user.permits.anywhere(P.ROLES_MANAGE)  # type: ignore[union-attr]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """People are deactivated; their tickets and history stay."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        held = Grant.objects.select_related("role", "team")
        people = User.objects.get_queryset().filter(is_system=False)
        return (
            people.order_by("display_name")
            .select_related("department")
            .prefetch_related(Prefetch("grants", held))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        found, doubled = super().get_search_results(request, queryset, search_term)
        picking = request.path == reverse("admin:autocomplete")
        return (found.filter(is_active=True) if picking else found), doubled

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        always = ["last_login", "created_at"]
        if not self.may_change(request):
            return [
                *always, "display_name", "email", "phone", "department", "location", "time_zone",
                "language", "is_active", "is_contact",
            ]  # fmt: skip
        if obj and not policies.can_change_email(request.user, obj):
            return [*always, "email"]
        return always

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            own = _("As the company: %(zone)s") % {"zone": settings.DEFAULT_TIME_ZONE}
            zones = sorted(zone for zone in available_timezones() if "/" in zone)
            return self._choice(db_field, [("", own), *((zone, zone) for zone in zones)])
        if db_field.name == "language":
            return self._choice(db_field, [("", _("As the browser asks")), *settings.LANGUAGES])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @staticmethod
    def _choice(db_field: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=db_field.verbose_name.capitalize(),
            choices=choices,
            required=False,
            widget=UnfoldAdminSelectWidget(),
        )

    @admin.display(description=gettext_lazy("roles held"))
    def roles(self, person: User) -> str:
        return (
            ", ".join(
                f"{held.role} ({held.team})" if held.team else str(held.role)
                for held in person.grants.all()
            )
            or "-"
        )

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if not change:
            obj.set_unusable_password()
        if "email" in form.changed_data and change:
            actions.change_email(obj, to=form.cleaned_data["email"], by=request.user)
        if "is_active" in form.changed_data and change:
            if not form.cleaned_data["is_active"] and administration.has_open_work(obj):
                raise Refused(
                    _("They still have open work. Use “Deactivate and hand over”, which asks where it goes.")
                )  # fmt: skip
            turn = actions.reactivate if form.cleaned_data["is_active"] else actions.deactivate
            turn(obj, by=request.user)
        super().save_model(request, obj, form, change)

    def log_addition(self, request: Any, obj: Any, message: Any) -> None:
        super().log_addition(request, obj, message)
        request.made = obj

    def add_view(
        self, request: Any, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Saves first, with all that was given to the person; then they are owed the mail."""
        response = super().add_view(request, form_url, extra_context)
        if response.status_code == 302 and hasattr(request, "made"):
            self._send_link(request, request.made)
        return response

    def change_view(
        self,
        request: Any,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        tools = {
            "may_send_link": self.may_change(request),
            "may_erase": request.user.permits.anywhere(P.PEOPLE_ERASE) and object_id != str(request.user.pk),
            **(extra_context or {}),
        }  # fmt: skip
        return super().change_view(request, object_id, form_url, tools)

    def get_urls(self) -> list[Any]:
        link = path(
            "<int:pk>/sign-in-link/",
            self.admin_site.admin_view(send_link),
            name="accounts_user_link",
        )
        return [link, *super().get_urls()]

    def _send_link(self, request: UserRequest, person: User) -> None:
        try:
            actions.send_sign_in_link(person, by=request.user)
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, LINK_SENT % {"email": person.email})


LINK_SENT = gettext_lazy("A sign-in link is on its way to %(email)s.")


@for_admins(P.PEOPLE_MANAGE)
@require_POST
def send_link(request: UserRequest, pk: int) -> HttpResponse:
    """Mail a person a link to choose a password."""
    person = get_object_or_404(User.objects.get_queryset().filter(is_system=False), pk=pk)
    actions.send_sign_in_link(person, by=request.user)
    messages.success(request, LINK_SENT % {"email": person.email})
    return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[pk]))


@admin.register(Department)
class DepartmentAdmin(LoggedAdmin):
    permission = P.PEOPLE_MANAGE
    list_display = ["name", "people", "shares_tickets"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        return super().get_queryset(request).annotate(people_count=Count("people"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an empty one, so that nobody loses a department unnoticed."""
        return self.may_change(request) and not (obj and obj.people.exists())

    @admin.display(description=gettext_lazy("people"), ordering="people_count")
    def people(self, department: Any) -> int:
        return int(department.people_count)


@admin.register(Team)
class TeamAdmin(GrantingAdmin, SluggedAdmin):
    permission = P.ROLES_MANAGE
    inlines = [MemberInline]
    list_display = ["name", "description", "members", "is_private", "is_retired"]
    list_filter = ["is_retired", "is_private"]
    search_fields = ["name"]
    fields = ["name", "description", "is_private", "asks_rating", "assigns", "is_retired"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        active = Count("grants__user", distinct=True, filter=Q(grants__user__is_active=True))
        return super().get_queryset(request).annotate(member_count=active)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Teams are retired; their tickets stay."""
        return False

    @admin.display(description=gettext_lazy("members"), ordering="member_count")
    def members(self, team: Any) -> int:
        return int(team.member_count)


class NewRoleForm(forms.ModelForm):
    like = forms.ModelChoiceField(
        Role.objects.all(),
        label=gettext_lazy("Copy permissions from"),
        required=False,
        empty_label=gettext_lazy("Start with none"),
        widget=UnfoldAdminSelectWidget(),
    )

    class Meta:
        model = Role
        fields = ["name", "description"]


@admin.register(Role)
class RoleAdmin(LoggedAdmin):
    """Name and description. What a role allows is set in the grid, which stands in for the list."""

    permission = P.ROLES_MANAGE
    fields = ["name", "description"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only one that somebody made and nobody holds."""
        kept = obj and (obj.is_seeded or obj.grants.exists())
        return self.may_change(request) and not kept

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        if obj is None:
            kwargs["form"] = NewRoleForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": ["name", "description", *([] if obj else ["like"])]})]

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if change:
            super().save_model(request, obj, form, change)
            return
        words = form.cleaned_data
        made = actions.make_role(
            words["name"], description=words["description"], like=words["like"], by=request.user
        )
        obj.pk = made.pk

    def log_addition(self, request: UserRequest, obj: Model, message: Any) -> None:
        """The verb noted it."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:roles"))


admin.site.register(AdminChange, AdminChangeAdmin)
administration.serve("roles/", roles.role_grid, "roles")
administration.serve("roles/permissions/", roles.role_permissions, "roles-permissions")
administration.serve("audit/", audit_views.audit_log, "audit")
administration.serve("audit/check/", audit_views.audit_check, "audit-check")
administration.serve("audit/<slug:form>/", audit_views.audit_file, "audit-file")
shows_people(
    "accounts_user_changelist",
    "accounts_user_change",
    "accounts_user_history",
    "accounts_team_change",
    "accounts_adminchange_changelist",
    "accounts_adminchange_change",
    "audit",
    "invitations",
    "permission",
    "person-sight",
    "person-leaving",
)
administration.serve("roles/permissions/<str:name>/", permission.permission, "permission")
administration.serve("history/<int:pk>/", history.change, "history-change")
administration.serve("history/<str:kind>/<str:key>/", history.history_of, "history-of")
administration.serve("removed/", history.removed, "removed")
administration.serve("find/", finding.find, "find")
for route, view, name in (
    ("", configuration.configuration, "configuration"),
    ("file/", configuration.configuration_file, "configuration-file"),
    ("rehearsal/", configuration.configuration_rehearse, "configuration-rehearse"),
    ("application/", configuration.configuration_apply, "configuration-apply"),
):
    administration.serve(f"configuration/{route}", view, name)
for route, view, name in (
    ("", invitations.invitation_list, "invitations"),
    ("preview/", invitations.invitation_preview, "invitation-preview"),
    ("sending/", invitations.invitation_send, "invitation-send"),
    ("<int:pk>/again/", invitations.invitation_again, "invitation-again"),
):
    administration.serve(f"invitations/{route}", view, name)
for route, view, name in (
    ("", service_accounts.service_accounts, "service-accounts"),
    ("new/", service_accounts.service_account_make, "service-account-make"),
    ("<int:pk>/tokens/", service_accounts.service_token_make, "service-token-make"),
    ("tokens/<int:pk>/revocation/", service_accounts.any_token_revoke, "token-revoke"),
):
    administration.serve(f"service-accounts/{route}", view, name)
administration.offer(
    administration.Page(
        86, gettext_lazy("Service accounts and tokens"),
        gettext_lazy("Let programs work here by the API, and end what should no longer open anything."),
        "key", "admin:service-accounts", (P.CHANNELS_MANAGE,), gettext_lazy("Channels"),
    ),
    administration.Page(
        10, gettext_lazy("People"), gettext_lazy("Add and change people, and end their access."),
        "group", "admin:accounts_user_changelist", (P.PEOPLE_MANAGE, P.ROLES_MANAGE), PEOPLE,
    ),
    administration.Page(
        15, gettext_lazy("Invitations"), gettext_lazy("Ask several people in at once, by mail or from a table."),
        "mail", "admin:invitations", (P.PEOPLE_MANAGE,), PEOPLE,
    ),
    administration.Page(
        20, gettext_lazy("Teams"), gettext_lazy("Groups that work tickets, and who is in them."),
        "diversity_3", "admin:accounts_team_changelist", (P.ROLES_MANAGE,), PEOPLE,
    ),
    administration.Page(
        30, gettext_lazy("Roles and permissions"), gettext_lazy("What each role allows."),
        "shield_person", "admin:roles", (P.ROLES_MANAGE,), PEOPLE,
    ),
    administration.Page(
        40, gettext_lazy("Departments"), gettext_lazy("Where in the company people work."),
        "apartment", "admin:accounts_department_changelist", (P.PEOPLE_MANAGE,), PEOPLE,
    ),
    administration.Page(
        88, gettext_lazy("What was removed"), gettext_lazy("Bring back what somebody removed here."),
        "restore_from_trash", "admin:removed",
        tuple(sorted(ADMINISTERING - {P.PEOPLE_ERASE})), RECORD,
    ),
    administration.Page(
        89, gettext_lazy("Configuration file"), gettext_lazy("Everything that is set here, written out and put in again."),
        "settings_backup_restore", "admin:configuration",
        tuple(sorted(ADMINISTERING - {P.PEOPLE_ERASE})), RECORD,
    ),
    administration.Page(
        90, gettext_lazy("Change log"), gettext_lazy("Who changed what here, before and after."),
        "history", "admin:accounts_adminchange_changelist", (P.AUDIT_READ,), RECORD,
    ),
    administration.Page(
        92, gettext_lazy("Audit log"),
        gettext_lazy("Who signed in, opened, changed and exported what; and whether the log still is what was written."),
        "policy", "admin:audit", (P.AUDIT_READ,), RECORD,
    ),
)  # fmt: skip
