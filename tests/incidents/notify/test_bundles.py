"""Several events of one ticket in one mail, and the mail of the morning; one row an event stays."""

import contextlib
import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from incidents.notify import jobs, worker
from incidents.notify.actions import choose
from incidents.notify.models import Channel, Delivery, NoticeRules, Pace, State, Topic
from incidents.notify.postbox import Undelivered, Verdict
from incidents.tickets import actions
from incidents.workflow.priority import Priority
from tests.threads import together


@pytest.fixture(autouse=True)
def bundled(db):
    NoticeRules.objects.update(bundle_minutes=5)


@pytest.fixture
def later():
    """Some minutes from now on."""

    def travel(**time):
        return time_machine.travel(timezone.now() + timedelta(**time))

    return travel


def mails_to(person):
    return Delivery.objects.filter(recipient=person, channel="mail").order_by("pk")


def test_what_comes_alone_never_waits(ticket):
    assert jobs.send_due() == 1
    assert len(mail.outbox) == 1


def test_what_follows_within_minutes_is_one_mail(ticket, requester, agent, later):
    jobs.send_due()
    actions.reply(ticket, "First idea.", by=agent)
    actions.reply(ticket, "Second idea.", by=agent)
    assert jobs.send_due() == 0
    assert mails_to(requester).filter(state=State.WAITING).count() == 2

    with later(minutes=6):
        jobs.send_due()

    _receipt, both = mail.outbox
    assert "First idea." in both.body
    assert "Second idea." in both.body
    assert "2 things happened" in both.body
    assert both.body.count("Hello Robin") == 1
    assert set(mails_to(requester).values_list("state", flat=True)) == {State.SENT}


def test_the_mail_bears_the_mark_of_its_first_row(ticket, requester, agent):
    actions.reply(ticket, "First.", by=agent)
    first, second = mails_to(requester)
    jobs.send_due()

    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [first.message_id]
    second.refresh_from_db()
    assert second.bundled_in == first


def test_an_urgent_event_takes_along_what_waits(make_ticket, requester, agent):
    ticket = make_ticket()
    jobs.send_due()
    actions.reply(ticket, "We look at it.", by=agent)
    assert jobs.send_due() == 0

    type(ticket).objects.filter(pk=ticket.pk).update(priority=Priority.P1)
    ticket.refresh_from_db()
    actions.reply(ticket, "It is the whole house.", by=agent)

    assert jobs.send_due() == 1
    assert "We look at it." in mail.outbox[-1].body
    assert "It is the whole house." in mail.outbox[-1].body


def test_other_tickets_and_other_people_have_mails_of_their_own(make_ticket, requester, other_requester, agent):  # fmt: skip
    one, two = make_ticket(), make_ticket()
    actions.follow(one, who=other_requester, by=requester)
    actions.reply(one, "To one.", by=agent)
    actions.reply(two, "To two.", by=agent)

    jobs.send_due()

    told = [sent for sent in mail.outbox if "To one." in sent.body]
    assert len(told) == 2
    assert all("To two." not in sent.body for sent in told)


def test_a_bundle_whose_worker_was_lost_is_sent_again_as_it_was(ticket, requester, agent, later):
    actions.reply(ticket, "First.", by=agent)
    lead = worker.claim()
    assert [one.bundled_in_id for one in mails_to(requester)] == [None, lead.pk]
    actions.reply(ticket, "Later.", by=agent)

    with later(seconds=worker.LEASE.total_seconds() + 1):
        jobs.sweep()

    again = next(m for m in mail.outbox if m.extra_headers["Message-ID"] == lead.message_id)
    assert "First." in again.body
    assert "Later." not in again.body  # it may have arrived without it
    with later(minutes=15):
        jobs.sweep()
    assert "Later." in mail.outbox[-1].body
    assert mails_to(requester).exclude(state=State.SENT).count() == 0


def test_what_went_along_with_a_mail_that_was_given_up_goes_by_itself(ticket, requester, agent):
    actions.reply(ticket, "First.", by=agent)
    lead = worker.claim()
    Delivery.objects.filter(pk=lead.pk).update(state=State.FAILED)
    mails_to(requester).exclude(pk=lead.pk).update(state=State.WAITING, leased_until=None)

    jobs.sweep()

    assert [row.state for row in mails_to(requester)] == [State.FAILED, State.SENT]


def test_a_bundle_that_is_not_taken_waits_as_a_whole(ticket, requester, agent, later):
    class Away:
        def send(self, row, rows):
            raise Undelivered(Verdict.LATER, "not now")

    actions.reply(ticket, "First.", by=agent)
    worker.settle(worker.claim(), Away())

    states = mails_to(requester).values_list("state", "last_error", "attempts")
    assert list(states) == [(State.WAITING, "not now", 1), (State.WAITING, "not now", 0)]
    with later(minutes=2):
        jobs.send_due()
    assert len(mail.outbox) == 1


