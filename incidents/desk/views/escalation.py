"""What happens by itself to a ticket that waits, and calling for help by hand."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import EditConflict, InvalidInput
from accounts.http import UserRequest, for_agents, go
from incidents.desk.views.ticket import find
from incidents.desk.work_forms import EscalateForm
from incidents.escalation import deeds, words
from incidents.escalation.rules import current
from incidents.tickets import policies
from incidents.tickets.models import Ticket

PAGE = "desk/escalation.html"


@for_agents
@require_GET
def ticket_escalation(request: UserRequest, number: int) -> HttpResponse:
    """The steps to come; `part=lines` without the form, which may be under way."""
    ticket = find(request, number)
    part = "lines" if request.GET.get("part") == "lines" else "escalation"
    return _shown(request, ticket, EscalateForm(), part=part)


@for_agents
@require_POST
def ticket_escalate(request: UserRequest, number: int) -> HttpResponse:
    """Take the step that the page showed at once, with the reason; once for one form."""
    ticket, form = find(request, number), EscalateForm(request.POST)
    if not form.is_valid():
        return _shown(request, ticket, form, status=422)
    given, key = form.cleaned_data, request.POST.get("key", "")
    try:
        deeds.escalate_now(
            ticket, reason=given["reason"], expected=given["coming"], key=key, by=request.user, at=timezone.now(),
        )  # fmt: skip
    except InvalidInput as refusal:
        form.add_error("reason", refusal.message)
        return _shown(request, ticket, form, status=422)
    except EditConflict as refusal:
        form.add_error(None, refusal.message)
        return _shown(request, find(request, number), form, status=409)
    still = Ticket.objects.seen_as_staff_by(request.user).filter(number=number)
    if not still.exists():  # it was handed to others
        return go(request, "/desk/mine/")
    if not request.htmx:
        return go(request, ticket.desk_url)
    response = _shown(request, find(request, number), EscalateForm())
    response["HX-Trigger"] = "live:poll"  # the rest of the page asks for what changed
    return response


def _shown(
    request: UserRequest,
    ticket: Ticket,
    form: EscalateForm,
    *,
    part: str = "escalation",
    status: int = 200,
) -> HttpResponse:
    preview = words.preview(ticket, current(), now=timezone.now())
    can_escalate = ticket.is_open and policies.can_work(request.user, ticket)
    context: dict[str, Any] = {
        "nav": "queue",
        "queue": ticket.team,
        "ticket": ticket,
        "preview": preview,
        "form": form,
        "can_escalate": can_escalate,
        "at_once": _at_once(ticket, preview) if can_escalate and part != "lines" else "",
    }
    return render(request, f"{PAGE}#{part}" if request.htmx else PAGE, context, status=status)


def _at_once(ticket: Ticket, preview: words.Preview) -> str:
    """What calling for help does now."""
    if preview.lines:
        return _("At once: %(deed)s.") % {"deed": preview.lines[0].deed}
    return _("At once: %(deed)s.") % {"deed": words.told_in_words(deeds.leads_of(ticket))}
