"""What a type asks for: tasks before a ticket is resolved, and a review afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import InvalidInput, NotAllowed, Refused
from incidents.tickets import actions, timeline
from incidents.tickets.errors import TasksLeft
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Ticket
from incidents.workflow import rulebook
from incidents.workflow.actions import types
from incidents.workflow.models import IncidentType, Matrix, Workflow


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def breach(admin):
    """A type of the administrators' own, with two tasks."""
    return types.add_type(
        by=admin,
        name="Data breach",
        nature="incident",
        workflow=Workflow.objects.get(slug="standard"),
        matrix=Matrix.objects.get(slug="standard"),
        tasks=["Tell the data protection officer", "Change all passwords"],
        review="always",
        closes_by_itself=False,
    )


@pytest.fixture
def breached(ticket, breach, agent):
    return actions.set_type(ticket, type=breach.slug, by=agent)


def texts(ticket):
    return list(ticket.checklist.values_list("text", "added_by__is_system", "required_by"))


def test_tasks_are_put_on_the_checklist_by_the_desk_itself(breached, agent):
    assert texts(breached) == [
        ("Tell the data protection officer", True, "data-breach"),
        ("Change all passwords", True, "data-breach"),
    ]
    event = breached.events.get(kind=Kind.CHECKLIST_CHANGED)
    assert (event.actor.is_system, event.is_public) == (True, False)
    assert "2 steps are required" in timeline.for_staff(now(breached), agent)[-1].sentence


def test_a_type_that_comes_back_asks_nothing_twice(breached, agent):
    actions.set_type(breached, type="incident", by=agent)
    actions.set_type(breached, type="data-breach", by=agent)

    assert breached.checklist.count() == 2


def test_what_is_filed_with_the_type_has_them_too(agent, category, breach):
    ticket = actions.file("Leak", by=agent, description="x", category=category, type=breach.slug)

    assert ticket.checklist.count() == 2


def test_a_category_says_what_its_tickets_are(requester, category, breach):
    Category.objects.filter(pk=category.pk).update(type=breach.slug)

    ticket = actions.file("Leak", by=requester, description="x", category=category)

    assert (ticket.type, ticket.checklist.count()) == ("data-breach", 2)


def test_it_is_not_resolved_while_one_is_undone_and_the_refusal_names_it(breached, agent):
    first, second = breached.checklist.all()
    actions.tick_step(breached, first.pk, done=True, by=agent)

    with pytest.raises(TasksLeft, match="“Change all passwords”"):
        actions.resolve(breached, "Done.", code="fixed", by=agent)

    actions.tick_step(breached, second.pk, done=True, by=agent)
    assert actions.resolve(breached, "Done.", code="fixed", by=agent).is_resolved


def test_another_type_asks_for_its_own_only(breached, agent):
    actions.set_type(breached, type="incident", by=agent)

    assert actions.resolve(breached, "Done.", code="fixed", by=agent).is_resolved


def test_whoever_leads_the_team_skips_one_with_a_reason(breached, lead, agent):
    first, second = breached.checklist.all()

    with pytest.raises(NotAllowed):
        actions.skip_step(breached, first.pk, "No personal data in it", by=agent)
    with pytest.raises(InvalidInput):
        actions.skip_step(breached, first.pk, "  ", by=lead)
    for item in (first, second):
        actions.skip_step(breached, item.pk, "No personal data in it", by=lead)
    with pytest.raises(Refused):
        actions.skip_step(breached, first.pk, "Again", by=lead)

    first.refresh_from_db()
    assert (first.done_by, first.skipped_because) == (lead, "No personal data in it")
    assert "No personal data in it" in timeline.for_staff(now(breached), agent)[-1].sentence
    assert actions.resolve(breached, "Done.", code="fixed", by=agent).is_resolved


def test_a_required_step_is_not_simply_removed(breached, agent):
    with pytest.raises(Refused):
        actions.remove_step(breached, breached.checklist.first().pk, by=agent)


def test_resolving_leaves_the_review_to_be_done_once(breached, lead, agent, requester):
    for item in breached.checklist.all():
        actions.tick_step(breached, item.pk, done=True, by=agent)
    actions.resolve(breached, "Done.", code="fixed", by=agent)
    actions.reopen(breached, "Still", by=requester)
    actions.resolve(breached, "Done.", code="fixed", by=agent)

    review = breached.checklist.get(is_review=True)
    actions.confirm(breached, by=requester)
    actions.tick_step(breached, review.pk, done=True, by=agent)  # after all is over
    assert not breached.checklist.filter(is_review=True, done_at=None).exists()


def test_a_review_is_asked_for_by_whoever_works_on_it(ticket, agent, requester):
    actions.ask_review(ticket, by=agent)
    actions.ask_review(ticket, by=agent)

    assert ticket.checklist.filter(is_review=True).count() == 1
    with pytest.raises(NotAllowed):
        actions.ask_review(ticket, by=requester)


def test_parts_that_have_something_left_stay_open(ticket, make_ticket, breach, agent):
    part = make_ticket()
    actions.link(part, to=ticket, kind="child_of", is_synced=True, by=agent)
    actions.set_type(part, type=breach.slug, by=agent)

    actions.resolve(ticket, "Done.", code="fixed", by=agent)

    assert now(part).is_open


