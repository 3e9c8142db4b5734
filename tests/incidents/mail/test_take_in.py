"""A mail becomes a ticket, or words on one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions import send_sign_in_link
from accounts.errors import Refused
from accounts.models import User
from incidents.mail import actions as mail_actions
from incidents.mail.actions import take_in
from incidents.mail.models import Mailbox, MailSource, RawMail
from incidents.mail.reasons import Reason
from incidents.notify import addresses, bundles, chats, letters, pushes
from incidents.notify.addresses import thread_id
from incidents.notify.jobs import send_due
from incidents.notify.models import Acknowledgement, Delivery
from incidents.privacy.actions import retain
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Link, Message, Ticket
from incidents.workflow.states import Status
from tests.conftest import make_person
from tests.incidents.mail.letters import arrive, write

State = RawMail.State


@pytest.fixture
def answer_to():
    """The address to which this person answers about a ticket."""

    def address(ticket, person):
        return addresses.reply_address(
            ticket=ticket.number, reader=person.pk, mailbox="it-help@example.com", at=timezone.now()
        )

    return address


# New matters ----------------------------------------------------------------------------------------------------------


def test_a_mail_of_somebody_of_the_portal_is_a_ticket_of_theirs(it_help, requester, category):
    it_help.category = category
    it_help.save()

    mail = arrive(
        it_help, write(requester, text="It *drops* every\nfew minutes. <b>\n\n-- \nRobin, Finance")
    )

    ticket = mail.ticket
    said = ticket.messages.get()
    assert mail.state == State.TAKEN
    assert (ticket.title, ticket.requester, ticket.team) == (
        "VPN keeps dropping",
        requester,
        category.default_team,
    )
    assert (ticket.origin, ticket.events.get().origin) == ("mail", "mail")
    assert (mail.message, said.author, said.format) == (said, requester, "plain")
    assert said.body == "It *drops* every\nfew minutes. <b>"
    assert said.words == "<p>It *drops* every<br>\nfew minutes. &lt;b&gt;</p>"
    assert said.whole.endswith("Robin, Finance")


def test_the_mailbox_says_team_category_and_type(it_help, requester, other_team, category):
    it_help.category, it_help.team, it_help.type_id = category, other_team, "request"
    from incidents.workflow.models import IncidentType

    it_help.type = IncidentType.objects.get(slug="request")
    it_help.save()

    ticket = arrive(it_help, write(requester)).ticket

    assert (ticket.category, ticket.team, ticket.type) == (category, other_team, "request")


def test_the_same_mail_is_one_ticket_however_often_it_comes(it_help, requester):
    mail = write(requester)

    first, again = arrive(it_help, mail), arrive(it_help, mail)
    take_in(RawMail.objects.get())

    assert first == again
    assert Ticket.objects.count() == 1


def test_files_come_along_and_those_that_are_not_taken_are_named(it_help, requester):
    sent = (
        ("notes.txt", b"one"),
        ("..\\..\\x\u202egnp.exe", b"MZ"),
        ("../../etc/passwd.txt", b"two"),
    )

    ticket = arrive(it_help, write(requester, files=sent)).ticket

    assert [one.name for one in ticket.attachments.all()] == ["notes.txt", "passwd.txt"]
    assert ticket.messages.get().body.endswith("(1 file that came with it was not taken: xgnp.exe)")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Re: AW: [INC-1042] Printer", "Printer"),
        ("Fwd: Printer jams", "Printer jams"),
        ("", "It drops every few minutes."),
        ("x" * 300, "x" * 200),
    ],
)
def test_the_title_is_the_subject_without_what_programs_put_before_it(
    it_help, requester, subject, title
):
    assert arrive(it_help, write(requester, subject)).ticket.title == title


def test_a_mail_without_words_says_so(it_help, requester):
    ticket = arrive(it_help, write(requester, "", "", files=(("a.txt", b"x"),))).ticket

    assert (ticket.title, ticket.messages.get().body) == (
        "Mail without a subject",
        "(The mail has no text.)",
    )


def test_what_is_too_long_for_a_message_is_a_file(it_help, requester):
    ticket = arrive(it_help, write(requester, text="line of a log\n" * 9_000)).ticket

    assert len(ticket.messages.get().body) < 100_000
    assert ticket.attachments.get().name == "mail.txt"


# Who may ------------------------------------------------------------------------------------------------------------


STRANGER = "Alex Heron <eve@elsewhere.example>"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [("known", Reason.UNKNOWN), ("domains", Reason.UNKNOWN), ("hold", Reason.EVERY)],
)
def test_somebody_whom_nobody_knows_waits_for_an_agent(it_help, rule, reason):
    it_help.senders, it_help.domains = rule, "example.org\n@sub.elsewhere.example"
    it_help.save()

    mail = arrive(it_help, write(STRANGER))

    assert (mail.state, mail.reason) == (State.HELD, reason)
    assert not Ticket.objects.exists()
    assert not User.objects.filter(email="eve@elsewhere.example").exists()


@pytest.mark.parametrize(("rule", "domains"), [("everybody", ""), ("domains", "Elsewhere.example")])
def test_where_others_may_write_they_become_contacts_who_cant_sign_in(
    it_help, rule, domains, client
):
    it_help.senders, it_help.domains, it_help.language = rule, domains, "de"
    it_help.save()

    ticket = arrive(it_help, write(STRANGER)).ticket

    contact = ticket.requester
    assert contact.is_contact
    assert contact.display_name == "Alex Heron (eve@elsewhere.example)"
    assert contact.language == "de"
    assert not contact.has_usable_password()
    contact.set_password("a long enough password")
    contact.save()
    assert not client.login(email=contact.email, password="a long enough password")
    assert not ticket.events.get().deliveries.filter(recipient=contact).exists()
    told = Acknowledgement.objects.get()
    assert (told.address, told.language, told.answers) == (
        contact.email,
        "de",
        RawMail.objects.get().mail_id,
    )


def test_in_a_mailbox_where_somebody_looks_first_even_ours_wait(it_help, requester):
    it_help.senders = "hold"
    it_help.save()

    assert arrive(it_help, write(requester)).reason == Reason.EVERY


def test_who_left_waits(it_help, requester):
    requester.is_active = False
    requester.save()

    assert arrive(it_help, write(requester)).reason == Reason.LEFT


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("noreply@shop.example", "Hello"),
        ("do-not-reply@x.example", "Hi"),
        ("eve@elsewhere.example", "Confirm your account"),
    ],
)
def test_what_proves_an_address_to_others_opens_nothing(it_help, sender, subject):
    it_help.senders = "everybody"
    it_help.save()

    assert arrive(it_help, write(sender, subject)).reason == Reason.NO_REPLY


def test_after_some_mails_within_an_hour_somebody_looks_first(it_help):
    it_help.senders = "everybody"
    it_help.save()

    states = [arrive(it_help, write(STRANGER, f"No {n}")).state for n in range(7)]

    assert states == [State.TAKEN] * 5 + [State.HELD] * 2


def test_who_writes_often_gets_three_receipts_an_hour(it_help, requester):
    for n in range(5):
        arrive(it_help, write(requester, f"No {n}"))

    assert Ticket.objects.count() == 5
    assert Delivery.objects.filter(recipient=requester, channel="mail").count() == 3


def test_a_receipt_hands_nobody_the_words_of_a_mail(it_help, requester):
    """Whoever writes somebody's address into From would else have us write to them."""
    arrive(
        it_help, write(requester, "Your account ends today", "Sign in at https://evil.example/.")
    )

    row = Delivery.objects.get(recipient=requester, channel="mail")
    ref = row.event.ticket.ref
    whole = letters.write(row)
    assert whole.subject == f"[{ref}] We have your mail"
    assert whole.extra_headers["References"].endswith(thread_id(row.event.ticket.number))
    told = [
        str(whole.message()),
        str(bundles._morning(row, [row]).message()),
        str(pushes.message_of(row, with_title=True)),
        str(chats.words_of(row)),
    ]
    assert all(ref in one for one in told)
    assert not [one for one in told if "account ends" in one or "evil" in one]


