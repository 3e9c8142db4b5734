"""Is this content of a calendar, holidays or a policy one that can hold? For what comes from files as well as from forms."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from incidents.sla import spans
from incidents.sla.breach import DEEDS, MISSED, WARNED
from incidents.sla.conditions import FIELDS
from incidents.sla.models import Change, HolidaySet, TargetKind
from incidents.sla.rules import Content
from incidents.sla.week import MIDNIGHT, day_names
from incidents.workflow.priority import Priority
from incidents.workflow.states import WAITING

MOST_DAYS = 5_000


def check(about: str, content: Content) -> None:
    """
    Raises:
        InvalidInput: with the place and the reason.
    """
    checks: dict[str, Callable[[Content], None]] = {
        Change.About.CALENDAR: _calendar,
        Change.About.HOLIDAYS: _holidays,
        Change.About.POLICY: _policy,
    }
    checks[about](content)


def _calendar(content: Content) -> None:
    _require(content["zone"] in available_timezones(), "zone", _("there is no such time zone"))
    week = content["week"]
    _require(isinstance(week, list) and len(week) == 7, "week", _("a week has seven days"))
    for name, day in zip(day_names(), week, strict=True):
        last = -1
        _require(isinstance(day, list), name, _("this is no interval"))
        for one in day:
            _require(_is_interval(one), name, _("this is no interval"))
            _require(one[0] > last, name, _("intervals overlap or touch"))
            last = one[1]
    _require(any(week), "week", _("a calendar without any hours can’t keep a promise"))


def _holidays(content: Content) -> None:
    _require(content["source"] in HolidaySet.Source.values, "source", _("there is no such source"))
    days = content["days"]
    _require(len(days) <= MOST_DAYS, "days", _("there are too many"))
    seen: set[str] = set()
    for place, one in enumerate(days, start=1):
        where = f"days/{place}"
        is_pair = isinstance(one, list) and len(one) == 2 and all(isinstance(x, str) for x in one)
        _require(is_pair and _is_day(one[0]), where, _("this is no day with a name"))
        _require(one[0] not in seen, where, _("this day is there twice"))
        seen.add(one[0])


def _policy(content: Content) -> None:
    unknown = sorted(set(content["conditions"]) - set(FIELDS))
    _require(not unknown, "conditions", _("nothing can be asked about this: %(names)s") % {"names": ", ".join(unknown)})  # fmt: skip
    kinds = [target.get("kind") for target in content["targets"]]
    _require(len(set(kinds)) == len(kinds), "targets", _("a promise is there twice"))
    for target in content["targets"]:
        _require(target.get("kind") in TargetKind.values, "targets", _("there is no such promise"))
        _target(target, f"targets/{target['kind']}")
    _require(bool(kinds), "targets", _("promise a time for at least one priority"))


def _target(target: Content, where: str) -> None:
    minutes = target.get("minutes") or {}
    known = {str(priority.value) for priority in Priority}
    right = minutes and set(minutes) <= known
    right = right and all(_is_whole(m) and 0 < m <= spans.LONGEST for m in minutes.values())
    _require(bool(right), where, _("this is no time by priority"))
    shares = target.get("warn_at", [])
    right = all(_is_whole(share) and 0 < share < 100 for share in shares)
    _require(right and len(shares) <= 5, where, _("warnings are whole numbers between 1 and 99"))
    pauses = set(target.get("pauses_on", []))
    _require(pauses <= {status.value for status in WAITING}, where, _("a clock only stands while the ticket waits"))  # fmt: skip
    for deed in target.get("actions", []):
        is_known = deed.get("on") in {WARNED, MISSED} and deed.get("do") in DEEDS
        _require(is_known and _is_whole_deed(deed), where, _("this can’t be done when a time runs out"))  # fmt: skip


def _is_whole_deed(deed: Content) -> bool:
    if deed["do"] == "notify":
        return _is_whole(deed.get("team")) or _is_whole(deed.get("person"))
    return deed["do"] != "tag" or bool(isinstance(deed.get("tag"), str) and deed["tag"])


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_interval(one: Any) -> bool:
    is_pair = isinstance(one, list) and len(one) == 2 and all(_is_whole(at) for at in one)
    return is_pair and 0 <= one[0] < one[1] <= MIDNIGHT


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _require(condition: object, where: str, words: str) -> None:
    if not condition:
        raise InvalidInput(f"{where}: {words}.")
