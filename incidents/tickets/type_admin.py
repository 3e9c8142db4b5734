"""Types, matrices and signs among the pages of administration."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts import administration
from accounts.administration.logged import LoggedAdmin, OwnPages
from accounts.permissions import Permission
from incidents.tickets import question_views
from incidents.tickets import type_views as views
from incidents.tickets.models import ProposalRules
from incidents.workflow.models import IncidentType, Matrix

PROCESS = gettext_lazy("Process")


@admin.register(IncidentType)
class TypeAdmin(OwnPages):
    permission = Permission.PROCESS_MANAGE
    pages = "admin:types"

    def page_of(self, key: str) -> str:
        return f"{reverse(self.pages)}?at={key}"


@admin.register(Matrix)
class MatrixAdmin(OwnPages):
    permission = Permission.PROCESS_MANAGE
    pages = "admin:matrices"

    def page_of(self, key: str) -> str:
        return f"{reverse(self.pages)}{key}/"


@admin.register(ProposalRules)
class ProposalRulesAdmin(LoggedAdmin):
    """One row, which is there from the first change on; until then the defaults hold."""

    permission = Permission.PROCESS_MANAGE
    fields = ["assignments", "teams", "reopenings", "age_days", "alike", "alike_days"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_delete_permission = has_add_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:tickets_proposalrules_change", args=[1]))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ProposalRules | None:
        return ProposalRules.now() if object_id == "1" else None

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        ProposalRules.objects.get_or_create(pk=1)
        super().save_model(request, obj, form, change)


for route, view, name in (
    ("types/", views.type_list, "types"),
    ("types/new/", views.type_add, "type-add"),
    ("types/<int:pk>/", views.type_change, "type-change"),
    ("types/<int:pk>/position/", views.type_position, "type-position"),
    ("types/<int:pk>/retirement/", views.type_retire, "type-retire"),
    ("types/<int:pk>/restoration/", views.type_restore, "type-restore"),
    ("types/<int:pk>/form/", question_views.type_form, "type-form"),
    ("types/<int:pk>/form/draft/", question_views.type_form_draft, "type-form-draft"),
    ("types/<int:pk>/form/preview/", question_views.type_form_preview, "type-form-preview"),
    ("types/<int:pk>/form/versions/", question_views.type_form_save, "type-form-save"),
    (
        "types/<int:pk>/form/versions/<int:number>/",
        question_views.type_form_version,
        "type-form-version",
    ),
    ("matrices/", views.matrix_list, "matrices"),
    ("matrices/new/", views.matrix_add, "matrix-add"),
    ("matrices/<int:pk>/", views.matrix, "matrix"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        70, gettext_lazy("Incident types"), gettext_lazy("What kinds of matter there are, and how each is handled."),
        "category", "admin:types", (Permission.PROCESS_MANAGE,), PROCESS,
    ),
    administration.Page(
        72, gettext_lazy("Priority matrices"), gettext_lazy("Which priority follows from impact and urgency."),
        "grid_on", "admin:matrices", (Permission.PROCESS_MANAGE,), PROCESS,
    ),
    administration.Page(
        73, gettext_lazy("Signs"), gettext_lazy("From when on a ticket is proposed as complex or repetitive."),
        "lightbulb", "admin:tickets_proposalrules_changelist", (Permission.PROCESS_MANAGE,), PROCESS,
    ),
)  # fmt: skip
