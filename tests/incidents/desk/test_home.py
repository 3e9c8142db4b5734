"""Where an agent starts."""

from incidents.tickets import actions
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body


def cards(response):
    return {card.name: [row.number for row in card.rows] for card in response.context["cards"]}


def test_four_short_lists(desk, make_ticket, agent):
    mine = actions.take(make_ticket(), by=agent)
    waiting = actions.take(make_ticket(), by=agent)
    actions.transition(waiting, to=Status.WAITING_OTHER, by=agent, text="A part is on order.")
    free = make_ticket()

    found = cards(desk.get("/desk/"))

    assert found["mine"] == [mine.number]
    assert found["waiting"] == [waiting.number]
    assert found["unassigned"] == [free.number]
    assert found["newest"] == [free.number, waiting.number, mine.number]


def test_it_greets_by_first_name(desk):
    assert "Sasha</h1>" in body(desk.get("/desk/"))


def test_tickets_of_other_teams_are_not_there(desk, make_ticket, other_category):
    make_ticket(category=other_category)

    assert not any(cards(desk.get("/desk/")).values())


def test_the_lists_come_alone_for_an_update(htmx, ticket):
    page = body(htmx.get("/desk/", headers={"HX-Target": "lists"}))

    assert ticket.ref in page
    assert "<html" not in page


def test_thirteen_queries_at_most(desk, make_ticket, agent, django_assert_max_num_queries):
    for n in range(20):
        ticket = make_ticket(f"Ticket {n}")
        if n % 2:
            actions.take(ticket, by=agent)

    with django_assert_max_num_queries(13):
        desk.get("/desk/")
