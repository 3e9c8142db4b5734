"""My tickets."""

import pytest

from incidents.tickets import actions


def close(ticket, agent):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    return actions.confirm(ticket, by=ticket.requester)


def titles(answer):
    return [line.ticket.title for line in answer.context["lines"]]


def test_open_and_closed_are_apart_newest_first(client_of, requester, agent, make_ticket):
    for title in ("First", "Second", "Third"):
        make_ticket(title)
    close(make_ticket("Old one"), agent)
    client = client_of(requester)

    assert titles(client.get("/tickets/")) == ["Third", "Second", "First"]
    assert titles(client.get("/tickets/?state=closed")) == ["Old one"]


def test_tickets_reported_by_or_for_the_person_are_theirs(
    client_of, requester, other_requester, make_ticket
):
    make_ticket("For Mika", requester=other_requester)

    assert titles(client_of(requester).get("/tickets/")) == ["For Mika"]
    assert titles(client_of(other_requester).get("/tickets/")) == ["For Mika"]


def test_an_agent_finds_only_their_own_here(client_of, agent, make_ticket):
    make_ticket()

    assert titles(client_of(agent).get("/tickets/")) == []


def test_a_long_list_comes_in_pages(client_of, requester, make_ticket):
    for n in range(30):
        make_ticket(f"Broken {n}")
    client = client_of(requester)

    first = client.get("/tickets/")
    second = client.get("/tickets/", {"after": first.context["next"]})

    assert len(titles(first)) == 25
    assert titles(first) + titles(second) == [f"Broken {n}" for n in reversed(range(30))]
    assert not second.context["next"]


def test_a_token_that_is_not_ours_gives_the_first_page(client_of, requester, make_ticket):
    make_ticket("Broken")

    assert titles(client_of(requester).get("/tickets/", {"after": "1; DROP TABLE"})) == ["Broken"]


@pytest.mark.parametrize("number", [10, 50])
def test_it_needs_few_queries_however_many_tickets(number, client_of, requester, agent, make_ticket, django_assert_max_num_queries):  # fmt: skip
    for n in range(number):
        actions.reply(make_ticket(f"Broken {n}"), "Which one?", by=agent)
    client = client_of(requester)
    client.get("/")

    with django_assert_max_num_queries(8):
        assert client.get("/tickets/").status_code == 200
