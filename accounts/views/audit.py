"""The auditor's page: the log with its filters, as a file, and whether it still is what was written."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import audit, paging
from accounts.audit.exporting import FORMS
from accounts.audit.finding import AuditFilter
from accounts.audit.telling import tell
from accounts.audit.verifying import Verdict, verify
from accounts.http import UserRequest, for_admins
from accounts.limits import require_seldom
from accounts.permissions import Permission

for_auditors = for_admins(Permission.AUDIT_READ)
ON_A_PAGE = 50
CHECKED_HERE = 20_000
MOST_FAULTS = 50
A_MINUTE = 60


@for_auditors
@require_GET
def audit_log(request: UserRequest) -> HttpResponse:
    return _page(request)


@for_auditors
@require_GET
def audit_file(request: UserRequest, form: str) -> HttpResponseBase:
    """The entries that the page's filters leave, as a file. Fetching it is itself an entry."""
    if form not in FORMS:
        raise Http404
    asked = AuditFilter(request.GET)
    if not asked.is_valid():
        return _page(request)
    require_seldom(
        "audit-file", request.user.pk, most=10, seconds=10 * A_MINUTE,
        message=_("You fetched the log several times just now. Try again in ten minutes."),
    )  # fmt: skip
    audit.note_export("audit_log", by=request.user, form=form, asked=asked.told)
    audit.seal()
    kind = FORMS[form]
    response = StreamingHttpResponse(kind.write(asked.entries()), content_type=kind.content_type)
    name = f"audit-log-{timezone.localdate():%Y-%m-%d}.{kind.ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@for_auditors
@require_GET
def audit_check(request: UserRequest) -> HttpResponse:
    """Check the newest entries. The whole log is checked by `manage.py verify_log`."""
    require_seldom(
        "audit-check", request.user.pk, most=5, seconds=A_MINUTE,
        message=_("The log was checked several times just now. Try again in a minute."),
    )  # fmt: skip
    verdict = verify(newest=CHECKED_HERE)
    audit.note(
        audit.Kind.VERIFIED, by=request.user, first=verdict.first, last=verdict.last,
        checked=verdict.checked, faults=len(verdict.faults),
    )  # fmt: skip
    return _page(request, verdict)


def _page(request: UserRequest, verdict: Verdict | None = None) -> HttpResponse:
    form = AuditFilter(request.GET)
    is_valid = form.is_valid()
    rows: list[Any] = []
    following = ""
    if is_valid:
        found = form.entries().select_related("actor")
        page = paging.page(found, ("-id",), request.GET.get("after", ""), ON_A_PAGE)
        rows, following = [tell(entry) for entry in page.rows], page.next
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {
        **admin.site.each_context(request),
        "title": _("Audit log"),
        "form": form,
        "rows": rows,
        "asked": urlencode(asked),
        "following": urlencode({**asked, "after": following}) if following else "",
        "verdict": verdict,
        "faults": verdict.faults[:MOST_FAULTS] if verdict else [],
        "is_narrowed": bool(asked),
    }
    return TemplateResponse(request, "admin/audit.html", context, status=200 if is_valid else 400)
