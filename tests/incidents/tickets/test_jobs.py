"""What happens to tickets by the clock: they are warned of, then closed; a reply in between stops it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from incidents.notify.letters import write
from incidents.notify.models import Channel, Delivery
from incidents.tickets import actions, jobs, rebuild, timeline
from incidents.tickets.kinds import Kind
from incidents.tickets.models import ClosingRule, Message, Ticket
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType
from incidents.workflow.states import Status

DAY = timedelta(days=1)


@pytest.fixture
def resolved(make_ticket, agent):
    def make(days):
        long_ago = timezone.now() - timedelta(days=days)
        ticket = make_ticket(at=long_ago - timedelta(hours=2))
        return actions.resolve(ticket, "Gateway replaced.", code="fixed", by=agent, at=long_ago)

    return make


@pytest.fixture
def waiting(make_ticket, agent):
    def make(days):
        long_ago = timezone.now() - timedelta(days=days)
        ticket = make_ticket(at=long_ago - timedelta(hours=2))
        return actions.transition(
            ticket, to=Status.WAITING_REQUESTER, text="Which room?", by=agent, at=long_ago
        )

    return make


@pytest.fixture
def later(time_machine):
    def move(**by):
        time_machine.move_to(timezone.now() + timedelta(**by))

    return move


@pytest.fixture
def rule(db):
    rule = ClosingRule.objects.get(type=None)
    rule.words = "We close what nobody answers."
    rule.ask_after_days, rule.give_up_after_days, rule.ask_words = (
        5,
        2,
        "We still need your answer.",
    )
    rule.save()
    return rule


# Resolved -----------------------------------------------------------------------------------------------


def test_what_is_quiet_is_announced_and_closed_when_the_days_are_over(resolved, later):
    ticket = resolved(12)

    assert jobs.close_settled() == 0
    ticket.refresh_from_db()
    assert ticket.is_resolved
    assert ticket.closes_at - timezone.now() > timedelta(days=2, hours=23)

    later(days=2, hours=20)
    assert jobs.close_settled() == 0
    later(hours=5)
    assert jobs.close_settled() == 1
    ticket.refresh_from_db()
    assert ticket.is_closed
    assert ticket.closes_at is None
    assert ticket.events.latest("number").actor == User.objects.system()


def test_a_young_one_is_left_alone(resolved):
    ticket = resolved(10)
    jobs.close_settled()

    ticket.refresh_from_db()
    assert ticket.closes_at is None


def test_the_warning_is_public_and_told_to_the_requester(resolved, requester, client_of, rule):
    ticket = resolved(12)
    jobs.close_settled()

    event = ticket.events.get(kind=Kind.CLOSING_ANNOUNCED)
    assert event.is_public
    heard = Delivery.objects.filter(event=event, recipient=requester)
    assert {row.channel for row in heard} == {Channel.MAIL, Channel.BELL}
    letter = write(heard.get(channel=Channel.MAIL)).body
    assert "We close this on " in letter
    assert "We close what nobody answers." in letter
    page = client_of(requester).get(ticket.get_absolute_url()).content.decode()
    assert "unless you reply." in page
    assert "Yes, it works again" in page
    assert "No, still broken" in page


def test_without_words_of_its_own_the_warning_is_a_line(resolved, agent, client_of):
    ticket = resolved(12)
    jobs.close_settled()

    event = ticket.events.get(kind=Kind.CLOSING_ANNOUNCED)
    assert "message" not in event.data
    page = client_of(agent).get(ticket.desk_url).content.decode()
    assert "unless somebody writes" in page


def test_a_reply_in_between_stops_it_and_the_days_begin_anew(resolved, requester, later):
    ticket = resolved(12)
    jobs.close_settled()
    later(days=2)
    actions.reply(ticket, "Let me try once more.", by=requester)
    later(days=2)

    assert jobs.close_settled() == 0
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closes_at) == (Status.RESOLVED, None)

    later(days=10)
    jobs.close_settled()
    ticket.refresh_from_db()
    assert ticket.closes_at is not None
    assert ticket.events.of_kind(Kind.CLOSING_ANNOUNCED).count() == 2


def test_a_reply_on_a_report_that_was_merged_stops_it(resolved, make_ticket, requester, agent, later):  # fmt: skip
    ticket = resolved(12)
    double = actions.merge(make_ticket(), into=ticket, by=agent)
    stale = Ticket.objects.quiet_since(Status.RESOLVED, timezone.now()).get(pk=ticket.pk)
    jobs.close_settled()
    later(days=2)
    actions.reply(double, "It is down again.", by=requester)
    ticket.refresh_from_db()
    assert ticket.closes_at is None

    actions.announce_closing(
        ticket, closes_at=timezone.now(), spoken=stale.spoken, by=User.objects.system()
    )
    later(days=2)
    assert jobs.close_settled() == 0
    assert ticket.events.of_kind(Kind.CLOSING_ANNOUNCED).count() == 1
    assert not list(rebuild.all_differences())


def test_still_broken_stops_it_even_after_the_usual_days(resolved, requester, later):
    ticket = resolved(20)
    jobs.close_settled()
    later(days=1)

    ticket = actions.reopen(ticket, "It is down again.", by=requester)
    assert (ticket.status, ticket.closes_at) == (Status.OPEN, None)


def test_notes_of_the_desk_do_not_stop_it(resolved, agent, later):
    ticket = resolved(12)
    jobs.close_settled()
    actions.note(ticket, "Nothing new.", by=agent)
    later(days=4)

    assert jobs.close_settled() == 1


def test_a_second_run_announces_and_closes_nothing_more(resolved, later):
    ticket = resolved(12)
    jobs.close_settled()
    jobs.close_settled()
    assert ticket.events.of_kind(Kind.CLOSING_ANNOUNCED).count() == 1

    later(days=4)
    assert (jobs.close_settled(), jobs.close_settled()) == (1, 0)


def test_who_spoke_while_it_was_decided_is_heard(resolved, requester):
    ticket = resolved(12)
    stale = Ticket.objects.quiet_since(Status.RESOLVED, timezone.now()).get(pk=ticket.pk)
    actions.reply(ticket, "One more thing.", by=requester)

    actions.announce_closing(
        stale, closes_at=timezone.now(), spoken=stale.spoken, by=User.objects.system()
    )
    assert not ticket.events.of_kind(Kind.CLOSING_ANNOUNCED).exists()


def test_major_incidents_never_close_by_themselves(resolved, waiting, rule, later):
    for ticket in (resolved(40), waiting(40)):
        Ticket.objects.filter(pk=ticket.pk).update(type="major")

    jobs.close_settled()
    later(days=5)
    assert jobs.close_settled() == 0
    assert not Ticket.objects.filter(closes_at__isnull=False).exists()


def test_one_that_became_major_after_the_warning_stays(resolved, agent, later):
    ticket = resolved(12)
    jobs.close_settled()
    Ticket.objects.filter(pk=ticket.pk).update(type="major")
    later(days=1)

    assert jobs.close_settled() == 0
    ticket.refresh_from_db()
    assert ticket.closes_at is None
    words = str(timeline.for_staff(ticket, agent)[-1].sentence)
    assert words == "This is not closed by itself: tickets of its type never are"
    assert not ticket.events.get(kind=Kind.CLOSING_CALLED_OFF).is_public
    later(days=9)
    assert jobs.close_settled() == 0


def test_another_type_takes_back_what_was_announced(resolved, manager):
    ticket = resolved(12)
    jobs.close_settled()
    actions.set_type(ticket, type="complex", by=manager)

    ticket.refresh_from_db()
    assert ticket.closes_at is None
    assert not list(rebuild.all_differences())


def test_closing_is_not_announced_where_a_task_is_left(waiting, rule, later):
    IncidentType.objects.filter(slug="incident").update(tasks=["Change the password"])
    rulebook.renew()
    stuck = waiting(6)
    assert stuck.checklist.exists()
    jobs.close_settled()

    stuck.refresh_from_db()
    assert stuck.closes_at is None


def test_a_task_that_came_meanwhile_calls_it_off(waiting, rule, agent, later):
    ticket = waiting(6)
    jobs.close_settled()
    ticket.checklist.create(
        text="Change the password", position=1, added_by=agent, required_by="incident"
    )
    later(days=3)
    assert jobs.close_settled() == 0

    ticket.refresh_from_db()
    assert (ticket.status, ticket.closes_at) == (Status.WAITING_REQUESTER, None)
    words = str(timeline.for_staff(ticket, agent)[-1].sentence)
    assert "something on its checklist has to be done first" in words


def test_one_that_breaks_does_not_stop_the_others(resolved, later, monkeypatch):
    broken, whole = resolved(12), resolved(12)
    jobs.close_settled()
    later(days=4)
    close = actions.close_announced

    def break_down(ticket, **given):
        if ticket == broken:
            raise ValueError("a bad row")
        return close(ticket, **given)

    monkeypatch.setattr(actions, "close_announced", break_down)
    assert jobs.close_settled() == 1
    whole.refresh_from_db()
    assert whole.is_closed


def test_parts_are_not_resolved_by_themselves(waiting, make_ticket, rule, agent, later):
    ticket, part = waiting(6), make_ticket()
    actions.link(part, to=ticket, kind="child_of", by=agent, is_synced=True)
    jobs.close_settled()
    later(days=3)
    assert jobs.close_settled() == 1

    part.refresh_from_db()
    assert part.is_open


def test_a_type_has_its_own_days(resolved):
    ClosingRule.objects.create(
        type=IncidentType.objects.get(slug="request"), warn_after_days=2, close_after_days=1
    )
    standard, request = resolved(5), resolved(5)
    Ticket.objects.filter(pk=request.pk).update(type="request")

    jobs.close_settled()
    standard.refresh_from_db()
    request.refresh_from_db()
    assert (standard.closes_at, request.closes_at is None) == (None, False)


def test_the_requester_is_asked_by_mail_how_it_went(resolved, requester, later):
    ticket = resolved(20)
    jobs.close_settled()
    later(days=4)
    jobs.close_settled()

    mail = Delivery.objects.mails().get(event__ticket=ticket, event__kind="closed")
    assert mail.recipient == requester
    assert "/rate/" in write(mail).body


def test_many_are_done_in_slices(resolved, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    for _n in range(5):
        resolved(12)

    jobs.close_settled()
    assert Ticket.objects.filter(closes_at__isnull=False).count() == 5


def test_the_log_tells_the_same_as_the_rows(resolved, requester, later):
    announced, stopped = resolved(12), resolved(12)
    jobs.close_settled()
    actions.reply(stopped, "Wait.", by=requester)

    assert not list(rebuild.all_differences())
    assert rebuild.rebuild(announced).closes_at is not None


# Waiting for the requester ------------------------------------------------------------------------------------


def test_what_waits_is_left_alone_until_a_rule_says_otherwise(waiting):
    ticket = waiting(400)
    jobs.close_settled()

    ticket.refresh_from_db()
    assert (ticket.status, ticket.closes_at) == (Status.WAITING_REQUESTER, None)


def test_what_waits_too_long_is_warned_of_and_resolved(waiting, requester, client_of, later, rule):
    ticket = waiting(6)
    jobs.close_settled()
    page = client_of(requester).get(ticket.get_absolute_url()).content.decode()
    assert "unless you answer." in page
    assert "We still need your answer." in page

    later(days=3)
    assert jobs.close_settled() == 1
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolution_code) == (Status.RESOLVED, "no_answer")
    said = Message.objects.filter(ticket=ticket, kind="resolution").get()
    assert said.body.startswith("We didn’t hear from you")


def test_an_answer_stops_it(waiting, requester, later, rule):
    ticket = waiting(6)
    jobs.close_settled()
    actions.reply(ticket, "Room 4.", by=requester)
    later(days=9)
    jobs.close_settled()

    ticket.refresh_from_db()
    assert (ticket.status, ticket.closes_at) == (Status.OPEN, None)
