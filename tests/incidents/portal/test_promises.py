"""What was promised, as whoever has the problem reads it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.portal import promises
from incidents.sla.models import Clock
from incidents.tickets import actions
from incidents.workflow.states import Status

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 12, 1, 10, 0, tzinfo=BERLIN)
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


def test_without_a_promise_what_usually_happens_is_told(ticket, requester, client_of):
    Clock.objects.all().delete()
    page = client_of(requester).get(ticket.get_absolute_url()).content.decode()

    assert "We’ll tell you here as soon as somebody looks at it." in page


def test_the_page_says_it(ticket, requester, agent, client_of):
    client = client_of(requester)
    assert "You hear from us by " in client.get(ticket.get_absolute_url()).content.decode()

    actions.transition(ticket, to=Status.WAITING_REQUESTER, text="Which room?", by=agent)
    assert "We wait for you." in client.get(ticket.get_absolute_url()).content.decode()
