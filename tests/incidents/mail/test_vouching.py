"""An address that is let in from now on: said where a held mail is, kept under a mailbox, and worth no more than that."""

import json

import pytest
from django.urls import reverse

from accounts.administration.configuration import apply, collect, read
from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.models import AdminChange, User
from incidents.mail import actions
from incidents.mail.forgetting import forget_sender
from incidents.mail.models import Mailbox, RawMail, Vouched
from incidents.mail.reasons import Reason
from incidents.tickets.models import Ticket
from tests.incidents.mail.letters import arrive, write

STRANGER = "Eve Wren <eve@elsewhere.example>"
LIST = "/admin/mail/vouched/"
OFFER = "in from now on</label>"


@pytest.fixture
def box(it_help, team):
    it_help.team = team
    it_help.save()
    return it_help


@pytest.fixture
def held(box):
    return arrive(box, write(STRANGER))


@pytest.fixture
def vouched(held, agent):
    actions.let_in(held, by=agent)
    return actions.vouch(held, by=agent)


def page(mail, name="mail"):
    return reverse(f"mail:{name}", args=[mail.pk])


def became(box, **said):
    mail = arrive(box, write(**{"sender": STRANGER, **said}))
    return mail.state, mail.reason


LET_IN = (RawMail.State.TAKEN, "")


def test_whoever_lets_a_mail_in_may_let_its_sender_in_from_now_on(held, box, agent, client_of):
    browser = client_of(agent)
    assert OFFER in browser.get(page(held)).text

    answer = browser.post(page(held, "mail-let-in"), {"title": "Shop", "vouch": "on"}, follow=True)

    assert "Mails from eve@elsewhere.example are let in from now on." in answer.text
    row = Vouched.objects.get()
    assert (row.mailbox, row.address, row.vouched_by) == (box, "eve@elsewhere.example", agent)
    assert became(box) == LET_IN
    assert Ticket.objects.order_by("-pk")[0].requester.is_contact


def test_without_the_tick_the_next_one_waits_as_before(held, box, agent, client_of):
    client_of(agent).post(page(held, "mail-let-in"), {"title": "Shop"})

    assert not Vouched.objects.exists()
    assert became(box) == (RawMail.State.HELD, Reason.UNKNOWN)


def test_it_is_said_once_and_logged_once(vouched, held, agent, lead):
    assert actions.vouch(held, by=lead) == vouched

    logged = AdminChange.objects.get(kind="mail.vouched")
    assert (logged.actor, logged.action) == (agent, AdminChange.Action.ADDED)
    assert "eve@elsewhere.example" in logged.label


def test_one_address_is_meant_and_one_mailbox(vouched, box):
    other = Mailbox.objects.create(slug="other", address="other@example.com", name="Other")

    for sender in (
        "adam@elsewhere.example",
        "eve+x@elsewhere.example",
        "eve@elsewhere.example.org",
    ):
        assert became(box, sender=sender) == (RawMail.State.HELD, Reason.UNKNOWN)
    assert became(box, sender="EVE@Elsewhere.Example") == LET_IN
    assert became(other) == (RawMail.State.HELD, Reason.UNKNOWN)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"Authentication_Results": "mx.example.com; dmarc=fail header.from=elsewhere.example"}, Reason.FORGED),
        ({"sender": "Eve <eve@elsewhere.example>, Robin <robin@example.com>"}, Reason.NO_SENDER),
        ({"subject": "Confirm your account"}, Reason.NO_REPLY),
    ],
)  # fmt: skip
def test_what_else_speaks_against_a_mail_still_holds_it(vouched, box, said, reason):
    box.authserv_id = "mx.example.com"
    box.save()

    assert became(box, **said) == (RawMail.State.HELD, reason)


def test_nor_does_a_machine_behind_it_get_through(vouched, box):
    assert became(box, Auto_Submitted="auto-replied")[0] == RawMail.State.IGNORED
    for _time in range(4):
        became(box)
    assert became(box) == (RawMail.State.HELD, Reason.TOO_MANY)


def test_whoever_gets_an_account_stands_under_the_rule_for_people(vouched, box):
    """A mail in their name is held where theirs are, whatever was said of the address before."""
    User.objects.filter(email="eve@elsewhere.example").update(is_contact=False)
    box.senders = "hold"
    box.save()
    assert became(box) == (RawMail.State.HELD, Reason.EVERY)
    User.objects.filter(email="eve@elsewhere.example").update(is_active=False)
    assert became(box) == (RawMail.State.HELD, Reason.LEFT)


def test_where_every_matter_is_looked_at_first_no_address_is_let_in(vouched, box):
    box.senders = "hold"
    box.save()

    assert became(box) == (RawMail.State.HELD, Reason.EVERY)


