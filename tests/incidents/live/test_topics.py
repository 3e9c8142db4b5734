"""Which topics an event wakes, who may hold which, and what a signed list is good for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core import signing

from accounts.models import Team, User
from incidents.live import topics
from incidents.live.topics import Wake, allowed, permitted, read, sign, topics_of
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket
from tests.conftest import make_person

NEVER = [
    "", "%", "_", "*", "ticket:", "ticket:%", "ticket:_", "ticket:*", "ticket:1,ticket:2", "ticket:0", "ticket:01",
    "ticket:-1", "ticket:1 ", "ticket:1\n", "ticket:١", "ticket:../1", "ticket:1/../2", "queue:%", "queue:_", "queue:*",
    "queue:a,b", "queue:../x", "queue:a b", "unassigned:1", "resync", "ping", "desk", "mine:", "bell:*", "TICKET:1",
]  # fmt: skip


def last(ticket: Ticket) -> Event:
    return Event.objects.select_related("ticket__team").filter(ticket=ticket).latest("number")


def woken(ticket: Ticket) -> set[str]:
    """Topics of the newest event, without the ticket's own."""
    return {wake.topic for wake in topics_of(last(ticket)) if "ticket:" not in wake.topic}


# What an event touches


def test_a_filed_ticket_wakes_its_queue_the_unassigned_and_its_people(
    make_ticket: Callable[..., Ticket], requester: User, agent: User
) -> None:
    ticket = make_ticket(by=agent, requester=requester)

    assert woken(ticket) == {
        "queue:network",
        "unassigned",
        f"requester:{requester.pk}",
        f"requester:{agent.pk}",
    }


def test_a_reply_tells_the_tickets_own_versions(ticket: Ticket, agent: User) -> None:
    actions.note(ticket, "For the desk", by=agent)
    actions.reply(ticket, "For all", by=agent)
    wakes = topics_of(last(ticket))

    assert Wake(f"ticket:{ticket.number}", 2) in wakes
    assert Wake(f"desk-ticket:{ticket.number}", 3) in wakes


def test_taking_a_ticket_wakes_the_unassigned_and_the_new_assignee(
    ticket: Ticket, agent: User
) -> None:
    actions.assign(ticket, to=agent, by=agent)
    assigned = Event.objects.get(ticket=ticket, kind="assigned")

    assert {"unassigned", f"mine:{agent.pk}"} <= {wake.topic for wake in topics_of(assigned)}


def test_giving_a_ticket_to_somebody_else_wakes_both(
    ticket: Ticket, agent: User, lead: User
) -> None:
    actions.take(ticket, by=agent)
    actions.assign(ticket, to=lead, by=lead)

    assert {f"mine:{agent.pk}", f"mine:{lead.pk}"} <= woken(ticket)
    assert "unassigned" not in woken(ticket)


def test_moving_a_ticket_wakes_both_queues(ticket: Ticket, lead: User, other_team: Team) -> None:
    actions.move(ticket, to=other_team, by=lead)

    assert {"queue:network", "queue:workplace"} <= woken(ticket)


def test_a_ticket_of_no_team_wakes_no_queue(make_ticket: Callable[..., Ticket]) -> None:
    assert not any(topic.startswith("queue:") for topic in woken(make_ticket(category=None)))


def test_everything_that_happens_wakes_the_desk(ticket: Ticket, agent: User) -> None:
    actions.take(ticket, by=agent)
    actions.note(ticket, "Hm", by=agent)
    actions.resolve(ticket, "Done", code="fixed", by=agent)

    for event in Event.objects.filter(ticket=ticket):
        assert f"desk-ticket:{ticket.number}" in {wake.topic for wake in topics_of(event)}


def test_a_note_wakes_nothing_that_people_outside_the_desk_may_hold(
    make_ticket: Callable[..., Ticket], requester: User, other_requester: User, agent: User
) -> None:
    follower = make_person("Ari Finch")
    ticket = make_ticket(by=requester, requester=other_requester)
    actions.follow(ticket, who=follower, by=agent)
    actions.take(ticket, by=agent)
    actions.note(ticket, "Between us", by=agent)
    told = {wake.topic for wake in topics_of(last(ticket))}

    assert told == {f"desk-ticket:{ticket.number}", "queue:network", f"mine:{agent.pk}"}
    for person in (requester, other_requester, follower):
        assert permitted(person, told) == set()


