"""Mail that no person wrote: nothing is made of it and nobody answers it; what came back is told on its ticket."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.jobs import send_reset_letter
from accounts.models import User
from incidents.mail.models import RawMail
from incidents.mail.reasons import Reason
from incidents.notify import jobs
from incidents.notify.actions import choose
from incidents.notify.actions.retry import retry
from incidents.notify.addresses import reply_line
from incidents.notify.models import Delivery, NoticeRules, State, Topic
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from knowledge import actions as knowledge
from tests.incidents.mail.letters import arrive, write

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: it-help@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver your mail.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; robin@example.com
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <robin@example.com>: <b>User</b> unknown

--b
Content-Type: text/rfc822-headers

From: it-help@example.com
Message-ID: {answered}
Subject: [INC-1001] VPN

--b--
"""


@pytest.fixture
def sent(ticket, requester, agent):
    actions.reply(ticket, "Try automatic.", by=agent)
    event = ticket.events.get(kind=Kind.REPLIED)
    Delivery.objects.filter(event=event).update(state=State.SENT)
    return event.deliveries.get(channel="mail", recipient=requester)


def report(answered, action="failed"):
    return REPORT.format(answered=answered, action=action).encode()


def test_what_came_back_is_marked_and_told_to_the_desk(
    it_help, sent, ticket, requester, agent, client_of
):
    actions.take(ticket, by=agent)

    came = arrive(it_help, report(sent.message_id))

    sent.refresh_from_db()
    assert (came.state, came.reason, came.ticket) == (RawMail.State.IGNORED, Reason.BOUNCE, ticket)
    assert (sent.state, sent.last_error[:18]) == (State.FAILED, "came back: 5.1.1 5")
    event = ticket.events.get(kind=Kind.UNDELIVERED)
    assert not event.is_public
    assert [one.recipient for one in event.deliveries.all()] == [agent]
    shown = client_of(agent).get(ticket.desk_url).content.decode()
    assert "A mail to <b>Robin Kestrel</b> could not be delivered: 5.1.1" in shown
    assert "&lt;b&gt;User&lt;/b&gt; unknown" in shown
    assert (
        "could not be delivered"
        not in client_of(requester).get(ticket.get_absolute_url()).content.decode()
    )


def test_twice_is_once(it_help, sent, ticket):
    arrive(it_help, report(sent.message_id))
    arrive(it_help, report(sent.message_id).replace(b"I could", b"Again, I could"))

    assert ticket.events.filter(kind=Kind.UNDELIVERED).count() == 1


def test_one_about_an_old_mail_without_a_mark_is_told_as_well(it_help, sent, ticket):
    Delivery.objects.filter(pk=sent.pk).update(message_id="<o7ysk2h4wqy3v@help.example.com>")

    arrive(it_help, report("<o7ysk2h4wqy3v@help.example.com>"))

    sent.refresh_from_db()
    assert (sent.state, undelivered(ticket)) == (State.FAILED, [1])


def test_a_link_to_sign_in_that_came_back_is_marked(it_help, requester):
    send_reset_letter(requester.pk)
    jobs.send_due()
    row = Delivery.objects.get()

    arrive(it_help, report(row.message_id))

    row.refresh_from_db()
    assert (row.state, row.last_error[:9]) == (State.FAILED, "came back")


@pytest.fixture
def bundled(db):
    NoticeRules.objects.update(bundle_minutes=5)


def undelivered(*tickets):
    return [one.events.filter(kind=Kind.UNDELIVERED).count() for one in tickets]


def mails_to(person):
    return Delivery.objects.filter(recipient=person, channel="mail").order_by("pk")


def test_with_a_mail_comes_back_all_that_went_along(it_help, bundled, ticket, requester, agent):
    jobs.send_due()
    for words in ("First idea.", "Second idea."):
        actions.reply(ticket, words, by=agent)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        jobs.send_due()
    _receipt, lead, along = mails_to(requester)
    assert along.bundled_in == lead

    for _time in range(2):
        assert arrive(it_help, report(lead.message_id)).ticket == ticket

    states = list(mails_to(requester).values_list("state", flat=True))
    assert states == [State.SENT, State.FAILED, State.FAILED]
    assert undelivered(ticket) == [1]


def test_it_is_sent_again_with_all_of_it(it_help, bundled, ticket, requester, agent, admin):
    for words in ("First idea.", "Second idea."):
        actions.reply(ticket, words, by=agent)
    jobs.send_due()
    lead = mails_to(requester)[0]
    arrive(it_help, report(lead.message_id))

    retry(mails_to(requester)[1], by=admin)
    jobs.send_due()

    assert set(mails_to(requester).values_list("state", flat=True)) == {State.SENT}
    again = mail.outbox[-1]
    assert again.extra_headers["Message-ID"] == lead.message_id
    assert "First idea." in again.body
    assert "Second idea." in again.body


