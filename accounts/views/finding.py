"""The search over all settings."""

from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.administration import finding
from accounts.http import UserRequest, for_admins
from accounts.permissions import ADMINISTERING

PAGE = "admin/find.html"


@for_admins(*ADMINISTERING)
@require_GET
@vary_on_headers("HX-Request")
def find(request: UserRequest) -> HttpResponse:
    """What has the words, on a page of its own or below the box."""
    words = request.GET.get("q", "").replace("\x00", "")[: finding.LONGEST]
    context = {"groups": finding.find(request, words), "words": words.strip()}
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "admin/_found.html", context)
    whole = {**admin.site.each_context(request), "title": _("Search"), **context}
    return TemplateResponse(request, PAGE, whole)
