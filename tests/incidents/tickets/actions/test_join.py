"""“Me too”: one click counts somebody in and lets them follow, and no second ticket is made."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import KeyReused, NotAllowed
from accounts.models import User
from incidents.tickets import actions, policies, rebuild, timeline
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Follower, Ticket
from incidents.workflow.priority import Impact, Urgency
from tests.conftest import make_person
from tests.threads import together


@pytest.fixture
def offered(make_ticket):
    return make_ticket("VPN is down for all of Finance", impact=Impact.TEAM)


def joined(ticket):
    return ticket.events.filter(kind=Kind.JOINED)


def crowd(number):
    return [make_person(f"Person Number{n}") for n in range(number)]


def test_who_joins_counts_follows_and_is_written_down(offered, other_requester):
    ticket = actions.join(offered, by=other_requester)

    assert ticket.affected_count == 2
    assert Follower.objects.get(ticket=ticket).has_joined
    assert joined(ticket).get().data["who"] == other_requester.pk
    assert ticket in Ticket.objects.visible_to(other_requester)
    assert Ticket.objects.count() == 1


def test_joining_again_changes_and_records_nothing(offered, other_requester):
    actions.join(offered, by=other_requester)
    ticket = actions.join(offered, by=other_requester)

    assert (ticket.affected_count, joined(ticket).count()) == (2, 1)


def test_those_whose_ticket_it_is_are_counted_already(offered, requester):
    assert actions.join(offered, by=requester).affected_count == 1
    assert not joined(offered).exists()


def test_a_follower_who_says_me_too_is_counted(offered, requester, other_requester):
    actions.follow(offered, who=other_requester, by=requester)

    assert actions.join(offered, by=other_requester).affected_count == 2
    assert Follower.objects.get().has_joined


def test_a_repeated_key_joins_once_and_a_key_of_another_thing_is_refused(
    offered, other_requester, make_ticket
):
    actions.join(offered, by=other_requester, key="k")
    actions.join(offered, by=other_requester, key="k")
    assert joined(offered).count() == 1

    with pytest.raises(KeyReused):
        actions.join(make_ticket(impact=Impact.MANY), by=other_requester, key="k")


# Impact ---------------------------------------------------------------------------------------------


def offer_one(make_ticket, agent, **given):
    ticket = make_ticket(**{"impact": Impact.ME, "urgency": Urgency.STOP, **given})
    return actions.offer(ticket, on=True, by=agent)


def test_the_second_person_makes_it_a_teams_trouble_and_priority_follows(
    make_ticket, agent, other_requester
):
    ticket = actions.join(offer_one(make_ticket, agent), by=other_requester)

    assert (ticket.impact, ticket.priority) == (Impact.TEAM, 2)
    assert joined(ticket).get().data["was"] == {"impact": "me", "priority": 3}


def test_from_twenty_on_it_is_that_of_many(make_ticket, agent):
    ticket = offer_one(make_ticket, agent)
    people = crowd(19)
    for person in people[:-1]:
        ticket = actions.join(ticket, by=person)
    assert (ticket.affected_count, ticket.impact) == (19, Impact.TEAM)

    ticket = actions.join(ticket, by=people[-1])

    assert (ticket.affected_count, ticket.impact, ticket.priority) == (20, Impact.MANY, 1)


def test_a_priority_set_by_hand_stays(make_ticket, agent, other_requester):
    ticket = offer_one(make_ticket, agent)
    actions.set_priority(ticket, by=agent, override=5, reason="A toy")

    ticket = actions.join(ticket, by=other_requester)

    assert (ticket.impact, ticket.priority, ticket.priority_by_hand) == (Impact.TEAM, 5, True)


def test_what_is_wide_already_does_not_shrink(make_ticket, other_requester):
    ticket = make_ticket(impact=Impact.MANY)

    assert actions.join(ticket, by=other_requester).impact == Impact.MANY
    assert "set" not in joined(ticket).get().data


# Leaving --------------------------------------------------------------------------------------------


def test_who_leaves_is_counted_no_longer_and_the_impact_stays(make_ticket, agent, other_requester):
    ticket = actions.join(offer_one(make_ticket, agent), by=other_requester)
    ticket = actions.unfollow(ticket, who=other_requester, by=other_requester)

    assert (ticket.affected_count, ticket.impact) == (1, Impact.TEAM)
    assert ticket not in Ticket.objects.visible_to(other_requester)
    assert actions.join(ticket, by=other_requester).affected_count == 2
    assert list(rebuild.all_differences()) == []


def test_a_plain_follower_who_leaves_was_never_counted(offered, requester, other_requester):
    actions.follow(offered, who=other_requester, by=requester)

    assert actions.unfollow(offered, who=other_requester, by=requester).affected_count == 1


# Refusals --------------------------------------------------------------------------------------------


def test_what_is_not_offered_can_not_be_joined(ticket, other_requester):
    assert not policies.can_join(other_requester, ticket)
    with pytest.raises(NotAllowed):
        actions.join(ticket, by=other_requester)


def test_private_confidential_and_old_ones_are_offered_to_nobody(
    make_ticket, other_requester, private_team, team
):
    secret = Category.objects.create(name="Security", slug="sec", default_team=private_team)
    hushed = Category.objects.create(
        name="HR", slug="hr", default_team=team, is_confidential=True, is_confined=True
    )
    for given in (
        {"category": secret},
        {"category": hushed},
        {"at": timezone.now() - timedelta(days=15)},
        {"type": "request"},
    ):
        hidden = make_ticket(impact=Impact.MANY, **given)
        assert not policies.can_join(other_requester, hidden)
        assert hidden not in Ticket.objects.shared_with(other_requester)
        with pytest.raises(NotAllowed):
            actions.join(hidden, by=other_requester)


def test_what_is_solved_can_not_be_joined(offered, agent, other_requester):
    actions.resolve(offered, "Restarted.", code="fixed", by=agent)

    with pytest.raises(IllegalTransition, match="solved meanwhile"):
        actions.join(offered, by=other_requester)


def test_the_button_is_there_where_the_verb_would_take_it(offered, requester, other_requester):
    assert policies.can_join(other_requester, offered)
    assert not policies.can_join(requester, offered)


# Who reads of it -------------------------------------------------------------------------------------


def test_who_joined_or_left_is_told_to_the_desk_and_to_no_other_requester(
    offered, requester, agent, other_requester
):
    actions.join(offered, by=other_requester)
    ticket = actions.unfollow(offered, who=other_requester, by=other_requester)

    def told(read):
        return " ".join(str(entry.sentence) for entry in read)

    assert "Mika Thistle" not in told(timeline.for_requester(ticket, requester))
    assert "has the same problem" in told(timeline.for_staff(ticket, agent))
    assert "no longer has this problem" in told(timeline.for_staff(ticket, agent))


def test_a_row_of_people_who_joined_is_one_line(offered, agent):
    for person in crowd(4):
        ticket = actions.join(offered, by=person)

    lines = [str(entry.sentence) for entry in timeline.for_staff(ticket, agent)]
    assert [line for line in lines if "same problem" in line] == [
        "<b>Person Number3</b> and 3 others have the same problem"
    ]


# At the same moment ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_count_two_and_one_person_twice_counts_one(offered):
    people = crowd(3)
    who = iter([people[0].pk, people[1].pk, people[2].pk, people[2].pk])

    together(4, lambda: actions.join(offered, by=User.objects.get(pk=next(who))))

    offered.refresh_from_db()
    assert offered.affected_count == 4
    assert joined(offered).count() == Follower.objects.filter(has_joined=True).count() == 3
    assert list(rebuild.all_differences()) == list(rebuild.all_breaks()) == []


def test_the_team_hears_when_joining_makes_it_critical_and_the_parties_have_nothing_new_to_read(
    make_ticket, requester, agent
):
    ticket = make_ticket("Till is down", impact=Impact.TEAM, urgency=Urgency.STOP)
    for person in crowd(19):
        actions.join(ticket, by=person)
    last = joined(ticket).latest("number")
    ticket.refresh_from_db()

    assert (ticket.priority, last.data["set"]["priority"]) == (1, 1)
    assert set(last.deliveries.values_list("recipient", flat=True)) == {agent.pk}
    seen = ticket.readings.get(user=requester)
    assert seen.version == ticket.public_version