@pytest.mark.parametrize("kind", Kind.values)
def test_no_internal_event_of_any_kind_wakes_a_topic_of_employees(
    ticket: Ticket, kind: str
) -> None:
    everything = {
        name: getattr(ticket, name)
        for name in ("team_id", "assignee_id", "requester_id", "reporter_id")
    }
    event = last(ticket)
    event.kind, event.is_public, event.data = kind, False, {"set": everything, "was": everything}
    told = {wake.topic.split(":")[0] for wake in topics_of(event)}

    assert told == {"desk-ticket", "queue", "unassigned"}


def test_a_note_leaves_the_requesters_version_alone(ticket: Ticket, agent: User) -> None:
    actions.note(ticket, "Between us", by=agent)
    ticket.refresh_from_db()

    assert (ticket.version, ticket.public_version) == (2, 1)


# Who may hold what


@pytest.mark.parametrize("topic", NEVER)
def test_a_name_that_no_topic_has_is_never_allowed_and_never_signed(
    manager: User, topic: str
) -> None:
    assert not allowed(manager, topic)
    with pytest.raises(ValueError, match="not a topic"):
        sign(manager, [topic])


def test_people_follow_their_own_tickets(
    ticket: Ticket, requester: User, other_requester: User
) -> None:
    assert allowed(requester, f"ticket:{ticket.number}")
    assert not allowed(requester, f"desk-ticket:{ticket.number}")
    assert not allowed(other_requester, f"ticket:{ticket.number}")


def test_the_desk_follows_what_it_sees(ticket: Ticket, agent: User, other_agent: User) -> None:
    of_the_desk = {f"desk-ticket:{ticket.number}", "queue:network"}

    assert permitted(agent, of_the_desk) == of_the_desk
    assert permitted(other_agent, of_the_desk) == set()
    assert permitted(other_agent, ["unassigned", "queue:workplace"]) == {
        "unassigned",
        "queue:workplace",
    }


def test_a_private_teams_queue_is_its_own(manager: User, private_team: Team) -> None:
    assert not allowed(manager, f"queue:{private_team.slug}")


def test_personal_topics_are_the_persons_own(
    requester: User, agent: User, other_agent: User
) -> None:
    own = {f"{kind}:{agent.pk}" for kind in ("mine", "requester", "bell")}

    assert permitted(agent, own) == own
    assert permitted(other_agent, own) == set()
    assert not allowed(requester, f"mine:{requester.pk}")


def test_who_left_follows_nothing(ticket: Ticket, requester: User) -> None:
    requester.is_active = False

    assert permitted(requester, [f"ticket:{ticket.number}", f"bell:{requester.pk}"]) == set()


def test_many_topics_cost_few_queries(
    make_ticket: Callable[..., Ticket],
    agent: User,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    numbers = [make_ticket().number for _ in range(10)]
    asked = {f"{kind}:{number}" for number in numbers for kind in ("ticket", "desk-ticket")} | {
        "queue:network"
    }

    with django_assert_max_num_queries(5):
        assert permitted(User.objects.get(pk=agent.pk), asked) == asked


# Signed lists


def test_a_signed_list_is_read_by_its_person(agent: User) -> None:
    signed = sign(agent, ["unassigned", f"bell:{agent.pk}", "unassigned"])

    assert read(signed, agent.pk).topics == (f"bell:{agent.pk}", "unassigned")


def test_a_signed_list_of_another_person_is_refused(agent: User, other_agent: User) -> None:
    with pytest.raises(signing.BadSignature):
        read(sign(agent, ["unassigned"]), other_agent.pk)


def test_a_signed_list_opens_a_stream_for_a_quarter_of_an_hour(agent: User) -> None:
    with time_machine.travel("2026-11-23 12:00", tick=False) as clock:
        signed = sign(agent, ["unassigned"])
        clock.shift(timedelta(minutes=14))
        assert read(signed, agent.pk)
        clock.shift(timedelta(minutes=2))
        with pytest.raises(signing.SignatureExpired):
            read(signed, agent.pk)


def test_a_changed_list_is_refused(agent: User) -> None:
    signed = sign(agent, ["unassigned"])
    for place in range(len(signed)):
        changed = signed[:place] + ("A" if signed[place] != "A" else "B") + signed[place + 1 :]
        with pytest.raises(signing.BadSignature):
            read(changed, agent.pk)


def test_what_another_part_of_the_portal_signed_is_refused(agent: User) -> None:
    with pytest.raises(signing.BadSignature):
        read(signing.dumps([agent.pk, 0, ["unassigned"]], salt="typed"), agent.pk)


def test_a_list_has_an_end(agent: User) -> None:
    with pytest.raises(ValueError, match="more than"):
        sign(agent, [f"ticket:{number}" for number in range(1, topics.MOST_TOPICS + 2)])
