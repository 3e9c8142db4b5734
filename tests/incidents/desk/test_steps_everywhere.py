"""Board, bulk changes and macros go by the workflow, too: by the same verb, with the same refusals."""

import re

import pytest
from django.conf import settings

from incidents.desk import acts
from incidents.desk.act_forms import WORDS, ChangeStatus
from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow
from incidents.workflow.models import IncidentType, Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import changed, in_test, standard, with_steps, with_ways

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


# What is written with a step, and who reads it -----------------------------------------------------------------


def with_approval(flow):
    """A second step that waits for the requester, and one that waits for others."""
    approval = Place("+2", Status.WAITING_REQUESTER, "Waiting for approval", position=3, is_default=False)  # fmt: skip
    parts = Place("+3", Status.WAITING_OTHER, "Waiting for parts", position=4, is_default=False)
    flow = with_steps(flow, approval, parts)
    opened = flow.at("open")
    return with_ways(flow, *(way for one in (approval, parts) for way in (Way(opened, one), Way(one, opened))))  # fmt: skip


def reopening(flow):
    """A resolved ticket may be tested again."""
    test = next(one for one in flow.places if one.name == "In test")
    return with_ways(flow, Way(flow.at("resolved"), test, "Test again", needs_text=True))


def readers(form):
    """Who reads what is written with each choice, as the form says."""
    said = {one.name: str(one.read_by) for one in form.words}
    return {choice: said[name] for choice, name in form.fields["to"].widget.takes.items()}


def bulk(desk, tickets, **given):
    numbers = [ticket.ref for ticket in tickets]
    return desk.post("/desk/bulk/new/", {"act": "status", "ticket": numbers, **given})


def test_words_with_a_second_step_that_waits_for_the_requester_are_a_question(shape, desk, taken, agent):  # fmt: skip
    shape(with_approval(standard()))
    steps = {"step:waiting-for-approval": "ask", "step:waiting-for-parts": "hold"}
    for form in (ChangeStatus(by=agent), ChangeStatus(by=agent, about=[("incident", "open", "")])):
        assert form.fields["to"].widget.takes.items() >= steps.items()
        assert readers(form)["step:waiting-for-approval"] == "The requester reads this."
        assert readers(form)["step:waiting-for-parts"] == "Only the desk reads this."

    asked = bulk(desk, [taken], to="step:waiting-for-approval", text="May we replace it?")

    assert asked.status_code == 302
    said = taken.messages.get(body="May we replace it?")
    assert said.is_public
    assert acts.ACTS["status"].tells({"to": "step:waiting-for-approval", "text": ""})
    assert not acts.ACTS["status"].tells({"to": "step:waiting-for-parts", "text": "x"})


def test_a_step_that_waits_is_not_set_without_words(shape, desk, taken):
    shape(with_approval(standard()))
    for step, missing in (
        ("step:waiting-for-approval", "Write what you ask the requester."),
        ("step:waiting-for-parts", "Write what the ticket waits for."),
    ):
        refused = bulk(desk, [taken], to=step, text=" ")
        assert refused.status_code == 422
        assert missing in text(refused)


def test_a_step_of_a_macro_says_that_requesters_of_resolved_tickets_read_its_words(shape, taken, agent, requester):  # fmt: skip
    shape(reopening(in_test(standard())))
    act = acts.ACTS["status"]
    form = act.form({"to": "step:in-test", "text": "The fix is out."}, by=agent)
    assert "its requester reads it" in readers(form)["step:in-test"]
    assert form.is_valid(), form.errors
    assert act.tells(form.plain())

    act.run(taken, by=agent, values=form.plain())
    assert not taken.messages.get(body="The fix is out.").is_public

    done = actions.resolve(taken, "Done.", code="fixed", by=agent)
    act.run(done, by=agent, values=form.plain())
    done.refresh_from_db()
    assert done.step == "in-test"
    assert list(done.messages.filter(is_public=True, body="The fix is out.").visible_to(requester))


def test_a_resolved_ticket_is_not_put_on_hold_by_opening_it_again(desk, resolved):
    """The workflow has no such way, and words for the desk never become a reply."""
    bulk(desk, [resolved], to="waiting_other", text="The vendor is slow.")

    resolved.refresh_from_db()
    assert resolved.is_resolved
    assert not resolved.messages.filter(body="The vendor is slow.").exists()


def test_where_a_workflow_holds_resolved_tickets_the_form_says_who_reads_it(shape, desk, resolved, agent):  # fmt: skip
    flow = standard()
    shape(with_ways(flow, Way(flow.at("resolved"), flow.at("waiting_other"), needs_text=True)))
    about = [("incident", "resolved", "")]
    for form in (ChangeStatus(by=agent), ChangeStatus(by=agent, about=about)):
        assert "its requester reads it" in readers(form)["waiting_other"]

    bulk(desk, [resolved], to="waiting_other", text="The vendor is slow.")

    resolved.refresh_from_db()
    assert resolved.status == "waiting_other"
    assert resolved.messages.get(body="The vendor is slow.").is_public


def test_of_several_tickets_only_those_that_are_resolved_take_why_they_are_opened(shape, desk, taken, make_ticket, agent):  # fmt: skip
    shape(reopening(in_test(standard())))
    done = actions.resolve(taken, "Done.", code="fixed", by=agent)
    others = [actions.take(make_ticket(f"Other {n}"), by=agent) for n in range(2)]

    bulk(desk, [done, *others], to="step:in-test", text="It is back.")

    found = Ticket.objects.filter(step="in-test").order_by("pk")
    assert [one.messages.filter(body="It is back.").count() for one in found] == [1, 0, 0]


def test_only_tickets_whose_workflow_asks_for_a_reason_take_it(shape, desk, taken, make_ticket, agent, admin):  # fmt: skip
    shape(in_test(standard()))
    asking = add_workflow("Careful", like=standard(), by=admin)
    flow = rulebook.current().flows[asking.slug]
    shape_workflow(asking, changed(flow, "open", "in-test", needs_text=True), by=admin)
    IncidentType.objects.filter(slug="request").update(workflow=asking)
    rulebook.renew()
    other = actions.set_type(actions.take(make_ticket(), by=agent), type="request", by=agent)

    bulk(desk, [taken, other], to="step:in-test", text="As agreed.")

    assert Ticket.objects.filter(step="in-test").count() == 2
    assert not taken.messages.filter(body="As agreed.").exists()
    assert not other.messages.get(body="As agreed.").is_public


def test_a_note_that_nothing_asks_for_is_kept(shape, desk, taken):
    shape(in_test(standard()))

    bulk(desk, [taken], to="step:in-test", text="On the second gateway.")

    assert not taken.messages.get(body="On the second gateway.").is_public


def test_a_choice_that_is_none_is_refused(desk, taken):
    assert bulk(desk, [taken], to="moon", text="x").status_code == 422


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.name)
def test_the_stylesheet_shows_each_of_the_words_with_its_choice(words):
    css = (settings.BASE_DIR / "static/css/work.css").read_text()
    shown = f'option[data-words="{words.name}"]:checked) .fb-words [data-words="{words.name}"]'
    assert shown in css
