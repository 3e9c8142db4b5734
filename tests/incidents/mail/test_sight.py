"""Who may see what came into a mailbox."""

import pytest
from django.utils import timezone

from incidents.mail import work
from incidents.mail.models import Mailbox, RawMail
from incidents.mail.reasons import Reason
from incidents.mail.store import keep
from incidents.notify.addresses import mail_id, reply_address
from incidents.tickets import actions
from incidents.tickets.models import Category
from tests.conftest import make_person
from tests.incidents.mail.letters import arrive, write


@pytest.fixture
def boxes(db, team, other_team, private_team, category):
    confidential = Category.objects.create(
        name="HR", slug="hr", default_team=other_team, is_confidential=True, is_confined=True
    )
    closed = Category.objects.create(name="Locks", slug="locks", default_team=private_team)
    made = {
        "of team": {"team": team},
        "of other team": {"team": other_team},
        "of private team": {"team": private_team},
        "of nobody": {},
        "by category": {"category": category},
        "confidential": {"category": confidential},
        "to private team": {"category": closed},
    }
    for n, (name, fields) in enumerate(made.items()):
        Mailbox.objects.create(slug=f"b{n}", address=f"b{n}@example.com", name=name, **fields)


def seen(person):
    return set(Mailbox.objects.worked_by(person).values_list("name", flat=True))


OPEN = {"of team", "of other team", "of nobody", "by category"}


def test_agents_see_their_teams_and_nobodys(boxes, agent):
    assert seen(agent) == {"of team", "of nobody", "by category"}


def test_agents_see_what_is_confidential_to_their_team(boxes, other_agent):
    assert seen(other_agent) == {"of other team", "of nobody", "by category", "confidential"}


def test_managers_and_administrators_see_what_nobody_keeps_apart(boxes, manager, admin):
    assert seen(manager) == OPEN
    assert seen(admin) == OPEN


def test_others_see_nothing(boxes, requester, editor, auditor):
    assert not seen(requester) | seen(editor) | seen(auditor)


def test_a_mail_is_seen_by_whom_its_mailbox_is(boxes, agent, other_agent):
    box = Mailbox.objects.get(name="of team")
    RawMail.objects.create(mailbox=box, key="k", digest="d", size=1, via="post")

    assert RawMail.objects.worked_by(agent).count() == 1
    assert not RawMail.objects.worked_by(other_agent).exists()


# What is about a ticket that few people see ---------------------------------------------------------------------------

SECRET = "The audit found skimmed invoices"


@pytest.fixture
def apart(private_team, team):
    """A confidential ticket of a private team."""
    category = Category.objects.create(
        name="HR", slug="hr", default_team=private_team, is_confidential=True, is_confined=True
    )
    who = make_person("Robin Kestrel")
    return actions.file("Invoices", description="Skimmed.", category=category, by=who)


@pytest.fixture
def to_apart(apart):
    return reply_address(
        ticket=apart.number, reader=apart.requester_id, mailbox="it-help@example.com", at=timezone.now()
    )  # fmt: skip


def bounced(apart, to_apart):
    """A server's report about a mail that is only late, with what was in it."""
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: it-help@example.com\nSubject: Late\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nLate.\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; robin@example.com\nAction: delayed\nStatus: 4.4.1\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {mail_id('x', ticket=apart.number)}\nSubject: {SECRET}\n\n{SECRET}\n\n--b--\n"
    ).encode()  # fmt: skip


def answer(apart, to_apart, **fields):
    return write("robin@example.com", text=SECRET, **{"to": to_apart, **fields}).as_bytes()


MAILS = {
    "automatic": lambda *a: answer(*a, Auto_Submitted="auto-replied"),
    "from a list": lambda *a: answer(*a, List_Id="<all.example.com>"),
    "automatic, to what we wrote": lambda apart, _to: write(
        text=SECRET, References=mail_id("x", ticket=apart.number), Precedence="bulk"
    ).as_bytes(),
    "a loop": lambda apart, _to: write(
        text=SECRET, message_id=mail_id("y", ticket=apart.number)
    ).as_bytes(),
    "late": bounced,
    "too many people": lambda apart, to: answer(
        apart, to, Cc=", ".join(f"p{n}@example.com" for n in range(205))
    ),
}


@pytest.mark.parametrize("kind", MAILS)
def test_mail_about_a_ticket_that_few_see_is_read_by_them_only(
    it_help, apart, to_apart, kind, agent, client_of, private_team
):
    mail = arrive(it_help, MAILS[kind](apart, to_apart))

    assert mail.state in {RawMail.State.IGNORED, RawMail.State.QUARANTINED}
    assert_hidden(mail, client_of(agent))
    assert (
        RawMail.objects.worked_by(make_person("Sol Finch", ("agent", private_team))).get() == mail
    )


def test_nor_is_mail_that_was_not_understood(it_help, apart, to_apart, agent, client_of):
    raw = answer(apart, to_apart)
    late, _new = keep(it_help, raw, via="post")
    work.set_aside(late, "ValueError: no")
    twin, _new = keep(it_help, raw.replace(b"audit", b"other"), via="post")
    large, _new = keep(it_help, answer(apart, to_apart), via="imap", size=10**9, refused=Reason.TOO_LARGE)  # fmt: skip

    assert {late.reason, twin.reason, large.reason} >= {Reason.TWIN, Reason.TOO_LARGE}
    for mail in (late, twin, large):
        mail.refresh_from_db()
        assert_hidden(mail, client_of(agent))


def test_a_mark_of_nobodys_making_hides_nothing(it_help, apart, to_apart, agent):
    mail = arrive(it_help, answer(apart, to_apart.replace("+", "+a"), Precedence="bulk"))

    assert RawMail.objects.worked_by(agent).get() == mail


def assert_hidden(mail, client):
    listed = client.get("/desk/mail/", {"state": mail.state})
    assert listed.status_code == 200
    assert f"/mail/{mail.pk}/" not in listed.content.decode()
    for end in ("", "source/", "file/"):
        assert client.get(f"/mail/{mail.pk}/{end}").status_code == 404