def test_what_we_write_to_a_sender_joins_their_own_mail_and_nobody_elses(it_help, requester, other_requester, agent):  # fmt: skip
    ticket = arrive(it_help, write(requester, "VPN", message_id="<mine@mail.example.net>")).ticket
    actions.follow(ticket, who=other_requester, by=User.objects.system())
    actions.reply(ticket, "Try automatic.", by=agent)

    root = thread_id(ticket.number)
    for row in Delivery.objects.filter(recipient=requester, channel="mail"):
        headers = letters.write(row).extra_headers
        assert headers["In-Reply-To"] == "<mine@mail.example.net>"
        assert headers["References"] == f"<mine@mail.example.net> {root}"
        assert addresses.read_message_id(headers["References"]) == ticket.number
    theirs = Delivery.objects.filter(recipient=other_requester, channel="mail", event__kind="replied")  # fmt: skip
    assert letters.write(theirs.get()).extra_headers["References"] == root


@pytest.mark.parametrize("theirs", ["<no-at-sign>", f"<{'a' * 250}@mail.example.net>", "<ä@b>"])
def test_only_what_is_a_plain_message_id_is_written_into_our_header(it_help, requester, theirs):
    raw = f"From: {requester.email}\r\nSubject: VPN\r\nMessage-ID: {theirs}\r\n\r\nx".encode()
    ticket = arrive(it_help, raw).ticket

    row = Delivery.objects.get(recipient=requester, channel="mail")
    assert letters.write(row).extra_headers["References"] == thread_id(ticket.number)


