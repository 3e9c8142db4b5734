"""Board, bulk changes and macros go by the workflow, too: by the same verb, with the same refusals."""

import re

import pytest

from incidents.desk import acts
from incidents.desk.act_forms import ChangeStatus
from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow
from incidents.workflow.models import IncidentType, Workflow
from tests.incidents.workflow.flows import changed, in_test, standard

BOARD = "/desk/board/?team=network"


@pytest.fixture
def shape(admin):
    def make(flow):
        return shape_workflow(Workflow.objects.get(slug="standard"), flow, by=admin)

    return make


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def lanes(response):
    return [head.key for head in response.context["board"].heads]


def place(ticket, query="team=network&lanes=step"):
    return f"/desk/board/{ticket.ref}/?{query}"


# The board ------------------------------------------------------------------------------------------------------


def test_lanes_are_statuses_and_offer_steps_where_there_are_more(shape, desk, taken):
    assert ("step", "Step of the workflow") not in desk.get(BOARD).context["board"].axes
    shape(in_test(standard()))
    page = desk.get(BOARD)
    assert lanes(page) == ["new", "open", "waiting_requester", "waiting_other", "resolved"]
    assert ("step", "Step of the workflow") in page.context["board"].axes


def test_a_lane_for_each_step(shape, desk, taken, agent):
    shape(in_test(standard()))
    actions.transition(taken, to="in-test", by=agent)
    page = desk.get(f"{BOARD}&lanes=step")
    assert "in-test" in lanes(page)
    found = {cell.lane.key: [card.number for card in cell.cards] for cell in page.context["board"].cells}  # fmt: skip
    assert found["in-test"] == [taken.number]
    assert found["open"] == []


def test_a_card_is_moved_to_a_step_and_explains_where_it_cannot_go(shape, desk, taken, url, agent):
    shape(in_test(standard()))
    address = f"/desk/board/{taken.number}/"
    from django.urls import reverse

    address = reverse("desk:board-place", args=[taken.number]) + "?team=network&lanes=step"
    assert desk.post(address, {"to": "in-test"}).status_code == 302
    taken.refresh_from_db()
    assert taken.step == "in-test"
    refused = desk.post(address, {"to": "waiting_other", "body": "Parts"})
    assert refused.status_code == 409
    assert "“In test” can&#x27;t become “Waiting for other”" in text(refused)
    assert "Parts" in text(refused)


def test_what_is_missing_is_said_on_the_board(shape, desk, taken, agent):
    from django.urls import reverse

    shape(changed(standard(), "open", "resolved", needs_fields=("service",)))
    address = reverse("desk:board-place", args=[taken.number]) + "?team=network"
    refused = desk.post(address, {"to": "resolved", "body": "Works", "code": "fixed"})
    assert refused.status_code == 422
    assert "Before “Resolve”, fill in: service." in text(refused)
    assert "Works" in text(refused)


def test_with_several_workflows_there_are_only_statuses(shape, desk, taken, admin):
    shape(in_test(standard()))
    other = add_workflow("Other", like=standard(), by=admin)
    IncidentType.objects.filter(slug="request").update(workflow=other)
    rulebook.renew()
    assert lanes(desk.get(f"{BOARD}&lanes=step"))[1] == "open"
    assert len(lanes(desk.get(f"{BOARD}&lanes=step"))) == 5


# Acts ---------------------------------------------------------------------------------------------------------


def test_steps_are_offered_to_bulk_changes_and_macros(shape, taken, agent):
    act = acts.ACTS["status"]
    assert "step:in-test" not in str(ChangeStatus(by=agent))
    shape(in_test(standard()))
    form = act.form({"to": "step:in-test"}, by=agent)
    assert form.is_valid(), form.errors
    act.run(taken, by=agent, values=form.plain())
    taken.refresh_from_db()
    assert taken.step == "in-test"
    assert act.describe(form.plain()) == "Set to In test"


def test_a_bulk_change_says_which_tickets_it_could_not_change_and_is_undone(shape, desk, taken, make_ticket, agent):  # fmt: skip
    from incidents.desk import runs

    shape(in_test(standard()))
    new = make_ticket()
    values = {"to": "step:in-test", "text": ""}
    run = runs.start(acts.ACTS["status"], values, [taken.number, new.number], by=agent, key="k")
    assert (run.done, run.total) == (1, 2)
    refused = run.items.exclude(state="done").get()
    assert "“New” can't become “In test”" in refused.message
    from django.utils import timezone

    runs.undo(run, at=timezone.now())
    taken.refresh_from_db()
    assert (taken.status, taken.step) == ("open", "")


def test_a_step_that_is_gone_is_refused_in_words(taken, agent):
    from accounts.errors import InvalidInput

    act = acts.ACTS["status"]
    with pytest.raises(InvalidInput, match="no such status here"):
        act.run(taken, by=agent, values={"to": "step:moon", "text": ""})
    assert act.describe({"to": "step:moon", "text": ""}) == "Set to (gone)"
