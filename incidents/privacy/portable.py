"""Rules of retention as configuration. They come switched off: what they would touch here is looked at first."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.administration.portable import Part, Values, register
from accounts.models import User
from accounts.permissions import Permission
from incidents.privacy import actions
from incidents.privacy.models import RetentionRule


def write_rule(part: Part, row: Any, values: Values, *, by: User) -> RetentionRule:
    if row is not None:
        return actions.change_rule(row, months=values["months"], by=by)
    rule = RetentionRule(what=values["what"], category=values["category"], months=values["months"])
    return actions.add_rule(rule, by=by)


def live(_reader: User | None) -> "QuerySet[RetentionRule]":
    """Without those of categories that were merged away, which are in no file either."""
    return RetentionRule.objects.exclude(category__merged_into__isnull=False)


register(
    Part(
        "retention_rules", 52, RetentionRule, Permission.PEOPLE_ERASE, ("what", "category"), ("months",),
        rows=live, write=write_rule, home="admin:retention", page=lambda _rule: reverse("admin:retention"),
    ),
)  # fmt: skip
