"""The board: which cards stand where, under which heads, and how much of it a page shows."""

import re

import pytest

from accounts.models import Grant, Role
from incidents.desk.board import board as boards
from incidents.desk.models import LaneLimit, SavedView, Scope
from incidents.tickets import actions
from incidents.workflow.priority import Impact, Urgency
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body

BOARD = "/desk/board/"
QUEUE = "team=network"
CRITICAL = {"impact": Impact.MANY, "urgency": Urgency.STOP}


def cards(response):
    """Numbers of the cards, by the key of their cell."""
    return {
        cell.key: [card.number for card in cell.cards]
        for cell in response.context["board"].cells
        if cell.cards
    }


def head(response, key):
    return next(head for head in response.context["board"].heads if head.key == key)


def test_cards_stand_in_the_lane_of_their_status(desk, make_ticket, agent):
    new = make_ticket()
    mine = actions.take(make_ticket(), by=agent)
    held = actions.transition(make_ticket(), to=Status.WAITING_OTHER, text="Parts.", by=agent)
    done = actions.resolve(make_ticket(), "Restarted.", code="fixed", by=agent)

    assert cards(desk.get(BOARD)) == {
        "all-new": [new.number],
        "all-open": [mine.number],
        "all-waiting_other": [held.number],
        "all-resolved": [done.number],
    }


def test_most_urgent_on_top_and_the_latest_resolved_first(desk, make_ticket, agent):
    low, critical = make_ticket(), make_ticket(**CRITICAL)
    first, second = (
        actions.resolve(make_ticket(), "Done.", code="fixed", by=agent) for _ in range(2)
    )

    found = cards(desk.get(BOARD))

    assert found["all-new"] == [critical.number, low.number]
    assert found["all-resolved"] == [second.number, first.number]


def test_what_was_resolved_yesterday_is_gone(desk, resolved, time_machine):
    from datetime import timedelta

    from django.utils import timezone

    time_machine.move_to(timezone.now() + timedelta(days=1, hours=1))

    assert cards(desk.get(BOARD)) == {}


def test_a_card_confirmed_today_stays_and_cannot_be_moved(desk, in_status):
    ticket = in_status(Status.CLOSED)

    response = desk.get(BOARD)

    assert cards(response) == {"all-resolved": [ticket.number]}
    assert response.context["board"].cells[-1].cards[0].is_fixed


@pytest.mark.parametrize(
    ("lanes", "key"),
    [("priority", "all-1"), ("assignee", "all-nobody"), ("team", "all-network")],
)
def test_lanes_can_be_something_else(client_of, manager, make_ticket, lanes, key):
    ticket = make_ticket(**CRITICAL)

    response = client_of(manager).get(f"{BOARD}?of=all&lanes={lanes}")

    assert cards(response) == {key: [ticket.number]}


def test_assignees_are_nobody_me_my_colleagues_and_somebody_else(
    desk, team, agent, lead, manager, make_ticket
):
    theirs = actions.assign(make_ticket(), to=manager, by=manager)

    response = desk.get(f"{BOARD}?lanes=assignee")

    labels = [head.lane.label for head in response.context["board"].heads]
    assert labels == ["Nobody", "Me", "Noor A.", "Somebody else"]
    assert cards(response) == {"all-others": [theirs.number]}


def test_rows_part_the_lanes(desk, make_ticket, agent):
    low, critical = make_ticket(), actions.take(make_ticket(**CRITICAL), by=agent)

    response = desk.get(f"{BOARD}?rows=priority")

    assert cards(response) == {"1-open": [critical.number], "4-new": [low.number]}
    assert [row.count for row in response.context["board"].shown_rows] == ["1", "0", "0", "1", "0"]
    assert "<details" in body(response)


def test_rows_that_are_the_lanes_are_none(desk, ticket):
    assert desk.get(f"{BOARD}?lanes=priority&rows=priority").context["board"].rows.name == "none"


def test_it_is_narrowed_as_lists_are(desk, make_ticket):
    wanted = make_ticket("Calls break up")
    make_ticket("Black screen")

    response = desk.get(f"{BOARD}?{QUEUE}&q=calls")

    assert cards(response) == {"all-new": [wanted.number]}
    assert 'href="/desk/queues/network/?q=calls"' in body(response)


