"""Tags of a ticket, as a property that is changed where it stands."""

from incidents.tickets import actions, tags
from tests.incidents.desk.conftest import body


def test_tags_are_shown_ticked_off_and_added(desk, taken, agent, url):
    actions.tag(taken, add=["vpn", "floor-2"], by=agent)
    form = body(desk.get(url(taken, "tags")))
    assert 'value="vpn"' in form
    assert 'value="floor-2,vpn"' in form
    desk.post(
        url(taken, "tags"), {"keep": ["vpn"], "seen": "floor-2,vpn", "add": "#Month End, vip"}
    )

    taken.refresh_from_db()
    assert taken.tags == ["month-end", "vip", "vpn"]
    assert '<span class="fb-badge">month-end</span>' in body(desk.get(url(taken)))


def test_what_a_colleague_did_meanwhile_stays(desk, taken, agent, lead, url):
    actions.tag(taken, add=["vpn"], by=agent)
    actions.tag(taken, add=["vip"], remove=["vpn"], by=lead)
    desk.post(url(taken, "tags"), {"keep": ["vpn"], "seen": "vpn", "add": "floor-2"})

    taken.refresh_from_db()
    assert taken.tags == ["floor-2", "vip"]


def test_tags_in_use_are_offered_but_those_of_tickets_one_does_not_see(
    desk, taken, make_ticket, agent, other_agent, other_category, manager, url
):
    actions.tag(make_ticket(), add=["floor-2", "month-end"], by=agent)
    actions.tag(make_ticket(), add=["month-end"], by=agent)
    elsewhere = make_ticket(category=other_category)
    actions.tag(elsewhere, add=["secret-project"], by=other_agent)

    assert tags.in_use(agent) == ["month-end", "floor-2"]
    assert set(tags.in_use(manager)) == {"month-end", "floor-2", "secret-project"}
    form = body(desk.get(url(taken, "tags")))
    assert '<option value="month-end">' in form
    assert "secret-project" not in form


def test_bad_tags_come_back(htmx, taken, url):
    response = htmx.post(url(taken, "tags"), {"add": "x" * 60})

    assert response.status_code == 422
    assert "under 40 characters" in body(response)
