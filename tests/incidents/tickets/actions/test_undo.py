"""Taking back what one did: former values are set again, wherever nobody changed them since."""

import pytest

from accounts.errors import EditConflict, NotAllowed
from accounts.models import Grant, Role, Team
from accounts.permissions import Permission
from incidents.notify.models import Delivery
from incidents.tickets import actions, timeline
from incidents.tickets.actions.undo import NothingUndone
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Tagging
from incidents.tickets.rebuild import all_differences, compare, rebuild
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType
from incidents.workflow.states import Status


@pytest.fixture
def undo(ticket):
    """Undo what happened after version `since`."""

    def run(by, since, until=99):
        event = actions.undo(ticket, numbers=range(since + 1, until + 1), by=by).event
        ticket.refresh_from_db()
        assert compare(ticket, rebuild(ticket)) == []
        return event

    return run


def now(ticket):
    ticket.refresh_from_db()
    return ticket.version


def test_everything_one_did_goes_back_as_one_event(ticket, agent, other_category, service, undo):
    before = {name: getattr(ticket, name) for name in ("category_id", "service_id", "impact", "priority", "title")}  # fmt: skip
    since = now(ticket)
    actions.take(ticket, by=agent)
    actions.set_priority(ticket, impact="many", urgency="stop", by=agent)
    actions.categorise(ticket, category=other_category, by=agent)
    actions.set_service(ticket, service=service, by=agent)
    actions.retitle(ticket, "Better", by=agent)

    undo(agent, since)

    assert ticket.assignee is None
    assert ticket.status == Status.NEW
    assert {name: getattr(ticket, name) for name in before} == before
    assert ticket.events.of_kind(Kind.UNDONE).count() == 1


def test_what_somebody_changed_since_stays(ticket, agent, lead, undo):
    since = now(ticket)
    actions.take(ticket, by=agent)
    actions.set_priority(ticket, impact="many", by=agent)
    last = now(ticket)
    actions.assign(ticket, to=lead, by=lead)

    event = undo(agent, since, last)

    assert ticket.assignee == lead
    assert ticket.impact == "me"
    assert event.data["kept"] == ["assignee_id"]


def test_when_all_of_it_was_changed_the_refusal_names_who(ticket, agent, lead, undo):
    actions.take(ticket, by=agent)
    since = now(ticket)
    actions.assign(ticket, to=lead, by=agent)
    last = now(ticket)
    actions.take(ticket, by=agent)
    actions.assign(ticket, to=lead, by=lead)
    actions.release(ticket, by=lead)

    with pytest.raises(NothingUndone, match="Noor Aspen changed this since"):
        undo(agent, since, last)


def test_undoing_twice_changes_nothing_more(ticket, agent, undo):
    since = now(ticket)
    actions.take(ticket, by=agent)
    last = now(ticket)
    undo(agent, since, last)

    with pytest.raises(NothingUndone):
        undo(agent, since, last)


def test_a_resolution_goes_back_and_its_words_stay(ticket, agent, requester, undo):
    actions.take(ticket, by=agent)
    since = now(ticket)
    actions.resolve(ticket, "Done.", code="fixed", by=agent)

    event = undo(agent, since)

    assert (ticket.status, ticket.is_open) == (Status.OPEN, True)
    assert (ticket.resolution_code, ticket.resolved_at) == ("", None)
    assert ticket.messages.filter(body="Done.").exists()
    assert event.is_public
    told = timeline.for_requester(ticket, requester)[-1].sentence
    assert told == "This was marked as solved by mistake, work goes on"


def test_what_the_requester_answered_since_is_not_undone(ticket, agent, requester, undo):
    since = now(ticket)
    actions.transition(ticket, to=Status.WAITING_REQUESTER, text="Which?", by=agent)
    last = now(ticket)
    actions.reply(ticket, "This.", by=requester)

    with pytest.raises(NothingUndone, match="Robin Kestrel changed this since"):
        undo(agent, since, last)


