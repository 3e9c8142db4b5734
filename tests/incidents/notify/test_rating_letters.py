"""The mail about a closing: to the requester for whom somebody else closed it, with the link to say how it went."""

import re

import pytest
from django.core import mail

from accounts.models import Team, User
from incidents.notify import jobs
from incidents.notify.models import Delivery
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Rating

LINK = re.compile(r"https?://[^/]+(/rate/[^/]+/)")


@pytest.fixture
def resolved(make_ticket, requester, other_requester, agent):
    """Reported by Mika for Robin."""
    ticket = make_ticket(by=other_requester, requester=requester)
    actions.take(ticket, by=agent)
    return actions.resolve(ticket, "Done.", code="fixed", by=agent)


@pytest.fixture
def letters():
    """What was mailed of the last event, by address."""

    def sent(ticket):
        mail.outbox.clear()
        last = ticket.events.latest("number")
        Delivery.objects.mails().exclude(event=last).delete()
        jobs.send_due()
        return {letter.to[0].rpartition("<")[2].strip(">"): letter for letter in mail.outbox}

    return sent


def test_who_did_not_close_it_is_asked_by_mail(
    client, resolved, requester, other_requester, letters, settings
):
    ticket = actions.confirm(resolved, by=other_requester)

    sent = letters(ticket)

    assert set(sent) == {requester.email}
    letter = sent[requester.email]
    in_text = LINK.search(letter.body)
    in_html = LINK.search(letter.alternatives[0].content)
    assert in_text
    assert in_html
    assert in_text[0].startswith(settings.SITE_URL)
    assert "How did we do?" in letter.body
    client.post(in_text[1], {"score": "5"})
    assert Rating.objects.get().by == requester


def test_who_closed_it_gets_no_mail_and_is_asked_on_the_page(resolved, requester, letters):
    assert letters(actions.confirm(resolved, by=requester)) == {}


def test_a_ticket_that_closes_by_itself_asks_by_mail_too(resolved, requester, letters):
    ticket = actions.confirm(resolved, by=User.objects.system())

    letter = letters(ticket)[requester.email]
    assert "This ticket is closed now" in letter.body
    assert LINK.search(letter.body)


def test_where_the_team_does_not_ask_the_mail_has_no_link(
    resolved, requester, other_requester, letters
):
    Team.objects.update(asks_rating=False)

    letter = letters(actions.confirm(resolved, by=other_requester))[requester.email]

    assert "/rate/" not in letter.body + letter.alternatives[0].content
    assert "How did we do?" not in letter.body


def test_a_mail_that_was_late_does_not_ask_again(resolved, requester, other_requester, letters):
    ticket = actions.confirm(resolved, by=other_requester)
    closed = ticket.events.latest("number")
    actions.rate(ticket, score=4, by=requester)
    jobs.send_due()

    [about] = [letter for letter in mail.outbox if "confirmed that it works" in letter.body]
    assert closed.kind == Kind.CLOSED
    assert "/rate/" not in about.body


def test_no_other_mail_carries_the_link(resolved, requester, other_requester, agent):
    actions.reopen(resolved, "No.", by=other_requester)
    actions.resolve(resolved, "Now.", code="fixed", by=agent)
    jobs.send_due()

    assert mail.outbox
    assert not [letter for letter in mail.outbox if "/rate/" in letter.body]


def test_a_rating_rings_for_whoever_had_the_ticket_and_says_nothing_of_the_comment(
    resolved, requester, agent, client_of
):
    ticket = actions.confirm(resolved, by=requester)
    rating = actions.rate(ticket, score=1, by=requester)
    actions.comment_rating(rating, "canary words", by=requester)

    page = client_of(agent).get("/notifications/").content.decode()

    assert "Robin Kestrel rated this: Very bad" in page
    assert "Robin Kestrel added a comment to the rating" in page
    assert "canary words" not in page
    assert "rated this" not in client_of(requester).get("/notifications/").content.decode()
