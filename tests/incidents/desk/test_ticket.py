"""The workspace: what it shows to whom, what it offers, and how it keeps current."""

import pytest

from incidents.desk.models import SavedView
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body

CONTROLS = ('id="take-it"', "compose-reply", 'class="fb-edit"', "Change the title")


def test_it_shows_what_is_known(desk, ticket, url):
    page = body(desk.get(url(ticket)))

    for words in (
        ticket.ref,
        ticket.title,
        "It drops every few minutes.",
        "Robin Kestrel",
        "Finance",
        "VPN",
    ):
        assert words in page


def test_notes_are_marked_as_internal(desk, taken, agent, url):
    actions.note(taken, "The gateway is old.", by=agent)

    page = body(desk.get(url(taken)))

    assert 'data-kind="internal"' in page
    assert "Internal note: the requester can’t see this" in page


@pytest.mark.parametrize("parts", [(), ("live",), ("related",)])
def test_who_does_not_see_it_as_staff_finds_nothing(
    client_of, other_agent, requester, ticket, url, parts
):
    assert client_of(other_agent).get(url(ticket, *parts)).status_code == 404
    assert client_of(requester).get(url(ticket, *parts)).status_code == 403


def test_an_agent_who_reported_in_another_team_sees_it_in_the_portal_only(
    client_of, other_agent, make_ticket, url
):
    ticket = make_ticket(by=other_agent, requester=other_agent)

    assert client_of(other_agent).get(url(ticket)).status_code == 404
    assert client_of(other_agent).get(ticket.get_absolute_url()).status_code == 200


def test_an_auditor_reads_without_controls(client_of, auditor, ticket, agent, url):
    actions.note(ticket, "A secret of the desk", by=agent)

    page = body(client_of(auditor).get(url(ticket)))

    assert "A secret of the desk" in page
    assert not [words for words in CONTROLS if words in page]


@pytest.mark.parametrize(
    ("part", "given"),
    [
        ("take", {}),
        ("status", {}),
        ("replies", {"body": "x"}),
        ("notes", {"body": "x"}),
        ("resolution", {"body": "x", "code": "fixed"}),
        ("title", {"title": "x"}),
        ("assignment", {"to": "nobody"}),
        ("team", {"to": "1"}),
        ("priority", {"impact": "many", "urgency": "stop"}),
        ("category", {"category": "1"}),
        ("service", {"service": ""}),
        ("links", {"number": "INC-1", "kind": "related"}),
        ("followers", {"who": "Robin Kestrel"}),
        ("article", {}),
    ],
)
def test_an_auditor_changes_nothing(client_of, auditor, ticket, url, part, given):
    before = ticket.version

    response = client_of(auditor).post(url(ticket, part), given)

    ticket.refresh_from_db()
    assert response.status_code == 403
    assert ticket.version == before


@pytest.mark.parametrize(
    "part", ["take", "replies", "notes", "resolution", "title", "assignment", "links", "article"]
)
def test_an_agent_of_another_team_finds_nothing_to_change(
    client_of, other_agent, ticket, url, part
):
    assert client_of(other_agent).post(url(ticket, part), {"body": "x"}).status_code == 404


@pytest.mark.parametrize(
    "part", ["take", "status", "replies", "notes", "resolution", "links", "followers", "article"]
)
def test_what_changes_something_is_not_to_be_had_by_get(desk, ticket, url, part):
    assert desk.get(url(ticket, part)).status_code == 405


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.OPEN, {"Wait for requester", "Hold", "Resolve"}),
        (Status.WAITING_REQUESTER, {"Resume", "Hold", "Resolve"}),
        (Status.WAITING_OTHER, {"Resume", "Wait for requester", "Resolve"}),
        (Status.RESOLVED, {"Reopen"}),
        (Status.CLOSED, set()),
    ],
)
def test_only_steps_that_the_table_allows_are_offered(desk, in_status, url, status, offered):
    space = desk.get(url(in_status(status))).context["space"]

    assert {str(step.label) for step in space.steps} == offered


def test_the_reply_is_open_unless_the_address_says_otherwise(desk, taken, url):
    def opened(query):
        tabs = desk.get(url(taken) + query).context["space"].tabs
        return [tab.name for tab in tabs if tab.is_open]

    assert opened("") == ["reply"]
    assert opened("?compose=note") == ["note"]
    assert opened("?compose=nonsense") == ["reply"]


