"""All policies and calendars as values, kept in the process under the mark of the rulebook, which any act reads anyway."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext

from incidents.sla.calendar import Hours
from incidents.sla.clock import Promise
from incidents.sla.conditions import Conditions, Matter, holds, read
from incidents.sla.models import Calendar, Change, HolidaySet, Policy, Rules, Target, TargetKind
from incidents.workflow import rulebook

Content = dict[str, Any]
"""A calendar, holidays or a policy as plain values: what a form makes, a draft keeps and a row is written from."""


@dataclass(frozen=True)
class PolicyRule:
    """One policy, ready to be asked."""

    pk: int | None
    name: str
    is_seeded: bool
    position: int
    conditions: Conditions
    calendar: str
    is_seeded_calendar: bool
    hours: Hours
    targets: Mapping[str, Mapping[str, Any]]

    @property
    def label(self) -> str:
        return gettext(self.name) if self.is_seeded else self.name

    @property
    def calendar_label(self) -> str:
        return gettext(self.calendar) if self.is_seeded_calendar else self.calendar

    def promises(self, priority: int) -> list[Promise]:
        """What is promised for this priority, in the order of kinds."""
        found = []
        for kind in TargetKind.values:
            target = self.targets.get(kind)
            minutes = target and target["minutes"].get(str(priority))
            if target and minutes:
                found.append(
                    Promise(
                        kind=kind,
                        seconds=int(minutes) * 60,
                        hours=self.hours,
                        pauses_on=frozenset(target["pauses_on"]),
                        warn_at=tuple(sorted(target["warn_at"])),
                    )
                )
        return found


@dataclass(frozen=True)
class Book:
    """The rules of one moment."""

    mark: str
    since: datetime | None
    policies: tuple[PolicyRule, ...]
    hours: Mapping[int, Hours] = field(default_factory=dict)
    """Of every calendar, by its key."""

    def policy_for(self, matter: Matter) -> PolicyRule | None:
        """The first that holds."""
        return next((one for one in self.policies if holds(one.conditions, matter)), None)

    def actions_of(self, policy: int | None, kind: str) -> list[dict[str, Any]]:
        rule = next((one for one in self.policies if one.pk == policy), None)
        target = rule and rule.targets.get(kind)
        return list(target["actions"]) if target else []

    @cached_property
    def asks(self) -> frozenset[str]:
        """The fields that any policy asks for."""
        return frozenset(name for one in self.policies for name in one.conditions)


def _read() -> Book:
    row = Rules.objects.filter(pk=1).values_list("mark", "since").first()
    return load(*(row or ("", None)))


current = rulebook.Beside(_read).current
"""The rules as they are now."""


def changed() -> str:
    """Something of the rules was written: let every process read them anew. In the transaction of the change."""
    mark = uuid4().hex
    rulebook.renew()
    if not Rules.objects.filter(pk=1).update(mark=mark):
        Rules(mark=mark).save()
    return mark


def load(mark: str, since: datetime | None, change: Change | None = None) -> Book:
    """Read everything; with a change as if that had been applied."""
    days = {pk: dict(rows) for pk, rows in _days_by_set(change).items()}
    calendars = _with(change, Change.About.CALENDAR, {
        row.pk: content_of_calendar(row)
        for row in Calendar.objects.prefetch_related("holidays")
    })  # fmt: skip
    policies = _with(change, Change.About.POLICY, {
        row.pk: content_of_policy(row)
        for row in Policy.objects.live().prefetch_related("targets")
    })  # fmt: skip
    hours = {
        pk: Hours(
            zone=content["zone"],
            week=tuple(tuple((one[0], one[1]) for one in day) for day in content["week"]),
            holidays={
                day: name for key in content["holidays"] for day, name in days.get(key, {}).items()
            },
        )
        for pk, content in calendars.items()
    }
    found = [
        PolicyRule(
            pk=pk or None,
            name=content["name"],
            is_seeded=content.get("is_seeded", False),
            position=content["position"],
            conditions=read(content["conditions"]),
            calendar=calendars[content["calendar"]]["name"],
            is_seeded_calendar=calendars[content["calendar"]].get("is_seeded", False),
            hours=hours[content["calendar"]],
            targets={target["kind"]: target for target in content["targets"]},
        )
        for pk, content in policies.items()
        if content["is_active"] and content["calendar"] in hours
    ]
    found.sort(key=lambda one: (one.position, one.pk or 0))
    if change and change.about == Change.About.POLICY and "after" in change.content:
        found = _placed(found, change)
    return Book(mark, since, tuple(found), hours)


def _placed(found: list[PolicyRule], change: Change) -> list[PolicyRule]:
    """The changed policy where it is wanted among the others."""
    its = [one for one in found if (one.pk or 0) == (change.object_id or 0)]
    others = [one for one in found if one not in its]
    place = place_after([one.pk or 0 for one in others], change.content["after"])
    return [*others[:place], *its, *others[place:]]


def place_after(order: Sequence[int], after: int | None) -> int:
    """Where it goes that is wanted after this one: first for 0, last where that is not there."""
    if after == 0:
        return 0
    return order.index(after) + 1 if after in order else len(order)


def rehearsed(change: Change) -> Book:
    """The rules as they would be with this change."""
    return replace(load("", current().since, change), mark=f"change {change.pk}")


def find(change: Change) -> Calendar | HolidaySet | Policy | None:
    """What the change is about, as it is now."""
    return _table(change.about).objects.filter(pk=change.object_id).first()  # type: ignore[no-any-return]


def reread(row: Calendar | HolidaySet | Policy) -> Any:
    """As the database has it, with what hangs below it."""
    return type(row).objects.get(pk=row.pk)


def _table(about: str) -> Any:
    return {
        Change.About.CALENDAR: Calendar,
        Change.About.HOLIDAYS: HolidaySet,
        Change.About.POLICY: Policy,
    }[Change.About(about)]


def content_of(row: Calendar | HolidaySet | Policy) -> Content:
    if isinstance(row, Calendar):
        return content_of_calendar(row)
    if isinstance(row, HolidaySet):
        return content_of_holidays(row)
    return content_of_policy(row)


def noted(content: Content) -> Content:
    """As the log of administration keeps it: rows of other tables by their key and what they were called."""
    kept = dict(content)
    if "calendar" in kept:
        kept["calendar"] = _called(Calendar, [kept["calendar"]])[0]
    if "holidays" in kept:
        kept["holidays"] = _called(HolidaySet, kept["holidays"])
    return kept


def _called(table: Any, keys: Sequence[int]) -> list[dict[str, Any]]:
    found = table.objects.in_bulk(keys)
    return [{"id": key, "name": str(found.get(key, ""))} for key in keys]


def mark_of(row: Calendar | HolidaySet | Policy | None) -> str:
    """Tells one state of it from another; its place among others is not part of that."""
    if row is None:
        return ""
    content = {name: value for name, value in content_of(row).items() if name != "position"}
    if isinstance(row, Policy) and row.is_retired:
        content["is_retired"] = True
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def content_of_calendar(row: Calendar) -> Content:
    return {
        "name": row.name,
        "is_seeded": row.is_seeded,
        "zone": row.zone,
        "week": row.week,
        "holidays": sorted(one.pk for one in row.holidays.all()),
    }


def content_of_policy(row: Policy) -> Content:
    return {
        "name": row.name,
        "is_seeded": row.is_seeded,
        "position": row.position,
        "is_active": row.is_active,
        "conditions": row.conditions,
        "calendar": row.calendar_id,
        "targets": [content_of_target(one) for one in row.targets.all()],
    }


def content_of_target(row: Target) -> Content:
    return {
        "kind": row.kind,
        "minutes": row.minutes,
        "warn_at": row.warn_at,
        "pauses_on": row.pauses_on,
        "actions": row.actions,
    }


def content_of_holidays(row: HolidaySet) -> Content:
    return {
        "name": row.name,
        "source": row.source,
        "country": row.country,
        "subdivision": row.subdivision,
        "file_name": row.file_name,
        "known_until": row.known_until,
        "days": [[one.day.isoformat(), one.name] for one in row.days.all()],
    }


def _with(change: Change | None, about: str, contents: dict[int, Content]) -> dict[int, Content]:
    """These, with what the change makes of them. What is new has no key yet and stands under 0."""
    if change is None or change.about != about:
        return contents
    if change.removes:
        contents.pop(change.object_id or 0, None)
    else:
        contents[change.object_id or 0] = change.content
    return contents


def _days_by_set(change: Change | None) -> dict[int, list[tuple[date, str]]]:
    sets = HolidaySet.objects.prefetch_related("days")
    contents = _with(
        change, Change.About.HOLIDAYS, {row.pk: content_of_holidays(row) for row in sets}
    )
    return {pk: list(_dates(content["days"])) for pk, content in contents.items()}


def _dates(days: Iterable[tuple[str, str]]) -> Iterable[tuple[date, str]]:
    return ((date.fromisoformat(day), name) for day, name in days)
