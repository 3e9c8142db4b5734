"""Mailboxes in administration: set up after a proof that it is you, tried, and their secrets shown to nobody."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.administration.configuration import apply, collect, read
from accounts.models import AdminChange
from incidents.health.examination import everything_goes_out, mail_comes_in
from incidents.mail import fetching, jobs, tokens
from incidents.mail.answering import mailbox_of
from incidents.mail.models import Fetching, Mailbox, RawMail
from incidents.mail.store import keep
from incidents.notify import addresses
from tests.conftest import PASSWORD
from tests.incidents.mail.conftest import mail

LIST = "/admin/mail/mailbox/"


@pytest.fixture
def visitor(client_of, admin):
    """Signed in some time ago."""
    return client_of(admin)


@pytest.fixture
def browser(visitor):
    """Has proved a moment ago who they are."""
    visitor.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return visitor


def form(**given):
    return {
        "name": "Network", "address": "Network@example.com", "slug": "network", "is_active": "on", "senders": "known",
        "domains": "", "authserv_id": "", "host": "", "port": "993", "security": "tls", "username": "", "password": "",
        "folder": "INBOX", "after": "keep", "moves_to": "", "team": "", "category": "", "type": "", "language": "", **given,
    }  # fmt: skip


def server(**given):
    return form(host="localhost", username="network", password="secret words", **given)


def page(mailbox):
    return f"{LIST}{mailbox.pk}/change/"


def made(browser, **given):
    answer = browser.post(f"{LIST}add/", server(**given))
    assert answer.status_code == 302, answer.text
    return Mailbox.objects.get(slug=given.get("slug", "network"))


def test_a_mailbox_is_set_up_with_all_that_is_said_of_it(browser, team, category):
    mailbox = made(
        browser, team=team.pk, category=category.pk, language="de", senders="domains", domains="Example.com\n@example.org",
        after="move", moves_to="Done", security="starttls", port="143",
    )  # fmt: skip

    assert mailbox.address == "network@example.com"
    assert (mailbox.team, mailbox.category, mailbox.password) == (team, category, "secret words")
    assert mailbox.allowed_domains == {"example.com", "example.org"}


def test_the_password_is_never_shown_and_never_logged(browser):
    mailbox = made(browser)
    shown = browser.get(page(mailbox)).text
    browser.post(page(mailbox), server(name="Net"))

    assert "secret words" not in shown
    logged = json.dumps([[one.before, one.after] for one in AdminChange.objects.all()])
    assert "secret words" not in logged
    assert "gAAAA" not in logged  # as a sealed text begins
    assert "password_set_at" in logged
    assert "secret words" not in browser.get(f"{LIST}{mailbox.pk}/history/").text


def test_an_empty_password_keeps_what_is_there(browser):
    mailbox = made(browser)
    browser.post(page(mailbox), server(name="Net") | {"password": ""})
    mailbox.refresh_from_db()

    assert (mailbox.name, mailbox.password) == ("Net", "secret words")


@pytest.mark.parametrize("elsewhere", [{"host": "mail.example.net"}, {"security": "starttls"}, {"port": "1993"}])  # fmt: skip
def test_a_password_goes_to_no_other_server_unless_entered_anew(browser, elsewhere):
    mailbox = made(browser)
    moved = server(**elsewhere) if "host" not in elsewhere else server() | elsewhere

    answer = browser.post(page(mailbox), moved | {"password": ""})
    assert answer.status_code == 422
    assert "enter it anew" in answer.text

    assert browser.post(page(mailbox), moved).status_code == 302


def test_changes_need_a_proof_that_it_is_you_and_lose_nothing(visitor, it_help):
    """ASVS 7.5.1."""
    assert "Confirm with your password" in visitor.get(page(it_help)).text

    answer = visitor.post(page(it_help), server(name="Typed name"))
    assert answer.status_code == 409
    assert "confirm first that it is you" in answer.text
    assert 'value="Typed name"' in answer.text
    assert "/accounts/reauthenticate/?next=" in answer.text
    assert visitor.post(f"{LIST}add/", server()).status_code == 409
    assert "reauthenticate" in visitor.post(f"/admin/mailboxes/{it_help.pk}/token/").url
    assert "reauthenticate" in visitor.post(f"{LIST}{it_help.pk}/delete/", {"post": "yes"}).url
    it_help.refresh_from_db()
    assert (it_help.name, it_help.token_hash, Mailbox.objects.count()) == ("IT help", "", 1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"security": "plain", "host": "mail.example.com"}, "only for a server on this very machine"),
        ({"after": "move"}, "Name another folder"),
        ({"after": "move", "moves_to": "INBOX"}, "Name another folder"),
        ({"username": ""}, "as whom to sign in"),
        ({"senders": "domains"}, "at least one domain"),
        ({"senders": "domains", "domains": "exa mple.com"}, "is not a domain"),
        ({"folder": "a\r\nA1 DELETE INBOX"}, "on one line"),
        ({"username": "a\x07b"}, "control characters"),
        ({"password": "a\r\nb"}, "control characters"),
        ({"address": "nobody"}, "valid email"),
        ({"slug": "with space"}, "slug"),
        ({"port": "70000"}, "65535"),
        ({"language": "xx"}, "not one of the available choices"),
    ],
)  # fmt: skip
def test_what_cannot_be_so_is_told_on_the_form(browser, given, words):
    answer = browser.post(f"{LIST}add/", server() | given)

    assert answer.status_code == 422
    assert words in answer.text
    assert not Mailbox.objects.exists()


def test_the_connection_is_tried_and_every_step_told(browser, box):
    answer = browser.post(f"/admin/mailboxes/{box.pk}/test/")
    assert "All in order" in answer.text

    Mailbox.objects.filter(pk=box.pk).update(folder="No such folder")
    answer = browser.post(f"/admin/mailboxes/{box.pk}/test/")
    assert "Something is wrong" in answer.text
    assert "There is no such folder" in answer.text
    assert box.password not in answer.text


def test_what_went_wrong_is_shown_with_the_last_good_run(browser, box, deliver):
    deliver(mail(1))
    jobs.fetch(box.pk)
    assert "last fetched" in browser.get(LIST).text

    Mailbox.objects.filter(pk=box.pk).update(port=1)
    jobs.fetch(box.pk)

    assert "failing: The server does not answer" in browser.get(LIST).text
    shown = browser.get(page(box)).text
    assert "tried again by itself" in shown
    assert "last fetched" in shown

    browser.post(f"/admin/mailboxes/{box.pk}/fetching/")
    assert Fetching.objects.get().due_at is None


def test_a_token_is_shown_once_and_opens_the_door(browser, client, it_help):
    where = f"/admin/mailboxes/{it_help.pk}/token/"
    assert browser.post(where).url == where
    answer = browser.get(where)
    token = answer.context["token"]

    assert token in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert browser.get(where).url == page(it_help)  # loaded again: none is made, none shown
    assert token not in browser.get(page(it_help)).text
    assert tokens.opened_by("it-help", token) == it_help
    [change] = AdminChange.objects.all()
    assert set(change.after) == {"token_made_at"}


def test_auditors_read_and_change_nothing(client_of, auditor, it_help):
    reading = client_of(auditor)
    reading.post("/accounts/reauthenticate/", {"password": PASSWORD})
    shown = reading.get(page(it_help))

    assert shown.status_code == 200
    assert 'type="password"' not in shown.text
    assert reading.post(page(it_help), server()).status_code == 403
    for door in ("test", "token", "fetching"):
        assert reading.post(f"/admin/mailboxes/{it_help.pk}/{door}/").status_code == 403


def test_a_mailbox_that_got_mail_is_not_removed(browser, it_help):
    keep(it_help, mail(1), via=RawMail.Via.POST)

    assert browser.post(f"{LIST}{it_help.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_configuration_file_has_no_secret_and_forgets_none(browser, admin):
    mailbox = made(browser)
    tokens.renew(mailbox)
    mailbox.refresh_from_db()
    told = json.dumps(collect(admin))
    assert "secret words" not in told
    assert mailbox.token_hash not in told

    asked = json.loads(told)
    [entry] = asked["mailboxes"]
    entry["name"] = "Renamed"
    apply(read(json.dumps(asked).encode()), by=admin)
    after = Mailbox.objects.get()
    assert (after.name, after.password, after.token_hash) == ("Renamed", "secret words", mailbox.token_hash)  # fmt: skip

    entry["host"] = "mail.example.net"
    apply(read(json.dumps(asked).encode()), by=admin)
    assert Mailbox.objects.get().password == ""


def test_answers_go_to_the_teams_mailbox_else_to_the_general_one(ticket, team, it_help):
    assert addresses.mailbox_of is mailbox_of
    assert mailbox_of(ticket).address == "it-help@example.com"

    own = Mailbox.objects.create(slug="n", address="network@example.com", name="Network", team=team)
    assert mailbox_of(ticket) == addresses.Postal("network@example.com", "Network")

    own.is_active = False
    own.save()
    assert mailbox_of(ticket).name == "IT help"
    it_help.delete()
    assert mailbox_of(ticket) is None


def test_a_restored_copy_fetches_nothing_and_says_so(box, deliver, browser, settings):
    deliver(number=1)
    Fetching.objects.create(
        mailbox=box, finished_at=timezone.now() - timedelta(days=1), trouble="login"
    )
    settings.OUTGOING = False

    assert fetching.due(timezone.now()) == []
    assert fetching.fetch(box.pk) == jobs.fetch_all() == 0
    assert not RawMail.objects.exists()
    page = browser.get(f"{LIST}{box.pk}/change/").text
    assert "Nothing is fetched: OUTGOING is off" in page
    assert "It is tried again" not in page
    answer = browser.post(f"/admin/mailboxes/{box.pk}/fetching/", follow=True).text
    assert "Nothing is fetched: the setting OUTGOING is off." in answer
    assert not Fetching.objects.stuck(timezone.now()).exists()
    assert mail_comes_in().words == "no mailbox is fetched: OUTGOING is off."
    assert "OUTGOING is off, so nothing leaves" in next(everything_goes_out()).words

    settings.OUTGOING = True
    assert fetching.fetch(box.pk) == 1
