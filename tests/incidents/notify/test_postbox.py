"""A mail server that refuses, is away or hangs up: nothing is lost, nobody blocks the others."""

import os
import smtplib
import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from incidents.notify import jobs, worker
from incidents.notify.models import Delivery, State
from incidents.notify.postbox import Verdict, judge
from incidents.tickets import actions
from tests.services import free_port

QUEUED = int(os.environ.get("QUEUED_MAILS", "30"))
"""The full run has 1,000, see docs/figures.md."""


@pytest.fixture
def rows(make_ticket, requester, other_requester):
    """One mail each for two people."""
    make_ticket("For Robin")
    make_ticket("For Mika", by=other_requester)
    return lambda: {row.recipient.first_name: row for row in Delivery.objects.mails().with_words()}


def later(**more):
    return time_machine.travel(timezone.now() + timedelta(**more))


def test_mail_arrives_over_a_real_connection(rows, smtp, requester, other_requester):
    jobs.send_due()

    assert {row.state for row in rows().values()} == {State.SENT}
    assert [len(smtp.to(person)) for person in (requester, other_requester)] == [1, 1]


@pytest.mark.parametrize("answer", ["450 mailbox busy", "451 try again", "452 full"])
def test_not_now_is_tried_again_as_the_same_mail(rows, smtp, requester, answer):
    smtp.says[requester.email] = [answer, answer]
    began = timezone.now()
    jobs.send_due()

    robin = rows()["Robin"]
    assert (robin.state, robin.last_error, robin.attempts) == (State.WAITING, answer, 1)
    assert rows()["Mika"].state == State.SENT
    assert began + timedelta(seconds=20) < robin.due_at <= timezone.now() + timedelta(seconds=30)

    for _again in range(2):
        with later(minutes=5):
            jobs.send_due()
            Delivery.objects.filter(state=State.WAITING).update(due_at=timezone.now())
    assert rows()["Robin"].state == State.SENT
    assert smtp.to(requester)[0]["Message-ID"] == robin.message_id


@pytest.mark.parametrize("answer", ["550 no such user", "553 not here"])
def test_a_recipient_who_is_refused_for_good_is_parked_with_the_reason(
    rows, smtp, requester, answer
):
    smtp.says[requester.email] = [answer]
    jobs.send_due()

    assert (rows()["Robin"].state, rows()["Robin"].last_error) == (State.FAILED, answer)
    assert rows()["Mika"].state == State.SENT
    with later(days=1):
        jobs.sweep()
    assert smtp.to(requester) == []


def test_a_parked_mail_lets_later_ones_pass(ticket, smtp, requester, agent):
    smtp.says[requester.email] = ["550 no such user"]
    actions.reply(ticket, "Second.", by=agent)

    jobs.send_due()

    states = Delivery.objects.mails().order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.FAILED, State.SENT]


def test_a_text_that_is_refused_is_parked_too(rows, smtp):
    smtp.after_data = ["554 looks like spam"]
    jobs.send_due()

    assert sorted(row.state for row in rows().values()) == [State.FAILED, State.SENT]


