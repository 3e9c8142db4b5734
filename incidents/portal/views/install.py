"""The portal as an app on a phone: how it is called there, and the one page that it shows without a connection.

The worker keeps that page and the files it needs, nothing else: no answer to a person ever lies in its cache.
"""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accounts.context import site
from accounts.http import for_public

KEPT = (
    "favicon.svg", "icons.svg",
    "vendor/bootstrap.min.css", "css/bootstrap.css", "css/tokens.css", "css/base.css", "css/controls.css",
    "css/parts.css", "css/portal.css", "css/utilities.css",
    "django_htmx/htmx-2.min.js", "js/theme.js", "js/app.js", "js/failures.js", "js/left.js", "js/whole.js", "js/install.js",
)  # fmt: skip
"""What the offline page is drawn with. Of a script with all that it imports: without one of them none runs."""

ICONS = (
    ("icons/install-192.png", "192x192", "any"),
    ("icons/install-512.png", "512x512", "any"),
    ("icons/install-maskable-512.png", "512x512", "maskable"),
)
ACCENT = "#0c6378"
CANVAS = "#f6f8f9"
LONGEST_SHORT_NAME = 12  # what stands below an icon without being cut

AN_HOUR = 60 * 60


@for_public
@require_GET
@cache_control(public=True, max_age=AN_HOUR)
def manifest(request: HttpRequest) -> HttpResponse:
    name = settings.SITE_NAME
    told = {
        "id": "/",
        "name": name,
        "short_name": name if len(name) <= LONGEST_SHORT_NAME else _("IT help"),
        "lang": translation.get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": ACCENT,
        "background_color": CANVAS,
        "icons": [
            {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for path, sizes, purpose in ICONS
        ],
    }
    return JsonResponse(told, content_type="application/manifest+json")


@for_public
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, because a worker looks after the addresses below its own."""
    files = [static(path) for path in KEPT]
    context = {
        "version": _version(files),
        "offline": reverse("portal:offline"),
        "files": files,
        "icon": static("icons/install-192.png"),
    }
    response = render(request, "portal/sw.js", context, content_type="text/javascript")
    response["Service-Worker-Allowed"] = "/"
    return response


@for_public
@require_GET
@cache_control(public=True, max_age=AN_HOUR)
def offline(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_offline_page())


def _offline_page() -> str:
    """Drawn without the request: who asks, and their token, must not be in what is kept."""
    return render_to_string("portal/offline.html", site(HttpRequest()))


def _version(files: list[str]) -> str:
    """Changes with whatever is kept, and with nothing else: not with the language of who asks."""
    with translation.override(settings.LANGUAGE_CODE):
        kept = "\n".join([*files, _offline_page()])
    return hashlib.sha256(kept.encode()).hexdigest()[:16]
