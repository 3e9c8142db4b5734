"""Figures for monitoring, read afresh for every scrape, so that all web processes tell the same."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count
from prometheus_client import CollectorRegistry, Gauge

from accounts.models import User
from incidents.health.backlog import Backlog, Lane
from incidents.notify.models import Channel
from incidents.tickets.models import Ticket
from incidents.workflow.states import OPEN_STATUSES


def registry(now: datetime) -> CollectorRegistry:
    """Open tickets by status, people, what waits or failed on its way out or in, and how late the worker is."""
    found = CollectorRegistry()
    tickets = Gauge("firebreak_open_tickets", "Open tickets.", ["status"], registry=found)
    counted = Ticket.objects.open().order_by().values_list("status").annotate(Count("pk"))
    counts = dict(counted)
    for status in sorted(OPEN_STATUSES):
        tickets.labels(status=status).set(counts.get(status, 0))
    people = Gauge("firebreak_people", "People who may sign in.", registry=found)
    people.set(User.objects.people().count())
    backlog = Backlog.at(now)
    _lanes(backlog.lanes, found)
    mail = backlog.lanes[Channel.MAIL]
    for name, words, value in (
        ("firebreak_mail_waiting", "Mails that are due and not sent.", mail.waiting),
        ("firebreak_mail_failed_day", "Mails given up in the last day.", mail.failed),
        ("firebreak_mail_oldest_due_seconds", "Age of the first due mail.", mail.oldest.total_seconds()),
        ("firebreak_mailboxes_stuck", "Mailboxes not fetched for three minutes.", backlog.stuck),
        ("firebreak_mail_in_waiting", "Mails that came in and wait to be worked through.", backlog.taking),
        ("firebreak_mail_in_oldest_seconds", "Age of the first of them.", backlog.oldest_in.total_seconds()),
        ("firebreak_mail_in_set_aside_day", "Mails of the last day in quarantine.", backlog.set_aside),
        ("firebreak_worker_late_seconds", "Age of the most overdue scheduled job.", backlog.late.total_seconds()),
    ):  # fmt: skip
        Gauge(name, words, registry=found).set(value)
    return found


def _lanes(lanes: Mapping[str, Lane], found: CollectorRegistry) -> None:
    """The same of every way out: mail, push, chat, rooms (channels of teams), acknowledgements, webhooks."""
    waiting = Gauge("firebreak_outbox_waiting", "What is due and not sent.", ["lane"], registry=found)  # fmt: skip
    oldest = Gauge("firebreak_outbox_oldest_due_seconds", "Age of the first due.", ["lane"], registry=found)  # fmt: skip
    failed = Gauge("firebreak_outbox_failed_day", "Given up in the last day.", ["lane"], registry=found)  # fmt: skip
    for name, lane in lanes.items():
        waiting.labels(lane=name).set(lane.waiting)
        oldest.labels(lane=name).set(lane.oldest.total_seconds())
        failed.labels(lane=name).set(lane.failed)
