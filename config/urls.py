"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import errors
from incidents.health import views as health

urlpatterns = [
    path("", include("incidents.portal.urls")),
    path("", include("incidents.tickets.urls")),
    path("desk/", include("incidents.desk.urls")),
    path("", include("knowledge.urls")),
    path("", include("incidents.notify.urls")),
    path("mail/", include("incidents.mail.urls")),
    path("api/v1/", include("incidents.api.urls")),
    path("live/", include("incidents.live.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/sso/", include("accounts.sso.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

handler400 = errors.unreadable
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
