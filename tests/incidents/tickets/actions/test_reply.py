"""Replying: words that everybody on the ticket reads."""

import pytest

from accounts.errors import InvalidInput, KeyReused, NotAllowed
from incidents.tickets import actions
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message
from tests.incidents.tickets.uploads import text_file


def test_a_reply_is_a_public_message_and_an_event(ticket, agent):
    event = actions.reply(ticket, "Have you tried **Automatic**?", by=agent)

    assert event.kind == Kind.REPLIED
    assert event.is_public
    assert Message.objects.get(pk=event.data["message"]).author == agent


def test_the_first_reply_by_staff_is_timed_and_the_requesters_own_is_not(ticket, requester, agent):
    actions.reply(ticket, "Any news?", by=requester)
    ticket.refresh_from_db()
    assert ticket.first_reply_at is None

    event = actions.reply(ticket, "On it.", by=agent)
    ticket.refresh_from_db()
    assert ticket.first_reply_at == event.occurred_at


def test_an_answer_to_a_waiting_ticket_opens_it_again(ticket, requester, agent):
    actions.take(ticket, by=agent)
    actions.transition(ticket, to="waiting_requester", text="Which Wi-Fi?", by=agent)

    actions.reply(ticket, "The one at home.", by=requester)

    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_an_agents_reply_leaves_it_waiting(ticket, agent):
    actions.transition(ticket, to="waiting_requester", text="Which Wi-Fi?", by=agent)

    actions.reply(ticket, "Take your time.", by=agent)

    ticket.refresh_from_db()
    assert ticket.status == "waiting_requester"


def test_strangers_and_agents_of_other_teams_may_not_reply(ticket, other_requester, other_agent):
    for person in (other_requester, other_agent):
        with pytest.raises(NotAllowed):
            actions.reply(ticket, "Hello", by=person)


def test_a_follower_may_reply(ticket, requester, other_requester):
    actions.follow(ticket, who=other_requester, by=requester)

    assert actions.reply(ticket, "Same here", by=other_requester).is_public


def test_nothing_is_not_a_reply(ticket, requester):
    with pytest.raises(InvalidInput):
        actions.reply(ticket, " \n ", by=requester)


def test_a_closed_ticket_takes_no_reply(ticket, requester, agent):
    actions.resolve(ticket, "New driver", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)

    with pytest.raises(IllegalTransition):
        actions.reply(ticket, "Thanks", by=requester)


def test_one_key_one_reply(ticket, requester):
    first = actions.reply(ticket, "Any news?", by=requester, key="k")

    assert actions.reply(ticket, "Any news?", by=requester, key="k") == first
    assert ticket.events.of_kind(Kind.REPLIED).count() == 1


def test_the_same_key_with_another_file_is_refused_and_drops_nothing_silently(ticket, requester):
    actions.reply(ticket, "See", by=requester, key="k")

    with pytest.raises(KeyReused):
        actions.reply(ticket, "See", by=requester, key="k", files=[text_file()])
