"""The rules that administrators shape are read once, and never old."""

import pytest
from django.db import transaction

from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType, Matrix, Step, Transition, Workflow
from incidents.workflow.priority import MATRIX
from incidents.workflow.states import TRANSITIONS, Status

pytestmark = pytest.mark.django_db


def test_every_install_starts_with_what_itil_describes():
    flow = rulebook.flow("incident")
    assert [place.slug for place in flow.places] == [*Status]
    assert {(way.here.status, way.there.status) for way in flow.ways} == set(TRANSITIONS)
    assert rulebook.priority("major", "many", "stop") == 1
    assert [one.slug for one in rulebook.types()] == [
        "incident", "request", "major", "repetitive", "complex",
    ]  # fmt: skip


def test_asking_again_costs_one_query(django_assert_num_queries):
    rulebook.current()
    with django_assert_num_queries(1):
        rulebook.flow("incident")
    with django_assert_num_queries(1), rulebook.asked_once():
        for (impact, urgency), result in MATRIX.items():
            assert rulebook.priority("incident", impact, urgency) == result


def test_what_was_changed_holds_at_once():
    rulebook.current()
    Workflow.objects.update(name="Ours", is_seeded=False)
    assert rulebook.flow("incident").label == "Standard"
    rulebook.renew()
    assert rulebook.flow("incident").label == "Ours"


def test_what_was_rolled_back_never_held():
    with transaction.atomic():
        Matrix.objects.update(name="Ours", is_seeded=False)
        rulebook.renew()
        assert rulebook.type("incident").matrix.label == "Ours"
        transaction.set_rollback(True)
    assert rulebook.type("incident").matrix.label == "Standard"


def test_a_page_that_changes_something_reads_it_anew():
    with rulebook.asked_once():
        rulebook.current()
        IncidentType.objects.filter(slug="request").update(is_retired=True)
        rulebook.renew()
        assert "request" not in [one.slug for one in rulebook.types()]
    assert rulebook.type("request").is_retired


def test_an_unknown_type_is_handled_as_an_incident():
    assert rulebook.type("from-another-tool").slug == "incident"
    assert not rulebook.is_type("from-another-tool")


def test_names_that_every_install_has_are_told_in_the_readers_language():
    from django.utils import translation

    with translation.override("de"):
        assert str(rulebook.flow("incident").at("open").label) == "In Arbeit"


@pytest.fixture
def tested():
    """Before it is resolved, somebody tests; and nobody waits for others."""
    flow = Workflow.objects.get()
    step = Step.objects.create(
        workflow=flow, slug="in-test", status="open", name="In test", position=2
    )
    opened = flow.steps.get(slug="open")
    Transition.objects.create(workflow=flow, here=opened, there=step)
    flow.steps.get(slug="waiting_other").delete()
    rulebook.renew()
    return rulebook.flow("incident")


def test_a_ticket_stands_where_it_was_put_and_else_at_the_default(tested):
    assert tested.at("open", "in-test").label == "In test"
    assert tested.at("open").slug == "open"
    assert tested.at("open", "no-longer-there").slug == "open"
    assert tested.at("new", "in-test").slug == "new"


def test_from_where_the_workflow_knows_nothing_a_way_leads_back(tested):
    lost = tested.at("waiting_other")
    assert lost.label == "Waiting for other"
    assert [way.there.slug for way in tested.ways_from(lost)] == ["open"]
    assert tested.way(lost, tested.at("open"))
    assert tested.way(lost, tested.at("closed")) is None


def test_a_way_says_what_it_does(tested):
    here = tested.at("open")
    assert {way.there.slug: way.label for way in tested.ways_from(here)} == {
        "in-test": "In test",
        "waiting_requester": "Wait for requester",
        "resolved": "Resolve",
        "closed": "No longer needed",
    }
