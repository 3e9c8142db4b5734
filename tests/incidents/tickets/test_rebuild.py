"""The log tells every row, and tells on everybody who changed it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import Refused
from accounts.models import Team, User
from incidents.tickets import actions, rebuild
from incidents.tickets.models import Category, Event, Follower, Link, Service, Tagging, Ticket
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.states import Resolution, Status

pytestmark = pytest.mark.django_db

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
few_examples = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class World:
    """A small desk, on which anybody tries anything."""

    def __init__(
        self, people: list[User], teams: list[Team], categories: list[Category], service: Service
    ) -> None:
        self.people, self.teams, self.categories, self.service = people, teams, categories, service

    def live(self, story: list[tuple[int, int, int, int]]) -> Ticket:
        """A ticket to which these things happened, as far as the rules let them."""
        at = BEGIN
        ticket = self.file(at)
        other = self.file(at)
        for what, who, choice, minutes in story:
            at += timedelta(minutes=minutes)
            try:
                self.happen(ticket, other, what, self.people[who % len(self.people)], choice, at)
            except Refused:
                continue
        ticket.refresh_from_db()
        return ticket

    def file(self, at: datetime) -> Ticket:
        return actions.file(
            "It drops", by=self.people[0], description="Text", category=self.categories[0], at=at
        )

    def happen(
        self, ticket: Ticket, other: Ticket, what: int, by: User, choice: int, at: datetime
    ) -> None:
        def one(things: Any) -> Any:
            listed = list(things)
            return listed[choice % len(listed)]

        verbs: list[Callable[[], Any]] = [
            lambda: actions.take(ticket, by=by, at=at),
            lambda: actions.assign(ticket, to=one(self.people), by=by, at=at),
            lambda: actions.release(ticket, by=by, at=at),
            lambda: actions.reply(ticket, f"reply {choice}", by=by, at=at),
            lambda: actions.note(ticket, f"note {choice}", by=by, at=at),
            lambda: actions.transition(ticket, to=one(Status), by=by, text="why", at=at),
            lambda: actions.resolve(ticket, "done", code=one(Resolution.values), by=by, at=at),
            lambda: actions.reopen(ticket, "still broken", by=by, at=at),
            lambda: actions.confirm(ticket, by=by, at=at),
            lambda: actions.move(ticket, to=one(self.teams), by=by, at=at),
            lambda: actions.categorise(ticket, category=one(self.categories), by=by, at=at),
            lambda: actions.set_service(ticket, service=one([self.service, None]), by=by, at=at),
            lambda: actions.set_priority(
                ticket, by=by, impact=one(Impact.values), urgency=one(Urgency.values), at=at
            ),
            lambda: actions.set_priority(
                ticket, by=by, override=one(Priority.values), reason="so", at=at
            ),
            lambda: actions.set_type(
                ticket,
                type=one(["incident", "request", "major", "repetitive", "complex"]),
                by=by,
                at=at,
            ),
            lambda: actions.retitle(ticket, f"Title {choice}", by=by),
            lambda: actions.follow(ticket, who=one(self.people), by=by, at=at),
            lambda: actions.unfollow(ticket, who=one(self.people), by=by),
            lambda: actions.link(ticket, to=other, kind=one(Link.Kind.values), by=by),
            lambda: actions.unlink(ticket, to=other, kind=one(Link.Kind.values), by=by),
            lambda: actions.draft_article(ticket, by=by),
            lambda: actions.withdraw(ticket, by=by, reason="or not" if choice % 2 else "", at=at),
            lambda: actions.tag(ticket, add=[f"tag-{choice}"], remove=[f"tag-{choice - 1}"], by=by),
            lambda: actions.undo(ticket, numbers=range(ticket.version - choice, 99), by=by, at=at),
            lambda: actions.merge(
                one([ticket, other]),
                into=one([other, ticket]),
                by=by,
                follow=choice % 3 == 0,
                at=at,
            ),
            lambda: actions.unmerge(one([ticket, other]), by=by, at=at),
            lambda: actions.reply(other, f"there {choice}", by=by, also_merged=True, at=at),
            lambda: actions.split(one(ticket.messages.order_by("pk")), title="Split", by=by, at=at),
            lambda: actions.link(ticket, to=other, kind="child_of", by=by, is_synced=True),
            lambda: actions.offer(ticket, on=True, by=by, at=at),
            lambda: actions.join(ticket, by=by, at=at),
            lambda: actions.spend(ticket, choice, by=by, at=at),
            lambda: [
                actions.take_back(ticket, entry.pk, by=by)
                for entry in ticket.time_entries.all()[:1]
            ],
            lambda: actions.add_steps(ticket, [f"Step {choice}"], by=by, at=at),
        ]
        one_verb = verbs[what % len(verbs)]
        one_verb()


@pytest.fixture
def world(
    requester: User, other_requester: User, agent: User, other_agent: User, lead: User, manager: User,
    team: Team, other_team: Team, category: Category, other_category: Category, service: Service,
) -> World:  # fmt: skip
    people = [requester, other_requester, agent, other_agent, lead, manager]
    return World(people, [team, other_team], [category, other_category], service)


STORY = st.lists(
    st.tuples(st.integers(0, 32), st.integers(0, 5), st.integers(0, 30), st.integers(-30, 600)),
    min_size=4,
    max_size=30,
)


@few_examples
@given(story=STORY)
def test_whatever_happens_the_log_tells_the_rows(
    world: World, story: list[tuple[int, int, int, int]]
) -> None:
    ticket = world.live(story)

    assert rebuild.compare(ticket, rebuild.rebuild(ticket)) == []
    assert list(rebuild.all_differences()) == []
    assert list(rebuild.all_breaks()) == []


# Somebody with the database in hand -------------------------------------------------------------------------


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def set_field(field: str, value: object) -> Callable[[Event], None]:
    return lambda event: sql(
        f"UPDATE tickets_event SET {field} = %s WHERE id = %s",  # noqa: S608 (a name of ours)
        value,
        event.pk,
    )


def swap(event: Event) -> None:
    """With the one before it."""
    for number, key in (
        (90_000, event.number - 1),
        (event.number - 1, event.number),
        (event.number, 90_000),
    ):
        sql(
            "UPDATE tickets_event SET number = %s WHERE ticket_id = %s AND number = %s",
            number, event.ticket_id, key,
        )  # fmt: skip


def rehash(event: Event) -> None:
    """Changes the data and, cleverly, its digest."""
    event.data = {"set": {"title": "Forged"}}
    sql("UPDATE tickets_event SET data = %s, digest = %s WHERE id = %s", '{"set":{"title":"Forged"}}',
        rebuild.chain.digest(event.data), event.pk)  # fmt: skip


TAMPERING: dict[str, Callable[[Event], None]] = {
    "data": set_field("data", '{"message": 1}'),
    "data and digest": rehash,
    "actor": lambda event: set_field("actor_id", User.objects.system().pk)(event),
    "time": set_field("occurred_at", "2024-01-01 00:00:01+00:00"),
    "kind": set_field("kind", "unfollowed"),
    "visibility": lambda event: set_field("is_public", not event.is_public)(event),
    "hash": set_field("hash", "0" * 64),
    "order": swap,
    "removed": lambda event: sql("DELETE FROM tickets_event WHERE id = %s", event.pk),
}


@pytest.mark.parametrize("how", TAMPERING)
@settings(few_examples, max_examples=8)
@given(which=st.integers(1, 6))
def test_tampering_with_any_event_is_found_where_it_was_done(
    world: World, how: str, which: int
) -> None:
    story = [(3, 0, 1, 5), (4, 2, 1, 5), (0, 2, 1, 5), (3, 2, 1, 5), (6, 2, 0, 5)]
    ticket = world.live(story)
    event = ticket.events.get(number=which + 1 if which == 1 and how == "order" else which)
    TAMPERING[how](event)

    found = [broken for broken in rebuild.all_breaks() if broken.ticket == ticket]
    assert [broken.number for broken in found] == [
        event.number - 1 if how == "order" else event.number
    ]


def test_a_log_cut_short_is_found(ticket: Ticket, agent: User) -> None:
    event = actions.note(ticket, "Text", by=agent)
    event.deliveries.all().delete()
    sql("DELETE FROM tickets_event WHERE id = %s", event.pk)

    (found,) = rebuild.all_breaks()
    assert str(found) == f"{ticket.ref} event 2: the log ends before it, the row is at version 2"


# The commands ------------------------------------------------------------------------------------------------


def run(*command: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command(*command, stdout=out, skip_checks=True)
    except CommandError as error:
        return out.getvalue() + str(error), error.returncode
    return out.getvalue(), 0


def test_rows_that_agree_are_said_to(ticket: Ticket) -> None:
    compared, verified = run("rebuild"), run("verify_log")

    assert (compared[1], verified[1]) == (0, 0)
    assert compared[0].startswith("1 tickets compared, 0 differ.")
    assert "\n1 events, 0 erasures, 0 broken logs." in verified[0]


def test_a_row_that_differs_is_named_and_left_alone(ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(title="Forged")
    said, code = run("rebuild", "--check")

    assert code == 1
    assert f"{ticket.ref} title: row 'Forged', log 'VPN keeps dropping'" in said
    assert Ticket.objects.get().title == "Forged"


def test_a_row_that_differs_can_be_mended(
    world: World, requester: User, other_requester: User
) -> None:
    ticket = world.live([])
    other = Ticket.objects.exclude(pk=ticket.pk).get()
    actions.follow(ticket, who=other_requester, by=requester)
    actions.link(ticket, to=other, kind=Link.Kind.RELATED, by=world.people[2])
    Ticket.objects.filter(pk=ticket.pk).update(title="Forged", team=None)
    Follower.objects.all().delete()
    Link.objects.all().delete()

    said, code = run("rebuild", "--write")

    assert (code, f"{ticket.ref} mended" in said) == (0, True)
    assert Follower.objects.get().user == other_requester
    assert Link.objects.get().other == other
    assert run("rebuild")[1] == 0


def test_nothing_is_mended_from_a_broken_log(ticket: Ticket) -> None:
    TAMPERING["data"](ticket.events.get())
    said, code = run("rebuild", "--write")

    assert code == 1
    assert "its log is broken, see verify_log" in said
    assert Ticket.objects.get().title == ticket.title


def test_a_broken_log_names_its_first_broken_event(ticket: Ticket) -> None:
    TAMPERING["data"](ticket.events.get())
    said, code = run("verify_log")

    assert code == 1
    assert f"{ticket.ref} event 1: its data was changed" in said


def test_rows_that_tickets_are_found_by_their_tags_with_are_what_the_log_tells(ticket, agent):
    actions.tag(ticket, add=["printer", "floor-2"], by=agent)
    assert not list(rebuild.all_differences())
    Tagging.objects.filter(name="printer").update(name="plotter")

    (found,) = rebuild.all_differences()
    assert (found.field, found.row) == ("taggings", ["floor-2", "plotter"])

    rebuild.mend(ticket)
    assert sorted(ticket.taggings.values_list("name", flat=True)) == ["floor-2", "printer"]
    assert not list(rebuild.all_differences())