def test_it_follows_a_saved_view(desk, agent, make_ticket):
    view = SavedView.objects.create(name="Burning", owner=agent, query="priority=1")
    critical = make_ticket(**CRITICAL)
    make_ticket()

    response = desk.get(f"{BOARD}?view={view.pk}&lanes=assignee")

    assert cards(response) == {"all-nobody": [critical.number]}
    assert "Burning" in body(response)


def test_a_chip_takes_away_even_what_the_view_asks_for(desk, agent, make_ticket):
    view = SavedView.objects.create(name="Burning", owner=agent, query="priority=1")
    tickets = {make_ticket(**CRITICAL).number, make_ticket().number}

    page = desk.get(f"{BOARD}?view={view.pk}").context["board"]
    without = desk.get(page.chips[0].without)

    assert set(cards(without)["all-new"]) == tickets
    assert desk.get(without.context["board"].here).context["board"].chips == []


def test_a_view_that_is_laid_out_as_a_board_opens_as_one(desk, agent):
    view = SavedView.objects.create(name="Burning", owner=agent, layout=SavedView.Layout.BOARD)

    assert desk.get(f"/desk/views/{view.pk}/")["Location"] == f"{BOARD}?view={view.pk}"


def test_a_view_is_saved_as_a_board_or_by_itself_as_a_list(desk):
    for layout in ({"layout": "board"}, {}):
        desk.post(
            "/desk/views/", {"name": "Burning", "query": "priority=1", "scope": "mine", **layout}
        )

    assert list(SavedView.objects.order_by("pk").values_list("layout", flat=True)) == [
        "board",
        "list",
    ]


def test_the_view_of_somebody_else_is_not_there(desk, lead):
    theirs = SavedView.objects.create(name="Mine", owner=lead, query="")
    for_all = SavedView.objects.create(name="All", owner=lead, scope=Scope.EVERYBODY)

    assert desk.get(f"{BOARD}?view={theirs.pk}").status_code == 404
    assert desk.get(f"{BOARD}?view={for_all.pk}").status_code == 200
    assert desk.get(f"{BOARD}?view=x").status_code == 404


def test_who_works_in_one_team_sees_its_board_first(desk, client_of, manager, team):
    assert desk.get(BOARD).context["board"].scope.key == "network"
    assert client_of(manager).get(BOARD).context["board"].scope.key == "all"


@pytest.mark.parametrize(
    ("asked", "seen"),
    [("assignee=me", "mine"), ("assignee=nobody", "free"), ("of=all", "both"), (QUEUE, "both")],
)
def test_it_shows_a_queue_my_work_or_what_nobody_has(desk, make_ticket, agent, asked, seen):
    mine, free = actions.take(make_ticket(), by=agent), make_ticket()
    wanted = {"mine": {mine.number}, "free": {free.number}, "both": {mine.number, free.number}}

    found = cards(desk.get(f"{BOARD}?{asked}"))

    assert {number for numbers in found.values() for number in numbers} == wanted[seen]


def test_other_teams_and_private_ones_are_not_on_it(
    desk, client_of, manager, other_team, private_team, make_ticket, category
):
    category.default_team = private_team
    category.save()
    make_ticket()

    assert desk.get(f"{BOARD}?team=workplace").status_code == 400
    assert cards(client_of(manager).get(f"{BOARD}?of=all")) == {}


@pytest.mark.parametrize(
    "query",
    ["lanes=title", "rows=__class__", "upto=new:7", "upto=none:100", "priority=9", "of=mine",
     "team=none-such", "title=x"],
)  # fmt: skip
def test_what_is_not_known_is_answered_with_400(desk, ticket, query):
    response = desk.get(f"{BOARD}?{query}")

    assert response.status_code == 400
    assert ticket.ref not in body(response)
    assert "Part of this address is not known" in body(response)
    assert "Show the board without filters" in body(response)
    assert 'id="side"' in body(response), "still the desk"


