"""Categories and services in administration. Tickets are worked on the desk, not here."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import administration
from accounts.administration.logged import LoggedAdmin, OwnPages, SluggedAdmin
from accounts.models import Team
from accounts.permissions import Permission
from incidents.tickets import category_views as views
from incidents.tickets import (
    closing_admin,  # noqa: F401 (registers itself)
    question_views,
    type_admin,  # noqa: F401 (registers itself)
    workflow_views,
)
from incidents.tickets.models import Category, PortalRules, Service
from incidents.workflow.models import Workflow

TICKETS = gettext_lazy("Tickets")
PROCESS = gettext_lazy("Process")


@admin.register(Category)
class CategoryAdmin(OwnPages):
    """The tree stands in for list and form."""

    permission = Permission.CATEGORIES_MANAGE
    pages = "admin:categories"

    def page_of(self, key: str) -> str:
        return f"{reverse(self.pages)}?at={key}"


@admin.register(Workflow)
class WorkflowAdmin(OwnPages):
    permission = Permission.PROCESS_MANAGE
    pages = "admin:workflows"

    def page_of(self, key: str) -> str:
        return reverse("admin:workflow", args=[get_object_or_404(Workflow, pk=key).slug])


@admin.register(Service)
class ServiceAdmin(SluggedAdmin):
    permission = Permission.CATEGORIES_MANAGE
    list_display = ["name", "description", "owner_team", "is_retired"]
    list_filter = ["is_retired", "owner_team"]
    list_select_related = ["owner_team"]
    search_fields = ["name"]
    fields = ["name", "description", "owner_team", "used_by", "is_retired"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, **kwargs, widget=UnfoldAdminCheckboxSelectMultipleWidget
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "owner_team" and field:
            field.queryset = Team.objects.filter(is_retired=False)
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Services are retired; old tickets name them."""
        return False


@admin.register(PortalRules)
class PortalRulesAdmin(LoggedAdmin):
    """One row, which is there from the first change on; until then the defaults hold."""

    permission = Permission.CATEGORIES_MANAGE
    fields = ["reopen_days"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_delete_permission = has_add_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:tickets_portalrules_change", args=[1]))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> PortalRules | None:
        return PortalRules.now() if object_id == "1" else None

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        PortalRules.objects.get_or_create(pk=1)
        super().save_model(request, obj, form, change)


for route, view, name in (
    ("categories/", views.category_tree, "categories"),
    ("categories/new/", views.category_add, "category-add"),
    ("categories/<int:pk>/", views.category_change, "category-change"),
    ("categories/<int:pk>/position/", views.category_position, "category-position"),
    ("categories/<int:pk>/parent/", views.category_parent, "category-parent"),
    ("categories/<int:pk>/merger/", views.category_merge, "category-merge"),
    ("categories/<int:pk>/retirement/", views.category_retire, "category-retire"),
    ("categories/<int:pk>/restoration/", views.category_restore, "category-restore"),
    ("forms/", question_views.form_list, "forms"),
    ("forms/choice/", question_views.form_open, "form-open"),
    ("forms/<int:pk>/", question_views.form, "form"),
    ("forms/<int:pk>/draft/", question_views.form_draft, "form-draft"),
    ("forms/<int:pk>/preview/", question_views.form_preview, "form-preview"),
    ("forms/<int:pk>/versions/", question_views.form_save, "form-save"),
    ("forms/<int:pk>/versions/<int:number>/", question_views.form_version, "form-version"),
    ("workflows/", workflow_views.workflow_list, "workflows"),
    ("workflows/new/", workflow_views.workflow_add, "workflow-add"),
    ("workflows/<slug:slug>/", workflow_views.workflow, "workflow"),
    ("workflows/<slug:slug>/draft/", workflow_views.workflow_edit, "workflow-edit"),
    ("workflows/<slug:slug>/retirement/", workflow_views.workflow_retire, "workflow-retire"),
    ("workflows/<slug:slug>/restoration/", workflow_views.workflow_restore, "workflow-restore"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        50, gettext_lazy("Categories"), gettext_lazy("What tickets are about, and which team gets them."),
        "account_tree", "admin:categories", (Permission.CATEGORIES_MANAGE,), TICKETS,
    ),
    administration.Page(
        55, gettext_lazy("Forms"), gettext_lazy("What a category asks besides title and description."),
        "quiz", "admin:forms", (Permission.CATEGORIES_MANAGE,), TICKETS,
    ),
    administration.Page(
        60, gettext_lazy("Services"), gettext_lazy("What people use and what can be down."),
        "dns", "admin:tickets_service_changelist", (Permission.CATEGORIES_MANAGE,), TICKETS,
    ),
    administration.Page(
        66, gettext_lazy("Rules of the portal"), gettext_lazy("For how long a solved ticket may be opened again."),
        "rule", "admin:tickets_portalrules_changelist", (Permission.CATEGORIES_MANAGE,), TICKETS,
    ),
    administration.Page(
        82, gettext_lazy("Workflows"), gettext_lazy("The steps a ticket goes through, and who may take it from one to the next."),
        "schema", "admin:workflows", (Permission.PROCESS_MANAGE,), PROCESS,
    ),
)  # fmt: skip
