"""Mail that no person wrote: nothing is made of it and nobody answers it; what came back is told on its ticket."""

import pytest

from accounts.models import User
from incidents.mail.models import RawMail
from incidents.mail.reasons import Reason
from incidents.notify.models import Delivery, State
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
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

    mail = arrive(it_help, report(sent.message_id))

    sent.refresh_from_db()
    assert (mail.state, mail.reason, mail.ticket) == (RawMail.State.IGNORED, Reason.BOUNCE, ticket)
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
        ({"List-Id": "News <news.example.net>"}, Reason.LIST),
        ({"Precedence": "list"}, Reason.LIST),
        ({"List-Unsubscribe": "<mailto:x@y.z>"}, Reason.LIST),
        ({"Return-Path": "<>"}, Reason.BOUNCE),
        ({"Auto-Submitted": "no"}, ""),
        ({"X-Auto-Response-Suppress": "None"}, ""),
    ],
)
def test_machines_are_known_by_what_they_say_of_themselves(it_help, requester, fields, reason):
    mail = write(requester)
    for name, value in fields.items():
        mail[name] = value

    assert arrive(it_help, mail).reason == reason
    assert Ticket.objects.exists() == (not reason)


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
