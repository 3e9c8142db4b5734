"""Administration under /admin/: who may enter, what is listed, and the look around it.

Each app registers its own tables (`admin.py`, with `LoggedAdmin`), its pages (`offer`) and further views (`serve`) here,
so this package knows nothing of tickets or articles.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from accounts.audit.opened import note_opened
from accounts.errors import NotAllowed, Refused
from accounts.http import for_public, safe_next
from accounts.permissions import ADMINISTERING, Permission

View = Callable[..., HttpResponseBase]

CONTENT_POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
"""What unfold needs beyond our policy: Alpine compiles its attributes, colours stand in a style element."""

CHANGING = (ADMINISTERING - {Permission.AUDIT_READ}) | {Permission.ARTICLES_PUBLISH}
"""Who holds none of these only reads here."""

OURS = {"accounts", "knowledge", "incidents"}
REPLACED = {"login", "logout", "password_change", "password_change_done", "view_on_site", "search"}


@dataclass(frozen=True)
class Page:
    """One line of the navigation; whoever holds one of `permissions`, or reads the audit, may open it."""

    place: int
    title: str | Promise
    line: str | Promise
    icon: str
    url_name: str
    permissions: tuple[Permission, ...]
    group: str | Promise

    def is_open_to(self, user: Any) -> bool:
        return bool(user.permits.anywhere(*self.permissions, Permission.AUDIT_READ))


_pages: list[Page] = []
_before_leaving: list[Callable[[Any], bool]] = []
_views: list[tuple[str, View, str]] = []


def offer(*pages: Page) -> None:
    """List pages in the navigation; `place` orders them across apps."""
    _pages.extend(pages)
    _pages.sort(key=lambda page: page.place)


def serve(route: str, view: View, name: str) -> None:
    """Answer `/admin/<route>` by a view that is not a table's."""
    _views.append((route, view, name))


def ask_before_leaving(has_work: Callable[[Any], bool]) -> None:
    """Whether somebody has work that must be handed over before their access ends."""
    _before_leaving.append(has_work)


def has_open_work(person: Any) -> bool:
    return any(has_work(person) for has_work in _before_leaving)


def pages_of(request: HttpRequest) -> list[Page]:
    return [page for page in _pages if page.is_open_to(request.user)]


def line_of(url_name: str) -> str:
    """What the page of this address is for, as its line in the overview says it; empty where there is none."""
    return next((str(page.line) for page in _pages if page.url_name == url_name), "")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar as unfold wants it: groups of what this person may open, each where its first page stands."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for page in pages_of(request):
        link = {"title": page.title, "icon": page.icon, "link": reverse(page.url_name)}
        groups.setdefault(str(page.group), []).append(link)
    return [{"title": title, "items": items} for title, items in groups.items()]


class Administration(UnfoldAdminSite):
    """Django's administration with our doors: allauth signs in, our permissions open, refusals are said in words."""

    final_catch_all_view = False

    def register(
        self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any
    ) -> None:
        """Our own tables only. What libraries register by themselves (queue, sign-in) would be a side door."""
        if admin_class and admin_class.__module__.partition(".")[0] in OURS:
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002 (Django's signature)
        checked = super().admin_view(view, cacheable)

        @wraps(checked)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            self._require_entry(request)
            try:
                response = checked(request, *args, **kwargs)
            except Refused as refusal:
                response = self.refused(request, refusal)
            else:
                note_opened(request, response)
            response._csp_update = CONTENT_POLICY
            return response

        return guarded

    def refused(self, request: HttpRequest, refusal: Refused) -> HttpResponse:
        context = {**self.each_context(request), "title": _("Not done"), "refusal": refusal}
        return TemplateResponse(request, "admin/refused.html", context, status=refusal.status)

    def get_urls(self) -> list[Any]:
        own = [
            path("login/", self.login, name="login"),
            path("logout/", self.logout, name="logout"),
            *(path(route, self.admin_view(view), name=name) for route, view, name in _views),
        ]
        kept = [url for url in super().get_urls() if getattr(url, "name", None) not in REPLACED]
        _say_audience(kept)
        return own + kept

    @for_public
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        back = safe_next(request, fallback=reverse("admin:index"))
        return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': back})}")

    @for_public
    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        sent = request.method == "POST"  # the sidebar's button; a visit is asked first
        return HttpResponseRedirect(reverse("account_logout"), preserve_request=sent)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            **self.each_context(request),
            "title": _("Administration"),
            "pages": pages_of(request),
        }
        return TemplateResponse(request, "admin/index.html", context)

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))

    def get_log_entries(self, request: HttpRequest) -> list[Any]:
        """Django's own log is not used: `AdminChange` is the one log."""
        return []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        theme = getattr(request.user, "theme", "auto")
        return {
            **super().each_context(request),
            "theme": "" if theme == "auto" else theme,
            "site_icon": static("favicon.svg"),
            "site_favicons": [
                {"href": static("favicon.svg"), "rel": "icon", "type": "image/svg+xml"}
            ],
            "styles": [static("css/admin.css")],
            "scripts": [static(f"js/admin-{name}.js") for name in ("theme", "find", "main")],
        }

    def _require_entry(self, request: HttpRequest) -> None:
        if not self.has_permission(request):
            raise NotAllowed(
                _("Administration is for people who manage people, roles or categories.")
            )
        reads = request.method in {"GET", "HEAD", "OPTIONS"}
        if not reads and not request.user.permits.anywhere(*CHANGING):  # type: ignore[union-attr]
            raise NotAllowed(_("You may read everything here, but change nothing."))


def _say_audience(urls: Iterable[URLPattern | URLResolver]) -> None:
    """Every view says who it is for; Django's own are for administrators."""
    for url in urls:
        if isinstance(url, URLResolver):
            _say_audience(url.url_patterns)
        elif not hasattr(url.callback, "audience"):
            url.callback.audience = "admins"  # type: ignore[attr-defined]
