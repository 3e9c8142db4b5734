"""How far staff have read a ticket on the desk."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import DeskReading, Ticket


def seen_by(person, ticket):
    return DeskReading.objects.filter(user=person, ticket=ticket).values_list("version", flat=True).first()  # fmt: skip


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize(("version", "kept"), [(2, 2), (1, 2), (99, 3), (-4, 2)])
def test_it_goes_forward_only_and_never_beyond_what_there_is(
    ticket, agent, requester, version, kept
):
    actions.reply(ticket, "And it beeps.", by=requester)
    actions.note_desk_reading(now(ticket), by=agent, version=2)
    actions.reply(ticket, "Hello?", by=requester)

    actions.note_desk_reading(now(ticket), by=agent, version=version)

    assert seen_by(agent, ticket) == kept


def test_only_of_those_who_see_it_as_staff(ticket, requester, other_agent):
    for person in (requester, other_agent):
        actions.note_desk_reading(ticket, by=person, version=1)

    assert not DeskReading.objects.exists()


def test_it_writes_nothing_into_the_log(ticket, agent):
    actions.note_desk_reading(ticket, by=agent, version=1)

    assert now(ticket).version == ticket.version


def test_what_i_do_is_not_new_to_me(ticket, agent):
    actions.note_desk_reading(ticket, by=agent, version=1)
    actions.note(ticket, "Looking.", by=agent)

    assert seen_by(agent, ticket) == 2


def test_what_i_had_not_read_stays_new_after_my_own_act(ticket, agent, requester):
    actions.note_desk_reading(ticket, by=agent, version=1)
    actions.reply(ticket, "Hello?", by=requester)
    actions.note(ticket, "Looking.", by=agent)

    assert seen_by(agent, ticket) == 1
