"""Programs change tickets by the verbs that people use: the same rights, the same refusals, and no lost update."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Ticket


@pytest.fixture
def desk(program_of, agent):
    return program_of(agent)


@pytest.fixture
def theirs(program_of, requester):
    return program_of(requester)


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize(("path", "sent", "field", "value"), [
    ("title", {"title": "Gateway drops"}, "title", "Gateway drops"),
    ("priority", {"impact": "many", "urgency": "stop"}, "priority", 1),
    ("priority", {"priority": 2, "reason": "The board meets"}, "priority_by_hand", True),
    ("type", {"type": "request"}, "type", "request"),
])  # fmt: skip
def test_each_property_by_its_verb(desk, ticket, path, sent, field, value):
    answer = desk.put(f"/tickets/{ticket.ref}/{path}", sent)

    assert answer.status_code == 200, answer.content
    assert getattr(now(ticket), field) == value


def test_assigning_and_giving_back(desk, ticket, agent):
    path = f"/tickets/{ticket.ref}/assignee"
    assert desk.put(path, {"person": agent.pk}).json()["assignee"]["name"] == "Sasha Vole"
    assert desk.put(path, {"person": None}).json()["assignee"] is None


def test_nobody_is_assigned_who_does_not_work_there(desk, ticket, requester):
    answer = desk.put(f"/tickets/{ticket.ref}/assignee", {"person": requester.pk})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "to", "message": "Robin Kestrel does not work on tickets of this team."}
    ]


def test_a_ticket_that_is_moved_out_of_sight_is_gone(desk, ticket, other_team):
    answer = desk.put(f"/tickets/{ticket.ref}/team", {"team": other_team.slug})

    assert answer.status_code == 404
    assert now(ticket).team == other_team


def test_category_and_service(desk, ticket, other_category, service):
    told = desk.put(f"/tickets/{ticket.ref}/category", {"category": other_category.slug}).json()
    assert told["category"]["slug"] == "laptop"
    told = desk.put(f"/tickets/{ticket.ref}/service", {"service": service.slug}).json()
    assert told["service"]["slug"] == service.slug
    assert desk.put(f"/tickets/{ticket.ref}/service", {"service": None}).json()["service"] is None


def test_tags_of_two_programs_do_not_clash(desk, ticket):
    desk.patch(f"/tickets/{ticket.ref}/tags", {"add": ["vpn", "Floor 3"]})
    told = desk.patch(f"/tickets/{ticket.ref}/tags", {"add": ["gateway"], "remove": ["vpn"]}).json()

    assert told["staff"]["tags"] == ["floor-3", "gateway"]


def test_a_ticket_from_filing_to_confirmation(desk, theirs, ticket, agent):
    path = f"/tickets/{ticket.ref}"
    desk.put(f"{path}/assignee", {"person": agent.pk})
    asked = desk.post(f"{path}/transitions", {"to": "waiting_requester", "text": "Which floor?"})
    assert asked.json()["status"] == "waiting_requester"
    theirs.post(f"{path}/replies", {"body": "The third."})
    assert now(ticket).status == "open"
    assert (
        desk.post(f"{path}/resolution", {"text": "Restarted.", "code": "fixed"}).status_code == 200
    )
    assert theirs.post(f"{path}/reopening", {"text": "Still."}).json()["status"] == "open"
    desk.post(f"{path}/resolution", {"text": "Replaced.", "code": "fixed"})
    assert theirs.post(f"{path}/confirmation").json()["status"] == "closed"
    events = ticket.events.exclude(kind="filed")
    assert set(events.values_list("origin", flat=True)) <= {"api", "desk", "portal"}


def test_what_the_workflow_forbids_is_refused(desk, ticket):
    answer = desk.post(f"/tickets/{ticket.ref}/reopening", {"text": "Still."})

    assert answer.status_code == 409
    assert answer.json()["detail"] == "This ticket is open already."


def test_withdrawing_is_the_requesters(desk, theirs, ticket):
    assert desk.post(f"/tickets/{ticket.ref}/withdrawal", {}).status_code == 403
    assert (
        theirs.post(f"/tickets/{ticket.ref}/withdrawal", {"reason": "Found it"}).status_code == 200
    )


@pytest.mark.parametrize(("path", "sent"), [
    ("title", {"title": "Mine"}), ("priority", {"priority": 1, "reason": "Me"}), ("category", {"category": "vpn"}),
    ("type", {"type": "request"}), ("assignee", {"person": None}),
])  # fmt: skip
def test_a_requester_changes_no_property(theirs, ticket, path, sent):
    assert theirs.put(f"/tickets/{ticket.ref}/{path}", sent).status_code == 403
    assert now(ticket).version == ticket.version


def test_a_token_that_only_reads_changes_nothing(program_of, agent, ticket):
    reader = program_of(agent, "tickets:read")
    answer = reader.put(f"/tickets/{ticket.ref}/title", {"title": "x"})

    assert answer.status_code == 403
    assert "tickets:write" in answer.json()["detail"]
    assert now(ticket).title == ticket.title


# Two at once --------------------------------------------------------------------------------------------------


def test_a_change_on_what_was_read_is_made(desk, ticket):
    tag = desk.get(f"/tickets/{ticket.ref}")["ETag"]
    answer = desk.put(f"/tickets/{ticket.ref}/title", {"title": "Newer"}, If_Match=tag)

    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_a_change_on_what_has_changed_is_refused(desk, ticket, agent):
    tag = desk.get(f"/tickets/{ticket.ref}")["ETag"]
    actions.retitle(ticket, "Meanwhile", by=agent)
    answer = desk.put(f"/tickets/{ticket.ref}/title", {"title": "Mine"}, If_Match=tag)

    assert answer.status_code == 412
    assert now(ticket).title == "Meanwhile"


def test_a_note_does_not_hold_up_the_requester(theirs, ticket, agent):
    actions.resolve(ticket, "Restarted.", code="fixed", by=agent)
    tag = theirs.get(f"/tickets/{ticket.ref}")["ETag"]
    actions.note(ticket, "Between us", by=agent)
    answer = theirs.post(f"/tickets/{ticket.ref}/confirmation", If_Match=tag)

    assert answer.status_code == 200


# What it is tied to -------------------------------------------------------------------------------------------


def test_following_and_linking(desk, ticket, make_ticket, other_requester):
    path, other = f"/tickets/{ticket.ref}", make_ticket("Other")
    assert desk.put(f"{path}/followers/{other_requester.pk}").status_code == 200
    assert desk.post(f"{path}/links", {"to": other.ref, "kind": "related"}).status_code == 200
    around = desk.get(f"{path}/around").json()
    assert (len(around["followers"]), len(around["links"])) == (1, 1)
    assert desk.delete(f"{path}/followers/{other_requester.pk}").status_code == 204
    assert desk.delete(f"{path}/links/related/{other.ref}").status_code == 204
    around = desk.get(f"{path}/around").json()
    assert (around["followers"], around["links"]) == ([], [])


def test_nothing_is_linked_to_what_one_does_not_see(desk, ticket, make_ticket, other_category):
    far = make_ticket("Far", category=other_category)
    answers = [
        desk.post(f"/tickets/{ticket.ref}/links", {"to": ref, "kind": "related"})
        for ref in (far.ref, "INC-999999")
    ]
    assert [one.status_code for one in answers] == [422, 422]
    assert answers[0].content == answers[1].content
