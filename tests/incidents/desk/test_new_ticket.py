"""A ticket filed by an agent for somebody on the phone."""

import pytest

from incidents.tickets.models import Draft, Ticket
from tests.incidents.desk.conftest import body

PAGE = "/desk/tickets/new/"


@pytest.fixture
def given(category, requester):
    return {
        "who": "Robin Kestrel",
        "title": "No sound in meetings",
        "description": "Since the update.",
        "category": category.pk,
        "type": "incident",
        "impact": "me",
        "urgency": "slow",
    }


def test_it_is_the_callers_ticket_and_opens_in_the_workspace(desk, given, requester, agent):
    response = desk.post(PAGE, given)

    ticket = Ticket.objects.get()
    assert response.url == ticket.desk_url
    assert (ticket.requester, ticket.reporter, ticket.origin) == (requester, agent, "desk")


def test_the_caller_finds_it_in_the_portal(desk, client_of, given, requester):
    desk.post(PAGE, given)

    assert client_of(requester).get(Ticket.objects.get().get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"who": ""}, "Type their name."),
        ({"who": "Nobody Atall"}, "We can’t find anybody"),
        ({"title": " "}, "Say in a few words"),
        ({"description": ""}, "Write down what happens."),
        ({"category": ""}, "Choose a category."),
        ({"category": "x"}, "Select a valid choice"),
        ({"impact": "all"}, "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_what_is_missing_is_named_and_the_rest_kept(request, given, change, words, browser):
    response = request.getfixturevalue(browser).post(
        PAGE, {**given, "description": "My long story", **change}
    )

    assert response.status_code == 422
    assert words in body(response)
    assert "My long story" in body(response) or "description" in change
    assert not Ticket.objects.exists()


def test_sent_twice_makes_one_ticket(desk, given):
    for _ in range(2):
        desk.post(PAGE, {**given, "key": "k1"})

    assert Ticket.objects.count() == 1


def test_the_draft_is_shown_again_and_gone_once_sent(desk, agent, given):
    Draft.objects.create(user=agent, form="desk-ticket", text={"title": ["Half a title"]})
    assert 'value="Half a title"' in body(desk.get(PAGE))

    desk.post(PAGE, given)
    assert not Draft.objects.exists()


def test_thirty_five_queries_at_most(desk, given, django_assert_max_num_queries):
    desk.post(PAGE, {**given, "key": "a process reads the rules once"})

    with django_assert_max_num_queries(35):
        desk.post(PAGE, {**given, "key": "and then knows them"})


def test_employees_file_in_the_portal(client_of, requester):
    assert client_of(requester).get(PAGE).status_code == 403
