"""Who hears of what."""

import pytest
from django.utils import timezone

from accounts.models import User
from incidents.notify.around import Around
from incidents.notify.models import Delivery
from incidents.notify.rules import RULES, hearers
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Follower, QuestionForm
from incidents.tickets.questions import check
from tests.conftest import make_person


def test_every_kind_has_a_rule():
    assert set(RULES) == set(Kind)


def test_who_reports_gets_a_receipt_and_the_team_a_ring(
    agent, other_agent, lead, ticket, last, heard
):
    assert heard(last()) == {("Robin", "mail"), ("Sasha", "bell"), ("Noor", "bell")}


def test_who_is_affected_hears_when_somebody_else_reports(
    make_ticket, requester, other_requester, heard
):
    ticket = make_ticket(by=other_requester, requester=requester)

    assert heard(ticket.events.get()) == {("Robin", "mail"), ("Mika", "mail")}


def test_a_ticket_in_no_teams_queue_rings_for_those_who_work_everywhere(
    make_ticket, agent, manager, heard
):
    ticket = make_ticket(category=None)

    assert heard(ticket.events.get()) == {("Robin", "mail"), ("Kit", "bell")}


def test_a_reply_by_staff_is_heard_by_everybody_on_the_ticket(
    ticket, agent, lead, other_requester, last, heard
):
    actions.take(ticket, by=lead)
    actions.follow(ticket, who=other_requester, by=agent)

    actions.reply(ticket, "Try **Automatic**.", by=agent)

    both = {(name, channel) for name in ("Robin", "Mika") for channel in ("mail", "bell")}
    assert heard(last()) == both | {("Noor", "bell")}


def test_a_reply_by_the_requester_is_heard_by_whoever_has_the_ticket(
    ticket, requester, agent, lead, last, heard
):
    actions.take(ticket, by=agent)

    actions.reply(ticket, "It still drops.", by=requester)

    assert heard(last()) == {("Sasha", "mail"), ("Sasha", "bell")}


def test_a_reply_to_nobody_rings_for_the_team(ticket, requester, agent, lead, last, heard):
    actions.reply(ticket, "Any news?", by=requester)

    assert heard(last()) == {("Sasha", "bell"), ("Noor", "bell")}


def test_the_question_of_a_waiting_ticket_is_told_once(ticket, agent, heard):
    actions.transition(ticket, to="waiting_requester", text="Which Wi-Fi?", by=agent)

    replied, changed = ticket.events.order_by("number")[1:]
    assert heard(replied) == {("Robin", "mail"), ("Robin", "bell")}
    assert heard(changed) == set()


def test_a_note_rings_for_the_assignee_and_staff_who_follow_only(
    ticket, agent, lead, manager, other_requester, last, heard
):
    actions.take(ticket, by=agent)
    actions.follow(ticket, who=manager, by=agent)
    actions.follow(ticket, who=other_requester, by=agent)

    actions.note(ticket, "The gateway is ours.", by=lead)

    assert heard(last()) == {("Sasha", "bell"), ("Kit", "bell")}


def test_being_given_a_ticket_is_heard_and_losing_it_too(ticket, agent, lead, last, heard):
    actions.assign(ticket, to=agent, by=lead)
    assert heard(last()) == {("Sasha", "mail"), ("Sasha", "bell")}

    actions.take(ticket, by=lead)
    events = ticket.events.of_kind(Kind.ASSIGNED).order_by("-number")
    assert heard(events[0]) == {("Sasha", "bell")}


def test_a_hand_over_rings_for_the_new_team_and_who_had_it(
    ticket, agent, lead, other_agent, other_team, manager, last, heard
):
    actions.take(ticket, by=agent)
    actions.follow(ticket, who=agent, by=agent)

    actions.move(ticket, to=other_team, by=lead)

    assert heard(last()) == {("Bea", "bell"), ("Sasha", "bell")}


