"""Mail to somebody comes back: their own pages and whoever has their ticket say so, until it arrives again."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import change_email
from accounts.models import AdminChange
from incidents.mail.models import Mailbox
from incidents.notify import jobs
from incidents.notify.actions import dismiss_returned, note_returned
from incidents.notify.models import Delivery, State
from incidents.tickets import actions
from tests.incidents.mail.letters import arrive
from tests.incidents.mail.test_bounces import report

SAID = "Mails to robin@example.com come back"
DISMISSAL = "/notifications/returned/dismissal/"
WEEK = timedelta(days=7)


@pytest.fixture
def it_help(db):
    return Mailbox.objects.create(slug="it-help", address="it-help@example.com", name="IT help", is_general=True)  # fmt: skip


@pytest.fixture
def requester(requester):
    """Under the address that the reports name."""
    requester.email = "robin@example.com"
    requester.save()
    return requester


@pytest.fixture
def sent(ticket, requester, agent):
    """A mail that left a moment ago."""
    return answered(ticket, requester, agent)


@pytest.fixture
def returned(requester):
    note_returned(requester, (), at=timezone.now())
    return requester


def answered(ticket, requester, agent):
    actions.reply(ticket, "Try automatic.", by=agent)
    mails = Delivery.objects.mails().filter(recipient=requester)
    mails.update(state=State.SENT, sent_at=timezone.now())
    return mails.latest("pk")


def since(person):
    person.refresh_from_db()
    return person.mail_returned_at


def test_whose_mail_comes_back_reads_it_on_every_page_of_theirs(
    it_help, sent, requester, client_of
):
    browser = client_of(requester)
    assert SAID not in browser.get("/").text

    arrive(it_help, report(sent.message_id))

    for address in ("/", "/tickets/", "/kb/", "/notifications/choices/"):
        shown = browser.get(address).text
        assert SAID in shown, address
        assert 'href="/notifications/sent/"' in shown
        assert 'href="/notifications/reach/"' in shown


def test_nobody_else_reads_it(returned, other_requester, agent, client, client_of):
    for browser in (client_of(other_requester), client_of(agent), client):
        assert "come back" not in browser.get("/kb/").text


def test_people_at_the_desk_read_it_there(agent, client_of):
    note_returned(agent, [agent.email], at=timezone.now())

    assert f"Mails to {agent.email} come back" in client_of(agent).get("/desk/").text


def test_it_costs_no_query(requester, client_of):
    browser = client_of(requester)
    browser.get("/tickets/")
    with CaptureQueriesContext(connection) as before:
        browser.get("/tickets/")
    note_returned(requester, (), at=timezone.now())
    with CaptureQueriesContext(connection) as after:
        assert SAID in browser.get("/tickets/").text

    assert len(after) == len(before)


def test_whoever_has_their_ticket_sees_it_at_the_person(
    returned, ticket, agent, client_of, other_requester
):
    page = ticket.desk_url
    assert "Mails to them come back" in client_of(agent).get(page).text
    dismiss_returned(by=other_requester)
    assert "Mails to them come back" in client_of(agent).get(page).text
    dismiss_returned(by=returned)
    assert "Mails to them come back" not in client_of(agent).get(page).text


@pytest.mark.parametrize("action", ["delayed", "relayed"])
def test_what_is_only_late_says_nothing(it_help, sent, requester, action):
    arrive(it_help, report(sent.message_id, action))

    assert since(requester) is None


def test_nobody_makes_it_up(it_help, sent, requester):
    arrive(it_help, report(sent.message_id.replace("@", "a@")))

    assert since(requester) is None


def test_a_report_about_their_former_address_says_nothing_of_the_new_one(
    it_help, sent, requester, admin
):
    change_email(requester, to="new@example.com", by=admin)

    arrive(it_help, report(sent.message_id))

    assert since(requester) is None


def test_a_report_that_comes_twice_says_it_once(it_help, sent, requester):
    arrive(it_help, report(sent.message_id))
    dismiss_returned(by=requester)
    arrive(it_help, report(sent.message_id).replace(b"I could", b"Again, I could"))

    assert since(requester) is None


def test_another_address_ends_it_and_the_log_has_no_word_of_it(returned, admin):
    change_email(returned, to="new@example.com", by=admin)

    assert since(returned) is None
    assert "mail_returned_at" not in AdminChange.objects.get(kind="accounts.user").before


def test_they_dismiss_it_and_the_next_one_says_it_anew(
    returned, requester, client_of, it_help, sent
):
    browser = client_of(requester)

    answer = browser.post(DISMISSAL, {"next": "/tickets/"})

    assert (answer.status_code, answer["Location"]) == (302, "/tickets/")
    assert SAID not in browser.get("/tickets/").text
    arrive(it_help, report(sent.message_id))
    assert SAID in browser.get("/tickets/").text


def test_it_is_dismissed_in_its_place_and_leads_to_no_other_host(returned, client_of):
    browser = client_of(returned)

    assert browser.post(DISMISSAL, headers={"HX-Request": "true"}).text.strip() == ""
    assert since(returned) is None
    assert browser.post(DISMISSAL, {"next": "https://evil.example/"})["Location"] == "/"
    assert browser.get(DISMISSAL).status_code == 405


def test_a_later_mail_that_stays_out_for_a_week_ends_it(returned, ticket, agent):
    answered(ticket, returned, agent)
    with time_machine.travel(timezone.now() + WEEK - timedelta(hours=1)):
        jobs.tidy()
    assert since(returned)

    with time_machine.travel(timezone.now() + WEEK + timedelta(hours=1)):
        jobs.tidy()
    assert since(returned) is None


def test_one_that_left_before_the_report_ends_nothing(sent, requester):
    note_returned(requester, (), at=timezone.now())
    with time_machine.travel(timezone.now() + 2 * WEEK):
        jobs.tidy()

    assert since(requester)


def test_nor_does_one_that_came_back_as_well(returned, ticket, agent, it_help):
    later = answered(ticket, returned, agent)
    arrive(it_help, report(later.message_id))
    with time_machine.travel(timezone.now() + 2 * WEEK):
        jobs.tidy()

    assert since(returned)