def test_words_alone_cant_be_undone(ticket, agent, undo):
    since = now(ticket)
    actions.reply(ticket, "Hello", by=agent)

    with pytest.raises(NothingUndone, match="can’t be unsaid"):
        undo(agent, since)


def test_tags_go_back_one_by_one(ticket, agent, lead, undo):
    actions.tag(ticket, add=["vpn", "old"], by=lead)
    since = now(ticket)
    actions.tag(ticket, add=["wrong", "shared"], remove=["old"], by=agent)
    last = now(ticket)
    actions.tag(ticket, add=["new"], remove=["shared"], by=lead)
    actions.tag(ticket, add=["shared"], by=lead)

    event = undo(agent, since, last)

    assert ticket.tags == ["new", "old", "shared", "vpn"]
    assert set(Tagging.objects.filter(ticket=ticket).values_list("name", flat=True)) == set(
        ticket.tags
    )
    assert not event.is_public


def test_a_ticket_handed_out_of_sight_can_be_taken_back(ticket, lead, private_team, team, undo):
    actions.take(ticket, by=lead)
    since = now(ticket)
    actions.move(ticket, to=private_team, by=lead)

    undo(lead, since)

    assert (ticket.team, ticket.assignee) == (team, lead)


def test_a_hand_over_goes_back_with_whom_the_other_team_gave_it_to(
    ticket, lead, manager, other_agent, other_team, team, undo
):
    Team.objects.filter(pk=other_team.pk).update(assigns=Team.Assigns.IN_TURN)
    actions.take(ticket, by=lead)
    since = now(ticket)
    actions.move(ticket, to=other_team, by=manager)
    last = now(ticket)
    assert ticket.assignee == other_agent

    with pytest.raises(NotAllowed):  # what was given out alone is nobody's to undo
        undo(manager, last - 1, last)
    event = undo(manager, since, last)

    assert (ticket.team, ticket.assignee) == (team, lead)
    assert event.data["of"] == [last - 1, last]


def test_nobody_undoes_what_others_did(ticket, agent, lead, undo):
    since = now(ticket)
    actions.take(ticket, by=agent)

    with pytest.raises(NotAllowed):
        undo(lead, since)


def test_whose_role_is_gone_undoes_nothing(ticket, agent, undo):
    since = now(ticket)
    actions.take(ticket, by=agent)
    Grant.objects.filter(user=agent).delete()
    agent = type(agent).objects.get(pk=agent.pk)

    with pytest.raises(NotAllowed):
        undo(agent, since)


def without(user, *permissions):
    """The same person, after their role lost these rights."""
    role = Role.objects.get(slug="team-lead")
    role.permissions = [one for one in role.permissions if one not in permissions]
    role.save()
    return type(user).objects.get(pk=user.pk)


def test_who_may_no_longer_prioritise_does_not_by_undoing_either(ticket, lead, undo):
    since = now(ticket)
    actions.set_priority(ticket, override=1, reason="The boss.", by=lead)
    lead = without(lead, Permission.TICKETS_PRIORITISE)

    with pytest.raises(NotAllowed, match="change the priority"):
        undo(lead, since)

    ticket.refresh_from_db()
    assert ticket.priority == 1


def test_only_the_part_stays_to_which_the_rights_were_lost(ticket, lead, undo):
    since = now(ticket)
    actions.set_priority(ticket, override=1, reason="The boss.", by=lead)
    actions.retitle(ticket, "Better", by=lead)

    event = undo(without(lead, Permission.TICKETS_PRIORITISE), since)

    assert (ticket.title, ticket.priority) == ("VPN keeps dropping", 1)
    assert (event.data["kept"], event.data["denied"]) == (["priority"], ["priority"])


def test_who_may_no_longer_hand_over_does_not_by_undoing_either(ticket, lead, other_team, undo):
    since = now(ticket)
    actions.move(ticket, to=other_team, by=lead)

    with pytest.raises(NotAllowed, match="hand this ticket to another team"):
        undo(without(lead, Permission.TICKETS_ASSIGN), since)

    ticket.refresh_from_db()
    assert ticket.team == other_team