def test_who_lost_sight_of_the_ticket_does_not_hear_of_the_hand_over(
    ticket, agent, lead, other_agent, other_team, last, heard
):
    actions.take(ticket, by=agent)

    actions.move(ticket, to=other_team, by=lead)

    assert heard(last()) == {("Bea", "bell")}


def test_the_solution_is_heard_by_the_requesters_side(ticket, agent, lead, last, heard):
    actions.take(ticket, by=lead)

    actions.resolve(ticket, "Gateway replaced.", code="fixed", by=agent)

    assert heard(last()) == {("Robin", "mail"), ("Robin", "bell"), ("Noor", "bell")}


def test_still_broken_and_works_again_are_heard_by_the_assignee(
    ticket, requester, agent, last, heard
):
    actions.take(ticket, by=agent)
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    actions.reopen(ticket, "No.", by=requester)
    assert heard(last()) == {("Sasha", "mail"), ("Sasha", "bell")}

    actions.resolve(ticket, "Now.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)
    assert heard(last()) == {("Sasha", "bell")}


def test_only_a_ticket_that_becomes_critical_rings_for_the_team(ticket, agent, lead, last, heard):
    actions.set_priority(ticket, impact="team", by=lead)
    assert heard(last()) == set()

    actions.set_priority(ticket, impact="many", urgency="stop", by=lead)
    assert heard(last()) == {("Sasha", "bell")}


def test_who_is_added_hears_it_and_who_adds_themselves_does_not(
    ticket, agent, manager, other_requester, last, heard
):
    actions.follow(ticket, who=other_requester, by=agent)
    assert heard(last()) == {("Mika", "mail"), ("Mika", "bell")}

    actions.follow(ticket, who=manager, by=manager)
    assert heard(last()) == set()


def walk(ticket, requester, agent, lead, other_category, service, other_team):
    """Everything that can happen, each by somebody who would otherwise hear of it."""
    other = actions.file("Another", by=requester, description="Same.", category=ticket.category)
    actions.follow(ticket, who=lead, by=lead)
    actions.take(ticket, by=agent)
    actions.undo(ticket, numbers=range(1, 9), by=agent)
    actions.take(ticket, by=agent)
    actions.note(ticket, "n", by=agent)
    actions.reply(ticket, "r", by=agent)
    actions.reply(ticket, "r2", by=requester)
    actions.transition(ticket, to="waiting_other", text="w", by=agent)
    actions.set_priority(ticket, impact="many", urgency="stop", by=agent)
    actions.categorise(ticket, category=other_category, by=agent)
    actions.set_service(ticket, service=service, by=agent)
    actions.retitle(ticket, "Better", by=agent)
    actions.link(ticket, to=other, kind="related", by=agent)
    actions.unlink(ticket, to=other, kind="related", by=agent)
    actions.draft_article(ticket, by=agent)
    actions.unfollow(ticket, who=lead, by=lead)
    actions.resolve(ticket, "s", code="fixed", by=agent)
    actions.reopen(ticket, "b", by=requester)
    actions.move(ticket, to=other_team, by=lead)
    actions.resolve(other, "s", code="fixed", by=agent)
    spoken = other.events.latest("number").number
    actions.announce_closing(other, closes_at=timezone.now(), spoken=spoken, by=agent)
    actions.call_off_closing(other, why="tasks", by=agent)
    actions.confirm(other, by=requester)
    actions.rate(other, score=4, by=requester)
    wide = actions.file(
        "All of us", by=requester, description="None.", category=ticket.category, impact="team"
    )
    actions.join(wide, by=make_person("Ida Finch"))
    actions.tag(wide, add=["floor-2"], by=lead_of(wide))
    actions.add_steps(wide, ["Restart it"], by=lead_of(wide))
    actions.state_hypothesis(wide, "The gateway is old", by=lead_of(wide))
    actions.spend(wide, 20, by=lead_of(wide))
    actions.offer(wide, on=False, by=lead_of(wide))
    actions.note_undelivered(wide, who=requester, said="550 no", by=User.objects.system())
    actions.propose(wide, type="complex", reasons=[{"why": "teams", "n": 3}])
    actions.set_type(wide, type="request", by=lead_of(wide))
    double = actions.file("Same", by=requester, description="Same.", category=wide.category)
    actions.merge(double, into=wide, by=lead_of(wide), tell=True)
    actions.reply(double, "m", by=requester)
    actions.unmerge(double, by=lead_of(wide))
    actions.split(double.messages.earliest("pk"), title="Part", by=lead_of(wide))
    form = QuestionForm.objects.create(
        category=wide.category, number=1, made_by=agent,
        questions=[{"key": "room", "kind": "text", "label": "Which room?"}],
    )  # fmt: skip
    actions.answer(wide, answers=check(form, {"room": "2.14"}), by=lead_of(wide))
    soon = timezone.now()
    actions.warn_of_target(wide, target="resolution", share=75, due=soon, by=agent)
    actions.escalate(wide, told=[lead.pk, agent.pk], reason="Now.", by=lead_of(wide))
    actions.miss_target(wide, target="resolution", due=soon, by=agent)
    actions.erase_words_of(requester, double, by=User.objects.system())
    actions.withdraw(
        actions.file("Never mind", by=requester, description="Gone.", category=other_category),
        by=requester,
    )


def lead_of(ticket):
    """Somebody who works on its team's tickets."""
    return make_person("Uma Wren", ("agent", ticket.team))


def test_the_actor_hears_nothing_of_their_own_act_but_the_receipt(
    ticket, requester, agent, lead, other_category, service, other_team
):
    walk(ticket, requester, agent, lead, other_category, service, other_team)

    assert set(Event.objects.values_list("kind", flat=True)) == set(Kind)
    for row in Delivery.objects.select_related("event"):
        receipt = row.event.kind == Kind.FILED and row.channel == "mail"
        assert row.recipient_id != row.event.actor_id or receipt


def test_whoever_hears_of_an_event_may_see_it_and_the_many_are_judged_as_the_one(
    ticket, requester, other_requester, agent, other_agent, lead, manager, editor, admin, auditor,
    other_category, service, other_team, private_team,
):  # fmt: skip
    """`Around.may_hear` against `visible_to`, for every person and every event."""
    guard = make_person("Uma Reed", ("agent", private_team))
    Follower.objects.create(ticket=ticket, user=other_requester)
    walk(ticket, requester, agent, lead, other_category, service, other_team)
    actions.move(ticket, to=private_team, by=manager)
    cast = list(User.objects.people())
    assert guard in cast

    for event in Event.objects.select_related("ticket__team", "ticket__category"):
        allowed = {p.pk for p in cast if Event.objects.visible_to(p).filter(pk=event.pk).exists()}
        assert Around(event).may_hear([person.pk for person in cast]).keys() == allowed
        assert {person for person, _channel in hearers(event)} <= allowed


def test_a_permission_that_everybody_holds_counts(ticket, other_requester, last):
    from accounts.models import Role

    assert Around(last()).may_hear([other_requester.pk]) == {}
    everybody = Role.objects.get(is_everybody=True)
    everybody.permissions = [*everybody.permissions, "tickets.see"]
    everybody.save()
    assert Around(last()).may_hear([other_requester.pk]).keys() == {other_requester.pk}


def test_people_who_left_hear_nothing(ticket, requester, agent, last, heard):
    requester.is_active = False
    requester.save()

    actions.reply(ticket, "Done.", by=agent)

    assert heard(last()) == set()


@pytest.mark.parametrize("origin", ["import"])
def test_an_import_tells_nobody(make_ticket, agent, requester, origin):
    ticket = make_ticket(origin=origin)
    actions.reply(ticket, "From long ago.", by=requester, origin=origin)

    assert not Delivery.objects.exists()
