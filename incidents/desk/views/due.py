"""What was promised for a ticket, and how much of it is left; fetched after the ticket itself is on the screen."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_agents
from incidents.desk import due
from incidents.desk.views.ticket import find
from incidents.sla.asking import clocks_of
from incidents.sla.models import Clock, TargetKind

PAGE = "desk/due.html"


@dataclass(frozen=True)
class Promise:
    """One clock as a line: a countdown, or words."""

    label: str
    due_at: datetime | None = None
    words: str = ""
    icon: str = ""
    tone: str = "neutral"
    at: datetime | None = None


@for_agents
@require_GET
def ticket_due(request: UserRequest, number: int) -> HttpResponse:
    ticket = find(request, number)
    promises = [_promise(clock) for clock in clocks_of(ticket)]
    context = {
        "nav": "queue", "queue": ticket.team, "ticket": ticket, "promises": promises, "now": timezone.now(),
    }  # fmt: skip
    return render(request, f"{PAGE}#due" if request.htmx else PAGE, context)


def _promise(clock: Clock) -> Promise:
    label = str(TargetKind(clock.kind).label).capitalize()
    if clock.stopped_at is None and clock.due_at is not None:
        return Promise(label, due_at=clock.due_at)
    if clock.stopped_at is None:
        words = due.paused_words(clock.left_seconds)
        return Promise(label, words=words, icon="pause", at=clock.paused_since)
    if clock.state == Clock.State.MISSED:
        return Promise(label, words=_("Missed"), icon="alarm-clock", tone="danger", at=clock.stopped_at)  # fmt: skip
    return Promise(label, words=_("Met"), icon="check", tone="success", at=clock.stopped_at)
