"""Splitting: a message becomes a ticket of its own, and stays where it is."""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.tickets import actions, rebuild
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message, Ticket
from tests.incidents.tickets.uploads import text_file


@pytest.fixture
def said(ticket, requester):
    event = actions.reply(ticket, "And the printer jams.", by=requester, files=[text_file()])
    return Message.objects.get(pk=event.data["message"])


def test_the_message_is_the_new_tickets_description(ticket, said, requester, agent):
    new = actions.split(said, title="Printer jams", by=agent)

    copied = new.messages.get()
    assert (new.title, new.requester, new.reporter) == ("Printer jams", requester, agent)
    assert (new.team, new.category) == (ticket.team, ticket.category)
    assert (copied.body, copied.author, copied.kind) == (said.body, requester, "description")
    assert said.ticket_id == ticket.pk


def test_its_files_are_copied(said, agent):
    new = actions.split(said, title="Printer jams", by=agent)

    theirs, copy = said.attachments.get(), new.attachments.get()
    assert (copy.name, copy.sha256) == (theirs.name, theirs.sha256)
    assert copy.file.name != theirs.file.name
    assert copy.file.read() == theirs.file.read()


def test_both_logs_tell_and_they_are_linked(ticket, said, agent):
    new = actions.split(said, title="Printer jams", by=agent)

    here, there = (one.events.of_kind(Kind.SPLIT).get() for one in (ticket, new))
    assert (here.data["other"], here.data["back"], here.is_public) == (new.number, False, False)
    assert (there.data["other"], there.data["back"], there.is_public) == (
        ticket.number,
        True,
        False,
    )
    assert new.links.get().other == ticket
    assert list(rebuild.all_differences()) == []


def test_of_words_by_staff_the_tickets_requester_is_the_requester(ticket, requester, agent):
    event = actions.reply(ticket, "I’ll also move your mailbox.", by=agent)

    new = actions.split(Message.objects.get(pk=event.data["message"]), title="Mailbox", by=agent)

    assert new.requester == requester


def test_of_a_followers_words_they_are_the_requester(ticket, agent, other_requester):
    actions.follow(ticket, who=other_requester, by=agent)
    event = actions.reply(ticket, "My screen flickers.", by=other_requester)

    new = actions.split(Message.objects.get(pk=event.data["message"]), title="Screen", by=agent)

    assert new.requester == other_requester


def test_a_note_never_becomes_a_ticket(ticket, agent):
    event = actions.note(ticket, "The password is hunter2", by=agent)

    with pytest.raises(InvalidInput, match="internal note"):
        actions.split(Message.objects.get(pk=event.data["message"]), title="Note", by=agent)
    assert Ticket.objects.count() == 1


def test_the_same_form_sent_twice_makes_one(said, agent):
    first = actions.split(said, title="Printer jams", by=agent, key="k")
    second = actions.split(said, title="Printer jams", by=agent, key="k")

    assert first.pk == second.pk
    assert Ticket.objects.count() == 2


def test_what_the_category_asks_is_not_asked(said, agent, ask, category):
    ask(category)

    assert actions.split(said, title="Printer jams", by=agent).category == category


def test_only_who_works_on_it_and_with_a_title(said, requester, other_agent, agent):
    for somebody in (requester, other_agent):
        with pytest.raises(NotAllowed):
            actions.split(said, title="Printer jams", by=somebody)
    with pytest.raises(InvalidInput):
        actions.split(said, title=" ", by=agent)
