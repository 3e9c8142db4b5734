"""Two agents change one ticket (F13): what contradicts shows both, what does not is merged."""

import pytest

from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from tests.incidents.desk.conftest import body


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_both_values_stand_side_by_side(request, taken, lead, other_category, url, browser):
    seen = taken.version
    actions.retitle(taken, "VPN drops in the morning", by=lead)

    answer = request.getfixturevalue(browser).post(
        url(taken, "title"), {"title": "VPN drops on Wi-Fi", "expected": seen}
    )

    page = body(answer)
    assert answer.status_code == 409
    assert "<td>VPN drops in the morning</td><td>VPN drops on Wi-Fi</td>" in page
    assert "Keep mine" in page
    assert "Use theirs" in page
    assert now(taken).title == "VPN drops in the morning"


def test_keeping_mine_after_having_seen_theirs(desk, taken, lead, url):
    seen = taken.version
    actions.retitle(taken, "Theirs", by=lead)
    desk.post(url(taken, "title"), {"title": "Mine", "expected": seen})

    desk.post(url(taken, "title"), {"title": "Mine", "expected": seen + 1})
    assert now(taken).title == "Mine"


def test_names_are_shown_and_not_keys(htmx, taken, lead, manager, agent, url):
    seen = taken.version
    actions.assign(taken, to=lead, by=manager)

    page = body(htmx.post(url(taken, "assignment"), {"to": "nobody", "expected": seen}))
    assert "<td>Noor Aspen</td><td>Nobody</td>" in page


def test_two_who_change_the_type_see_both(htmx, taken, lead, url):
    seen = taken.version
    actions.set_type(taken, type="request", by=lead)

    answer = htmx.post(url(taken, "type"), {"type": "incident", "expected": seen})
    assert answer.status_code == 409
    assert "<td>Request</td><td>Standard incident</td>" in body(answer)
    assert now(taken).type == "request"


def test_changes_of_different_properties_are_both_kept(desk, taken, lead, service, url):
    seen = taken.version
    actions.retitle(taken, "Theirs", by=lead)

    desk.post(url(taken, "service"), {"service": service.pk, "expected": seen})
    assert (now(taken).title, now(taken).service) == ("Theirs", service)


def test_impact_of_one_and_urgency_of_the_other_are_merged(htmx, client_of, taken, lead, url):
    seen = taken.version
    actions.set_priority(taken, impact="many", by=lead)

    mine = {"impact": taken.impact, "urgency": "stop", "override": "", "expected": seen}
    answer = htmx.post(url(taken, "priority"), mine)

    assert answer.status_code == 200
    assert (now(taken).impact, now(taken).urgency) == ("many", "stop")
    assert taken.events.of_kind(Kind.PRIORITISED).count() == 2


def test_the_same_field_is_not_merged(htmx, taken, lead, url):
    seen = taken.version
    actions.set_priority(taken, impact="many", by=lead)

    mine = {"impact": "team", "urgency": taken.urgency, "override": "", "expected": seen}
    answer = htmx.post(url(taken, "priority"), mine)

    assert answer.status_code == 409
    assert now(taken).impact == "many"


def test_a_priority_by_hand_is_not_merged(htmx, taken, lead, url):
    seen = taken.version
    actions.set_priority(taken, override=1, reason="The board meets", by=lead)

    mine = {"impact": "team", "urgency": taken.urgency, "override": "", "expected": seen}
    assert htmx.post(url(taken, "priority"), mine).status_code == 409
