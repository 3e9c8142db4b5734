"""What was promised, as whoever has the problem reads it."""

import html
import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from incidents.portal import promises
from incidents.sla.models import Clock
from incidents.tickets import actions
from incidents.workflow.states import Status

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 12, 1, 10, 0, tzinfo=BERLIN)
LATE = "This takes longer than we promised. We’re still on it."
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def clock(kind, due=None, stopped=None):
    return Clock(kind=kind, due_at=due, stopped_at=stopped)


def said(*clocks, status="open", theirs=True):
    return promises.words(clocks, status=status, now=TUESDAY, is_theirs=theirs)


@pytest.mark.parametrize(
    ("due", "when"),
    [
        (2 * HOUR, "today, 12:00"),
        (DAY, "tomorrow, 10:00"),
        (3 * DAY, "Friday, 10:00"),
        (7 * DAY, "8 December"),
    ],
)
def test_a_promise_names_a_time(due, when):
    found = said(clock("first_response", TUESDAY + due))

    assert found == f"You hear from us by {when}."


def test_both_promises_are_told_the_answer_first():
    found = said(clock("first_response", TUESDAY + HOUR), clock("resolution", TUESDAY + DAY))

    assert found == (
        "You hear from us by today, 11:00. We expect to have this solved by tomorrow, 10:00."
    )


def test_what_is_done_is_promised_no_more():
    found = said(
        clock("first_response", TUESDAY, stopped=TUESDAY), clock("resolution", TUESDAY + DAY)
    )
    assert found == "We expect to have this solved by tomorrow, 10:00."


def test_late_is_said_plainly():
    assert said(clock("resolution", TUESDAY)) == "This takes longer than we promised. We’re still on it."  # fmt: skip


def test_while_it_waits_for_them_we_wait():
    waiting = Status.WAITING_REQUESTER
    assert said(clock("resolution"), status=waiting) == "We wait for you. We go on as soon as you answer."  # fmt: skip
    assert said(clock("resolution"), status=waiting, theirs=False) == ""
    assert said(clock("resolution"), status=Status.WAITING_OTHER).startswith("We wait for somebody else")  # fmt: skip


# What a page that stays open says later ------------------------------------------------------------------------


def later(*clocks, **given):
    asked = {"status": "open", "now": TUESDAY, "is_theirs": True, **given}
    return [(at.isoformat(), words) for at, words in promises.said(clocks, **asked).later]


def test_when_its_time_is_over_it_says_so():
    assert later(clock("first_response", TUESDAY + HOUR), clock("resolution", TUESDAY + DAY)) == [
        ("2026-12-01T11:00:00+01:00", LATE),
    ]


def test_at_midnight_tomorrow_is_today():
    assert later(clock("resolution", TUESDAY + 2 * DAY)) == [
        ("2026-12-02T00:00:00+01:00", "We expect to have this solved by tomorrow, 10:00."),
        ("2026-12-03T00:00:00+01:00", "We expect to have this solved by today, 10:00."),
        ("2026-12-03T10:00:00+01:00", LATE),
    ]


def test_what_is_late_or_stands_stays_as_it_is():
    assert later(clock("resolution", TUESDAY - HOUR)) == []
    assert later(clock("resolution")) == []
    assert later(clock("resolution", TUESDAY + HOUR), status=Status.WAITING_REQUESTER) == []


def test_midnights_are_the_readers_when_the_clocks_change():
    saturday = datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)
    found = later(clock("resolution", saturday + 2 * DAY), now=saturday)

    assert [at for at, _words in found[:2]] == ["2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"]  # fmt: skip


@pytest.mark.parametrize("path", [None, "/tickets/"])
def test_pages_carry_what_they_say_later(path, ticket, requester, client_of):
    due = timezone.now() + HOUR
    Clock.objects.filter(ticket=ticket).update(due_at=due)
    page = client_of(requester).get(path or ticket.get_absolute_url()).content.decode()
    said = json.loads(html.unescape(re.search(r'data-says="([^"]+)"', page)[1]))

    assert said["later"][-1] == [int(due.timestamp() * 1000), LATE]
    assert "You hear from us by " in page


def test_lists_say_it_of_ones_own_tickets_only(
    ticket, requester, other_requester, agent, client_of
):
    actions.follow(ticket, who=other_requester, by=requester)
    followed = client_of(other_requester).get("/tickets/?state=following").content.decode()
    assert ticket.title in followed
    assert "You hear from us" not in followed

    actions.transition(ticket, to=Status.WAITING_REQUESTER, text="Which room?", by=agent)
    own = client_of(requester).get("/tickets/").content.decode()
    assert ticket.title in own
    assert "hear from us" not in own


def test_a_list_is_fetched_anew_when_it_says_otherwise(ticket, requester, client_of):
    browser = client_of(requester)
    seen = browser.get("/tickets/").context["stamp"]
    asked = {"path": f"/tickets/?seen={seen}", "headers": {"HX-Request": "true"}}
    assert browser.get(**asked).status_code == 204

    Clock.objects.filter(ticket=ticket).update(due_at=timezone.now() - HOUR)
    assert LATE in browser.get(**asked).content.decode()


@pytest.mark.parametrize("number", [3, 20])
def test_lists_ask_once_for_all(number, make_ticket, requester, client_of, django_assert_max_num_queries):  # fmt: skip
    for n in range(number):
        make_ticket(f"Ticket {n}")
    browser = client_of(requester)
    browser.get("/tickets/")

    with django_assert_max_num_queries(10):
        assert browser.get("/tickets/").content.decode().count(">You hear from us by ") == number


def test_without_a_promise_what_usually_happens_is_told(ticket, requester, client_of):
    Clock.objects.all().delete()
    page = client_of(requester).get(ticket.get_absolute_url()).content.decode()

    assert "We’ll tell you here as soon as somebody looks at it." in page


def test_the_page_says_it(ticket, requester, agent, client_of):
    client = client_of(requester)
    assert "You hear from us by " in client.get(ticket.get_absolute_url()).content.decode()

    actions.transition(ticket, to=Status.WAITING_REQUESTER, text="Which room?", by=agent)
    assert "We wait for you." in client.get(ticket.get_absolute_url()).content.decode()