def test_where_the_hand_over_stays_the_new_team_is_asked_about_the_rest(
    ticket, lead, other_team, undo
):
    since = now(ticket)
    actions.retitle(ticket, "Better", by=lead)
    actions.move(ticket, to=other_team, by=lead)

    with pytest.raises(NotAllowed):
        undo(without(lead, Permission.TICKETS_ASSIGN), since)

    ticket.refresh_from_db()
    assert ticket.title == "Better"


def test_taking_it_is_undone_without_the_right_to_give_it_to_others(ticket, lead, agent, undo):
    actions.assign(ticket, to=agent, by=lead)
    since = now(ticket)
    actions.take(ticket, by=lead)

    undo(without(lead, Permission.TICKETS_ASSIGN), since)

    assert ticket.assignee == agent


def test_giving_it_to_somebody_is_not_undone_without_the_right_to(ticket, lead, agent, undo):
    since = now(ticket)
    actions.assign(ticket, to=agent, by=lead)

    with pytest.raises(NotAllowed, match="give this ticket to somebody else"):
        undo(without(lead, Permission.TICKETS_ASSIGN), since)

    ticket.refresh_from_db()
    assert ticket.assignee == agent


def test_a_type_that_one_may_no_longer_set_stays(ticket, lead, undo):
    rules = IncidentType.objects.filter(slug="request")
    since = now(ticket)
    actions.set_type(ticket, type="request", by=lead)
    rules.update(set_by=Permission.PROCESS_MANAGE)
    rulebook.renew()

    with pytest.raises(NotAllowed, match="You may not make a ticket"):
        undo(lead, since)

    ticket.refresh_from_db()
    assert ticket.type == "request"


def test_who_has_left_the_team_does_not_get_it_again(ticket, agent, lead, undo):
    actions.take(ticket, by=lead)
    since = now(ticket)
    actions.assign(ticket, to=agent, by=agent)
    actions.tag(ticket, add=["x"], by=agent)
    Grant.objects.filter(user=lead).delete()

    event = undo(agent, since)

    assert ticket.assignee == agent
    assert event.data["kept"] == ["assignee_id"]


def test_a_closed_ticket_stays_as_it_is(ticket, agent, requester, undo):
    since = now(ticket)
    actions.tag(ticket, add=["x"], by=agent)
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)

    with pytest.raises(NothingUndone, match="closed"):
        undo(agent, since)


def test_staff_read_what_was_set_back(ticket, agent, undo):
    since = now(ticket)
    actions.take(ticket, by=agent)
    actions.tag(ticket, add=["x"], by=agent)

    undo(agent, since)

    told = timeline.for_staff(ticket, agent)[-1].sentence
    assert told == (
        "<b>Sasha Vole</b> undid a change, back to <b>assignee nobody, status New, tags none</b>"
    )


def test_whoever_has_it_again_or_no_longer_hears_of_it(ticket, agent, lead, manager, undo):
    from incidents.notify.rules import hearers

    actions.take(ticket, by=lead)
    since = now(ticket)
    actions.assign(ticket, to=agent, by=manager)

    event = undo(manager, since)

    assert {(person, str(channel)) for person, channel in hearers(event)} == {
        (lead.pk, "bell"),
        (agent.pk, "bell"),
    }


# Parts that were resolved with their whole -----------------------------------------------------------------


@pytest.fixture
def whole(make_ticket, agent):
    return make_ticket("Line is cut")


@pytest.fixture
def parts(make_ticket, whole, agent, other_requester):
    made = [make_ticket(f"No phone in room {n}", by=other_requester) for n in range(3)]
    for part in made:
        actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    return made


@pytest.fixture
def resolved(whole, parts, agent):
    """The numbers of what resolving the whole wrote on it."""
    actions.take(parts[2], by=agent)
    whole.refresh_from_db()
    before = whole.version
    actions.resolve(whole, "A new cable.", code="fixed", by=agent)
    whole.refresh_from_db()
    return range(before + 1, whole.version + 1)


