"""What the desk sees of “me too” and of reports that articles made needless."""

import pytest

from incidents.portal import actions as portal
from incidents.tickets import actions
from incidents.tickets.models import Category
from tests.conftest import make_person
from tests.incidents.desk.conftest import body


@pytest.fixture
def crowded(make_ticket):
    """An offered ticket that two others joined."""
    ticket = make_ticket("Gateway is down", impact="team")
    for name in ("Ash Pipit", "Gus Clover"):
        ticket = actions.join(ticket, by=make_person(name))
    return ticket


def test_a_row_says_how_many_others_have_it(desk, crowded, make_ticket):
    page = body(desk.get("/desk/queues/network/"))
    assert "+2<" in page
    assert "others have this" in page

    make_ticket("Alone")
    assert body(desk.get("/desk/queues/network/")).count("others have this") == 1


def test_the_workspace_counts_them_and_names_them_apart_from_chosen_followers(
    desk, crowded, requester, url
):
    actions.follow(crowded, who=make_person("Selma Stint"), by=requester)

    assert "3 people" in body(desk.get(url(crowded)))
    page = body(desk.get(url(crowded, "related")))
    chosen, joined = page.split("2 others have this too")
    assert "Selma Stint" in chosen
    assert "Ash Pipit" in joined
    assert "Ash Pipit" not in chosen


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_an_agent_lets_others_join_and_stops_it(browser, ticket, url, request):
    client = request.getfixturevalue(browser)

    answer = client.post(url(ticket, "offer"), {"on": "1"})
    ticket.refresh_from_db()
    assert ticket.is_offered
    assert answer.status_code == (302 if browser == "desk" else 200)

    client.post(url(ticket, "offer"))
    ticket.refresh_from_db()
    assert not ticket.is_offered


def test_there_is_no_such_button_where_it_would_be_refused(
    desk, client_of, auditor, make_ticket, ticket, resolved, team, url
):
    hushed = Category.objects.create(
        name="HR", slug="hr", default_team=team, is_confidential=True, is_confined=True
    )
    request = make_ticket(type="request")

    assert 'id="offer-it"' in body(desk.get(url(make_ticket())))
    for one in (resolved, request, make_ticket(category=hushed)):
        assert 'id="offer-it"' not in body(desk.get(url(one)))
    assert 'id="offer-it"' not in body(client_of(auditor).get(url(make_ticket())))


def test_refusals_of_offering_are_told(desk, htmx, resolved, make_ticket, url):
    assert htmx.post(url(resolved, "offer"), {"on": "1"}).status_code == 409
    request = make_ticket(type="request")
    assert htmx.post(url(request, "offer"), {"on": "1"}).status_code in {409, 422}


def test_who_joined_is_taken_off_by_an_agent_and_counted_no_longer(desk, crowded, url):
    one = crowded.followers.get(display_name="Ash Pipit")

    desk.post(url(crowded, "followers", one.pk, "removal"))

    crowded.refresh_from_db()
    assert crowded.affected_count == 2


def test_the_desk_home_counts_avoided_reports(desk, make_article, requester):
    assert "Reports avoided" not in body(desk.get("/desk/"))

    portal.solved(make_article(), by=requester)

    assert "Reports avoided by articles, last 30 days: 1" in body(desk.get("/desk/"))
