"""What came again and again, and how often priority was set by hand: for those who lead."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Ticket


@pytest.fixture
def jams(make_ticket, service, agent):
    found = [
        make_ticket(title=title, service=service)
        for title in (
            "Printer floor 3 jams",
            "Printer floor 3 jams again",
            "The printer on floor 3 jams",
            "Invoice has a wrong address",
        )
    ]
    actions.spend(found[0], 90, by=agent)
    return found


def test_tickets_of_a_service_that_tell_of_the_same_are_put_together(lead, client_of, jams):
    page = client_of(lead).get("/desk/repeated/")

    (one,) = page.context["found"]
    assert (one.tickets, one.open, one.spent) == (3, 3, "1 h 30 min")
    html = page.content.decode()
    assert "Write article" in html
    assert "/desk/macros/new/" in html


def test_only_among_what_the_reader_sees(lead, client_of, jams, other_team):
    Ticket.objects.filter(pk=jams[0].pk).update(team=other_team)

    assert client_of(lead).get("/desk/repeated/").context["found"] == []


def test_overrides_stand_beside_it(lead, client_of, ticket, agent, team):
    actions.set_priority(ticket, by=agent, override=1, reason="The director")

    (one,) = client_of(lead).get("/desk/repeated/").context["overrides"]
    assert (one.team, one.times) == (team.name, 1)


def test_it_is_for_those_who_lead(agent, client_of):
    assert client_of(agent).get("/desk/repeated/").status_code == 403