def statuses(*tickets):
    return [type(one).objects.get(pk=one.pk).status for one in tickets]


def test_parts_that_were_resolved_with_the_whole_go_back_with_it(
    whole, parts, resolved, agent, other_requester
):
    undone = actions.undo(whole, numbers=resolved, by=agent)

    assert statuses(whole, *parts) == ["new", "new", "new", "open"]
    assert [part.pk for part in undone.parts] == [part.pk for part in parts]
    assert not undone.kept
    told = Delivery.objects.filter(recipient=other_requester, event__kind=Kind.UNDONE)
    assert sorted(row.channel for row in told) == ["bell", "mail"]  # once for the three
    assert list(all_differences()) == []


def test_a_part_that_somebody_changed_since_stays_and_the_refusal_names_who(
    whole, parts, resolved, agent, other_requester, lead
):
    actions.reopen(parts[0], "Still dead.", by=other_requester)
    actions.merge(parts[1], into=parts[0], by=lead)
    actions.reopen(parts[2], "Mine, too.", by=other_requester)  # open, as it was before

    undone = actions.undo(whole, numbers=resolved, by=agent)

    assert statuses(whole, *parts) == ["new", "open", "closed", "open"]
    assert [(part.pk, refusal.message) for part, refusal in undone.kept] == [
        (parts[0].pk, f"{other_requester.display_name} changed this since."),
        (parts[1].pk, f"This ticket was merged into {parts[0].ref}. Go on there."),
    ]


def test_parts_go_back_also_when_the_whole_was_opened_again_meanwhile(
    whole, parts, resolved, agent, requester
):
    actions.reopen(whole, "Cut again.", by=requester)

    undone = actions.undo(whole, numbers=resolved, by=agent)

    assert undone.event is None
    assert undone.refusal.message == f"{requester.display_name} changed this since."
    assert statuses(whole, *parts) == ["open", "new", "new", "open"]
    with pytest.raises(NothingUndone):
        actions.undo(whole, numbers=resolved, by=agent)


def test_a_part_resolved_by_itself_or_with_another_whole_is_left_alone(
    whole, parts, agent, make_ticket
):
    other = make_ticket("Exchange is down")
    actions.link(parts[0], to=other, kind="child_of", by=agent, is_synced=True)
    actions.resolve(other, "Restarted.", code="fixed", by=agent)
    actions.resolve(parts[1], "By itself.", code="workaround", by=agent)
    actions.resolve(whole, "A new cable.", code="fixed", by=agent)
    actions.unlink(parts[2], to=whole, kind="child_of", by=agent)

    actions.undo(whole, numbers=range(1, 99), by=agent)

    assert statuses(whole, other, *parts) == ["new", "resolved", "resolved", "resolved", "new"]


def test_nobody_takes_back_parts_that_another_person_resolved(whole, parts, resolved, lead):
    with pytest.raises(NotAllowed):
        actions.undo(whole, numbers=resolved, by=lead)

    assert statuses(*parts) == ["resolved"] * 3


# Somebody else is at it ------------------------------------------------------------------------------------


def test_who_changes_what_was_undone_meanwhile_is_told(ticket, agent, lead, undo):
    actions.take(ticket, by=agent)
    since = now(ticket)
    actions.set_priority(ticket, impact="many", urgency="stop", by=agent)
    seen = now(ticket)
    undo(agent, since)

    with pytest.raises(EditConflict) as told:
        actions.set_priority(ticket, impact="many", urgency="slow", by=lead, expected=seen)

    assert [event.kind for event in told.value.changes] == [Kind.UNDONE]


def test_what_was_undone_of_another_kind_is_no_conflict(ticket, agent, lead, undo):
    since = now(ticket)
    actions.retitle(ticket, "Better", by=agent)
    seen = now(ticket)
    undo(agent, since)

    actions.set_priority(ticket, impact="many", urgency="slow", by=lead, expected=seen)

    assert ticket.title == "VPN keeps dropping"
