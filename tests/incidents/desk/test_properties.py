"""Properties, each changed where it stands."""

import re

import pytest

from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Service
from incidents.workflow.priority import Priority
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body

PROPERTIES = ["title", "assignment", "team", "priority", "type", "category", "service"]


@pytest.mark.parametrize("name", PROPERTIES)
def test_the_form_is_a_page_or_a_part(desk, htmx, taken, url, name):
    page, part = body(desk.get(url(taken, name))), body(htmx.get(url(taken, name)))

    assert "<html" in page
    assert part.lstrip().startswith("<form")
    assert f'name="expected" value="{taken.version}"' in part


@pytest.mark.parametrize("name", PROPERTIES)
def test_who_may_not_change_it_gets_no_form(client_of, auditor, taken, url, name):
    assert client_of(auditor).get(url(taken, name)).status_code == 403


def test_every_change_is_one_event(desk, taken, lead, other_team, other_category, service, url):
    for name, given in {
        "title": {"title": "VPN drops at home"},
        "assignment": {"to": lead.pk},
        "priority": {"impact": "many", "urgency": "stop"},
        "category": {"category": other_category.pk},
        "type": {"type": "request"},
        "service": {"service": service.pk},
        "team": {"to": other_team.pk},
    }.items():
        before = taken.version
        assert desk.post(url(taken, name), {**given, "expected": before}).status_code == 302
        taken.refresh_from_db()
        assert taken.version == before + 1, name

    assert taken.title == "VPN drops at home"
    assert taken.priority == Priority.P1
    assert taken.type == "request"
    assert (taken.category, taken.service, taken.team) == (other_category, service, other_team)


def test_saving_without_a_change_records_nothing(desk, taken, agent, category, url):
    for name, given in {
        "title": {"title": taken.title},
        "assignment": {"to": agent.pk},
        "priority": {"impact": taken.impact, "urgency": taken.urgency},
        "category": {"category": category.pk},
        "type": {"type": taken.type},
        "service": {"service": ""},
    }.items():
        desk.post(url(taken, name), given)

    before = taken.version
    taken.refresh_from_db()
    assert taken.version == before


def test_giving_it_back(desk, taken, url):
    desk.post(url(taken, "assignment"), {"to": "nobody"})

    taken.refresh_from_db()
    assert taken.assignee is None


def test_people_of_the_team_are_offered_and_nobody_else(htmx, taken, lead, other_agent, url):
    form = body(htmx.get(url(taken, "assignment")))

    assert "Noor Aspen" in form
    assert "Sasha Vole (me)" in form
    assert "Bea Otter" not in form


def test_somebody_of_another_team_is_refused(htmx, taken, other_agent, url):
    response = htmx.post(url(taken, "assignment"), {"to": other_agent.pk})

    assert response.status_code == 422
    assert "Choose somebody who works on tickets of this team." in body(response)


def test_a_priority_by_hand_needs_a_reason(htmx, taken, url):
    given = {"impact": "me", "urgency": "slow", "override": "1"}

    response = htmx.post(url(taken, "priority"), given)

    assert response.status_code == 422
    assert "Say why" in body(response)

    htmx.post(url(taken, "priority"), {**given, "reason": "The board meets at nine."})
    taken.refresh_from_db()
    assert (taken.priority, taken.priority_by_hand) == (Priority.P1, True)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 201}),
        ("team", {"to": "0"}),
        ("priority", {"impact": "world", "urgency": "stop"}),
        ("category", {"category": "999999"}),
        ("category", {"category": "__class__"}),
        ("service", {"service": "999999"}),
    ],
)
def test_bad_input_is_422_and_saves_nothing(htmx, taken, url, name, given):
    response = htmx.post(url(taken, name), given)

    before = taken.version
    taken.refresh_from_db()
    assert response.status_code == 422
    assert body(response).lstrip().startswith("<form")
    assert taken.version == before


def test_a_retired_service_is_not_offered(htmx, taken, url):
    Service.objects.create(name="Old fax", slug="fax", is_retired=True)

    assert "Old fax" not in body(htmx.get(url(taken, "service")))


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_a_clash_shows_the_others_change_and_keeps_mine(request, taken, lead, url, browser):
    browser = request.getfixturevalue(browser)
    seen = taken.version
    actions.retitle(taken, "VPN: gateway 2", by=lead)

    clash = browser.post(url(taken, "title"), {"title": "My better title", "expected": seen})

    taken.refresh_from_db()
    assert clash.status_code == 409
    assert "Noor Aspen</b> changed the title" in body(clash)
    assert 'value="My better title"' in body(clash)
    assert "Keep mine" in body(clash)
    assert taken.title == "VPN: gateway 2"

    browser.post(url(taken, "title"), {"title": "My better title", "expected": taken.version})
    taken.refresh_from_db()
    assert taken.title == "My better title"


def test_changes_of_other_properties_do_not_clash(desk, taken, lead, url):
    seen = taken.version
    actions.set_priority(taken, by=lead, impact="many")

    assert desk.post(url(taken, "title"), {"title": "Another", "expected": seen}).status_code == 302


def test_htmx_gets_all_parts_of_the_page(htmx, taken, url):
    response = htmx.post(url(taken, "title"), {"title": "Another"})

    assert response["HX-Reswap"] == "none"
    assert 'id="prop-title"' in body(response)
    assert "changed the title" in body(response)


@pytest.mark.parametrize("name", ["title", "category", "priority", "assignment", "team"])
def test_a_closed_ticket_is_left_as_it_is(
    client_of, lead, in_status, category, other_team, url, name
):
    closed = in_status(Status.CLOSED)
    given = {
        "title": {"title": "New"},
        "category": {"category": category.pk},
        "priority": {"impact": "many", "urgency": "stop"},
        "assignment": {"to": lead.pk},
        "team": {"to": other_team.pk},
    }[name]

    assert client_of(lead).post(url(closed, name), given).status_code == 409


def test_after_handing_it_out_of_sight_one_is_back_at_ones_work(desk, taken, private_team, url):
    response = desk.post(url(taken, "team"), {"to": private_team.pk, "expected": taken.version})

    assert response.url == "/desk/mine/"
    assert taken.events.of_kind(Kind.MOVED).count() == 1


def test_an_agent_without_the_right_to_assign_may_still_take_it(client_of, ticket, team, url):
    from accounts.models import Grant, Role
    from tests.conftest import make_person

    person = make_person("Pim Wren")
    role = Role.objects.create(
        name="Helper", slug="helper", permissions=["tickets.see", "tickets.work"]
    )
    Grant.objects.create(user=person, role=role, team=team)
    helper = client_of(person)

    assert "Pim Wren (me)" in body(helper.get(url(ticket, "assignment")))
    assert helper.get(url(ticket, "team")).status_code == 403
    helper.post(url(ticket, "assignment"), {"to": person.pk})
    ticket.refresh_from_db()
    assert ticket.assignee == person


@pytest.mark.parametrize(("pressed", "field"), [("priority", "override"), ("impact", "impact"), ("urgency", "urgency"), ("", "override")])  # fmt: skip
def test_the_form_of_the_priority_begins_with_what_was_pressed(htmx, ticket, url, pressed, field):
    page = body(htmx.get(url(ticket, "priority"), headers={"HX-Trigger": f"edit-{pressed}"}))

    assert re.findall(r'<(?:select|input)[^>]*\bname="(\w+)"[^>]*\bautofocus', page) == [field]
