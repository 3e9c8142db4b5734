"""Categories and services in administration. Tickets are worked on the desk, not here."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts import administration
from accounts.administration.logged import LoggedAdmin, SluggedAdmin
from accounts.models import Team
from accounts.permissions import Permission
from incidents.tickets import category_views as views
from incidents.tickets.models import Category, Service

TICKETS = gettext_lazy("Tickets")


@admin.register(Category)
class CategoryAdmin(LoggedAdmin):
    """The tree stands in for list and form."""

    permission = Permission.CATEGORIES_MANAGE

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:categories"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:categories')}?at={object_id}")


@admin.register(Service)
class ServiceAdmin(SluggedAdmin):
    permission = Permission.CATEGORIES_MANAGE
    list_display = ["name", "description", "owner_team", "is_retired"]
    list_filter = ["is_retired", "owner_team"]
    list_select_related = ["owner_team"]
    search_fields = ["name"]
    fields = ["name", "description", "owner_team", "is_retired"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "owner_team" and field:
            field.queryset = Team.objects.filter(is_retired=False)
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Services are retired; old tickets name them."""
        return False


for route, view, name in (
    ("categories/", views.category_tree, "categories"),
    ("categories/new/", views.category_add, "category-add"),
    ("categories/<int:pk>/", views.category_change, "category-change"),
    ("categories/<int:pk>/position/", views.category_position, "category-position"),
    ("categories/<int:pk>/parent/", views.category_parent, "category-parent"),
    ("categories/<int:pk>/merger/", views.category_merge, "category-merge"),
    ("categories/<int:pk>/retirement/", views.category_retire, "category-retire"),
    ("categories/<int:pk>/restoration/", views.category_restore, "category-restore"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        50, gettext_lazy("Categories"), gettext_lazy("What tickets are about, and which team gets them."),
        "account_tree", "admin:categories", (Permission.CATEGORIES_MANAGE,), TICKETS,
    ),
    administration.Page(
        60, gettext_lazy("Services"), gettext_lazy("What people use and what can be down."),
        "dns", "admin:tickets_service_changelist", (Permission.CATEGORIES_MANAGE,), TICKETS,
    ),
)  # fmt: skip
