"""Times that run out: who hears of it, once and in order, whatever happens to the worker or to the clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from incidents.escalation import jobs as calls
from incidents.notify.models import Delivery
from incidents.sla import jobs, replay, rules
from incidents.sla.models import Clock, Pulse, Rules, Target
from incidents.sla.pulse import STEADY, look
from incidents.sla.ticking import tick
from incidents.tickets import actions, timeline
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket

WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
TOLD = (Kind.TARGET_WARNED, Kind.TARGET_MISSED)


@pytest.fixture
def clock():
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def deeds():
    """What happens besides when a first response is missed."""

    def set_to(*deeds):
        Target.objects.filter(kind="first_response").update(actions=list(deeds))
        rules.changed()

    return set_to


def told(ticket) -> list[tuple[str, str]]:
    rows = ticket.events.of_kind(*TOLD).order_by("number")
    return [(event.kind, event.data["target"]) for event in rows]


def heard(ticket) -> set[tuple[str, str]]:
    rows = Delivery.objects.filter(event__ticket=ticket, event__kind__in=TOLD)
    return {(row.recipient.first_name, row.channel) for row in rows.select_related("recipient")}


def run(clock, **on) -> int:
    clock.shift(timedelta(**on))
    return tick(timezone.now())


def test_nothing_is_told_in_time(clock, ticket):
    assert run(clock, hours=2) == 0
    assert told(ticket) == []


def test_a_warning_comes_at_its_share_of_the_time_and_once(clock, ticket):
    run(clock, hours=3)
    run(clock, minutes=1)

    assert told(ticket) == [("target_warned", "first_response")]
    assert ticket.events.get(kind=Kind.TARGET_WARNED).data["share"] == 75


def test_a_missed_time_is_told_once(clock, ticket):
    run(clock, hours=3)
    run(clock, hours=2)
    run(clock, hours=1)

    assert told(ticket) == [
        ("target_warned", "first_response"),
        ("target_missed", "first_response"),
    ]
    assert Clock.objects.get(ticket=ticket, kind="first_response").state == "missed"


def test_what_was_due_while_no_worker_ran_is_told_late_in_order_and_the_last_of_it_rings(
    clock, ticket, lead
):
    run(clock, days=30)

    assert told(ticket) == [
        ("target_warned", "first_response"), ("target_missed", "first_response"),
        ("target_warned", "resolution"), ("target_missed", "resolution"),
    ]  # fmt: skip
    rung = Delivery.objects.filter(event__ticket=ticket, recipient=lead, event__kind__in=TOLD)
    assert {row.event.kind for row in rung} == {Kind.TARGET_MISSED}


def test_an_answer_that_comes_late_is_told_though_nobody_looked_in_between(clock, ticket, agent):
    clock.shift(timedelta(hours=5))
    actions.reply(ticket, "Sorry, late.", by=agent)
    tick(timezone.now())

    assert told(ticket) == [("target_missed", "first_response")]


def test_an_answer_in_time_stops_the_warnings(clock, ticket, agent):
    actions.reply(ticket, "We look.", by=agent)
    run(clock, hours=9)

    assert told(ticket) == []


def test_time_that_the_clock_stands_warns_of_nothing(clock, ticket, agent):
    actions.reply(ticket, "We look.", by=agent)
    actions.transition(ticket, to="waiting_other", text="Vendor.", by=agent)
    run(clock, days=90)

    assert told(ticket) == []


def test_whoever_has_it_hears_of_it_else_who_leads_the_team(clock, make_ticket, agent, lead):
    taken, free = make_ticket(), make_ticket()
    actions.take(taken, by=agent)
    run(clock, hours=5)

    assert heard(taken) == {("Sasha", "bell")}
    assert heard(free) == {("Noor", "bell")}


def test_only_what_is_urgent_comes_by_mail(clock, make_ticket, lead):
    urgent = make_ticket(impact="many", urgency="stop")
    run(clock, minutes=16)

    assert heard(urgent) == {("Noor", "bell"), ("Noor", "mail")}


def test_the_requester_reads_nothing_of_it(clock, ticket, requester, agent):
    run(clock, hours=5)

    assert [entry.kind for entry in timeline.for_requester(ticket, requester)] == ["message"]
    words = " ".join(entry.sentence for entry in timeline.for_staff(ticket, agent))
    assert "The promised time for the first response is over" in words


def test_a_missed_time_raises_the_priority_tags_and_tells(
    clock, ticket, deeds, manager, other_team
):
    deeds(
        {"on": "missed", "do": "raise_priority"},
        {"on": "missed", "do": "tag", "tag": "late"},
        {"on": "missed", "do": "notify", "person": manager.pk},
    )
    run(clock, hours=5)

    ticket.refresh_from_db()
    assert (ticket.priority, ticket.tags) == (3, ["late"])
    assert ("Kit", "mail") in heard(ticket)
    run(clock, minutes=1)
    assert told(ticket).count(("target_missed", "first_response")) == 1


def test_one_ticket_that_breaks_does_not_stop_the_others(clock, make_ticket, monkeypatch):
    broken, whole = make_ticket(), make_ticket()
    Ticket.objects.filter(pk=broken.pk).update(
        log_head="x", version=0
    )  # its next event can't be written
    run(clock, hours=5)

    assert told(whole) == [("target_warned", "first_response"), ("target_missed", "first_response")]
    assert Clock.objects.get(ticket=broken, kind="first_response").told_share == 0


def test_a_ticket_that_is_closed_meanwhile_is_not_touched(clock, ticket, deeds, agent):
    deeds({"on": "missed", "do": "tag", "tag": "late"})
    clock.shift(timedelta(hours=5))
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    tick(timezone.now())

    ticket.refresh_from_db()
    assert (told(ticket), ticket.tags) == ([("target_missed", "first_response")], [])


@pytest.mark.parametrize("jump", [3600, -3600, 86400, -86400])
def test_nothing_is_believed_right_after_the_clock_jumped(db, jump):
    assert look(wall=10_000.0, counted=100.0, boot="a")
    assert look(wall=10_060.0, counted=160.0, boot="a")

    assert not look(wall=10_120.0 + jump, counted=220.0, boot="a")
    assert not look(wall=10_180.0 + jump, counted=280.0, boot="a")


def test_a_clock_that_is_set_back_to_right_is_believed_at_once(db):
    look(wall=10_000.0, counted=100.0, boot="a")
    assert not look(wall=13_660.0, counted=160.0, boot="a")

    assert look(wall=10_120.0, counted=220.0, boot="a")


def test_a_clock_that_stays_where_it_jumped_is_believed_after_a_while(db):
    look(wall=10_000.0, counted=100.0, boot="a")
    assert not look(wall=13_660.0, counted=160.0, boot="a")

    assert look(wall=13_660.0 + STEADY, counted=160.0 + STEADY, boot="a")


def test_a_worker_that_was_stopped_for_a_day_is_no_jump(db):
    look(wall=10_000.0, counted=100.0, boot="a")

    assert look(wall=10_000.0 + 86400, counted=100.0 + 86400, boot="a")


def test_another_start_of_the_machine_is_believed(db):
    look(wall=10_000.0, counted=100.0, boot="a")

    assert look(wall=99_000.0, counted=5.0, boot="b")
    assert Pulse.objects.get().boot == "b"


def test_no_clock_runs_backwards_when_the_time_is_set_back(clock, ticket, agent):
    clock.shift(timedelta(days=-1))
    actions.set_priority(ticket, override=2, reason="So it is.", by=agent)
    actions.resolve(ticket, "Done.", code="fixed", by=agent)

    resolution = Clock.objects.get(ticket=ticket, kind="resolution")
    assert (resolution.used_seconds, resolution.state) == (0, "met")
    assert resolution.stopped_at == resolution.started_at


def test_what_was_due_and_not_told_yet_survives_that_clocks_are_worked_out_anew(clock, ticket):
    clock.shift(timedelta(hours=5))
    replay.freshen()
    tick(timezone.now())

    assert told(ticket) == [
        ("target_warned", "first_response"),
        ("target_missed", "first_response"),
    ]


def test_nothing_is_worked_out_anew_while_the_clock_is_not_believed(clock, ticket, monkeypatch):
    Clock.objects.filter(ticket=ticket).delete()
    monkeypatch.setattr(jobs.pulse, "is_believed", lambda: False)
    assert jobs.freshen() == 0

    monkeypatch.setattr(jobs.pulse, "is_believed", lambda: True)
    assert jobs.freshen() == 2


def test_the_nightly_recount_goes_on_where_its_job_ended(clock, make_ticket, monkeypatch):
    nudged = []
    monkeypatch.setattr(replay, "async_task", lambda name, **_given: nudged.append(name))
    monkeypatch.setattr(replay, "AT_A_TIME", 1)
    monkeypatch.setattr(replay, "LONGEST", -1)
    tickets = [make_ticket() for _n in range(3)]
    Clock.objects.all().delete()

    assert jobs.freshen() == 2
    assert Rules.objects.get().recount_from == tickets[0].pk
    assert nudged == ["incidents.sla.jobs.go_on_freshening"]
    assert jobs.go_on_freshening() == 2
    assert jobs.freshen() == 2  # a night that begins while one is under way begins nothing anew
    jobs.sweep()

    assert Rules.objects.get().recount_from is None
    assert Clock.objects.count() == 6
    assert jobs.go_on_freshening() == 0


def test_nobody_else_goes_on_while_a_recount_is_being_worked_on(clock, ticket, monkeypatch):
    Rules.objects.update(recount_from=0, recount_leased_until=timezone.now() + timedelta(minutes=1))
    Clock.objects.all().delete()
    monkeypatch.setattr(jobs.pulse, "is_believed", lambda: True)

    assert jobs.go_on_freshening() == 0
    clock.shift(timedelta(minutes=2))
    assert jobs.go_on_freshening() == 2


def test_nothing_is_closed_or_escalated_while_the_clock_is_not_believed(db, monkeypatch):
    done = []
    monkeypatch.setattr(jobs.tickets, "close_settled", lambda: done.append("closed") or 1)
    monkeypatch.setattr(calls.ticks, "tick", lambda _now: done.append("called") or 1)
    monkeypatch.setattr(jobs.pulse, "is_believed", lambda: False)
    assert (jobs.close_settled(), calls.tick(), done) == (0, 0, [])

    monkeypatch.setattr(jobs.pulse, "is_believed", lambda: True)
    assert (jobs.close_settled(), calls.tick(), done) == (1, 1, ["closed", "called"])
