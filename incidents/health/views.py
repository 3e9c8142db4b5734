"""For balancers and monitoring."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from accounts.http import for_public
from accounts.outbound import is_outgoing_on
from incidents.health import figures
from incidents.health.backlog import Backlog

PLAIN = "text/plain; charset=utf-8"


@for_public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type=PLAIN)


@for_public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, too; and how old what waits for the worker is.

    A late worker is told, not punished: taking the web process out of service would not bring it back. What waits
    because nothing may leave (`OUTGOING`) says nothing of the worker.
    """
    try:
        backlog = Backlog.at(timezone.now())
    except OperationalError:
        return HttpResponse("database away", status=503, content_type=PLAIN)
    due = backlog.oldest_due if is_outgoing_on() else timedelta()
    age = max(due, backlog.oldest_in, backlog.late).total_seconds()
    told = f"ok\nmailboxes_stuck {backlog.stuck}\nqueue_age_seconds {age:.0f}\n"
    return HttpResponse(told, content_type=PLAIN)


@for_public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for who brings `METRICS_TOKEN`. Without that setting there is no such page."""
    token = settings.METRICS_TOKEN
    brought = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(brought.encode(), token.encode()):
        raise Http404
    told = generate_latest(figures.registry(timezone.now()))
    return HttpResponse(told, content_type=CONTENT_TYPE_LATEST)
