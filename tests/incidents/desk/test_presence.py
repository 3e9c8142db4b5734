"""Who else has a ticket open (W32, G12): shown, told to others at once, and forgotten after a minute."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from incidents.live import jobs, presence
from incidents.live.models import Presence
from incidents.live.topics import allowed
from tests.incidents.desk.conftest import body


@pytest.fixture
def hers(client_of, lead):
    return client_of(lead, headers={"HX-Request": "true"})


@pytest.mark.parametrize(
    ("writes", "words"),
    [
        ("", "Noor A. is viewing"),
        ("reply", "Noor A. is viewing and has started a reply"),
        ("note", "Noor A. is viewing and has started a note"),
        ("resolve", "Noor A. is viewing and is about to resolve this"),
    ],
)
def test_others_see_who_is_there(htmx, hers, ticket, url, writes, words):
    mine = body(hers.post(url(ticket, "presence"), {"writes": writes}))

    assert "Noor" not in mine
    shown = body(htmx.get(url(ticket, "presence"))).replace("\u2068", "").replace("\u2069", "")
    assert words in shown


def test_who_left_is_gone(htmx, hers, ticket, url):
    hers.post(url(ticket, "presence"), {"writes": ""})
    assert hers.post(url(ticket, "presence"), {"gone": "1", "writes": ""}).status_code == 204

    assert "viewing" not in body(htmx.get(url(ticket, "presence")))


def test_who_says_nothing_for_a_minute_is_gone_and_tidied(htmx, hers, ticket, url):
    hers.post(url(ticket, "presence"), {"writes": "reply"})

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert "viewing" not in body(htmx.get(url(ticket, "presence")))
        assert jobs.forget_gone() == 1
    assert not Presence.objects.exists()


def test_nonsense_is_refused(htmx, ticket, url):
    assert htmx.post(url(ticket, "presence"), {"writes": "love letter"}).status_code == 400
    assert not Presence.objects.exists()


def test_looking_leaves_no_trace(htmx, ticket, url):
    htmx.get(url(ticket, "presence"))

    assert not Presence.objects.exists()


def test_on_sqlite_changes_are_found_and_heartbeats_are_none(ticket, agent, lead):
    seen, wakes = presence.changes(None)
    assert wakes == []

    def next_wakes():
        nonlocal seen
        seen, found = presence.changes(seen)
        return [wake.topic for wake in found]

    presence.come(ticket, lead, "")
    assert next_wakes() == [f"presence:{ticket.number}"]
    presence.come(ticket, lead, "")
    assert next_wakes() == []
    presence.come(ticket, lead, "reply")
    assert next_wakes() == [f"presence:{ticket.number}"]
    presence.leave(ticket, lead)
    assert next_wakes() == [f"presence:{ticket.number}"]


def test_only_staff_of_the_ticket_may_listen(ticket, agent, requester, other_agent):
    topic = f"presence:{ticket.number}"

    assert [allowed(person, topic) for person in (agent, requester, other_agent)] == [True, False, False]  # fmt: skip
