"""Chains run by themselves: in order, once, and only while the ticket waits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Grant, Role
from incidents.escalation import rules, ticks, words
from incidents.escalation.models import Book, Chain, Level, Plan, Taken
from incidents.notify.models import Delivery
from incidents.sla import rules as sla_rules
from incidents.sla.models import Calendar, Target
from incidents.tickets import actions, timeline
from incidents.tickets.kinds import Kind
from tests.conftest import make_person


def tell(after, **given):
    return {"after": after, "deed": "tell", **given}


def escalations(ticket):
    return list(ticket.events.of_kind(Kind.ESCALATED).order_by("number"))


def steps_taken(ticket):
    return [event.data["step"] for event in escalations(ticket)]


def test_who_leads_is_told_when_nobody_takes_a_ticket(make_chain, make_ticket, lead, later, tick):
    make_chain("Network", tell(30, tells_leads=True))
    ticket = make_ticket()
    later(minutes=29)
    assert tick() == 0

    later(minutes=1)
    assert tick() == 1
    (event,) = escalations(ticket)
    assert not event.is_public
    assert event.data["told"] == [lead.pk]
    assert {row.channel for row in Delivery.objects.filter(event=event, recipient=lead)} == {"mail", "bell"}  # fmt: skip
    words = str(timeline.for_staff(ticket, lead)[-1].sentence)
    assert "Escalated by “Network”, step 1; told: Noor Aspen" in words


def test_the_requester_never_reads_of_it(make_chain, make_ticket, lead, requester, later, tick):
    make_chain("Network", tell(30, tells_leads=True))
    ticket = make_ticket()
    later(minutes=30)
    tick()

    assert [entry.event.kind for entry in timeline.for_requester(ticket, requester)] == [Kind.FILED]


def test_it_stops_when_somebody_takes_it(make_chain, make_ticket, agent, later, tick):
    make_chain("Network", tell(30, tells_leads=True))
    ticket = make_ticket()
    actions.take(ticket, by=agent)
    later(hours=3)

    assert tick() == 0
    assert not Plan.objects.exists()


def test_given_back_it_counts_anew(make_chain, make_ticket, agent, lead, later, tick):
    make_chain("Network", tell(30, tells_leads=True))
    ticket = make_ticket()
    later(minutes=31)
    tick()
    actions.take(ticket, by=agent)
    later(minutes=60)
    actions.release(ticket, by=agent)
    assert tick() == 0

    later(minutes=31)
    assert tick() == 1
    assert len({taken.round for taken in Taken.objects.all()}) == 2


def test_an_answer_stops_what_waits_for_one(make_chain, make_ticket, agent, later, tick):
    make_chain("Network", tell(30, tells_leads=True, basis="unanswered"))
    ticket = make_ticket()
    actions.reply(ticket, "On it.", by=agent)
    later(hours=1)

    assert tick() == 0


def test_a_step_whose_condition_is_gone_is_passed_over(make_chain, make_ticket, agent, lead, later, tick):  # fmt: skip
    make_chain(
        "Network", tell(10, tells_leads=True), tell(60, tells_assignee=True, basis="unanswered")
    )
    ticket = make_ticket()
    actions.take(ticket, by=agent)
    later(minutes=61)

    assert tick() == 1
    assert [event.data["told"] for event in escalations(ticket)] == [[agent.pk]]


def test_resolved_tickets_are_left_alone(make_chain, make_ticket, agent, later, tick):
    make_chain("Network", tell(10, tells_leads=True))
    ticket = make_ticket()
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    later(hours=1)

    assert tick() == 0


# Late, twice, at the same time -------------------------------------------------------------------------------


def test_after_a_stopped_worker_late_steps_run_once_in_order(make_chain, make_ticket, lead, later, tick):  # fmt: skip
    make_chain("Network", tell(10, tells_leads=True), tell(20, tells_leads=True), tell(30, tells_leads=True))  # fmt: skip
    ticket = make_ticket()
    later(hours=6)

    assert (tick(), tick()) == (1, 0)  # never two at one moment
    later(minutes=3)
    assert (tick(), tick()) == (1, 0)
    later(minutes=3)
    tick()
    later(hours=6)
    assert tick() == 0
    assert steps_taken(ticket) == [1, 2, 3]


def test_a_step_is_taken_once_whatever_the_worker_does(make_chain, make_ticket, lead, later, tick):
    make_chain("Network", tell(10, tells_leads=True))
    ticket = make_ticket()
    later(minutes=10)
    first = ticks.claim(timezone.now())
    assert ticks.claim(timezone.now()) is None  # somebody else has it
    ticks.run(first, timezone.now())
    ticks.run(first, timezone.now())

    assert steps_taken(ticket) == [1]
    taken = Taken.objects.get()
    taken.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        taken.save(force_insert=True)


def test_what_a_lost_worker_held_comes_again(make_chain, make_ticket, lead, later, tick):
    make_chain("Network", tell(10, tells_leads=True))
    ticket = make_ticket()
    tick()  # follows the new chain
    later(minutes=10)
    ticks.claim(timezone.now())
    assert tick() == 0

    later(minutes=6)
    assert tick() == 1
    assert steps_taken(ticket) == [1]


def test_a_lease_from_a_clock_that_ran_ahead_holds_nothing(make_chain, make_ticket, lead, later, tick):  # fmt: skip
    make_chain("Network", tell(10, tells_leads=True))
    make_ticket()
    later(minutes=10)
    Plan.objects.update(leased_until=timezone.now() + timedelta(days=1))

    assert tick() == 1


def test_a_clock_that_jumps_a_day_escalates_nothing_at_first(make_chain, make_ticket, lead, time_machine, tick):  # fmt: skip
    now = timezone.now()
    make_chain("Network", tell(60, tells_leads=True))
    for _n in range(5):
        make_ticket()
    tick()
    time_machine.move_to(now + timedelta(days=1))
    assert tick() == 0
    assert Book.now().jumped_at

    time_machine.move_to(now + timedelta(minutes=2))  # put right again
    assert (tick(), tick()) == (0, 0)
    assert not Taken.objects.exists()


def test_a_tick_takes_so_many_and_tells_administrators_of_the_rest(
    make_chain, make_ticket, lead, later, tick, monkeypatch, client_of, admin
):
    monkeypatch.setattr(ticks, "MOST_A_TICK", 2)
    make_chain("Network", tell(10, tells_leads=True))
    for _n in range(5):
        make_ticket()
    later(minutes=10)

    assert tick() == 2
    page = client_of(admin).get("/admin/escalation/chain/").content.decode()
    assert "3 more steps are due than one minute takes." in page
    assert (tick(), tick()) == (2, 1)
    assert Book.now().held == 0


def test_tickets_that_break_do_not_stop_the_others(make_chain, make_ticket, lead, later, tick, monkeypatch):  # fmt: skip
    make_chain("Network", tell(10, tells_leads=True))
    broken, also_broken, whole = make_ticket(), make_ticket(), make_ticket()
    take = ticks.deeds.take

    def break_down(ticket, *given, **more):
        if ticket in (broken, also_broken):
            raise ValueError("a bad row")
        return take(ticket, *given, **more)

    monkeypatch.setattr(ticks.deeds, "take", break_down)
    monkeypatch.setattr(ticks, "MOST_A_TICK", 2)
    later(minutes=10)
    tick()
    tick()
    assert steps_taken(whole) == [1]

    monkeypatch.setattr(ticks.deeds, "take", take)
    later(minutes=6)
    assert tick() == 2


# What steps do ------------------------------------------------------------------------------------------------


def test_a_ticket_is_handed_to_another_team(make_chain, make_ticket, other_team, later, tick):
    make_chain("Network", {"after": 10, "deed": "hand_over", "team": other_team})
    ticket = make_ticket()
    later(minutes=10)
    tick()

    ticket.refresh_from_db()
    assert ticket.team == other_team


def test_a_ticket_is_given_to_a_person(make_chain, make_ticket, agent, later, tick):
    make_chain("Network", {"after": 10, "deed": "hand_over", "person": agent})
    ticket = make_ticket()
    later(minutes=10)
    tick()

    ticket.refresh_from_db()
    assert ticket.assignee == agent


@pytest.mark.parametrize(("to", "becomes"), [(None, 3), (1, 1), (5, 4)])
def test_priority_is_raised_and_never_lowered(make_chain, make_ticket, later, tick, to, becomes):
    make_chain("Network", {"after": 10, "deed": "raise", "priority": to})
    ticket = make_ticket()
    assert ticket.priority == 4
    later(minutes=10)
    tick()

    ticket.refresh_from_db()
    assert ticket.priority == becomes


def test_the_next_level_is_called(make_chain, make_ticket, other_team, other_agent, team, later, tick):  # fmt: skip
    level = Level.objects.create(name="2nd level", team=other_team)
    Grant.objects.create(user=other_agent, role=Role.objects.get(slug="agent"), team=team)
    make_person("Mira Sol", ("agent", other_team))  # who does not see it
    make_chain("Network", {"after": 10, "deed": "call", "level": level})
    ticket = make_ticket()
    later(minutes=10)
    tick()

    (event,) = escalations(ticket)
    assert (event.data["level"], event.data["told"]) == ("2nd level", [other_agent.pk])


def test_who_does_not_see_the_ticket_is_not_told(make_chain, make_ticket, other_team, other_agent, lead, later, tick):  # fmt: skip
    """Nobody is said to know who was never told; the leads are, instead."""
    level = Level.objects.create(name="2nd level", team=other_team)
    make_chain(
        "Network", tell(10, person=other_agent), {"after": 20, "deed": "call", "level": level}
    )
    ticket = make_ticket()
    told, called = words.preview(ticket, rules.current(), now=timezone.now()).lines
    assert told.deed == "Noor Aspen is told"
    assert called.deed == "nobody in “2nd level” sees this ticket, so Noor Aspen is told"

    later(minutes=10)
    tick()
    later(minutes=10)
    tick()
    events = escalations(ticket)
    assert [event.data["told"] for event in events] == [[lead.pk], [lead.pk]]
    assert "level" not in events[1].data


def test_several_are_named_as_people_are(make_chain, make_ticket, team, lead, agent):
    level = Level.objects.create(name="Everybody", team=team)
    make_chain("Network", tell(10, tells_leads=True, person=agent), {"after": 20, "deed": "call", "level": level})  # fmt: skip
    told, called = words.preview(make_ticket(), rules.current(), now=timezone.now()).lines

    assert told.deed == "Noor Aspen and Sasha Vole are told"
    assert called.deed == "Everybody is called (Noor Aspen and Sasha Vole)"


def test_what_would_raise_nothing_is_no_step(make_chain, make_ticket, lead, later, tick):
    make_chain(
        "Network",
        {"after": 10, "deed": "raise"},
        {"after": 20, "deed": "raise", "priority": 3},
        {"after": 30, "deed": "raise"},
        tell(40, tells_leads=True),
    )
    ticket = make_ticket()
    assert ticket.priority == 4
    lines = words.preview(ticket, rules.current(), now=timezone.now()).lines
    assert [line.number for line in lines] == [1, 3, 4]
    assert [line.deed for line in lines[:2]] == ["its priority becomes Medium", "its priority becomes High"]  # fmt: skip

    for _n in range(4):
        later(minutes=10)
        tick()
    assert steps_taken(ticket) == [1, 3, 4]
    assert Taken.objects.count() == 3


def test_what_can_not_be_done_is_told_and_the_next_step_comes(make_chain, make_ticket, other_team, agent, lead, later, tick):  # fmt: skip
    make_chain("Network", {"after": 10, "deed": "hand_over", "team": other_team}, tell(20, tells_leads=True))  # fmt: skip
    ticket = make_ticket()
    other_team.is_retired = True
    other_team.save()
    later(minutes=30)
    tick()
    assert escalations(ticket)[0].data["is_refused"]
    assert escalations(ticket)[0].data["told"] == [lead.pk]
    assert "which was not possible" in str(timeline.for_staff(ticket, agent)[-1].sentence)

    later(minutes=3)
    assert tick() == 1


def test_chains_that_were_made_to_go_round_end_all_the_same(make_chain, make_ticket, team, other_team, later, tick):  # fmt: skip
    """Refused when saved; and should it happen, a hand-over by a chain begins no new round."""
    make_chain("Here", {"after": 10, "deed": "hand_over", "team": other_team}, team=team)
    make_chain("There", {"after": 10, "deed": "hand_over", "team": team}, team=other_team)
    ticket = make_ticket()
    taken = 0
    for _n in range(12):
        later(minutes=10)
        taken += tick()

    assert taken == 2
    ticket.refresh_from_db()
    assert ticket.team == team


def test_another_teams_chain_counts_from_when_that_team_has_it(make_chain, make_ticket, team, other_team, later, tick):  # fmt: skip
    make_chain("Here", {"after": 60, "deed": "hand_over", "team": other_team}, team=team)
    make_chain("There", tell(30, tells_leads=True), team=other_team)
    make_ticket()
    later(minutes=60)
    tick()

    assert Plan.objects.get().due_at - timezone.now() == timedelta(minutes=30)


# Which chain, and changes of chains ------------------------------------------------------------------------------


def test_the_first_chain_that_fits_is_the_tickets(make_chain, make_ticket, category, other_category, service):  # fmt: skip
    make_chain("Anything", tell(10, tells_leads=True), position=9)
    make_chain("Urgent", tell(10, tells_leads=True), position=1, least_priority=2)
    make_chain("VPN", tell(10, tells_leads=True), position=2, category=category)
    make_chain("Off", tell(10, tells_leads=True), position=0, is_active=False)

    def of(**given):
        return rules.current().of(make_ticket(**given), timezone.now()).name

    assert of() == "VPN"
    assert of(category=other_category) == "Anything"
    assert of(impact="many", urgency="stop") == "Urgent"


def test_a_chain_is_for_all_below_its_category(make_chain, make_ticket, category):
    below = type(category).objects.create(name="Tunnel", slug="tunnel", parent=category)
    make_chain("VPN", tell(10, tells_leads=True), category=category)

    assert rules.current().of(make_ticket(category=below), timezone.now()).name == "VPN"


def test_tickets_from_before_are_left_out_unless_it_says_so(make_chain, make_ticket, later, tick):
    ticket = make_ticket()
    later(hours=5)
    make_chain("New", tell(10, tells_leads=True), reaches_back=False)

    assert tick() == 0
    assert rules.current().of(ticket, timezone.now()) is None


def test_a_changed_chain_is_followed_by_tickets_that_wait(make_chain, make_ticket, later, tick):
    chain = make_chain("Network", tell(600, tells_leads=True))
    make_ticket()
    chain.steps.update(after=5)
    rules.renew()
    later(minutes=6)

    assert tick() == 1


def test_a_step_that_was_taken_is_not_taken_again_after_a_change(make_chain, make_ticket, later, tick):  # fmt: skip
    chain = make_chain("Network", tell(10, tells_leads=True))
    make_ticket()
    later(minutes=10)
    tick()
    Chain.objects.filter(pk=chain.pk).update(version=2)
    chain.steps.update(after=5)
    rules.renew()
    later(minutes=10)

    assert tick() == 0


def test_without_a_chain_an_event_costs_one_query(make_ticket, agent, django_assert_max_num_queries):  # fmt: skip
    ticket = make_ticket()
    event = ticket.events.get()
    Book.now()

    with django_assert_max_num_queries(1):
        ticks.follow(event)


# By the calendar, and by what is promised ----------------------------------------------------------------------------


def test_minutes_count_in_the_hours_of_a_calendar(make_chain, make_ticket, time_machine):
    """Reported on a Friday at 17:30, an hour later in office hours (8 to 18) is Monday at 8:30."""
    hours = [[[8 * 60, 18 * 60]]] * 5 + [[], []]
    calendar = Calendar.objects.create(name="Berlin", zone="Europe/Berlin", week=hours)
    sla_rules.changed()
    time_machine.move_to(datetime(2026, 12, 4, 16, 30, tzinfo=UTC), tick=False)
    make_chain("Network", tell(60, tells_leads=True), calendar=calendar)
    make_ticket()

    assert Plan.objects.get().due_at == datetime(2026, 12, 7, 7, 30, tzinfo=UTC)


def test_a_share_of_a_promised_time_is_a_step(make_chain, make_ticket, agent, lead, time_machine, tick, later):  # fmt: skip
    """P4: the first response is promised within four hours of office time; half of it is two."""
    time_machine.move_to(datetime(2026, 12, 2, 9, 0, tzinfo=UTC), tick=False)
    Calendar.objects.update(zone="UTC")
    sla_rules.changed()
    make_chain("SLA", tell(50, tells_leads=True, basis="first_response"))
    ticket = make_ticket()
    assert Plan.objects.get().due_at == datetime(2026, 12, 2, 11, 0, tzinfo=UTC)

    later(hours=2)
    assert tick() == 1
    actions.reply(ticket, "On it.", by=agent)
    assert not Plan.objects.exists()


def test_a_clock_that_stands_escalates_nothing(make_chain, make_ticket, agent, later, tick):
    make_chain("SLA", tell(50, tells_leads=True, basis="resolution"))
    ticket = make_ticket()
    actions.transition(ticket, to="waiting_requester", text="Which room?", by=agent)

    assert not Plan.objects.exists()
    actions.reply(ticket, "Room 4.", by=ticket.requester)
    assert Plan.objects.exists()


def test_what_is_promised_anew_is_planned_anew(make_chain, make_ticket, tick, time_machine):
    time_machine.move_to(datetime(2026, 12, 2, 9, 0, tzinfo=UTC), tick=False)
    Calendar.objects.update(zone="UTC")
    sla_rules.changed()
    make_chain("SLA", tell(50, tells_leads=True, basis="first_response"))
    make_ticket()
    Target.objects.filter(kind="first_response").update(minutes={"4": 60})
    sla_rules.changed()
    tick()

    assert Plan.objects.get().due_at == datetime(2026, 12, 2, 9, 30, tzinfo=UTC)


# By the time of day -------------------------------------------------------------------------------------------------


@pytest.fixture
def office(db):
    """Weekdays from 8 to 18, in UTC."""
    calendar = Calendar.objects.create(name="Office", zone="UTC", week=[[[480, 1080]]] * 5 + [[], []])  # fmt: skip
    sla_rules.changed()
    return calendar


def planned():
    return Plan.objects.get().due_at


def test_what_comes_due_by_day_waits_for_the_night(make_chain, make_ticket, office, lead, time_machine, later, tick):  # fmt: skip
    time_machine.move_to(datetime(2026, 12, 2, 14, 0, tzinfo=UTC), tick=False)
    make_chain("Night", tell(30, tells_leads=True), when="outside", when_calendar=office)
    ticket = make_ticket()
    assert planned() == datetime(2026, 12, 2, 18, 0, tzinfo=UTC)

    later(hours=3, minutes=59)
    assert tick() == 0
    later(minutes=1)
    assert tick() == 1
    assert steps_taken(ticket) == [1]


def test_in_the_night_it_comes_at_its_time(make_chain, make_ticket, office, time_machine):
    time_machine.move_to(datetime(2026, 12, 5, 14, 0, tzinfo=UTC), tick=False)  # a Saturday
    make_chain("Night", tell(30, tells_leads=True), when="outside", when_calendar=office)
    make_ticket()

    assert planned() == datetime(2026, 12, 5, 14, 30, tzinfo=UTC)


def test_within_hours_only_waits_for_monday(make_chain, make_ticket, office, time_machine):
    time_machine.move_to(datetime(2026, 12, 4, 17, 45, tzinfo=UTC), tick=False)  # a Friday
    make_chain("Day", tell(30, tells_leads=True), when="inside", when_calendar=office)
    make_ticket()

    assert planned() == datetime(2026, 12, 7, 8, 0, tzinfo=UTC)


def test_day_and_night_each_have_their_chain(make_chain, make_ticket, office, agent, lead, time_machine, later, tick):  # fmt: skip
    """The night goes first in its time, whatever the chain behind it says for all times."""
    time_machine.move_to(datetime(2026, 12, 2, 17, 0, tzinfo=UTC), tick=False)
    make_chain("Night", tell(120, person=agent), position=1, when="outside", when_calendar=office)
    make_chain("Always", tell(30, tells_leads=True), tell(90, tells_leads=True), position=2)
    ticket = make_ticket()
    preview = words.preview(ticket, rules.current(), now=timezone.now())
    assert preview.names == "“Night”, “Always”"
    assert [(line.chain, line.number) for line in preview.lines] == [("Always", 1), ("Night", 1), ("Always", 2)]  # fmt: skip
    assert preview.lines[1].when == "only outside of the hours of “Office”"

    later(minutes=30)
    tick()
    later(minutes=90)
    tick()
    later(hours=13)
    tick()
    assert [event.data["chain"] for event in escalations(ticket)] == ["Always", "Night", "Always"]
    assert escalations(ticket)[2].occurred_at == datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
    assert rules.current().of(ticket, timezone.now()).name == "Always"


def test_who_was_late_by_a_moment_still_does_it(make_chain, make_ticket, office, time_machine, later, tick):  # fmt: skip
    """Due a minute before the hours end; the tick comes a minute after."""
    time_machine.move_to(datetime(2026, 12, 2, 17, 29, tzinfo=UTC), tick=False)
    make_chain("Day", tell(30, tells_leads=True), when="inside", when_calendar=office)
    make_ticket()
    later(minutes=32)

    assert tick() == 1


def test_a_worker_that_slept_through_the_hours_waits_for_the_next(make_chain, make_ticket, office, time_machine, later, tick):  # fmt: skip
    time_machine.move_to(datetime(2026, 12, 2, 16, 0, tzinfo=UTC), tick=False)
    make_chain("Day", tell(30, tells_leads=True), when="inside", when_calendar=office)
    make_ticket()
    later(hours=6)

    assert tick() == 0
    assert planned() == datetime(2026, 12, 3, 8, 0, tzinfo=UTC)


def test_a_chain_that_others_leave_no_time_never_runs(make_chain, make_ticket, office):
    make_chain("Day", tell(30, tells_leads=True), position=1, when="inside", when_calendar=office)
    make_chain("Same", tell(1, tells_leads=True), position=2, when="inside", when_calendar=office)
    lines = words.preview(make_ticket(), rules.current(), now=timezone.now()).lines

    assert [line.chain for line in lines] == ["Day"]
