"""What staff see of how requesters found it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.tickets import actions
from incidents.tickets.models import Rating
from tests.incidents.desk.conftest import body


@pytest.fixture
def rated(make_ticket, requester, manager):
    """A ticket that was closed and rated."""

    def make(score, comment="", **given):
        ticket = make_ticket(**given)
        actions.resolve(ticket, "Done.", code="fixed", by=manager)
        actions.confirm(ticket, by=requester)
        actions.rate(ticket, score=score, by=requester, comment=comment)
        return ticket

    return make


def test_the_ticket_shows_score_and_comment_beside_it_and_in_its_history(desk, rated, url):
    page = body(desk.get(url(rated(2, "Nobody <b>called</b>."))))

    side = page[page.index('id="rated"') :]
    assert "Bad" in side
    assert page.count("Nobody &lt;b&gt;called&lt;/b&gt;.") == 2
    assert "rated this: <b>Bad</b>" in page


def test_a_ticket_without_a_rating_has_no_such_part(desk, ticket, url):
    page = body(desk.get(url(ticket)))

    assert 'aria-labelledby="h-rated" hidden' in page


def test_home_says_how_satisfied_people_were_lately(desk, rated):
    for score in (5, 5, 3):
        rated(score)

    assert "Satisfaction, last 30 days: 4.3 of 5 (3 ratings)" in body(desk.get("/desk/"))


def test_home_says_nothing_where_nobody_rated(desk, ticket):
    assert "Satisfaction" not in body(desk.get("/desk/"))


def test_only_ratings_of_tickets_one_sees_and_of_the_last_month_count(
    desk, client_of, manager, rated, other_category
):
    rated(5)
    rated(1, category=other_category)
    old = rated(1)
    Rating.objects.filter(ticket=old).update(created_at=timezone.now() - timedelta(days=31))

    assert "5.0 of 5 (1 rating)" in body(desk.get("/desk/"))
    assert "3.0 of 5 (2 ratings)" in body(client_of(manager).get("/desk/"))


def test_ratings_of_a_private_team_are_its_own(client_of, manager, agent, rated, private_team):
    ticket = rated(1, "secret words")
    type(ticket).objects.filter(pk=ticket.pk).update(team=private_team)

    for person in (manager, agent):
        client = client_of(person)
        assert "Satisfaction" not in body(client.get("/desk/"))
        assert client.get(ticket.desk_url).status_code == 404