def test_a_mail_from_elsewhere_is_not_named_to_whom_it_was_let_in_for(it_help, requester, agent):
    it_help.senders = "known"
    it_help.save()
    held = arrive(it_help, write("private@elsewhere.example"))
    ticket = mail_actions.let_in(held, by=agent, requester=requester)

    row = Delivery.objects.get(recipient=requester, channel="mail")
    assert letters.write(row).extra_headers["References"] == thread_id(ticket.number)


def test_the_desk_and_who_wrote_here_read_all_of_it(it_help, requester, agent, make_ticket):
    taken = arrive(it_help, write(requester, "VPN")).ticket
    actions.reply(taken, "Try automatic.", by=agent)

    answer = Delivery.objects.get(recipient=requester, channel="mail", event__kind="replied")
    assert letters.write(answer).subject == f"[{taken.ref}] VPN"
    receipt = Delivery.objects.get(
        recipient=requester, channel="mail", event__ticket=make_ticket(title="Printer", requester=requester)
    )  # fmt: skip
    assert "Printer" in letters.write(receipt).subject


# Answers --------------------------------------------------------------------------------------------------------------


QUOTED = """Still the same.

On Mon, 2 Nov 2026 at 09:12, IT help <it-help@example.com> wrote:

> — Please write above this line —
> Sasha replied.
"""


def test_an_answer_to_the_signed_address_is_words_on_its_ticket(
    it_help, ticket, requester, answer_to
):
    mail = arrive(
        it_help, write(requester, "Re: something else", QUOTED, to=answer_to(ticket, requester))
    )

    event = ticket.events.order_by("-number")[0]
    assert (mail.state, mail.ticket) == (State.TAKEN, ticket)
    assert (event.kind, event.actor, event.origin, event.data["by_staff"]) == (
        "replied",
        requester,
        "mail",
        False,
    )
    assert (mail.message.body, mail.message.whole) == ("Still the same.", QUOTED.strip())


def test_so_is_one_to_a_mail_of_ours(it_help, ticket, requester):
    sent = ticket.events.get().deliveries.get(channel="mail", recipient=requester)

    mail = arrive(it_help, write(requester, In_Reply_To=sent.message_id))

    assert mail.ticket == ticket