def test_what_may_not_be_heard_any_more_falls_out_of_the_bundle(ticket, agent, other_requester, requester):  # fmt: skip
    actions.follow(ticket, who=other_requester, by=agent)
    actions.reply(ticket, "Between us.", by=agent)
    lead = worker.claim()
    actions.unfollow(ticket, who=other_requester, by=agent)
    rows = [lead, *lead.along]
    while lead.recipient_id != other_requester.pk:
        worker.settle(lead, _carrier())
        lead = worker.claim()
        rows = [lead, *lead.along]
    worker.settle(lead, _carrier())

    assert {row.state for row in mails_to(other_requester)} == {State.DROPPED}
    assert rows
    assert all(other_requester.email not in sent.to[0] for sent in mail.outbox)


def _carrier():
    from incidents.notify.lanes import MailCarrier

    return MailCarrier()


def test_names_are_words_and_never_links(ticket, requester, agent):
    agent.display_name = "[Click](https://evil.example)"
    agent.save()
    actions.reply(ticket, "One.", by=agent)
    actions.reply(ticket, "Two.", by=agent)

    jobs.send_due()

    html = mail.outbox[0].alternatives[0].content
    assert "evil.example" in html
    assert 'href="https://evil.example' not in html


# In the morning -----------------------------------------------------------------------------------------------


@pytest.fixture
def in_the_morning(requester):
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=True, daily=True)


def test_the_morning_brings_everything_at_once(in_the_morning, make_ticket, requester, agent, later):  # fmt: skip
    one, two = make_ticket("Outlook"), make_ticket("Printer")
    jobs.send_due()
    for ticket in (one, two):
        actions.reply(ticket, "A secret answer.", by=agent)
    actions.reply(one, "Another.", by=agent)
    assert jobs.send_due() == 0

    with later(hours=25):
        assert jobs.send_due() == 1

    morning = mail.outbox[-1]
    assert morning.subject == "This morning: 3 pieces of news"
    assert morning.body.count("Sasha Vole replied") == 3
    assert re.search(r"INC-\d+: .?Outlook", morning.body)
    assert "secret" not in morning.body
    assert morning.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "<morning." in morning.extra_headers["List-Id"]
    assert mails_to(requester).exclude(state=State.SENT).count() == 0


def test_only_the_first_row_of_a_morning_is_due(in_the_morning, make_ticket, requester, agent, later):  # fmt: skip
    for ticket in (make_ticket("Outlook"), make_ticket("Printer")):
        actions.reply(ticket, "Yes.", by=agent)
    jobs.send_due()
    first, _second = mails_to(requester).filter(pace=Pace.DAILY)

    with later(hours=25):
        assert list(Delivery.objects.due(timezone.now())) == [first]
        Delivery.objects.filter(pk=first.pk).update(state=State.SENDING)
        assert not Delivery.objects.due(timezone.now()).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_mail_of_the_morning(in_the_morning, make_ticket, requester, agent, later, monkeypatch):  # fmt: skip
    for number in range(4):
        actions.reply(make_ticket(f"Ticket {number}"), "Yes.", by=agent)
    jobs.send_due()
    del mail.outbox[:]
    found, both = worker._next, threading.Barrier(2)

    def next_of_both(lane, now):
        """Each has looked before the other goes on, as at half past seven."""
        row = found(lane, now)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=2)
        return row

    monkeypatch.setattr(worker, "_next", next_of_both)
    with later(hours=25):
        together(2, jobs.send_due)

    assert [sent.subject for sent in mail.outbox] == ["This morning: 4 pieces of news"]
    assert mails_to(requester).exclude(state=State.SENT).count() == 0


def test_other_mail_about_the_ticket_does_not_wait_for_the_morning(in_the_morning, ticket, requester, agent, later):  # fmt: skip
    jobs.send_due()
    actions.reply(ticket, "Try this.", by=agent)
    with later(minutes=10):
        actions.resolve(ticket, "Restarted it.", code="fixed", by=agent)
        jobs.send_due()

    assert "Restarted it." in mail.outbox[-1].body
    assert "Try this." not in mail.outbox[-1].body
    assert mails_to(requester).filter(state=State.WAITING).count() == 1


def test_a_ticket_that_somebody_may_no_longer_see_is_not_in_it(
    in_the_morning, make_ticket, requester, other_requester, agent, later
):
    choose(by=other_requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=True, daily=True)
    mine, theirs = make_ticket("Mine", by=other_requester), make_ticket("Theirs")
    actions.follow(theirs, who=other_requester, by=agent)
    for ticket in (mine, theirs):
        actions.reply(ticket, "Yes.", by=agent)
    actions.unfollow(theirs, who=other_requester, by=agent)

    with later(hours=25):
        jobs.send_due()

    told = [m for m in mail.outbox if m.subject.startswith("This morning") and other_requester.email in m.to[0]]  # fmt: skip
    assert len(told) == 1
    assert "Theirs" not in told[0].body
    assert "Mine" in told[0].body