def test_taking_it_starts_work(desk, ticket, agent, url):
    response = desk.post(url(ticket, "take"), {"expected": ticket.version})

    ticket.refresh_from_db()
    assert response.status_code == 302
    assert response.url == url(ticket)
    assert (ticket.assignee, ticket.status) == (agent, Status.OPEN)


def test_taking_it_from_a_row_brings_the_row(htmx, ticket, url):
    response = htmx.post(
        url(ticket, "take"),
        {"expected": ticket.version, "columns": "priority,assignee"},
        headers={"HX-Target": f"row-{ticket.number}"},
    )

    assert body(response).strip().startswith(f'<tr id="row-{ticket.number}"')
    assert "Sasha V." in body(response)


def test_taking_it_from_a_list_without_javascript_leads_back_to_the_list(desk, ticket, url):
    response = desk.post(
        url(ticket, "take"), {"expected": ticket.version, "next": "/desk/unassigned/?q=vpn"}
    )

    assert response.url == "/desk/unassigned/?q=vpn"


def test_next_leads_nowhere_else(desk, ticket, url):
    response = desk.post(url(ticket, "take"), {"next": "https://elsewhere.example/"})

    assert response.url == url(ticket)


def test_somebody_was_faster(htmx, ticket, lead, url):
    actions.take(ticket, by=lead)

    response = htmx.post(url(ticket, "take"), {"expected": ticket.version})

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#notices"
    assert Ticket.objects.get().assignee == lead


def test_a_closed_ticket_is_not_taken(htmx, in_status, lead, client_of, url):
    closed = in_status(Status.CLOSED)

    assert client_of(lead).post(url(closed, "take")).status_code == 409


def test_resuming(desk, in_status, url):
    waiting = in_status(Status.WAITING_OTHER)

    desk.post(url(waiting, "status"), {"expected": waiting.version})

    waiting.refresh_from_db()
    assert waiting.status == Status.OPEN


def test_a_page_that_is_current_gets_nothing(htmx, ticket, url):
    assert htmx.get(url(ticket, "live"), {"version": ticket.version}).status_code == 204


def test_a_page_that_is_not_current_gets_every_part_but_no_text_field(htmx, taken, requester, url):
    seen = taken.version
    actions.reply(taken, "It is worse now.", by=requester)

    page = body(htmx.get(url(taken, "live"), {"version": seen}))

    assert "It is worse now." in page
    for part in (
        "version",
        "prop-title",
        "facts",
        "steps",
        "timeline",
        "prop-assignment",
        "prop-service",
        "send-reply",
    ):
        assert f'id="{part}" ' in page
    for field in ("<textarea", "<select", 'type="text"', "compose-reply"):
        assert field not in page


def test_a_note_moves_the_desks_version_but_brings_nothing_to_the_portal(
    client_of, htmx, taken, agent, requester, url
):
    seen, seen_in_public = taken.version, taken.public_version
    actions.note(taken, "A secret of the desk", by=agent)

    assert "A secret of the desk" in body(htmx.get(url(taken, "live"), {"version": seen}))
    portal = client_of(requester, headers={"HX-Request": "true"})
    assert portal.get(f"/tickets/{taken.ref}/live/", {"version": seen_in_public}).status_code == 204


@pytest.mark.parametrize("messages", [10, 50])
def test_fourteen_queries_at_most_however_much_was_said(
    desk, taken, requester, agent, lead, service, url, messages, django_assert_max_num_queries
):
    actions.assign(taken, to=lead, by=agent)
    actions.set_service(taken, service=service, by=agent)
    actions.set_priority(taken, by=agent, impact="many")
    for n in range(messages):
        actions.reply(taken, f"Message {n}", by=requester if n % 2 else agent)

    view = SavedView.objects.create(name="Mine", owner=agent, query="sort=-updated&team=network")
    for came_from in ({}, {"in": f"view:{view.pk}"}, {"in": "queue:network?priority=4"}):
        with django_assert_max_num_queries(14):
            desk.get(url(taken), came_from)


def test_what_people_write_is_cleaned_and_out_of_reach_of_htmx(desk, taken, requester, url):
    actions.reply(taken, '<script>x()</script> <b hx-get="/admin/">y</b>', by=requester)

    page = body(desk.get(url(taken)))

    assert "<script>x()" not in page
    assert "<b hx-get" not in page
    assert '<div class="fb-msg__text" hx-disable>' in page


def test_what_somebody_has_is_not_offered_to_be_taken(client_of, lead, ticket, taken, url):
    assert 'id="take-it"' not in body(client_of(lead).get(url(taken)))
