"""Trying chains out: what would happen to a ticket, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import admin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_admins
from accounts.permissions import Permission
from incidents.escalation import words
from incidents.escalation.models import Book
from incidents.escalation.rules import current
from incidents.tickets import numbers
from incidents.tickets.models import Ticket

for_readers = for_admins(Permission.PROCESS_MANAGE, Permission.AUDIT_READ)
TOLD_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """What administrators should know of how escalation goes."""

    held: int = 0
    held_at: datetime | None = None
    jumped_at: datetime | None = None
    is_planning: bool = False


def standing() -> Standing:
    book, now = Book.objects.filter(pk=1).first() or Book(), timezone.now()  # a page makes no row
    jumped = book.jumped_at if book.jumped_at and now - book.jumped_at < TOLD_FOR else None
    is_planning = not book.planned_mark.startswith(f"{book.mark}:") and bool(current().chains)
    return Standing(book.held, book.held_at, jumped, is_planning)


@for_readers
@require_GET
def trial(request: UserRequest) -> HttpResponse:
    """The steps that one ticket would go through if nobody did anything. Only tickets that the reader sees are found."""
    given = request.GET.get("ticket", "").strip()
    context = {**admin.site.each_context(request), "title": _("Try escalation"), "given": given}
    number = numbers.read(given) if given else None
    seen = Ticket.objects.seen_as_staff_by(request.user).for_page()
    ticket = seen.filter(number=number).first() if number else None
    status = 200
    if ticket:
        now = timezone.now()
        context |= {"ticket": ticket, "preview": words.preview(ticket, current(), now=now)}
    elif given:
        context["problem"] = _("There is no ticket “%(number)s” that you see.") % {"number": given[:40]}  # fmt: skip
        status = 404 if number else 422
    return TemplateResponse(request, "admin/escalation/trial.html", context, status=status)
