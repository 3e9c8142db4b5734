"""Holidays, calendars and policies as configuration. What a file says is drafted and applied like what a person says."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.administration.portable import Column, Part, Values, find, named, register
from accounts.errors import InvalidInput
from accounts.models import Department, Team, User
from accounts.permissions import Permission
from incidents.sla import actions, rules, soundness
from incidents.sla.actions.draft import Row
from incidents.sla.models import Calendar, Change, HolidaySet, Policy, TargetKind
from incidents.sla.rules import Content
from incidents.tickets.models import Category, Service

P = Permission
NAMED: Mapping[str, Any] = {
    "category": Category,
    "service": Service,
    "team": Team,
    "department": Department,
}
"""Conditions whose values are rows of other tables, which a file names by their key."""


def write_holidays(part: Part, row: Any, values: Values, *, by: User) -> HolidaySet:
    own = {name: values.get(name) for name in (*part.key, *part.fields)}
    return _written(Change.About.HOLIDAYS, row, {**own, "days": values.get("days", [])}, by)  # type: ignore[return-value]


def write_calendar(part: Part, row: Any, values: Values, *, by: User) -> Calendar:
    content = {
        "name": values["name"],
        "zone": values["zone"],
        "week": values["week"],
        "holidays": sorted(one.pk for one in values["holidays"]),
    }
    return _written(Change.About.CALENDAR, row, _seeded(row, content), by)  # type: ignore[return-value]


def write_policy(part: Part, row: Any, values: Values, *, by: User) -> Policy:
    if values["calendar"] is None:
        raise InvalidInput(
            _("A policy counts in the hours of a calendar. Name one."), field="calendar"
        )
    content = {
        "name": values["name"],
        "position": values["position"],
        "is_active": values["is_active"],
        "conditions": values.get("conditions", {}),
        "calendar": values["calendar"].pk,
        "targets": values.get("targets", []),
    }
    return _written(Change.About.POLICY, row, _seeded(row, content), by)  # type: ignore[return-value]


def _seeded(row: Any, content: Content) -> Content:
    return {**content, "is_seeded": bool(row and row.is_seeded and row.name == content["name"])}


def _written(about: str, row: Row | None, content: Content, by: User) -> Row:
    soundness.check(about, content)
    applied = actions.apply_change(actions.draft_change(about, row, content, by=by), by=by)
    written: Any = rules.find(applied)
    return written  # type: ignore[no-any-return]


# What stands in further tables, or names rows by their key --------------------------------------------------


def dump_days(row: HolidaySet) -> list[list[str]]:
    return [[one.day.isoformat(), one.name] for one in row.days.all()]


def dump_conditions(row: Policy) -> dict[str, list[Any]]:
    return {
        field: [
            *dict.fromkeys(map(named, NAMED[field].objects.filter(pk__in=values).order_by("pk")))
        ]
        if field in NAMED
        else values
        for field, values in sorted(row.conditions.items())
    }


def load_conditions(given: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        field: sorted(find(NAMED[field], name).pk for name in values) if field in NAMED else values
        for field, values in given.items()
    }


def dump_targets(row: Policy) -> list[Content]:
    order = TargetKind.values
    found = sorted(row.targets.all(), key=lambda one: order.index(one.kind))
    return [_deeds(rules.content_of_target(one), _name_of) for one in found]


def load_targets(given: list[Content]) -> list[Content]:
    return [_deeds(one, lambda model, name: find(model, name).pk) for one in given]


def _name_of(model: Any, pk: int) -> str | None:
    row = model._default_manager.filter(pk=pk).first()
    return named(row) if row else None


def _deeds(target: Content, turn: Any) -> Content:
    """The same, with the people and teams that hear of it turned; those that are gone are left out."""
    turned = []
    for deed in target.get("actions", []):
        one = dict(deed)
        for name, model in (("team", Team), ("person", User)):
            if name in one:
                one[name] = turn(model, one[name])
        if None not in one.values():
            turned.append(one)
    return {**target, "actions": turned}


DAYS = {
    "type": "array",
    "maxItems": soundness.MOST_DAYS,
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
}
CONDITIONS = {"type": "object", "additionalProperties": {"type": "array", "maxItems": 1000}}
TARGETS = {
    "type": "array",
    "maxItems": 3,
    "items": {
        "type": "object",
        "required": ["kind", "minutes"],
        "properties": {
            "kind": {"enum": list(TargetKind.values)},
            "minutes": {"type": "object"},
            "warn_at": {"type": "array", "maxItems": 5},
            "pauses_on": {"type": "array", "maxItems": 5},
            "actions": {"type": "array", "maxItems": 20, "items": {"type": "object"}},
        },
    },
}

register(
    Part(
        "sla_holidays", 70, HolidaySet, P.PROCESS_MANAGE, ("name",),
        ("source", "country", "subdivision", "file_name", "known_until"),
        columns={"days": Column(dump_days, list, DAYS, list)},
        write=write_holidays, page=lambda row: f"/admin/sla/holidays/{row.pk}/",
    ),
    Part(
        "sla_calendars", 72, Calendar, P.PROCESS_MANAGE, ("name",), ("zone", "week", "holidays"),
        write=write_calendar, page=lambda row: f"/admin/sla/calendars/{row.pk}/",
    ),
    Part(
        "sla_policies", 74, Policy, P.PROCESS_MANAGE, ("name",),
        ("position", "is_active", "calendar"),
        columns={
            "conditions": Column(dump_conditions, load_conditions, CONDITIONS),
            "targets": Column(dump_targets, load_targets, TARGETS, list),
        },
        rows=lambda _reader: Policy.objects.live(), write=write_policy,
        page=lambda row: "" if row.is_retired else f"/admin/sla/policies/{row.pk}/",
    ),
)  # fmt: skip