def test_and_one_to_a_mail_that_came_in(it_help, requester, other_requester, agent):
    """A colleague who was in Cc answers all, and has no mail of ours."""
    first = arrive(it_help, write(requester, message_id="<first@mail.example.net>"))
    actions.follow(first.ticket, who=other_requester, by=User.objects.system())

    mail = arrive(it_help, write(other_requester, References="<x@y> <first@mail.example.net>"))

    assert (mail.state, mail.ticket) == (State.TAKEN, first.ticket)


OLD = "<o7ysk2h4wqy3v@help.example.com>"
"""As mails of ours were marked before their Message-ID named a ticket."""


@pytest.fixture
def old_mail(ticket, requester):
    sent = ticket.events.get().deliveries.filter(channel="mail", recipient=requester)
    sent.update(message_id=OLD, state="sent")
    return sent.get()


@pytest.mark.parametrize(
    "fields", [{"In_Reply_To": OLD}, {"References": f"<x@y> {OLD} <later@mail.example.net>"}]
)
def test_and_one_to_a_mail_of_ours_without_a_mark(it_help, ticket, requester, old_mail, fields):
    mail = arrive(it_help, write(requester, **fields))

    assert (mail.state, mail.ticket) == (State.TAKEN, ticket)


def test_and_one_whose_mark_was_made_with_another_key(it_help, ticket, requester, settings):
    sent = ticket.events.get().deliveries.get(channel="mail", recipient=requester)
    settings.SECRET_KEY = "of another server, which has this database"
    assert addresses.read_message_id(sent.message_id) is None

    assert arrive(it_help, write(requester, In_Reply_To=sent.message_id)).ticket == ticket


def test_who_is_not_on_the_ticket_waits_with_an_old_mail_as_well(it_help, ticket, other_requester, old_mail):  # fmt: skip
    mail = arrive(it_help, write(other_requester, In_Reply_To=OLD))

    assert (mail.state, mail.reason, mail.ticket) == (State.HELD, Reason.OUTSIDER, ticket)


def test_mails_that_were_forgotten_as_they_came_still_hold_their_thread(it_help, requester, other_requester):  # fmt: skip
    first = arrive(it_help, write(requester, message_id="<first@mail.example.net>"))
    second = arrive(it_help, write(requester, message_id="<second@mail.example.net>", In_Reply_To="<first@mail.example.net>"))  # fmt: skip
    long_ago = timezone.now() - timedelta(days=400)
    RawMail.objects.update(received_at=long_ago, mail_id="")
    retain(now=timezone.now())
    assert not MailSource.objects.exists()
    actions.follow(first.ticket, who=other_requester, by=User.objects.system())

    third = arrive(it_help, write(other_requester, References="<first@mail.example.net>"))
    fourth = arrive(it_help, write(requester, In_Reply_To="<second@mail.example.net>"))

    assert {second.ticket, third.ticket, fourth.ticket} == {first.ticket}
    assert first.ticket.messages.count() == 4


def test_a_colleague_who_is_not_on_the_ticket_waits_and_opens_no_second_one(
    it_help, requester, other_requester
):
    first = arrive(it_help, write(requester, message_id="<first@mail.example.net>"))

    mail = arrive(it_help, write(other_requester, In_Reply_To="<first@mail.example.net>"))

    assert (mail.state, mail.reason, mail.ticket) == (State.HELD, Reason.OUTSIDER, first.ticket)
    assert Ticket.objects.count() == 1


def test_the_number_in_a_subject_leads_nowhere(it_help, ticket, requester, other_requester):
    own = arrive(it_help, write(requester, f"Re: [{ticket.ref}] VPN"))
    others = arrive(it_help, write(other_requester, f"[{ticket.ref}]"))

    assert own.ticket != ticket
    assert others.ticket not in {ticket, own.ticket}
    assert ticket.messages.count() == 1


