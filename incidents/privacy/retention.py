"""Which tickets a rule of retention touches, for the rehearsal and for the night alike."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from accounts.audit.kinds import FROM_WHERE
from accounts.models import ERASED_DOMAIN, AuditEntry, User
from incidents.privacy.models import RetentionRule
from incidents.tickets.models import Category, Ticket, TicketQuerySet
from incidents.workflow.states import Status

What = RetentionRule.What
STAND_IN = "former-of-"


@dataclass(frozen=True)
class Touched:
    """So many tickets of one category that were closed in one month."""

    month: date
    category: str
    count: int


def cutoff(rule: RetentionRule, now: datetime) -> datetime:
    """So many months before `now`; on the last day of a month that is too short."""
    years, month = divmod(now.year * 12 + now.month - 1 - rule.months, 12)
    day = min(now.day, monthrange(years, month + 1)[1])
    return now.replace(year=years, month=month + 1, day=day)


def due(rule: RetentionRule, now: datetime) -> TicketQuerySet:
    """Closed tickets that this rule is for and that are old enough, without those that were done."""
    old = Ticket.objects.filter(status=Status.CLOSED, closed_at__lt=cutoff(rule, now))
    done = User.objects.filter(email__startswith=STAND_IN, email__endswith=f"@{ERASED_DOMAIN}")
    return old.exclude(requester__in=done.values("pk")).filter(_of(rule))


def rehearse(rule: RetentionRule, now: datetime) -> list[Touched]:
    """What the rule would touch this night, by month and category, newest first."""
    if rule.what != What.TICKETS:
        return []
    found = (
        due(rule, now)
        .annotate(month=TruncMonth("closed_at"))
        .values("month", "category__name")
        .annotate(number=Count("pk"))
        .order_by("-month", "category__name")
    )
    return [
        Touched(row["month"].date(), row["category__name"] or "", row["number"]) for row in found
    ]


def entries_due(rule: RetentionRule, now: datetime) -> int:
    """How many entries of the audit log the rule would touch."""
    old = AuditEntry.objects.filter(at__lt=cutoff(rule, now), number__isnull=False)
    if rule.what == What.SIGN_INS:
        told = Q(data__has_key="address") | Q(data__has_key="browser")
        old = old.filter(told, kind__in=FROM_WHERE)
    return int(old.count())


def _of(rule: RetentionRule) -> Q:
    """Tickets of its category and what lies below, except where that has a rule of its own; or of all the others."""
    parents = dict(Category.objects.values_list("pk", "parent"))
    ruled = set(
        RetentionRule.objects.filter(what=What.TICKETS, category__isnull=False).values_list(
            "category", flat=True
        )
    ) | ({rule.category_id} - {None})
    own = [key for key in parents if _nearest(key, parents, ruled) == rule.category_id]
    return Q(category__in=own) | Q(category=None) if rule.category_id is None else Q(category__in=own)  # fmt: skip


def _nearest(key: int, parents: dict[int, int | None], ruled: Iterable[int | None]) -> int | None:
    at: int | None = key
    while at is not None and at not in ruled:
        at = parents.get(at)
    return at