def test_who_may_set_it(ticket, agent, manager, admin, breach):
    types.change_type(
        breach, by=admin, name="Data breach", workflow=breach.workflow, matrix=breach.matrix,
        set_by="announcements.manage", tasks=breach.tasks,
    )  # fmt: skip

    with pytest.raises(NotAllowed, match="Data breach"):
        actions.set_type(ticket, type=breach.slug, by=agent)
    with pytest.raises(NotAllowed):
        actions.file("Leak", by=agent, description="x", category=None, type=breach.slug)
    assert actions.set_type(ticket, type=breach.slug, by=manager).type == "data-breach"


def test_a_retired_type_is_set_no_more_but_stays_readable(breached, make_ticket, agent, admin):
    types.retire_type(IncidentType.objects.get(slug="data-breach"), by=admin)

    with pytest.raises(InvalidInput, match="retired"):
        actions.set_type(make_ticket(), type="data-breach", by=agent)
    assert rulebook.type(now(breached).type).label == "Data breach"


def test_priority_follows_the_matrix_of_the_type_in_the_same_event(ticket, agent, admin, breach):
    from incidents.workflow.actions import matrices

    strict = {one: dict.fromkeys(("stop", "slow", "low"), 1) for one in ("me", "team", "many")}
    urgent = matrices.add_matrix("Always critical", strict, by=admin)
    types.change_type(
        breach, by=admin, name="Data breach", workflow=breach.workflow, matrix=urgent, tasks=[]
    )

    changed = actions.set_type(ticket, type=breach.slug, by=agent)

    assert changed.priority == 1
    assert changed.events.of_kind(Kind.PRIORITISED).count() == 0
    assert "so the priority is <b>Critical" in timeline.for_staff(changed, agent)[-1].sentence


def test_priority_set_by_hand_stays(ticket, agent):
    actions.set_priority(ticket, by=agent, override=2, reason="The director")

    assert actions.set_type(ticket, type="request", by=agent).priority == 2


def test_it_is_not_merged_away_while_one_is_undone(breached, make_ticket, agent, lead):
    target = make_ticket("The same")

    with pytest.raises(TasksLeft):
        actions.merge(breached, into=target, by=agent)

    for item in breached.checklist.all():
        actions.skip_step(breached, item.pk, reason="Another ticket has it.", by=lead)
    assert actions.merge(breached, into=target, by=agent).is_closed


def test_into_one_of_the_same_type_it_is_merged_since_that_asks_the_same(
    breached, make_ticket, agent
):
    target = actions.set_type(make_ticket("The same"), type="data-breach", by=agent)

    assert actions.merge(breached, into=target, by=agent).is_closed
    with pytest.raises(TasksLeft):
        actions.resolve(target, "Done.", code="fixed", by=agent)


def test_what_only_some_may_set_is_not_merged_into_something_else(
    ticket, make_ticket, agent, manager, admin, breach
):
    types.change_type(
        breach, by=admin, name="Data breach", workflow=breach.workflow, matrix=breach.matrix,
        set_by="announcements.manage", tasks=[],
    )  # fmt: skip
    actions.set_type(ticket, type="data-breach", by=manager)
    target = make_ticket("The same")

    with pytest.raises(NotAllowed, match="merge it into one of this type"):
        actions.merge(ticket, into=target, by=agent)
    actions.set_type(target, type="data-breach", by=manager)
    assert actions.merge(ticket, into=target, by=agent).is_closed


# Leaving the type -----------------------------------------------------------------------------------------------


@pytest.fixture
def filed(category, breach, agent):
    """Nobody on the desk chose its type."""
    Category.objects.filter(pk=category.pk).update(type=breach.slug)
    return actions.file("Leak", by=agent, description="x", category=category)


def test_nobody_goes_around_the_tasks_by_another_type(filed, agent):
    with pytest.raises(TasksLeft, match=r"“Data breach” asks .* “Change all passwords”"):
        actions.set_type(filed, type="incident", by=agent)

    assert now(filed).type == "data-breach"


def test_once_they_are_done_it_may_become_something_else(filed, agent):
    for item in filed.checklist.all():
        actions.tick_step(filed, item.pk, done=True, by=agent)

    assert actions.set_type(filed, type="incident", by=agent).type == "incident"


def test_whoever_leads_the_team_makes_it_something_else(filed, lead):
    assert actions.set_type(filed, type="incident", by=lead).type == "incident"


def test_who_chose_it_by_mistake_takes_it_back_at_once_and_no_later(ticket, breach, agent, lead):
    actions.set_type(ticket, type=breach.slug, by=agent)
    assert actions.set_type(ticket, type="incident", by=agent).type == "incident"

    actions.set_type(ticket, type=breach.slug, by=agent)
    later = timezone.now() + timedelta(minutes=11)
    with pytest.raises(TasksLeft):
        actions.set_type(ticket, type="incident", by=agent, at=later)

    actions.set_type(ticket, type="incident", by=lead)
    actions.set_type(ticket, type=breach.slug, by=lead)
    with pytest.raises(TasksLeft):
        actions.set_type(ticket, type="incident", by=agent)