def test_an_answer_opens_what_was_resolved(it_help, ticket, agent, requester, answer_to):
    actions.resolve(ticket, "Rebooted.", code="fixed", by=agent)

    mail = arrive(it_help, write(requester, text="Still broken.", to=answer_to(ticket, requester)))

    ticket.refresh_from_db()
    assert (ticket.status, mail.ticket) == (Status.OPEN, ticket)
    assert ticket.events.filter(kind=Kind.REOPENED, origin="mail").count() == 1
    assert mail.message.body == "Still broken."


def test_an_answer_to_what_is_closed_is_a_ticket_that_follows_it(
    it_help, ticket, agent, requester, answer_to
):
    actions.resolve(ticket, "Rebooted.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)

    new = arrive(it_help, write(requester, to=answer_to(ticket, requester))).ticket

    assert new != ticket
    assert Link.objects.filter(ticket=new, other=ticket, kind="follow_up_of").exists()
    assert (new.category, new.team, new.title) == (ticket.category, ticket.team, ticket.title)


def test_an_answer_goes_on_where_the_ticket_was_merged(
    it_help, make_ticket, agent, requester, other_requester, answer_to
):
    ticket, other = make_ticket(), make_ticket(by=other_requester)
    actions.merge(ticket, into=other, by=agent)

    mail = arrive(it_help, write(requester, to=answer_to(ticket, requester)))

    assert (mail.state, mail.ticket) == (State.TAKEN, ticket)
    assert other.events.filter(kind=Kind.FORWARDED, data__forwarded=mail.message.pk).exists()


def test_an_answer_lets_what_waits_for_it_go_on(it_help, ticket, agent, requester, answer_to):
    actions.transition(ticket, to="waiting_requester", text="Which Wi-Fi?", by=agent)

    arrive(it_help, write(requester, text="The guest one.", to=answer_to(ticket, requester)))

    ticket.refresh_from_db()
    assert ticket.status != Status.WAITING_REQUESTER


# Security A1: From × token × what our mail server found -----------------------------------------------------------------

HELD_AS = {
    "participant": None,
    "agent": Reason.STAFF,
    "stranger": Reason.OUTSIDER,
    "ex-agent": Reason.LEFT,
}


@pytest.mark.parametrize("found", ["pass", "fail"])
@pytest.mark.parametrize("token", ["own", "another's", "none"])
@pytest.mark.parametrize("who", list(HELD_AS))
def test_what_a_mail_may_do(it_help, ticket, team, requester, agent, answer_to, who, token, found):
    it_help.authserv_id = "mx.example.com"
    it_help.save()
    gone = make_person("Old Vole", ("agent", team), is_active=False)
    people = {
        "participant": requester,
        "agent": agent,
        "stranger": "eve@elsewhere.example",
        "ex-agent": gone,
    }
    sender = people[who]
    to = {
        "own": answer_to(ticket, sender if isinstance(sender, User) else requester),
        "another's": answer_to(ticket, agent if who == "participant" else requester),
        "none": "it-help@example.com",
    }[token]
    vouched = f"mx.example.com; dmarc={found} header.from=example.com"

    mail = arrive(
        it_help, write(sender, f"Re: [{ticket.ref}]", to=to, Authentication_Results=vouched)
    )

    expected = Reason.FORGED if found == "fail" else HELD_AS[who]
    if token == "none" and found == "pass":
        expected = {
            "participant": None,
            "agent": None,
            "stranger": Reason.UNKNOWN,
            "ex-agent": Reason.LEFT,
        }[who]
    assert mail.reason == (expected or "")
    said = ticket.events.filter(kind=Kind.REPLIED)
    assert said.count() == (1 if (who, found) == ("participant", "pass") and token != "none" else 0)
    assert not said.filter(data__by_staff=True).exists()
    assert mail.state == (State.HELD if expected else State.TAKEN)


def test_two_senders_or_another_one_named_are_nobody(it_help, requester, agent):
    def raw(sender):
        mail = write("PLACE@example.com", Sender="")
        return mail.as_bytes().replace(b"From: PLACE@example.com", sender, 1)

    two = raw(f"From: {requester.email}\nFrom: {agent.email}".encode())
    both = raw(f"From: {requester.email}, {agent.email}".encode())
    named = raw(f'From: "{agent.email}" <eve@elsewhere.example>'.encode())

    assert arrive(it_help, named).reason == Reason.UNKNOWN
    for mail in (two, both, write(requester, Sender="eve@elsewhere.example")):
        assert arrive(it_help, mail).reason == Reason.NO_SENDER


def test_only_the_topmost_finding_of_our_own_server_counts(it_help, ticket, requester, answer_to):
    it_help.authserv_id = "mx.example.com"
    it_help.save()
    mail = write(requester, to=answer_to(ticket, requester))
    mail["Authentication-Results"] = "mx.example.com; dmarc=fail header.from=example.com"
    mail["Authentication-Results"] = "mx.example.com; dmarc=pass header.from=example.com"

    assert arrive(it_help, mail).reason == Reason.FORGED


@pytest.mark.parametrize(
    "sent_from",
    [
        "=?us-ascii?q?a=3Bdmarc=3Dpass_?=@evil.example",
        '"a;dmarc=pass "@evil.example',
        '"a\\";dmarc=pass "@evil.example',
        '"a;dmarc=pass @evil.example',
    ],
)
def test_what_a_sender_has_our_server_repeat_vouches_for_nobody(
    it_help, ticket, requester, answer_to, sent_from
):
    it_help.authserv_id = "mx.example.com"
    it_help.save()
    raw = write(requester, to=answer_to(ticket, requester)).as_bytes()
    found = f"Authentication-Results: mx.example.com; spf=pass smtp.mailfrom={sent_from}; dmarc=fail (p=none (none)) header.from=example.com\n"

    assert arrive(it_help, found.encode() + raw).reason == Reason.FORGED


def test_an_agent_who_reported_it_writes_as_who_reported_it(
    it_help, make_ticket, agent, requester, answer_to
):
    ticket = make_ticket(by=agent, requester=requester)

    mail = arrive(it_help, write(agent, to=answer_to(ticket, agent)))

    event = ticket.events.get(kind=Kind.REPLIED)
    assert (mail.state, event.data["by_staff"]) == (State.TAKEN, False)
    assert not Ticket.objects.get(pk=ticket.pk).first_reply_at
    assert Message.objects.get(pk=mail.message_id).is_public


def test_a_mark_that_was_tampered_with_leads_nowhere(it_help, ticket, requester, answer_to):
    address = answer_to(ticket, requester)
    broken = address.replace("+", "+a", 1)

    assert arrive(it_help, write(requester, to=broken)).ticket != ticket
    assert Mailbox.objects.count() == 1


def test_a_contact_stands_in_no_list_of_colleagues(it_help, requester, agent, client_of):
    it_help.senders = "everybody"
    it_help.save()
    arrive(it_help, write(STRANGER))

    def names(person):
        answer = client_of(person).get(
            reverse("tickets:people") + "?who=Alex", headers={"Accept": "application/json"}
        )
        return [one["name"] for one in answer.json()["people"]]

    assert names(requester) == []
    assert names(agent) == ["Alex Heron (eve@elsewhere.example)"]


def test_a_contact_is_sent_no_link_to_sign_in_until_somebody_makes_them_a_member(
    it_help, admin, client_of, mailoutbox
):
    it_help.senders = "everybody"
    it_help.save()
    contact = arrive(it_help, write(STRANGER)).ticket.requester

    with pytest.raises(Refused, match="only known by mail"):
        send_sign_in_link(contact, by=admin)
    shown = (
        client_of(admin)
        .get(reverse("admin:accounts_user_change", args=[contact.pk]))
        .content.decode()
    )
    assert "Only wrote a mail" in shown
    assert "Send sign-in link" not in shown

    contact.is_contact = False
    contact.save()
    send_sign_in_link(contact, by=admin)
    send_due()
    assert [mail.to for mail in mailoutbox] == [[contact.email]]
