"""Who was added, who came by themselves, and what that opens."""

import pytest

from incidents.notify.rules import hearers
from incidents.tickets import actions, rebuild
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.models import Follower, Ticket
from tests.conftest import make_person


@pytest.fixture
def wide(make_ticket):
    return make_ticket("VPN is down for all of Finance", impact="team")


def row(ticket, person):
    return (
        Follower.objects.filter(ticket=ticket, user=person)
        .values("has_joined", "is_chosen")
        .first()
    )


def test_somebody_who_was_added_and_has_it_too_is_both(wide, requester, other_requester):
    actions.follow(wide, who=other_requester, by=requester)
    actions.join(wide, by=other_requester)

    assert row(wide, other_requester) == {"has_joined": True, "is_chosen": True}
    assert list(rebuild.all_differences()) == []


def test_sharing_with_somebody_who_joined_adds_them(wide, requester, other_requester):
    actions.join(wide, by=other_requester)
    actions.follow(wide, who=other_requester, by=requester)

    assert row(wide, other_requester) == {"has_joined": True, "is_chosen": True}
    assert wide.events.filter(kind="followed").count() == 1
    assert list(rebuild.all_differences()) == []


def test_taking_the_share_back_leaves_them_what_they_have_by_themselves(
    wide, requester, other_requester
):
    actions.join(wide, by=other_requester)
    actions.follow(wide, who=other_requester, by=requester)
    actions.unfollow(wide, who=other_requester, by=requester)

    wide.refresh_from_db()
    assert row(wide, other_requester) == {"has_joined": True, "is_chosen": False}
    assert wide.affected_count == 2
    assert list(rebuild.all_differences()) == []

    actions.unfollow(wide, who=other_requester, by=other_requester)
    wide.refresh_from_db()
    assert (row(wide, other_requester), wide.affected_count) == (None, 1)
    assert list(rebuild.all_differences()) == []


def test_staff_who_follow_by_themselves_lose_what_becomes_private(
    make_ticket, manager, private_team, lead
):
    ticket = make_ticket()
    actions.follow(ticket, who=manager, by=manager)
    actions.move(ticket, to=private_team, by=lead)

    assert ticket not in Ticket.objects.visible_to(manager)


def test_people_with_the_same_trouble_are_not_written_to_by_each_other(
    wide, requester, agent, other_requester
):
    second = make_person("Ida Finch")
    for person in (other_requester, second):
        actions.join(wide, by=person)

    said = actions.reply(wide, "Still down here.", by=second)
    heard = {person for person, _channel in hearers(said)}
    assert requester.pk in heard
    assert other_requester.pk not in heard

    answer = actions.reply(wide, "We are on it.", by=agent)
    assert {other_requester.pk, second.pk} <= {person for person, _channel in hearers(answer)}


def test_what_others_have_too_is_not_taken_back_by_one(wide, requester, other_requester):
    actions.join(wide, by=other_requester)

    with pytest.raises(IllegalTransition, match="Others have this problem"):
        actions.withdraw(wide, by=requester)


def test_what_is_reported_for_somebody_else_is_offered_to_nobody_by_itself(
    make_ticket, requester, other_requester
):
    ticket = make_ticket(by=requester, requester=other_requester, impact="team")

    assert not ticket.is_offered
