"""Which tickets a rule of retention touches, for the rehearsal and for the night alike.

A rule takes the tickets of those categories that somebody looked at when they switched it on. What comes to it later,
because a narrower rule went or a category was moved or merged, waits until somebody looks at that as well: what is
blanked is gone.
"""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from accounts.audit.kinds import FROM_WHERE
from accounts.models import ERASED_DOMAIN, AuditEntry, User
from incidents.mail import tidying
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


@dataclass(frozen=True)
class Reach:
    """The categories that are a rule's, as the tree and the rules stand."""

    taken: frozenset[int]
    waiting: frozenset[int]
    """Came to it after it was switched on; nobody has looked at these."""

    @property
    def all(self) -> frozenset[int]:
        return self.taken | self.waiting


def reach(rule: RetentionRule) -> Reach:
    """A rule that is off takes what it would take once it is switched on."""
    parents = dict(Category.objects.values_list("pk", "parent"))
    own = frozenset(_own(rule, parents))
    if not rule.is_on:
        return Reach(own, frozenset())
    agreed = set(rule.agreed)
    taken = frozenset(key for key in own if _is_agreed(key, parents, agreed, rule.agreed_until))
    return Reach(taken, own - taken)


def newest_category() -> int:
    return Category.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def mark_of(rule: RetentionRule) -> str:
    """Tells what the rule covers from what it covered when somebody looked."""
    covers = sorted(reach(rule).all) if rule.what == What.TICKETS else []
    said = [rule.what, rule.months, rule.category_id, covers]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def heir(rule: RetentionRule) -> RetentionRule | None:
    """The wider rule whose tickets they would be without this one."""
    if rule.category is None:
        return None
    wider = RetentionRule.objects.filter(what=rule.what).exclude(pk=rule.pk)
    found = {one.category_id: one for one in wider.select_related("category")}
    parents = dict(Category.objects.values_list("pk", "parent"))
    return found.get(_nearest(rule.category_id or 0, parents, found))


def due(rule: RetentionRule, now: datetime) -> TicketQuerySet:
    """The tickets that it takes this night."""
    of_it = Q(category__in=reach(rule).taken)
    return old(rule, now).filter(of_it if rule.category_id else of_it | Q(category=None))


def waiting(rule: RetentionRule, now: datetime) -> TicketQuerySet:
    """Those that are old enough as well, but came to it since somebody looked."""
    return old(rule, now).filter(category__in=reach(rule).waiting)


def inherited(rule: RetentionRule, wider: RetentionRule, now: datetime) -> TicketQuerySet:
    """What the wider rule would reach if this one were removed."""
    return old(wider, now).filter(category__in=reach(rule).all)


def old(rule: RetentionRule, now: datetime) -> TicketQuerySet:
    """Closed for longer than the rule says, of any category, without those that were done."""
    done = User.objects.filter(email__startswith=STAND_IN, email__endswith=f"@{ERASED_DOMAIN}")
    found = Ticket.objects.filter(status=Status.CLOSED, closed_at__lt=cutoff(rule, now))
    return found.exclude(requester__in=done.values("pk"))


def rehearse(rule: RetentionRule, now: datetime) -> list[Touched]:
    """What the rule would touch this night, by month and category, newest first."""
    return counted(due(rule, now)) if rule.what == What.TICKETS else []


def counted(tickets: TicketQuerySet) -> list[Touched]:
    """By month and category, newest first."""
    found = (
        tickets.annotate(month=TruncMonth("closed_at"))
        .values("month", "category__name")
        .annotate(number=Count("pk"))
        .order_by("-month", "category__name")
    )
    return [
        Touched(row["month"].date(), row["category__name"] or "", row["number"]) for row in found
    ]


def entries_due(rule: RetentionRule, now: datetime) -> int:
    """How many entries of the audit log, or mails, the rule would touch."""
    if rule.what in {What.MAIL, What.UNUSED_MAIL}:
        is_unused = rule.what == What.UNUSED_MAIL
        return int(tidying.old(cutoff(rule, now), unused=is_unused).count())
    old = AuditEntry.objects.filter(at__lt=cutoff(rule, now), number__isnull=False)
    if rule.what == What.SIGN_INS:
        told = Q(data__has_key="address") | Q(data__has_key="browser")
        old = old.filter(told, kind__in=FROM_WHERE)
    return int(old.count())


def _own(rule: RetentionRule, parents: dict[int, int | None]) -> list[int]:
    """Its category and what lies below, except where that has a rule of its own; or all the others."""
    rules = RetentionRule.objects.filter(what=What.TICKETS, category__isnull=False)
    ruled = set(rules.values_list("category", flat=True)) | ({rule.category_id} - {None})
    return [key for key in parents if _nearest(key, parents, ruled) == rule.category_id]


def _is_agreed(key: int, parents: dict[int, int | None], agreed: set[int], until: int) -> bool:
    """Was it looked at? One that was made later is what the first earlier one above it is; at the top it is new to all."""
    at: int | None = key
    while at is not None and at > until:
        at = parents.get(at)
    return at is None or at in agreed


def _nearest(key: int, parents: dict[int, int | None], ruled: Iterable[int | None]) -> int | None:
    """The first of `ruled` from it upwards; none where there is none."""
    at: int | None = key
    while at is not None and at not in ruled:
        at = parents.get(at)
    return at
