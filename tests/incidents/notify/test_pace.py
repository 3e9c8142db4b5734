"""When something leaves: quiet hours in the person's zone, working hours, the morning; what is urgent at once."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from incidents.notify import jobs
from incidents.notify.models import Delivery, Habits, NoticeRules, Pace
from incidents.notify.pace import leaves_at
from incidents.notify.wishes import Reach
from incidents.sla.calendar import Hours
from incidents.sla.models import Clock
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from incidents.workflow.priority import Priority

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = (time(22), time(7))
OFFICE = Hours("Europe/Berlin", ((((9 * 60, 17 * 60),),) * 5 + ((), ())))
"""Monday to Friday, nine to five."""


def at(text: str, zone=BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "quiet", "expected"),
    [
        ("2026-11-25 21:59", NIGHT, "2026-11-25 21:59"),
        ("2026-11-25 22:00", NIGHT, "2026-11-26 07:00"),
        ("2026-11-26 03:00", NIGHT, "2026-11-26 07:00"),
        ("2026-11-26 07:00", NIGHT, "2026-11-26 07:00"),
        ("2026-11-26 12:30", (time(12), time(13)), "2026-11-26 13:00"),
        ("2026-11-26 13:00", (time(12), time(13)), "2026-11-26 13:00"),
        ("2026-03-28 23:00", NIGHT, "2026-03-29 07:00"),  # the clocks change that night
        ("2026-11-26 03:00", None, "2026-11-26 03:00"),
    ],
)
def test_quiet_hours_are_by_the_clock_on_the_persons_wall(now, quiet, expected):
    reach = Reach(zone=BERLIN, quiet=quiet)

    assert leaves_at(at(now), Pace.USUAL, reach) == at(expected)


def test_the_same_moment_is_night_for_one_and_day_for_another():
    now = at("2026-11-26 20:00", UTC)
    reach = {zone: Reach(zone=ZoneInfo(zone), quiet=NIGHT) for zone in ("Asia/Tokyo", "America/New_York")}  # fmt: skip

    assert leaves_at(now, Pace.USUAL, reach["America/New_York"]) == now
    assert leaves_at(now, Pace.USUAL, reach["Asia/Tokyo"]) == at("2026-11-27 07:00", ZoneInfo("Asia/Tokyo"))  # fmt: skip


def test_what_is_urgent_waits_for_nobodys_night():
    now = at("2026-11-28 03:00")

    assert leaves_at(now, Pace.URGENT, Reach(zone=BERLIN, quiet=NIGHT), OFFICE) == now


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-27 10:00", "2026-11-27 10:00"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),  # over the weekend
        ("2026-11-29 00:00", "2026-11-30 09:00"),
    ],
)
def test_working_hours_are_those_of_the_calendar(now, expected):
    assert leaves_at(at(now), Pace.USUAL, Reach(zone=BERLIN), OFFICE) == at(expected)


def test_both_the_house_and_the_person_have_to_be_awake():
    reach = Reach(zone=BERLIN, quiet=(time(8), time(11)))

    assert leaves_at(at("2026-11-28 03:00"), Pace.USUAL, reach, OFFICE) == at("2026-11-30 11:00")


def test_hours_that_never_meet_still_end():
    reach = Reach(zone=BERLIN, quiet=(time(8), time(18)))

    assert leaves_at(at("2026-11-27 10:00"), Pace.USUAL, reach, OFFICE) > at("2026-11-27 10:00")


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-11-26 07:29", "2026-11-26 07:30"), ("2026-11-26 07:30", "2026-11-27 07:30")],
)
def test_the_morning_is_the_persons(now, expected):
    assert leaves_at(at(now), Pace.DAILY, Reach(zone=BERLIN)) == at(expected)


def test_the_morning_is_not_before_the_quiet_hours_end():
    reach = Reach(zone=BERLIN, quiet=(time(22), time(9)))

    assert leaves_at(at("2026-11-25 12:00"), Pace.DAILY, reach) == at("2026-11-26 09:00")


# In the outbox ------------------------------------------------------------------------------------------------


def mail_to(person) -> Delivery:
    return Delivery.objects.filter(recipient=person, channel="mail").latest("pk")


@pytest.fixture
def at_night(requester):
    requester.time_zone = "Europe/Berlin"
    requester.save()
    Habits.objects.create(user=requester, quiet_from=NIGHT[0], quiet_until=NIGHT[1])
    with time_machine.travel(at("2026-11-25 23:00"), tick=False) as clock:
        yield clock


def test_at_night_a_mail_waits_for_the_morning_and_the_bell_does_not(at_night, make_ticket, requester, agent):  # fmt: skip
    ticket = make_ticket()
    actions.reply(ticket, "Try Automatic.", by=agent)

    assert mail_to(requester).due_at == at("2026-11-26 07:00")
    bell = Delivery.objects.get(recipient=requester, channel="bell")
    assert bell.sent_at == timezone.now()
    assert jobs.send_due() == 0

    at_night.move_to(at("2026-11-26 07:00"))
    assert jobs.send_due() == 2
    assert {sent.to[0].split("<")[1] for sent in mail.outbox} == {f"{requester.email}>"}


def test_at_night_what_is_critical_comes_at_once(at_night, make_ticket, requester, agent):
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(priority=Priority.P1)
    ticket.refresh_from_db()
    actions.reply(ticket, "The whole house is down.", by=agent)

    assert mail_to(requester).pace == Pace.URGENT
    assert jobs.send_due() == 1


@pytest.mark.parametrize("tried", [0, 1])
def test_what_comes_late_or_is_tried_again_waits_for_the_end_of_the_night(at_night, make_ticket, requester, tried):  # fmt: skip
    make_ticket()
    Delivery.objects.update(due_at=timezone.now(), attempts=tried)

    assert jobs.send_due() == 0
    assert mail_to(requester).due_at == at("2026-11-26 07:00")

    at_night.move_to(at("2026-11-26 07:00"))
    assert jobs.send_due() == 1


def test_what_waits_for_company_into_the_night_waits_for_its_end(at_night, make_ticket, requester, agent):  # fmt: skip
    NoticeRules.objects.update(bundle_minutes=5)
    at_night.move_to(at("2026-11-25 21:58"))
    ticket = make_ticket()
    assert jobs.send_due() == 1
    actions.reply(ticket, "Try Automatic.", by=agent)

    assert jobs.send_due() == 0

    assert mail_to(requester).due_at == at("2026-11-26 07:00")


def test_a_device_stays_dark_at_night(at_night, make_ticket, requester):
    make_ticket()
    row = mail_to(requester)
    Delivery.objects.filter(pk=row.pk).update(channel="push", due_at=timezone.now())

    assert jobs.send_due("push") == 0

    row.refresh_from_db()
    assert row.due_at == at("2026-11-26 07:00")


def test_quiet_hours_have_both_ends(requester):
    with pytest.raises(IntegrityError), transaction.atomic():
        Habits.objects.create(user=requester, quiet_from=time(22))


@pytest.fixture
def promised(ticket):
    """The ticket by the seeded policy, whose office is closed at night."""
    clock = Clock.objects.filter(ticket=ticket, policy__isnull=False).first()
    assert clock is not None
    return clock


def test_a_reminder_for_staff_waits_for_the_hours_of_the_promise(ticket, agent, lead, promised):  # fmt: skip
    actions.assign(ticket, to=agent, by=lead)
    night = at("2026-12-05 03:00")
    with time_machine.travel(night, tick=False):
        actions.miss_target(
            ticket, target=promised.kind, due=night, by=User.objects.system(), people=[agent.pk]
        )

    assert mail_to(agent).due_at > night + timedelta(days=1)


def test_what_waits_for_monday_holds_up_nothing(ticket, agent, lead, promised):
    night = at("2026-12-05 03:00")
    with time_machine.travel(night, tick=False):
        actions.miss_target(ticket, target=promised.kind, due=night, by=User.objects.system(), people=[agent.pk])  # fmt: skip
        actions.assign(ticket, to=agent, by=lead)
        jobs.send_due()

    assert any(agent.email in sent.to[0] for sent in mail.outbox)


def test_what_a_colleague_does_comes_at_any_hour_unless_the_house_wants_otherwise(
    ticket, agent, lead, promised
):
    night = at("2026-12-05 03:00")
    with time_machine.travel(night, tick=False):
        actions.assign(ticket, to=agent, by=lead)
    assert mail_to(agent).due_at == night

    NoticeRules.objects.update(waits=NoticeRules.Waits.EVERYTHING)
    with time_machine.travel(night, tick=False):
        actions.release(ticket, by=lead)
        actions.assign(ticket, to=agent, by=lead)
    assert mail_to(agent).due_at > night + timedelta(days=1)


def test_requesters_do_not_wait_for_the_offices_hours(ticket, requester, agent, promised):
    NoticeRules.objects.update(waits=NoticeRules.Waits.EVERYTHING)
    night = at("2026-12-05 03:00")
    with time_machine.travel(night, tick=False):
        actions.reply(ticket, "Done.", by=agent)

    assert mail_to(requester).due_at == night