def test_what_is_known_of_an_address_leads_on(desk, team):
    page = body(desk.get(f"{BOARD}?{QUEUE}&lanes=zz"))

    assert f'href="{BOARD}?team=network"' in page


@pytest.mark.parametrize("view", ["999999", "zz"])
def test_a_view_that_is_gone_is_said_as_in_lists(desk, view):
    response = desk.get(f"{BOARD}?view={view}")

    assert response.status_code == 404
    assert "This view is gone" in body(response)


def test_employees_have_no_board(client_of, requester, team):
    assert client_of(requester).get(BOARD).status_code == 403


# How much of it -----------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(boards, "SIZE", 2)
    monkeypatch.setattr(boards, "MOST", 4)


def test_a_lane_shows_its_first_cards_and_counts_the_rest(small, desk, make_ticket):
    first, second, _third = (make_ticket().number for _ in range(3))

    response = desk.get(BOARD)

    assert cards(response) == {"all-new": [first, second]}
    assert head(response, "new").count == "3"
    assert "upto=new%3A4" in head(response, "new").more


def test_it_shows_more_when_asked_and_ends_somewhere(small, desk, make_ticket):
    for _ in range(5):
        make_ticket()

    response = desk.get(f"{BOARD}?upto=new:4")

    assert len(cards(response)["all-new"]) == 4
    assert not head(response, "new").more
    assert "See all as a list" in body(response)


def test_the_number_of_queries_is_that_of_an_empty_board(
    desk, make_ticket, agent, django_assert_max_num_queries
):
    desk.get(BOARD)
    with django_assert_max_num_queries(17) as few:
        desk.get(BOARD)
    for n in range(12):
        ticket = make_ticket()
        if n % 2:
            actions.take(ticket, by=agent)
    with django_assert_max_num_queries(len(few)):
        desk.get(BOARD)


# Limits ---------------------------------------------------------------------------------------------------


def test_a_limit_stands_in_the_head_and_warns_in_words(desk, team, make_ticket):
    LaneLimit.objects.create(team=team, lanes="status", lane="new", most=1)
    make_ticket()
    assert "over the limit" not in body(desk.get(BOARD))

    make_ticket()
    page = body(desk.get(BOARD))

    assert re.search(r'id="count-new"[^>]*>2<span aria-hidden="true"> / 1</span>', page)
    assert "over the limit" in page


def test_a_narrowed_board_has_no_limits(desk, team, ticket):
    LaneLimit.objects.create(team=team, lanes="status", lane="new", most=1)

    assert head(desk.get(f"{BOARD}?{QUEUE}&q=vpn"), "new").limit == 0


def test_who_leads_the_team_sets_limits(client_of, lead, team):
    leads = client_of(lead)
    LaneLimit.objects.create(team=team, lanes="status", lane="new", most=9)
    assert 'value="9"' in body(leads.get(f"{BOARD}limits/?{QUEUE}"))

    response = leads.post(f"{BOARD}limits/?{QUEUE}", {"new": "", "open": "8"})

    assert response.status_code == 302
    assert list(LaneLimit.objects.values_list("lane", "most")) == [("open", 8)]
    assert "Limits" in body(leads.get(BOARD))


def test_a_limit_is_a_number_from_one(client_of, lead, team):
    response = client_of(lead).post(f"{BOARD}limits/?{QUEUE}", {"open": "0"})

    assert response.status_code == 422
    assert not LaneLimit.objects.exists()


def test_others_see_limits_and_do_not_set_them(desk, team):
    assert desk.get(f"{BOARD}limits/?{QUEUE}").status_code == 403
    assert "/limits/" not in body(desk.get(BOARD))


def test_leading_everything_else_is_not_leading_a_private_team(client_of, manager, private_team):
    Grant.objects.create(user=manager, role=Role.objects.get(slug="agent"), team=private_team)

    assert client_of(manager).get(f"{BOARD}?team=security").status_code == 200
    assert client_of(manager).get(f"{BOARD}limits/?team=security").status_code == 403


def test_a_board_of_several_teams_has_no_limits(client_of, manager, team):
    assert client_of(manager).get(f"{BOARD}limits/?of=all").status_code == 404
