"""The workspace offers exactly the ways out that the workflow has for this person, and asks for what they need."""

import re

import pytest

from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.workflow.models import Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import changed, in_test, standard, with_steps, with_ways


@pytest.fixture
def shape(admin):
    def make(flow):
        return shape_workflow(Workflow.objects.get(slug="standard"), flow, by=admin)

    return make


def offered(response):
    return [str(step.label) for step in response.context["space"].steps]


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_its_steps_are_offered_by_their_names(shape, desk, taken, url):
    shape(in_test(standard()))
    assert offered(desk.get(url(taken))) == ["In test", "Wait for requester", "Hold", "Resolve"]
    desk.post(url(taken, "steps/in-test"))
    page = desk.get(url(taken))
    assert offered(page) == ["Back to work", "Resolve"]
    assert "In test" in text(page)


def test_what_is_not_open_to_this_person_is_not_offered(shape, desk, taken, url):
    shape(changed(standard(), "open", "waiting_other", permission="team.lead"))
    assert "Hold" not in offered(desk.get(url(taken)))
    assert 'value="hold"' not in text(desk.get(url(taken)))
    response = desk.post(url(taken, "steps/waiting_other"), {"text": "Parts"})
    assert response.status_code == 403


def test_a_step_that_asks_for_nothing_is_done_by_its_button(shape, desk, taken, url):
    shape(in_test(standard()))
    response = desk.post(url(taken, "steps/in-test"), {"expected": taken.version})
    assert response.status_code == 302
    taken.refresh_from_db()
    assert taken.step == "in-test"


def test_required_fields_are_asked_in_the_form_of_the_step(shape, desk, taken, url, service):
    shape(changed(in_test(standard()), "open", "+1", needs_text=True, needs_fields=("service", "tags")))  # fmt: skip
    page = text(desk.get(url(taken, "steps/in-test")))
    assert "Needed for this step" in page
    assert 'name="first-service"' in page

    again = desk.post(url(taken, "steps/in-test"), {"text": "Build 12"})
    assert again.status_code == 422
    assert "Build 12" in text(again)
    assert "Fill this in first." in text(again)
    taken.refresh_from_db()
    assert (taken.step, taken.service) == ("", None)

    sent = {"text": "Build 12", "first-service": service.pk, "first-tags": "vpn, build"}
    assert desk.post(url(taken, "steps/in-test"), sent).status_code == 302
    taken.refresh_from_db()
    assert (taken.step, taken.service, taken.tags) == ("in-test", service, ["build", "vpn"])


def test_the_composer_asks_for_them_before_it_resolves(shape, desk, taken, url, service):
    shape(changed(standard(), "open", "resolved", needs_fields=("service",)))
    assert 'name="first-service"' in text(desk.get(url(taken), {"compose": "resolve"}))
    words = {"body": "Works", "code": "fixed"}
    again = desk.post(url(taken, "resolution"), words)
    assert again.status_code == 422
    assert "Works" in text(again)
    desk.post(url(taken, "resolution"), {**words, "first-service": service.pk})
    taken.refresh_from_db()
    assert (taken.status, taken.service) == ("resolved", service)


def test_what_cannot_be_filled_in_is_said(shape, desk, taken, url, agent):
    shape(changed(standard(), "open", "resolved", needs_fields=("checklist",)))
    actions.add_steps(taken, ["Ask"], by=agent)
    page = text(desk.get(url(taken), {"compose": "resolve"}))
    assert "Every step of the checklist has to be done first." in page
    refused = desk.post(
        url(taken, "resolution"), {"body": "Works", "code": "fixed", "despite": "on"}
    )
    assert refused.status_code == 422
    assert "every step of the checklist" in text(refused)


def test_nothing_is_filled_in_when_the_step_is_refused(shape, desk, taken, url, service, agent):
    shape(changed(standard(), "open", "resolved", needs_fields=("service", "checklist")))
    actions.add_steps(taken, ["Ask"], by=agent)
    words = {"body": "Works", "code": "fixed", "despite": "on", "first-service": service.pk}
    assert desk.post(url(taken, "resolution"), words).status_code == 422
    taken.refresh_from_db()
    assert taken.service is None


def test_several_ends_are_several_buttons(shape, desk, taken, url):
    flow = with_steps(standard(), Place("+1", Status.RESOLVED, "Rejected", is_default=False))
    rejected = flow.places[-1]
    shape(
        with_ways(
            flow,
            Way(flow.at("open"), rejected),
            Way(rejected, flow.at("closed"), by_requester=True),
        )
    )
    page = desk.get(url(taken), {"compose": "resolve"})
    assert [str(send.label) for send in page.context["space"].panel("resolve").look.sends] == ["Rejected", "Resolve"]  # fmt: skip
    desk.post(url(taken, "resolution"), {"body": "Not ours", "code": "no_fault_found", "then": "rejected"})  # fmt: skip
    taken.refresh_from_db()
    assert (taken.status, taken.step) == ("resolved", "rejected")


def test_a_step_that_is_not_there_and_closing(desk, taken, url):
    assert desk.get(url(taken, "steps/moon")).status_code == 404
    assert desk.get(url(taken, "steps/closed")).status_code == 400


def test_a_step_to_which_no_way_leads_says_so(shape, desk, taken, url):
    shape(in_test(standard()))
    desk.post(url(taken, "steps/in-test"))
    refused = desk.post(url(taken, "steps/waiting_other"), {"text": "Parts"})
    assert refused.status_code == 409
    assert "“In test” can&#x27;t become “Waiting for other”" in text(refused)


def test_the_requester_reads_it_in_their_words(shape, desk, taken, url, client_of, requester):
    shape(in_test(standard()))
    desk.post(url(taken, "steps/in-test"))
    page = text(client_of(requester).get(taken.get_absolute_url()))
    assert page.count("We are testing the fix") >= 2
    assert "In test" not in page
    assert "We are testing the fix" in text(client_of(requester).get("/tickets/"))


def test_the_portal_offers_only_what_the_workflow_leaves_to_them(shape, desk, taken, url, client_of, requester, agent):  # fmt: skip
    shape(changed(standard(), "resolved", "open", by_requester=False))
    actions.resolve(taken, "Works", code="fixed", by=agent)
    page = text(client_of(requester).get(taken.get_absolute_url()))
    assert "Yes" in page
    assert "No, still broken" not in page
