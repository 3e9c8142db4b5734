"""Queues: which tickets, in which order, narrowed how."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.tickets import actions
from incidents.workflow.priority import Impact, Urgency
from tests.incidents.desk.conftest import body

QUEUE = "/desk/queues/network/"
CRITICAL = {"impact": Impact.MANY, "urgency": Urgency.STOP}


def numbers(response):
    return [row.number for row in response.context["rows"]]


def test_most_urgent_first_then_the_longest_waiting(desk, make_ticket):
    late = make_ticket()
    early = make_ticket(at=timezone.now() - timedelta(days=3))
    critical = make_ticket(**CRITICAL)

    assert numbers(desk.get(QUEUE)) == [critical.number, early.number, late.number]


def test_resolved_tickets_are_not_in_it(desk, resolved):
    assert numbers(desk.get(QUEUE)) == []


def test_a_row_says_what_one_must_know(desk, make_ticket, agent):
    ticket = make_ticket("Calls break up")
    actions.reply(ticket, "Which headset?", by=agent)

    page = body(desk.get(QUEUE))

    for words in (
        ticket.ref,
        "Calls break up",
        "Robin K.",
        "Finance",
        "VPN",
        "New",
        "Take it",
        "Low",
    ):
        assert words in page


def test_a_merged_category_is_shown_under_its_new_name(desk, ticket, other_category):
    ticket.category.is_retired, ticket.category.merged_into = True, other_category
    ticket.category.save()

    assert desk.get(QUEUE).context["rows"][0].category == "Laptop"


def test_my_work_and_unassigned(desk, make_ticket, agent):
    mine, free = actions.take(make_ticket(), by=agent), make_ticket()

    assert numbers(desk.get("/desk/mine/")) == [mine.number]
    assert numbers(desk.get("/desk/unassigned/")) == [free.number]


def test_the_queue_of_another_team_is_not_there(desk, other_team):
    assert desk.get("/desk/queues/workplace/").status_code == 404
    assert desk.get("/desk/queues/none-such/").status_code == 404


def test_a_private_queue_is_there_for_its_people_only(client_of, manager, private_team):
    assert client_of(manager).get("/desk/queues/security/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/desk/", QUEUE, "/desk/mine/", "/desk/unassigned/", f"{QUEUE}news/"]
)
def test_employees_have_no_desk(client_of, requester, team, path):
    assert client_of(requester).get(path).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=screen", {"Black screen"}),
        ("status=open", {"Black screen"}),
        ("status=new&status=open", {"Black screen", "No network"}),
        ("priority=1", {"No network"}),
        ("assignee=me", {"Black screen"}),
        ("assignee=nobody", {"No network"}),
        ("category=vpn", {"Black screen", "No network"}),
        ("category=laptop", set()),
        ("status=open&priority=1", set()),
    ],
)
def test_filters_narrow_it(desk, make_ticket, agent, other_category, query, found):
    actions.take(make_ticket("Black screen"), by=agent)
    make_ticket("No network", **CRITICAL)

    response = desk.get(f"{QUEUE}?{query}")

    assert {row.title for row in response.context["rows"]} == found
    assert len(response.context["chips"]) == query.replace("status=new&", "").count("=")


def test_a_category_stands_for_all_below_it(desk, make_ticket, category):
    child = type(category).objects.create(name="At home", slug="at-home", parent=category)
    below = make_ticket(category=child)

    assert numbers(desk.get(f"{QUEUE}?category=vpn")) == [below.number]


def test_a_chip_leads_to_the_list_without_it(desk, ticket):
    page = body(desk.get(f"{QUEUE}?q=vpn&status=new"))

    assert f'href="{QUEUE}?status=new"' in page
    assert "Remove filter Text: “vpn”" in page


@pytest.mark.parametrize(
    "query",
    [
        "status=__class__",
        "priority=9",
        "assignee=7",
        "category=none-such",
        "team=security",
        "service=none-such",
        "department=99",
        "requester=1%27",
        "tag=a,b",
        "created=last-0",
        "created_from=tomorrow",
        "updated_to=9999-12-31",
        "unread=yes",
        "q=%00",
        "sort=title",
    ],
)
def test_what_is_no_choice_is_refused_and_nothing_is_shown(desk, ticket, private_team, query):
    """Not the list without that filter: it would be longer than what was meant."""
    response = desk.get(f"{QUEUE}?{query}&status=new")

    assert response.status_code == 400
    assert ticket.ref not in body(response)
    assert "Part of this address is not known" in body(response)
    assert f'href="{QUEUE}?status=new"' in body(response) or query.startswith("status")


def test_pages_of_fifty_without_gap_or_repeat(desk, make_ticket):
    made = {make_ticket(f"Ticket {n}").number for n in range(53)}

    first = desk.get(QUEUE)
    second = desk.get(first.context["list"].next)

    assert len(numbers(first)) == 50
    assert set(numbers(first)) | set(numbers(second)) == made
    assert len(numbers(second)) == 3
    assert not second.context["list"].next


@pytest.mark.parametrize("after", ["x:y:z", "zzz"])
def test_a_place_that_is_none_is_not_the_lists_start(desk, ticket, after):
    response = desk.get(f"{QUEUE}?status=new&after={after}")

    assert response.status_code == 400
    assert ticket.ref not in body(response)
    assert f'href="{QUEUE}?status=new"' in body(response)


@pytest.mark.parametrize("path", [QUEUE, "/desk/mine/", "/desk/unassigned/"])
@pytest.mark.parametrize("rows", [10, 50])
def test_twelve_queries_at_most_however_many_rows(
    desk, make_ticket, agent, other_requester, rows, path, django_assert_max_num_queries
):
    for n in range(rows):
        ticket = make_ticket(f"Ticket {n}", requester=other_requester)
        if path == "/desk/mine/":
            actions.take(ticket, by=agent)

    with django_assert_max_num_queries(12):
        assert len(desk.get(path).context["rows"]) == rows


def test_the_number_of_queries_does_not_grow_with_rows(
    desk, make_ticket, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_ticket()
    with CaptureQueriesContext(connection) as few:
        desk.get(QUEUE)
    for n in range(20):
        make_ticket(f"Ticket {n}")
    with CaptureQueriesContext(connection) as many:
        desk.get(QUEUE)

    assert len(few) == len(many)


def test_a_filter_by_htmx_brings_the_table_with_chips_and_address(htmx, ticket):
    response = htmx.get(f"{QUEUE}?q=vpn&status=", headers={"HX-Target": "queue"})

    assert response["HX-Push-Url"] == f"{QUEUE}?q=vpn"
    assert body(response).lstrip().startswith('<div id="queue">')
    assert 'id="chips" hx-swap-oob="true"' in body(response)
    assert "<html" not in body(response)


def test_an_auditor_reads_but_can_take_nothing(client_of, auditor, ticket):
    page = body(client_of(auditor).get(QUEUE))

    assert ticket.ref in page
    assert "fb-take" not in page


def test_titles_are_text(desk, make_ticket):
    make_ticket("<img src=x onerror=alert(1)>")

    assert "<img src=x" not in body(desk.get(QUEUE))
