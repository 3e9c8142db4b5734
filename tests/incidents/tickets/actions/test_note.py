"""Internal notes: only people who see the ticket as staff ever read them."""

import pytest

from accounts.errors import NotAllowed
from incidents.tickets import actions, timeline
from incidents.tickets.models import Attachment, Event, Message
from tests.incidents.tickets.uploads import text_file


@pytest.fixture
def noted(ticket, agent):
    actions.note(ticket, "ACL lookups time out", by=agent, files=[text_file("trace.log")])
    return ticket


def test_the_note_is_internal_in_every_table(noted):
    assert not noted.events.get(kind="noted").is_public
    assert not noted.messages.get(kind="note").is_public


def test_staff_of_the_team_read_it(noted, agent, manager, auditor):
    for person in (agent, manager, auditor):
        assert [e.kind for e in timeline.for_staff(noted, person)] == ["message", "note"]


def test_requester_reporter_follower_and_other_teams_see_no_trace(
    noted, requester, other_requester, other_agent
):
    actions.follow(noted, who=other_requester, by=requester)
    for person in (requester, other_requester, other_agent):
        assert not Event.objects.visible_to(person).filter(kind="noted").exists()
        assert not Message.objects.visible_to(person).filter(kind="note").exists()
        assert not Attachment.objects.visible_to(person).exists()
        assert "ACL" not in str(
            [e.message and e.message.body for e in timeline.for_requester(noted, person)]
        )


def test_an_agent_who_is_the_requester_elsewhere_does_not_read_notes_there(
    make_ticket, agent, other_agent, other_category
):
    ticket = make_ticket(by=agent, category=other_category)
    actions.note(ticket, "secret", by=other_agent)

    assert [e.kind for e in timeline.for_staff(ticket, agent)] == ["message"]


def test_a_note_does_not_count_as_public_change(ticket, agent):
    before = ticket.public_version
    actions.note(ticket, "x", by=agent)

    ticket.refresh_from_db()
    assert ticket.public_version == before
    assert ticket.version == 2


def test_requesters_and_auditors_write_none(ticket, requester, auditor):
    for person in (requester, auditor):
        with pytest.raises(NotAllowed):
            actions.note(ticket, "x", by=person)
