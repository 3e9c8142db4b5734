"""Make a drafted change the rule, and let the clocks of open tickets follow it."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed, record_removed
from accounts.errors import EditConflict, Refused
from accounts.models import User
from incidents.sla import replay, rules
from incidents.sla.actions.draft import Row, require_manager, require_unused
from incidents.sla.models import Calendar, Change, Holiday, HolidaySet, Policy, Target
from incidents.sla.rules import Content
from incidents.tickets.models import Ticket

STEP = 10
"""Between the positions of two policies."""


@transaction.atomic
def apply_change(change: Change, *, by: User) -> Change:
    """Write it, and begin to work out anew what open tickets were promised. A second time changes nothing.

    From now on every event goes by the new rules. What is over by them at once is not told to anybody: the rehearsal
    said it.

    Raises:
        NotAllowed: `by` does not manage the process.
        EditConflict: somebody changed or removed it since the draft was begun.
        Refused: something goes by this calendar, or other holidays have this name.
    """
    require_manager(by)
    change = Change.objects.select_for_update().get(pk=change.pk)
    if change.state != Change.State.DRAFT:
        return change
    row = rules.find(change)
    if change.object_id is not None and rules.mark_of(row) != change.basis:
        raise EditConflict(_("Somebody changed “%(name)s” meanwhile. Begin again from what it is now.") % {"name": change.name})  # fmt: skip
    if change.removes:
        _remove(row, by=by)
    else:
        row = _write(change, row, by=by)
        change.object_id = row.pk
    rules.changed()
    change.state, change.applied_at = Change.State.APPLYING, timezone.now()
    change.total = Ticket.objects.open().count()
    change.save()
    transaction.on_commit(lambda: replay.nudge(change.pk))
    return change


def _remove(row: Row | None, *, by: User) -> None:
    if row is None or _is_retired(row):
        raise Refused(_("This is not there any more."))
    require_unused(row)
    record_removed(row, by=by, before=rules.noted(rules.content_of(row)))
    if isinstance(row, Policy):
        Policy.objects.filter(pk=row.pk).update(is_retired=True)
        return
    if isinstance(row, Calendar):
        Policy.objects.filter(calendar=row, is_retired=True).update(calendar=None)
    try:
        row.delete()
    except ProtectedError as error:
        user = next(iter(error.protected_objects))
        raise Refused(
            _("“%(name)s” still goes by this. Change that first.") % {"name": user}
        ) from error


def _write(change: Change, row: Row | None, *, by: User) -> Row:
    content = change.content
    if row is not None and row.name != content["name"] and hasattr(row, "is_seeded"):
        row.is_seeded = False  # type: ignore[union-attr]
    before = None if row is None or _is_retired(row) else rules.content_of(row)
    if change.about == Change.About.CALENDAR:
        written: Row = _calendar(row, content)
    elif change.about == Change.About.HOLIDAYS:
        written = _holidays(row, content)
    else:
        written = _policy(row, content)
    written = rules.reread(written)
    after = rules.content_of(written)
    if before is None:
        record_added(written, by=by, after=rules.noted(after))
    else:
        record_changed(written, by=by, before=rules.noted(before), after=rules.noted(after))
    return written


def _is_retired(row: Row) -> bool:
    return isinstance(row, Policy) and row.is_retired


def _calendar(row: Row | None, content: Content) -> Calendar:
    calendar = row if isinstance(row, Calendar) else Calendar()
    calendar.name, calendar.zone, calendar.week = content["name"], content["zone"], content["week"]
    calendar.save()
    calendar.holidays.set(HolidaySet.objects.filter(pk__in=content["holidays"]))
    return calendar


def _holidays(row: Row | None, content: Content) -> HolidaySet:
    days_off = row if isinstance(row, HolidaySet) else HolidaySet()
    for name in ("name", "source", "country", "subdivision", "file_name", "known_until"):
        setattr(days_off, name, content[name])
    try:
        with transaction.atomic():
            days_off.save()
    except IntegrityError as error:  # also of one that somebody else applies at this moment
        raise Refused(_("There is one of this name already.")) from error
    days_off.days.all().delete()
    Holiday.objects.bulk_create(
        [Holiday(set=days_off, day=day, name=name) for day, name in content["days"]]
    )
    return days_off


def _policy(row: Row | None, content: Content) -> Policy:
    policy = row if isinstance(row, Policy) else Policy()
    if not Calendar.objects.filter(pk=content["calendar"]).exists():
        raise Refused(_("The calendar that this policy names is not there any more."))
    policy.name, policy.is_active, policy.is_retired = content["name"], content["is_active"], False
    policy.conditions, policy.calendar_id = content["conditions"], content["calendar"]
    policy.save()
    policy.targets.exclude(kind__in=[one["kind"] for one in content["targets"]]).delete()
    for target in content["targets"]:
        values = {name: value for name, value in target.items() if name != "kind"}
        Target.objects.update_or_create(policy=policy, kind=target["kind"], defaults=values)
    if "after" in content:
        order = [pk for pk in _order() if pk != policy.pk]
        order.insert(rules.place_after(order, content["after"]), policy.pk)
        for place, pk in enumerate(order):
            Policy.objects.filter(pk=pk).update(position=place * STEP)
    else:
        Policy.objects.filter(pk=policy.pk).update(position=content["position"])
    return policy


def _order() -> list[int]:
    return list(Policy.objects.live().order_by("position", "pk").values_list("pk", flat=True))