def test_a_server_that_is_away_costs_one_try_and_then_rests(rows, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    jobs.send_due()
    jobs.send_due()

    assert sorted(row.attempts for row in rows().values()) == [0, 1]
    assert {row.state for row in rows().values()} == {State.WAITING}


def test_going_away_in_the_middle_loses_nothing(rows, smtp):
    smtp.after_data = ["421 shutting down"]
    jobs.send_due()
    assert {row.state for row in rows().values()} == {State.WAITING}

    with later(minutes=2):
        jobs.sweep()
    assert {row.state for row in rows().values()} == {State.SENT}
    assert len(set(smtp.ids())) == len(smtp.ids()) == 2


def test_a_server_that_takes_a_mail_and_hangs_up_gets_the_same_mail_again(ticket, smtp):
    smtp.hangs_up = 1
    jobs.send_due()
    assert Delivery.objects.mails().get().state == State.WAITING

    with later(minutes=2):
        jobs.sweep()
    assert Delivery.objects.mails().get().state == State.SENT
    assert len(smtp.ids()) == 2
    assert len(set(smtp.ids())) == 1


def test_a_server_that_never_answers_holds_nobody_for_longer_than_the_time_limit(
    rows, smtp, settings
):
    settings.EMAIL_TIMEOUT, smtp.waits = 0.2, 2
    start = time.monotonic()
    jobs.send_due()

    assert time.monotonic() - start < 1.5
    assert sorted(row.attempts for row in rows().values()) == [0, 1]
    assert {row.state for row in rows().values()} == {State.WAITING}


def test_after_an_hour_away_everything_is_out_in_five_minutes(make_ticket, settings, smtp):
    """Time runs by the minute, as the sweep does."""
    tickets = [make_ticket(f"Ticket {number}") for number in range(QUEUED)]
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _minute in range(60):
            jobs.sweep()
            clock.shift(60)
        assert not smtp.mails
        settings.EMAIL_PORT = port
        for _minute in range(5):
            jobs.sweep()
            clock.shift(60)

    assert len(smtp.ids()) == len(set(smtp.ids())) == len(tickets)


def test_a_server_away_for_days_makes_no_mail_fail_before_four_days(rows, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    jobs.sweep()  # from the first try on
    with later(days=3, hours=23):
        jobs.sweep()
    assert {row.state for row in rows().values()} == {State.WAITING}

    with later(days=4, hours=1):
        jobs.sweep()
    assert State.FAILED in {row.state for row in rows().values()}


@pytest.mark.parametrize(
    ("answer", "is_told"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 null MX", True),
        ("550 5.7.1 relaying denied", False),
        ("550 5.1.8 bad sender", False),
        ("552 5.2.2 mailbox full", False),
        ("550 no such user", False),
        ("450 4.1.1 try later", False),
    ],
)
def test_who_has_no_mailbox_is_told_so_and_for_no_other_refusal(
    rows, smtp, requester, other_requester, answer, is_told
):
    """Whatever else a server says may be about us, and then everybody would be told."""
    smtp.says[requester.email] = [answer]

    jobs.send_due()

    requester.refresh_from_db()
    other_requester.refresh_from_db()
    assert (requester.mail_returned_at is not None) == is_told
    assert other_requester.mail_returned_at is None


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), Verdict.NEVER),
        (smtplib.SMTPRecipientsRefused({"a": (451, b"later")}), Verdict.LATER),
        (smtplib.SMTPRecipientsRefused({"a": (421, b"bye")}), Verdict.AWAY),
        (smtplib.SMTPDataError(554, b"spam"), Verdict.NEVER),
        (smtplib.SMTPDataError(452, b"full"), Verdict.LATER),
        (smtplib.SMTPSenderRefused(550, b"not you", "help"), Verdict.AWAY),
        (smtplib.SMTPSenderRefused(552, b"too large", "help"), Verdict.NEVER),
        (smtplib.SMTPAuthenticationError(535, b"wrong"), Verdict.AWAY),
        (smtplib.SMTPServerDisconnected("gone"), Verdict.AWAY),
        (smtplib.SMTPNotSupportedError("no STARTTLS"), Verdict.AWAY),
        (TimeoutError("slow"), Verdict.AWAY),
        (ValueError("no address"), Verdict.NEVER),
    ],
)
def test_what_a_failure_means(error, verdict):
    assert judge(error) is verdict


def test_an_address_of_which_no_mail_can_be_made_is_parked(rows, smtp, requester):
    type(requester).objects.filter(pk=requester.pk).update(email="a\nbcc: b@example.com")

    jobs.send_due()

    assert (rows()["Robin"].state, rows()["Mika"].state) == (State.FAILED, State.SENT)
    assert worker.claim() is None