def test_the_mail_of_the_morning_is_told_on_each_of_its_tickets(
    it_help, make_ticket, requester, agent
):
    tickets = make_ticket("Outlook"), make_ticket("Printer")
    jobs.send_due()
    choose(by=requester, topic=Topic.REPLIES, channel="mail", wanted=True, daily=True)
    for one in (*tickets, tickets[0]):
        actions.reply(one, "An answer.", by=agent)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert jobs.send_due() == 1

    arrive(it_help, report(mail.outbox[-1].extra_headers["Message-ID"]))

    assert undelivered(*tickets) == [1, 1]
    assert mails_to(requester).filter(state=State.FAILED).count() == 3


def test_an_articles_mail_is_marked_and_belongs_to_no_ticket(it_help, agent, editor, section):
    article = knowledge.draft("Printers", by=agent, section=section, summary="How.", body="Paper.")
    knowledge.ask_review(article, by=agent, reviewer=editor, message="Please.")
    jobs.send_due()
    sent = mails_to(editor).get()

    came = arrive(it_help, report(sent.message_id))

    sent.refresh_from_db()
    assert (came.ticket, sent.state) == (None, State.FAILED)


@pytest.mark.parametrize("action", ["delayed", "relayed"])
def test_what_is_only_late_is_no_failure(it_help, sent, ticket, action):
    assert arrive(it_help, report(sent.message_id, action)).state == RawMail.State.IGNORED

    sent.refresh_from_db()
    assert sent.state == State.SENT


def test_a_report_about_a_mail_that_we_never_sent_marks_nothing(it_help, sent, ticket):
    forged = sent.message_id.replace("@", "a@")

    assert arrive(it_help, report(forged)).state == RawMail.State.IGNORED
    assert not Delivery.objects.filter(state=State.FAILED).exists()
    assert not ticket.events.filter(kind=Kind.UNDELIVERED).exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Auto-Submitted": "auto-replied"}, Reason.AUTOMATIC),
        ({"Auto-Submitted": "auto-generated; owner=x"}, Reason.AUTOMATIC),
        ({"Precedence": "bulk"}, Reason.AUTOMATIC),
        ({"X-Auto-Response-Suppress": "All"}, Reason.AUTOMATIC),
        ({"X-Autoreply": "yes"}, Reason.AUTOMATIC),
        ({"List-Id": "News <news.example.net>", "Precedence": "bulk"}, Reason.LIST),
        ({"Return-Path": "<>"}, Reason.BOUNCE),
        ({"Auto-Submitted": "no"}, ""),
        ({"X-Auto-Response-Suppress": "None"}, ""),
    ],
)
def test_machines_are_known_by_what_they_say_of_themselves(it_help, requester, fields, reason):
    written = write(requester)
    for name, value in fields.items():
        written[name] = value

    assert arrive(it_help, written).reason == reason
    assert Ticket.objects.exists() == (not reason)


@pytest.mark.parametrize(
    "fields",
    [
        {"List-Id": "News <news.example.net>"},
        {"Precedence": "list"},
        {"List-Unsubscribe": "<mailto:x@y.z>"},
    ],
)
def test_lists_are_for_nobody_but_people_of_the_portal_are_looked_at(
    it_help, requester, other_requester, fields
):
    it_help.senders = "everybody"
    it_help.save()
    other_requester.is_contact = True
    other_requester.save()

    def came(sender):
        written = write(sender)
        for name, value in fields.items():
            written[name] = value
        mail = arrive(it_help, written)
        return mail.state, mail.reason

    assert came(requester) == (RawMail.State.HELD, Reason.GROUP)
    assert came(other_requester) == (RawMail.State.IGNORED, Reason.LIST)
    assert came("news@example.net") == (RawMail.State.IGNORED, Reason.LIST)


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@x.example", "postmaster@x.example"])
def test_and_mail_servers_by_their_name(it_help, sender):
    it_help.senders = "everybody"
    it_help.save()

    assert arrive(it_help, write(sender)).reason == Reason.BOUNCE


@pytest.mark.parametrize(
    "sender", ["it-help@example.com", "it-help+abc@example.com", "IT-HELP@EXAMPLE.COM"]
)
def test_our_own_addresses_are_a_loop(it_help, sender):
    it_help.senders = "everybody"
    it_help.save()

    assert arrive(it_help, write(sender)).reason == Reason.LOOP


def test_so_are_our_own_mails(it_help, sent, requester):
    assert arrive(it_help, write(requester, message_id=sent.message_id)).reason == Reason.LOOP
    assert User.objects.filter(is_contact=True).count() == 0


@pytest.mark.parametrize("quote", ["> ", ">", " | "])
def test_an_answer_below_our_quoted_mail_is_one(it_help, sent, ticket, requester, quote):
    text = f"{quote}{reply_line()}\n{quote}Try automatic.\n\nThat did not help."

    mail = arrive(it_help, write(requester, text=text, In_Reply_To=sent.message_id))

    assert (mail.state, mail.ticket) == (RawMail.State.TAKEN, ticket)
    assert "That did not help." in mail.message.body
    loop = arrive(it_help, write(requester, text=f"{reply_line()}\n\nTry automatic."))
    assert loop.reason == Reason.LOOP


def test_a_report_with_signs_that_no_database_keeps_is_ignored(it_help):
    assert arrive(it_help, report("<none\x00such@example.com>")).state == RawMail.State.IGNORED
