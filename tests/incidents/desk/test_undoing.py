"""Undo of what was done to one ticket: offered with the result for ten minutes, on the ticket, in a list, on the board."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from accounts.permissions import Permission
from incidents.desk import undoing
from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from incidents.workflow.models import Workflow
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body
from tests.incidents.workflow.flows import changed, standard


@pytest.fixture
def shape(admin):
    def make(flow):
        return shape_workflow(Workflow.objects.get(slug="standard"), flow, by=admin)

    return make


def offered(response):
    """The numbers of the events that the page offers to undo."""
    found = re.search(r'name="of" value="([\d,]+)"', body(response))
    return found and found[1]


def undo(client, ticket, of, **given):
    return client.post(f"{ticket.desk_url}undo/", {"of": of, **given})


def now():
    return Ticket.objects.get()


def test_taking_a_ticket_on_its_page_is_undone(htmx, ticket, url):
    response = htmx.post(url(ticket, "take"))
    assert f"{ticket.ref} is yours now." in body(response)
    assert now().status == Status.OPEN

    answer = undo(htmx, ticket, offered(response))

    assert f"{ticket.ref} is as before." in body(answer)
    assert (answer["HX-Retarget"], answer["HX-Trigger"]) == ("#notices", '{"live:poll": {}}')
    assert (now().assignee, now().status) == (None, Status.NEW)


def test_in_a_list_the_row_comes_with_the_offer(htmx, ticket, url):
    response = htmx.post(url(ticket, "take"), headers={"HX-Target": f"row-{ticket.number}"})

    assert "<tr" in body(response)
    assert undo(htmx, ticket, offered(response)).status_code == 200
    assert now().assignee is None


def test_without_a_script_the_next_page_offers_it(desk, ticket, url):
    page = desk.post(url(ticket, "take"), follow=True)

    back = undo(desk, ticket, offered(page), next="/desk/mine/")

    assert back["Location"] == "/desk/mine/"
    assert now().assignee is None
    assert f"{ticket.ref} is as before." in body(desk.get("/desk/mine/"))


def test_who_has_it_is_said_and_set_back(htmx, taken, agent, lead, client_of, url):
    leads = client_of(lead, headers={"HX-Request": "true"})
    given = {"to": "nobody", "expected": taken.version}
    response = leads.post(url(taken, "assignment"), given)
    assert f"Nobody has {taken.ref} now." in body(response)

    undo(leads, taken, offered(response))

    assert now().assignee == agent


def test_what_was_written_to_resolve_it_stays_and_that_is_said(htmx, taken, url):
    given = {"body": "Restarted.", "code": "fixed", "expected": taken.version}
    response = htmx.post(url(taken, "resolution"), given)
    assert "What was written stays, even if you undo this." in body(response)

    answer = undo(htmx, taken, offered(response))

    assert f"{taken.ref} is as before; what was written stays." in body(answer)
    assert now().status == Status.OPEN


@pytest.mark.parametrize(
    ("part", "then", "status"),
    [("replies", "wait", "waiting_requester"), ("notes", "hold", "waiting_other")],
)
def test_words_that_went_with_a_step_stay_and_that_is_said(htmx, taken, url, part, then, status):
    response = htmx.post(url(taken, part), {"body": "Which room?", "then": then})
    assert now().status == status
    assert "What was written stays, even if you undo this." in body(response)

    answer = undo(htmx, taken, offered(response))

    assert f"{taken.ref} is as before; what was written stays." in body(answer)
    assert now().status == Status.OPEN
    assert taken.messages.filter(body="Which room?").exists()


def test_words_of_a_move_on_the_board_stay_and_that_is_said(htmx, taken):
    given = {"axis": "status", "to": "waiting_requester", "expected": taken.version}
    place = f"/desk/board/cards/{taken.ref}/place/"
    response = htmx.post(place, {**given, "body": "Which room?"})
    assert "What was written stays, even if you undo this." in body(response)

    answer = undo(htmx, taken, offered(response))

    assert f"{taken.ref} is as before; what was written stays." in body(answer)
    assert now().status == Status.OPEN


def test_what_was_filled_in_for_a_step_goes_back_with_it(shape, htmx, taken, agent, service, url):
    needs = ("service", "tags", "assignee")
    shape(changed(standard(), "open", "resolved", needs_fields=needs))
    ticket = actions.release(taken, by=agent)
    given = {
        "body": "Restarted.", "code": "fixed", "expected": ticket.version, "first-service": service.pk,
        "first-tags": "vpn", "first-assignee": agent.pk,
    }  # fmt: skip
    response = htmx.post(url(ticket, "resolution"), given)
    assert (now().status, now().service, now().assignee) == (Status.RESOLVED, service, agent)
    assert f"{ticket.ref} is now “Resolved”." in body(response)
    assert "is yours now" not in body(response)

    answer = undo(htmx, ticket, offered(response))

    assert f"{ticket.ref} is as before; what was written stays." in body(answer)
    assert (now().status, now().service, now().assignee, now().tags) == ("open", None, None, [])


def test_a_new_ticket_that_needs_somebody_is_resolved_by_whoever_fills_in_themselves(
    shape, htmx, ticket, agent, url
):
    shape(changed(standard(), "new", "resolved", needs_fields=("assignee",)))
    given = {"body": "Restarted.", "code": "fixed", "expected": ticket.version}

    assert htmx.post(url(ticket, "resolution"), given).status_code == 422
    response = htmx.post(url(ticket, "resolution"), {**given, "first-assignee": agent.pk})

    assert response.status_code == 200, body(response)
    assert (now().status, now().assignee) == (Status.RESOLVED, agent)


def test_filling_in_hides_no_change_by_somebody_else(shape, htmx, ticket, agent, lead, url):
    shape(changed(standard(), "waiting_other", "resolved", needs_fields=("assignee",)))
    seen = ticket.version
    actions.transition(ticket, to="waiting_other", text="For a part.", by=lead)
    given = {"body": "Restarted.", "code": "fixed", "expected": seen, "first-assignee": agent.pk}

    assert htmx.post(url(ticket, "resolution"), given).status_code == 409


def test_a_reply_alone_is_nothing_to_undo(htmx, taken, url):
    assert offered(htmx.post(url(taken, "replies"), {"body": "Hello."})) is None


def test_a_move_on_the_board_is_undone(htmx, ticket):
    given = {"axis": "status", "to": "open", "expected": ticket.version}
    response = htmx.post(f"/desk/board/cards/{ticket.ref}/place/", given)
    assert f"{ticket.ref} is now in “In progress”." in body(response)

    undo(htmx, ticket, offered(response))

    assert now().status == Status.NEW


def test_after_ten_minutes_it_is_too_late(htmx, ticket, url, time_machine):
    of = offered(htmx.post(url(ticket, "take")))
    time_machine.move_to(timezone.now() + timedelta(minutes=11))

    answer = undo(htmx, ticket, of)

    assert answer.status_code == 409
    assert "can’t be undone any more" in body(answer)
    assert now().assignee is not None


def test_what_somebody_changed_since_stays(htmx, ticket, agent, lead, url):
    of = offered(htmx.post(url(ticket, "take")))
    actions.assign(now(), to=lead, by=lead)

    answer = undo(htmx, ticket, of)

    assert answer.status_code == 200
    assert "Not everything: somebody changed the rest since." in body(answer)
    assert "is as before" not in body(answer)
    assert (now().assignee, now().status) == (lead, Status.NEW)


def test_parts_that_went_back_are_told_where_the_whole_stays(
    htmx, make_ticket, agent, requester, url
):
    whole, part = make_ticket("Line is cut"), make_ticket("No phone")
    actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    whole.refresh_from_db()
    given = {"body": "A new cable.", "code": "fixed", "expected": whole.version}
    of = offered(htmx.post(url(whole, "resolution"), given))
    actions.reopen(whole, "Cut again.", by=requester)

    answer = undo(htmx, whole, of)

    assert answer.status_code == 200
    assert f"{requester.display_name} changed this since. 1 part of it is as before." in body(
        answer
    )
    assert answer["HX-Trigger"] == '{"live:poll": {}}'
    part.refresh_from_db()
    assert part.status == Status.NEW
    assert undo(htmx, whole, of).status_code == 409


@pytest.mark.parametrize("of", ["", "x", "999999", "1"])
def test_what_is_not_ones_own_or_not_there_is_refused(htmx, ticket, of):
    assert undo(htmx, ticket, of).status_code == 409
    assert not ticket.events.of_kind(Kind.UNDONE).exists()


def test_nobody_undoes_what_others_did(htmx, ticket, lead):
    actions.take(ticket, by=lead)
    of = ",".join(str(event.number) for event in ticket.events.of_kind(Kind.ASSIGNED))

    assert undo(htmx, ticket, of).status_code == 409
    assert now().assignee == lead


def test_who_only_reads_undoes_nothing(client_of, auditor, taken):
    assert undo(client_of(auditor), taken, "2").status_code == 403


def test_the_ticket_of_another_team_is_not_there(client_of, other_agent, taken):
    assert undo(client_of(other_agent), taken, "2").status_code == 404


def test_a_right_that_was_lost_meanwhile_is_said_to_be_the_reason(taken, lead):
    since = taken.version
    actions.set_priority(taken, override=1, reason="The boss.", by=lead)
    actions.retitle(now(), "Better", by=lead)
    role = Role.objects.get(slug="team-lead")
    role.permissions = [one for one in role.permissions if one != Permission.TICKETS_PRIORITISE]
    role.save()
    lead = type(lead).objects.get(pk=lead.pk)

    told = undoing.undo(now(), [since + 1, since + 2], by=lead, at=timezone.now())

    assert told == "Not everything: you may not change the rest any more."
    assert (now().title, now().priority) == (taken.title, 1)
