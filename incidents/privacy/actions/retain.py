"""Carry out the rules of retention that are switched on. Every portion is a transaction of its own; doing it again finds
nothing."""

import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit.blanking import blank_where, trim
from accounts.errors import Refused
from accounts.models import ERASED_DOMAIN, Department, User
from incidents.mail import forgetting, tidying
from incidents.privacy import retention
from incidents.privacy.actions.rules import settle
from incidents.privacy.models import RetentionRule
from incidents.tickets import actions as tickets
from incidents.tickets import search
from incidents.tickets.models import Ticket

AT_ONCE = 200
LONGEST = 30 * 60
"""Seconds a night; what is left is the next night's."""
What = RetentionRule.What
PORTIONS: dict[What, Callable[..., int]] = {
    What.SIGN_INS: blank_where,
    What.AUDIT: trim,
    What.MAIL: tidying.forget_taken,
    What.UNUSED_MAIL: tidying.forget_unused,
}
"""What is done with everything but tickets, some at a time."""


def retain(*, now: datetime, longest: float = LONGEST) -> dict[int, int]:
    """What was done by the key of each rule. Each leaves an entry in the audit log where it did something."""
    ends = time.monotonic() + longest
    desk = User.objects.system()
    done: dict[int, int] = {}
    for pk in RetentionRule.objects.filter(is_on=True).values_list("pk", flat=True):
        rule = _still_on(pk)
        if rule is None:
            continue
        done[rule.pk] = _carry_out(rule, now, desk, ends)
        if done[rule.pk]:
            audit.note(
                audit.Kind.RETAINED, by=desk, label=str(rule), what=rule.what, months=rule.months, count=done[rule.pk]
            )  # fmt: skip
    return done


def _carry_out(rule: RetentionRule, now: datetime, desk: User, ends: float) -> int:
    if rule.what == What.TICKETS:
        settle(rule)
        return _age_tickets(rule, now, desk, ends)
    one_portion, done = PORTIONS[What(rule.what)], 0
    while time.monotonic() < ends and (still := _still_on(rule.pk)):
        some = one_portion(retention.cutoff(still, now), by=desk)
        if not some:
            break
        done += some
    return done


def _still_on(pk: int) -> RetentionRule | None:
    """The rule as it is now: somebody may end or change it while the night goes on."""
    return RetentionRule.objects.filter(pk=pk, is_on=True).select_related("category").first()


def _age_tickets(rule: RetentionRule, now: datetime, desk: User, ends: float) -> int:
    done, last = 0, 0
    while time.monotonic() < ends:
        still = _still_on(rule.pk)
        if still is None:
            break
        found = retention.due(still, now).filter(pk__gt=last).select_related("requester")
        rows = list(found.order_by("pk")[:AT_ONCE])
        if not rows:
            break
        for ticket in rows:
            done += _age(ticket, desk)
        last = rows[-1].pk
    if done:
        search.forget_deleted()
    return done


def _age(ticket: Ticket, desk: User) -> int:
    stand_in = _stand_in(ticket.requester.department_id)
    try:
        done = int(tickets.erase_for_age(ticket, stand_in=stand_in, by=desk))
    except Refused:  # somebody opened it at this moment
        return 0
    forgetting.forget_removed([ticket.pk])
    return done


def _stand_in(department: int | None) -> User:
    """Who old tickets of a department belong to: nobody, but the figures by department stay right."""
    email = f"{retention.STAND_IN}{department or 0}@{ERASED_DOMAIN}"
    found = User.objects.filter(email=email).first()
    if found:
        return found
    with translation.override(settings.LANGUAGE_CODE):
        name = _("Former employee")
    made = User(email=email, display_name=name, is_active=False)
    if department:
        made.department = Department.objects.filter(pk=department).first()
    made.set_unusable_password()
    made.save()
    return made
