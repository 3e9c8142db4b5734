"""F13: two agents change the same ticket at the same moment, a thousand times. No change is lost without a word.

Each agent sends what their form says with the version it showed. Whatever is not refused stands in the log, and every
refusal names the other's change; what touches another property is kept beside it.
"""

import threading

import pytest
from django.db import connection

from accounts.errors import EditConflict
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

PAIRS = 1_000
PAIRS_ON_SQLITE = 60


class Pair:
    """Two threads that do the same step at the same moment."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.barrier = threading.Barrier(2)
        self.done = [[], []]
        self.errors = []

    def run(self, ticket, edits):
        threads = [threading.Thread(target=self._run, args=(ticket, side, edit)) for side, edit in enumerate(edits)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
        return self.done

    @staticmethod
    def _try(edit, number, seen):
        """What was set; None where it was refused, with what the other did."""
        try:
            return edit(number, seen)
        except EditConflict as clash:
            return None if clash.changes else "refused for no reason"

    def _run(self, ticket, side, edit):
        try:
            for number in range(self.rounds):
                seen = Ticket.objects.get(pk=ticket.pk).version
                self.barrier.wait(timeout=60)
                self.done[side].append(self._try(edit, number, seen))
                self.barrier.wait(timeout=60)
        except BaseException as error:  # noqa: BLE001 (raised again in the test's own thread)
            self.errors.append(error)
            self.barrier.abort()
        finally:
            connection.close()


@pytest.fixture
def rounds(on_postgres):
    return PAIRS if on_postgres else PAIRS_ON_SQLITE


def test_of_two_that_change_the_same_one_wins_and_the_other_is_told(ticket, agent, lead, rounds):
    def retitle(by):
        def edit(number, seen):
            title = f"{by.first_name} {number}"
            actions.retitle(ticket, title, by=by, expected=seen)
            return title

        return edit

    done = Pair(rounds).run(ticket, [retitle(agent), retitle(lead)])

    told = Event.objects.filter(ticket=ticket, kind=Kind.RETITLED).order_by("number")
    titles = [event.data["set"]["title"] for event in told]
    kept = [title for side in done for title in side if title]
    assert sorted(titles) == sorted(kept)
    for ours, theirs in zip(*done, strict=True):
        assert (ours is None) != (theirs is None)
    assert [event.data["was"]["title"] for event in told][1:] == titles[:-1]
    assert Ticket.objects.get(pk=ticket.pk).title == titles[-1]


def test_two_that_change_different_things_both_keep_theirs(ticket, agent, lead, rounds):
    def retitle(number, seen):
        actions.retitle(ticket, f"Title {number}", by=agent, expected=seen)
        return f"Title {number}"

    def impact(number, seen):
        wanted = ("team", "many")[number % 2]
        actions.set_priority(ticket, impact=wanted, by=lead, expected=seen)
        return wanted

    titles, impacts = Pair(rounds).run(ticket, [retitle, impact])

    assert None not in titles
    assert None not in impacts
    events = Event.objects.filter(ticket=ticket)
    assert events.filter(kind=Kind.RETITLED).count() == rounds
    assert events.filter(kind=Kind.PRIORITISED).count() == rounds
    after = Ticket.objects.get(pk=ticket.pk)
    assert (after.title, after.impact) == (titles[-1], impacts[-1])
    assert list(events.order_by("number").values_list("number", flat=True)) == list(range(1, 2 * rounds + 2))  # fmt: skip
