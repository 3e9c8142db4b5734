"""Service levels in administration."""

from django.utils.translation import gettext_lazy

from accounts import administration
from accounts.permissions import Permission
from incidents.sla import views

for route, view, name in (
    ("sla/", views.overview, "sla"),
    ("sla/policies/new/", views.policy, "sla-policy-add"),
    ("sla/policies/<int:pk>/", views.policy, "sla-policy"),
    ("sla/calendars/new/", views.calendar, "sla-calendar-add"),
    ("sla/calendars/<int:pk>/", views.calendar, "sla-calendar"),
    ("sla/holidays/new/", views.holidays, "sla-holidays-add"),
    ("sla/holidays/<int:pk>/", views.holidays, "sla-holidays"),
    ("sla/changes/<int:pk>/", views.change, "sla-change"),
    ("sla/changes/<int:pk>/application/", views.change_apply, "sla-change-apply"),
    ("sla/changes/<int:pk>/discard/", views.change_discard, "sla-change-discard"),
    ("sla/<slug:table>/<int:pk>/removal/", views.removal, "sla-removal"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        74, gettext_lazy("Service levels and hours"),
        gettext_lazy("How soon is answered and resolved, in which hours, and what happens when it is not."),
        "timer", "admin:sla", (Permission.PROCESS_MANAGE,), gettext_lazy("Process"),
    ),
)  # fmt: skip
