"""Rules of retention: made, switched, changed, removed. None of these takes a ticket that nobody looked at."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed, record_removed, snapshot
from accounts.errors import EditConflict, Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.privacy import retention
from incidents.privacy.models import RetentionRule
from incidents.tickets.models import Category

What = RetentionRule.What
INSIDE = ("agreed", "agreed_until")
"""Keys that nobody reads; who agreed to what is noted by name."""


@transaction.atomic
def add_rule(rule: RetentionRule, *, by: User) -> RetentionRule:
    """Keep a new rule. It does nothing until it is switched on; wider ones let go at once of what it covers.

    Raises:
        NotAllowed: `by` may not erase.
        ValidationError: there is one for this already, or it makes no sense.
    """
    _require(by)
    rules = _locked()
    rule.is_on = False
    rule.full_clean()
    rule.save()
    record_added(rule, by=by, after=noted(rule))
    for other in rules:
        settle(other)
    return rule


@transaction.atomic
def switch_rule(rule: RetentionRule, *, on: bool, seen: str, by: User) -> RetentionRule:
    """Carry it out every night from now on, or no longer. `seen` is the mark of what was looked at.

    Raises:
        NotAllowed: `by` may not erase.
        EditConflict: it would touch something else by now.
    """
    _require(by)
    rule = _lock(rule)
    if rule.is_on == on:
        return rule
    if on:
        _require_seen(rule, seen)
        _agree(rule)
    before = noted(rule)
    rule.is_on = on
    rule.save(update_fields=["is_on", *INSIDE])
    record_changed(rule, by=by, before=before, after=noted(rule))
    return rule


@transaction.atomic
def agree(rule: RetentionRule, *, seen: str, by: User) -> RetentionRule:
    """Let a rule that is on take what came to it since.

    Raises:
        NotAllowed: `by` may not erase.
        EditConflict: it would touch something else by now.
    """
    _require(by)
    rule = _lock(rule)
    came = retention.reach(rule).waiting
    if not came:
        return rule
    _require_seen(rule, seen)
    _agree(rule)
    rule.save(update_fields=INSIDE)
    names = Category.objects.filter(pk__in=came).order_by("name", "pk").values("pk", "name")
    includes = [{"id": one["pk"], "name": one["name"]} for one in names]
    record_changed(rule, by=by, before={}, after={"includes": includes})
    return rule


@transaction.atomic
def change_rule(rule: RetentionRule, *, months: int, by: User) -> RetentionRule:
    """Keep things longer or shorter. Shorter takes more, so the rule is off then until somebody looks at it.

    Raises:
        NotAllowed: `by` may not erase.
        ValidationError: nobody keeps anything for so long.
    """
    _require(by)
    rule = _lock(rule)
    before = noted(rule)
    rule.is_on = rule.is_on and months >= rule.months
    rule.months = months
    rule.full_clean()
    rule.save(update_fields=["months", "is_on"])
    record_changed(rule, by=by, before=before, after=noted(rule))
    return rule


@transaction.atomic
def remove_rule(rule: RetentionRule, *, by: User) -> None:
    """What it covered is a wider rule's from now on, which takes it once somebody has looked at that.

    Raises:
        NotAllowed: `by` may not erase.
    """
    _require(by)
    rule = _lock(rule)
    # A category of these days belongs to the narrower rule, whatever is above it. The others are held as well.
    for other in RetentionRule.objects.exclude(pk=rule.pk):
        settle(other)
    record_removed(rule, by=by, before=noted(rule))
    rule.delete()


def settle(rule: RetentionRule) -> None:
    """Write down what it takes now, so that what leaves it and comes back is looked at again."""
    if rule.is_on and rule.what == What.TICKETS:
        taken, newest = sorted(retention.reach(rule).taken), retention.newest_category()
        RetentionRule.objects.filter(pk=rule.pk, is_on=True).update(
            agreed=taken, agreed_until=newest
        )


def noted(rule: RetentionRule) -> dict[str, Any]:
    return {name: value for name, value in snapshot(rule).items() if name not in INSIDE}


def _agree(rule: RetentionRule) -> None:
    rule.agreed = sorted(retention.reach(rule).all) if rule.what == What.TICKETS else []
    rule.agreed_until = retention.newest_category()


def _require_seen(rule: RetentionRule, seen: str) -> None:
    if seen != retention.mark_of(rule):
        raise EditConflict(_("It would touch something else by now. Look at it again."))


def _locked() -> list[RetentionRule]:
    return list(RetentionRule.objects.select_for_update(of=("self",)).order_by("pk"))


def _lock(rule: RetentionRule) -> RetentionRule:
    """All of them in one order: what one covers depends on the others."""
    found = next((one for one in _locked() if one.pk == rule.pk), None)
    if found is None:
        raise Refused(_("This rule is not there any more."))
    return found


def _require(by: User) -> None:
    require(
        by.is_system or by.permits.anywhere(Permission.PEOPLE_ERASE),
        _("You may not decide how long things are kept."),
    )
