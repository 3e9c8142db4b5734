"""Service levels in the configuration file: written out, read back, and refused with the place where they can't be."""

import json

import pytest

from accounts.administration.configuration import apply, collect, read, written
from incidents.sla.models import Calendar, Holiday, HolidaySet, Policy, Target

HEAD = {"format": "firebreak-configuration", "version": 1}
PARTS = ("sla_holidays", "sla_calendars", "sla_policies")


def a_file(**parts) -> dict:
    return read(json.dumps({**HEAD, **parts}).encode())


@pytest.fixture
def set_up(admin, team, category):
    """A calendar with holidays, and a policy with a condition and somebody to tell."""
    days = HolidaySet.objects.create(name="Company days")
    Holiday.objects.create(set=days, day="2030-05-06", name="Fair")
    Calendar.objects.get().holidays.add(days)
    Policy.objects.update(
        conditions={"category": [category.pk], "team": [team.pk], "priority": [1]}
    )
    Target.objects.filter(kind="resolution").update(
        actions=[{"on": "missed", "do": "notify", "person": admin.pk}]
    )


def test_what_is_written_out_comes_back_as_the_same(set_up, admin):
    made = written(collect())
    for model in (Policy, Calendar, HolidaySet):
        model.objects.all().delete()

    result = apply(read(made), by=admin)

    assert [(line.place, line.why) for line in result.refused] == []
    assert written(collect()) == made
    assert apply(read(made), by=admin).changes == 0
    assert Holiday.objects.get().name == "Fair"


def test_rows_are_named_by_what_they_are_called(set_up, team, category, admin):
    document = json.loads(written(collect()))
    policy = document["sla_policies"][0]

    assert policy["conditions"] == {
        "category": [category.slug], "priority": [1], "team": [team.slug],
    }  # fmt: skip
    resolution = next(one for one in policy["targets"] if one["kind"] == "resolution")
    assert resolution["actions"] == [{"on": "missed", "do": "notify", "person": admin.email}]


@pytest.mark.parametrize(
    ("part", "entry", "words"),
    [
        ("sla_calendars", {"zone": "Mars/Base"}, "zone: there is no such time zone."),
        ("sla_calendars", {"week": [[]] * 7}, "week: a calendar without any hours can’t keep a promise."),
        ("sla_calendars", {"week": [[[0, 60], [30, 90]], *[[]] * 6]}, "Monday: intervals overlap or touch."),
        ("sla_calendars", {"week": [[[60, 0]], *[[]] * 6]}, "Monday: this is no interval."),
        ("sla_policies", {"calendar": None}, "A policy counts in the hours of a calendar. Name one."),
        ("sla_policies", {"targets": []}, "targets: promise a time for at least one priority."),
        ("sla_policies", {"targets": [{"kind": "resolution", "minutes": {"9": 1}}]}, "targets/resolution: this is no time by priority."),
        ("sla_policies", {"conditions": {"mood": ["bad"]}}, "conditions: nothing can be asked about this: mood."),
        ("sla_policies", {"conditions": {"team": ["nobody"]}}, "There is no team “nobody” here."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_reason(admin, part, entry, words):
    name = "Office hours" if part == "sla_calendars" else "Standard"

    result = apply(a_file(**{part: [{"name": name, **entry}]}), by=admin)

    assert [line.why for line in result.refused] == [words]
    assert Calendar.objects.get().week[0] == [[480, 1080]]
