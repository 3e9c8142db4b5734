"""Tags on a ticket: added and taken off, never overwritten."""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.tickets import actions
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Tagging


def test_tags_are_tidied_kept_in_order_and_found_by_rows(ticket, agent):
    ticket = actions.tag(ticket, add=["#Floor 2", "VPN", "vpn"], by=agent)

    assert ticket.tags == ["floor-2", "vpn"]
    assert set(ticket.taggings.values_list("name", flat=True)) == {"floor-2", "vpn"}
    event = ticket.events.of_kind(Kind.TAGGED).get()
    assert (event.data["added"], event.data["removed"]) == (["floor-2", "vpn"], [])
    assert not event.is_public


def test_two_people_who_tag_at_once_lose_nothing(ticket, agent, lead):
    seen_by_both = ticket
    actions.tag(seen_by_both, add=["vpn"], by=agent)
    now = actions.tag(seen_by_both, add=["floor-2"], by=lead)

    assert now.tags == ["floor-2", "vpn"]


def test_taking_a_tag_off_leaves_the_others(ticket, agent):
    actions.tag(ticket, add=["vpn", "floor-2"], by=agent)
    now = actions.tag(ticket, remove=["vpn"], by=agent)

    assert now.tags == ["floor-2"]
    assert list(Tagging.objects.filter(ticket=ticket).values_list("name", flat=True)) == ["floor-2"]


def test_what_is_there_or_not_there_records_nothing(ticket, agent):
    actions.tag(ticket, add=["vpn"], by=agent)
    actions.tag(ticket, add=["vpn"], remove=["printer"], by=agent)

    assert ticket.events.of_kind(Kind.TAGGED).count() == 1


@pytest.mark.parametrize("words", [["x" * 41], ["a,b"], [f"tag{n}" for n in range(21)]])
def test_bad_tags_are_refused_and_nothing_is_kept(ticket, agent, words):
    with pytest.raises(InvalidInput):
        actions.tag(ticket, add=words, by=agent)
    ticket.refresh_from_db()
    assert ticket.tags == []


def test_the_requester_and_other_teams_may_not_tag(ticket, requester, other_agent):
    for person in (requester, other_agent):
        with pytest.raises(NotAllowed):
            actions.tag(ticket, add=["vpn"], by=person)


def test_a_closed_ticket_takes_no_tags(ticket, agent, requester):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)
    with pytest.raises(IllegalTransition):
        actions.tag(ticket, add=["vpn"], by=agent)
