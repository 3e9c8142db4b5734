"""How far somebody has read a ticket."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Reading, Ticket


def seen_by(person, ticket):
    return Reading.objects.filter(user=person, ticket=ticket).values_list("version", flat=True).first()  # fmt: skip


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def test_what_i_do_is_not_new_to_me(ticket, requester, agent):
    actions.reply(ticket, "And it beeps.", by=requester)
    assert seen_by(requester, ticket) == now(ticket).public_version

    actions.reply(ticket, "How often?", by=agent)
    assert seen_by(requester, ticket) == now(ticket).public_version - 1
    assert seen_by(agent, ticket) is None


def test_what_is_reported_for_me_and_shared_with_me_is_new(make_ticket, requester, other_requester, agent):  # fmt: skip
    ticket = make_ticket(by=requester, requester=other_requester)
    actions.follow(ticket, who=agent, by=requester)

    assert [seen_by(person, ticket) for person in (requester, other_requester, agent)] == [2, 0, 0]


def test_a_note_moves_nobody(ticket, requester, agent):
    actions.note(ticket, "Internal", by=agent)

    assert seen_by(requester, ticket) == now(ticket).public_version


@pytest.mark.parametrize(("version", "kept"), [(2, 2), (1, 2), (99, 3), (0, 2)])
def test_reading_goes_forward_only_and_never_beyond_what_there_is(
    ticket, requester, agent, version, kept
):
    actions.reply(ticket, "One", by=agent)
    actions.read(now(ticket), by=requester, version=2)
    actions.reply(ticket, "Two", by=agent)

    actions.read(now(ticket), by=requester, version=version)

    assert seen_by(requester, ticket) == kept


def test_who_only_looks_leaves_no_trace(ticket, agent, other_requester):
    for person in (agent, other_requester):
        actions.read(ticket, by=person, version=1)

    assert set(Reading.objects.values_list("user", flat=True)) == {ticket.requester_id}


def test_imported_tickets_are_new_to_nobody(make_ticket, requester, admin):
    make_ticket(by=admin, requester=requester, origin=Ticket.Origin.IMPORT)

    assert not Reading.objects.exists()
