"""The configuration as a file: written out, rehearsed, put in."""

import hashlib
from typing import Any

from django.contrib import admin, messages
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.administration import configuration as files
from accounts.administration.configuration import LARGEST, Outcome, Result, WrongFile
from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_admins
from accounts.permissions import ADMINISTERING, Permission

PAGE = "admin/configuration.html"
WAITS_FOR = 60 * 60
"""Seconds for which a rehearsed file can be put in."""
MOST_SHOWN = 500

READERS = ADMINISTERING - {Permission.PEOPLE_ERASE}
for_readers = for_admins(*READERS)
for_writers = for_admins(*(READERS - {Permission.AUDIT_READ}))


@for_readers
@require_GET
def configuration(request: UserRequest) -> HttpResponse:
    return _page(request)


@for_readers
@require_GET
def configuration_file(request: UserRequest) -> HttpResponse:
    """All that this person may read of it, as one file."""
    made = files.written(files.collect(request.user))
    audit.note_export("configuration", by=request.user)
    answer = HttpResponse(made, content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="firebreak-configuration.json"'
    return answer


@for_writers
@require_POST
def configuration_rehearse(request: UserRequest) -> HttpResponse:
    """What the file would change. Changes nothing; the file waits to be put in."""
    sent: Any = request.FILES.get("file")
    if sent is None:
        return _page(request, wrong=WrongFile(_("Choose a file.")), status=422)
    given = sent.read(LARGEST + 1)
    try:
        result = files.rehearse(files.read(given), by=request.user)
    except WrongFile as wrong:
        return _page(request, wrong=wrong, status=wrong.status)
    mark = hashlib.sha256(given).hexdigest()
    cache.set(_waiting(request, mark), given, WAITS_FOR)
    return _page(request, result=result, mark=mark, name=str(sent.name))


@for_writers
@require_POST
def configuration_apply(request: UserRequest) -> HttpResponse:
    """Put in the file that was rehearsed: all of it or nothing."""
    mark = request.POST.get("mark", "")[:64]
    given = cache.get(_waiting(request, mark)) if mark.isalnum() else None
    if given is None:
        raise InvalidInput(_("This file is no longer at hand. Choose it again."), field="file")
    result = files.apply(files.read(given), by=request.user)
    if not result.is_applied:
        return _page(request, result=result, mark=mark, status=409)
    cache.delete(_waiting(request, mark))
    said = ngettext("%(n)s entry was changed.", "%(n)s entries were changed.", result.changes)
    messages.success(request, said % {"n": result.changes})
    return HttpResponseRedirect(reverse("admin:configuration"))


def _waiting(request: UserRequest, mark: str) -> str:
    return f"configuration:{request.user.pk}:{mark}"


def _page(
    request: UserRequest,
    *,
    result: Result | None = None,
    wrong: WrongFile | None = None,
    mark: str = "",
    name: str = "",
    status: int = 200,
) -> HttpResponse:
    told = [line for line in result.lines if line.outcome != Outcome.SAME] if result else []
    told.sort(key=lambda line: line.outcome != Outcome.REFUSED)
    context = {
        **admin.site.each_context(request),
        "title": _("Configuration file"),
        "parts": [part.title for part in files.in_file() if part.is_read_by(request.user)],
        "may_change": request.user.permits.anywhere(*(READERS - {Permission.AUDIT_READ})),
        "result": result,
        "lines": told[:MOST_SHOWN],
        "left_out": max(0, len(told) - MOST_SHOWN),
        "wrong": wrong,
        "mark": mark,
        "name": name,
        "most_mb": LARGEST // 1024 // 1024,
    }
    return TemplateResponse(request, PAGE, context, status=status)
