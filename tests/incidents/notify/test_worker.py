"""Out of the outbox: claimed once, in order, checked again, never lost."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import Grant
from incidents.notify import chats, jobs, worker
from incidents.notify.actions.retry import retry
from incidents.notify.lanes import LANES
from incidents.notify.models import Acknowledgement, ChatService, Delivery, Posting, State
from incidents.notify.postbox import Undelivered, Verdict
from incidents.tickets import actions
from tests.threads import together

OF_LANE = {
    "mail": lambda _ticket, person: mail_to(person),
    "push": lambda ticket, person: _delivery(ticket, person, "push"),
    "chat": lambda ticket, person: _delivery(ticket, person, "chat"),
    "rooms": lambda ticket, _person: Posting.objects.create(
        event=ticket.events.first(), service=ChatService.objects.create(name="Room", address="json://127.0.0.1:1/"),
        due_at=timezone.now(),
    ),
    "acknowledgements": lambda _ticket, _person: Acknowledgement.objects.create(
        address="eve@elsewhere.example", language="en", created_at=timezone.now(),
        message_id="<a@example.com>", due_at=timezone.now(),
    ),
}  # fmt: skip


def _delivery(ticket, person, channel) -> Delivery:
    return Delivery.objects.create(
        event=ticket.events.first(), recipient=person, channel=channel, due_at=timezone.now()
    )


def mail_to(person) -> Delivery:
    return Delivery.objects.filter(recipient=person, channel="mail").latest("pk")


def test_what_is_due_is_sent_and_stamped(ticket, requester):
    assert jobs.send_due() == 1

    row = mail_to(requester)
    assert (row.state, row.attempts, row.leased_until) == (State.SENT, 1, None)
    assert row.sent_at is not None
    assert mail.outbox[0].to == [f"{requester.display_name} <{requester.email}>"]


def test_what_was_sent_is_not_sent_again(ticket):
    jobs.send_due()
    jobs.send_due()

    assert len(mail.outbox) == 1


def test_rights_that_end_between_event_and_sending_drop_the_mail(ticket, agent, lead):
    actions.assign(ticket, to=agent, by=lead)
    Grant.objects.filter(user=agent).delete()

    jobs.send_due()

    assert mail_to(agent).state == State.DROPPED
    assert all(agent.email not in sent.to[0] for sent in mail.outbox)


def test_a_follower_who_was_taken_off_gets_nothing_any_more(ticket, agent, other_requester):
    actions.follow(ticket, who=other_requester, by=agent)
    actions.reply(ticket, "Between us.", by=agent)
    actions.unfollow(ticket, who=other_requester, by=agent)

    jobs.send_due()

    rows = Delivery.objects.filter(recipient=other_requester, channel="mail")
    assert {row.state for row in rows} == {State.DROPPED}


def test_somebody_who_left_gets_nothing_any_more(ticket, requester):
    requester.is_active = False
    requester.save()

    jobs.send_due()

    assert mail_to(requester).state == State.DROPPED


def test_mail_goes_to_the_address_of_the_moment_of_sending(ticket, requester):
    requester.email = "new.name@example.com"
    requester.save()

    jobs.send_due()

    assert "new.name@example.com" in mail.outbox[0].to[0]


def test_a_later_mail_of_a_ticket_waits_for_the_earlier_one(ticket, requester, agent):
    actions.reply(ticket, "First.", by=agent)
    first, second = Delivery.objects.filter(recipient=requester, channel="mail").order_by("pk")
    later = timezone.now() + timedelta(minutes=5)  # it was tried
    Delivery.objects.filter(pk=first.pk).update(due_at=later, attempts=1)

    assert worker.claim() is None

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        jobs.send_due()
    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [
        first.message_id,
        second.message_id,
    ]


def test_other_tickets_do_not_wait(ticket, make_ticket, requester):
    make_ticket("Another")
    Delivery.objects.filter(event__ticket=ticket).update(due_at=timezone.now() + timedelta(hours=1))

    assert jobs.send_due() == 1


def test_a_claimed_mail_is_nobody_elses(ticket):
    assert worker.claim() is not None
    assert worker.claim() is None


def test_a_lost_workers_mail_is_sent_again_as_the_same_mail(ticket, requester):
    lost = worker.claim()
    jobs.sweep()
    assert mail.outbox == []

    with time_machine.travel(timezone.now() + worker.LEASE + timedelta(seconds=1)):
        jobs.sweep()

    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [lost.message_id]
    assert (mail_to(requester).state, mail_to(requester).attempts) == (State.SENT, 2)


def test_a_late_failure_does_not_undo_what_another_worker_sent(ticket, requester):
    slow = worker.claim()
    with time_machine.travel(timezone.now() + worker.LEASE + timedelta(seconds=1)):
        jobs.sweep()

    worker._finish(slow, State.WAITING, "too late")

    assert mail_to(requester).state == State.SENT


def test_a_mail_that_no_worker_survives_is_given_up_in_the_end(ticket, requester):
    worker.claim()

    with time_machine.travel(timezone.now() + worker.GIVE_UP_AFTER + timedelta(minutes=1)):
        assert jobs.sweep() == 0

    assert mail_to(requester).state == State.FAILED


class Away:
    def send(self, row, rows):
        raise Undelivered(Verdict.LATER, "not now")


def test_what_was_held_on_purpose_is_not_given_up_at_its_first_failure(ticket, requester):
    start = timezone.now() + timedelta(days=7)
    with time_machine.travel(start):
        worker.settle(worker.claim(), Away())
    assert (mail_to(requester).state, mail_to(requester).last_error) == (State.WAITING, "not now")

    with time_machine.travel(start + worker.GIVE_UP_AFTER + timedelta(minutes=1)):
        worker.settle(worker.claim(), Away())
    assert mail_to(requester).state == State.FAILED


def test_what_was_held_and_whose_worker_was_lost_is_sent_again(ticket, requester):
    start = timezone.now() + timedelta(days=7)
    with time_machine.travel(start):
        worker.claim()

    with time_machine.travel(start + worker.LEASE + timedelta(seconds=1)):
        jobs.sweep()

    assert mail_to(requester).state == State.SENT


def test_what_is_sent_again_by_hand_has_its_time_anew(ticket, requester, admin):
    worker.settle(worker.claim(), Away())
    Delivery.objects.filter(pk=mail_to(requester).pk).update(state=State.FAILED)

    with time_machine.travel(timezone.now() + timedelta(days=9)):
        retry(mail_to(requester), by=admin)
        worker.settle(worker.claim(), Away())

    assert mail_to(requester).state == State.WAITING


def test_pauses_double_up_to_a_quarter_of_an_hour():
    pauses = [worker.pause(n, worker.LONGEST_PAUSE).total_seconds() for n in range(1, 12)]

    assert all(
        0.75 * most <= seconds <= most
        for seconds, most in zip(pauses, [30, 60, 120, 240, 480] + [900] * 6, strict=True)
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_everything_once(make_ticket):
    for number in range(10):
        make_ticket(f"Ticket {number}")

    together(4, jobs.send_due)

    assert len(mail.outbox) == 10
    assert set(Delivery.objects.mails().values_list("state", "attempts")) == {(State.SENT, 1)}


def test_time_in_which_nothing_may_leave_gives_nothing_up(ticket, smtp, requester, settings):
    smtp.says[requester.email] = ["451 later"] * 2
    jobs.send_due()
    settings.OUTGOING = False
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        jobs.sweep()
        assert jobs.send_due() == 0
        settings.OUTGOING = True
        jobs.sweep()
        mail = Delivery.objects.mails().get()
        assert (mail.state, mail.last_error[:3]) == (State.WAITING, "451")
    assert smtp.mails == []


@pytest.mark.parametrize("lane", LANES)
def test_what_a_lost_worker_was_sending_ages_no_more_than_the_rest(
    ticket, requester, settings, lane
):
    row = OF_LANE[lane](ticket, requester)
    long_ago = timezone.now() - timedelta(days=5)
    lost = {"state": State.SENDING, "attempts": 1, "tried_since": long_ago, "leased_until": long_ago}  # fmt: skip
    type(row).objects.filter(pk=row.pk).update(**lost)
    settings.OUTGOING = False
    worker.free_lapsed()
    settings.OUTGOING = True

    worker.free_lapsed()

    row.refresh_from_db()
    assert (row.state, row.tried_since, row.leased_until) == (State.WAITING, None, None)
    assert row.attempts == 1  # it may have arrived


def test_what_is_being_sent_when_nothing_may_leave_any_more_stays_with_its_worker(
    ticket, requester, settings
):
    row = worker.claim()
    settings.OUTGOING = False

    worker.free_lapsed()

    row.refresh_from_db()
    assert row.state == State.SENDING


def test_nothing_leaves_on_any_lane_while_nothing_may(
    ticket, requester, admin, settings, monkeypatch
):
    """Not even a test that somebody asks for."""
    settings.OUTGOING = False
    monkeypatch.setattr(chats, "send_test", lambda *_given: pytest.fail("it was sent"))
    service = ChatService.objects.create(name="SMS", address="json://127.0.0.1:1/{to}")

    jobs.try_service(service.pk, "+491511", admin.pk)

    assert "OUTGOING is off" in ChatService.objects.get().test_error
    assert [jobs.send_due(lane) for lane in LANES] == [0] * len(LANES)
    assert worker.lanes_with_work() == []