@pytest.mark.parametrize("rule", ["hold", "everybody", "domains"])
def test_a_mailbox_with_a_rule_for_the_sender_needs_none(held, box, agent, client_of, rule):
    box.senders, box.domains = rule, "elsewhere.example"
    box.save()
    browser = client_of(agent)
    assert OFFER not in browser.get(page(held)).text

    answer = browser.post(page(held, "mail-let-in"), {"title": "Shop", "vouch": "on"})

    assert (answer.status_code, "This address can’t be let in" in answer.text) == (422, True)
    held.refresh_from_db()
    assert held.state == RawMail.State.HELD
    assert not Vouched.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"Authentication_Results": "mx.example.com; dmarc=fail header.from=elsewhere.example"},
        {"Auto_Submitted": "auto-replied"},
        {"List_Id": "<news.elsewhere.example>"},
        {"subject": "Confirm your account"},
        {"sender": "noreply@elsewhere.example"},
        {"sender": "Eve <eve@elsewhere.example>, Robin <robin@example.com>"},
        {"sender": "it-help@example.com"},
    ],
)
def test_no_doubtful_mail_vouches_for_its_sender(box, agent, client_of, said):
    box.authserv_id = "mx.example.com"
    box.save()
    mail = arrive(box, write(**{"sender": STRANGER, **said}))

    assert OFFER not in client_of(agent).get(page(mail)).text
    with pytest.raises(InvalidInput):
        actions.vouch(mail, by=agent)


def test_nobody_vouches_for_the_address_of_somebody_of_the_portal(box, requester, agent):
    box.senders = "hold"
    box.save()
    mail = arrive(box, write(requester))
    box.senders = "known"
    box.save()

    with pytest.raises(InvalidInput):
        actions.vouch(mail, by=agent)


@pytest.mark.parametrize("who", ["requester", "other_agent", "editor", "auditor"])
def test_nobody_vouches_who_may_not_let_it_in(held, request, who):
    with pytest.raises(NotAllowed):
        actions.vouch(held, by=request.getfixturevalue(who))


def test_nor_for_a_mail_that_is_not_kept(held, agent):
    held.kept_source.delete()

    with pytest.raises(Refused):
        actions.vouch(held, by=agent)
    assert not Vouched.objects.exists()


def test_it_goes_with_the_mail_or_not_at_all(held, agent, client_of):
    """A refusal of either leaves neither."""
    actions.discard(held, by=agent)
    RawMail.objects.filter(pk=held.pk).update(state=RawMail.State.TAKEN)

    gone = client_of(agent).post(page(held, "mail-let-in"), {"title": "Shop", "vouch": "on"})

    assert gone.status_code == 409
    assert not Vouched.objects.exists()


# In administration ----------------------------------------------------------------------------------------------------


def test_administration_lists_it_and_takes_it_back(vouched, box, agent, admin, client_of):
    browser = client_of(admin)
    shown = browser.get(LIST).text
    assert "eve@elsewhere.example" in shown
    assert agent.display_name in shown

    browser.post(f"{LIST}{vouched.pk}/delete/", {"post": "yes"})

    assert became(box) == (RawMail.State.HELD, Reason.UNKNOWN)
    removed = AdminChange.objects.get(kind="mail.vouched", action=AdminChange.Action.REMOVED)
    assert removed.actor == admin


def test_administration_adds_one_once(box, admin, client_of):
    browser = client_of(admin)
    given = {"mailbox": box.pk, "address": " Eve@Elsewhere.example "}

    assert browser.post(f"{LIST}add/", given).status_code == 302
    again = browser.post(f"{LIST}add/", given)
    wrong = browser.post(f"{LIST}add/", {"mailbox": box.pk, "address": "elsewhere.example"})

    assert (again.status_code, wrong.status_code) == (422, 422)
    assert "This mailbox lets this address in already." in again.text
    assert Vouched.objects.get().vouched_by == admin
    assert became(box) == LET_IN


def test_agents_take_none_back(vouched, agent, client_of):
    assert client_of(agent).post(f"{LIST}{vouched.pk}/delete/", {"post": "yes"}).status_code == 403


def test_it_is_part_of_the_configuration(vouched, box, admin):
    written = collect(None)["addresses_let_in"]
    assert written == [{"mailbox": "it-help", "address": "eve@elsewhere.example"}]
    head = {"format": "firebreak-configuration", "version": 1}
    file = read(json.dumps({**head, "addresses_let_in": written}).encode())
    Vouched.objects.all().delete()

    apply(file, by=admin)
    apply(file, by=admin)

    row = Vouched.objects.get()
    assert (row.mailbox, row.address, row.vouched_by) == (box, "eve@elsewhere.example", admin)


def test_it_goes_when_its_person_is_erased(vouched):
    forget_sender("eve@elsewhere.example")

    assert not Vouched.objects.exists()
