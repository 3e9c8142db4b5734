"""A whole and its parts, changed by several people at the same moment, some hundred times: nobody blocks anybody for good.

One resolves the whole as a run does (held before the verb) and takes it back, one opens a part again, and one ties the
parts to the whole anew, which holds both. Rules may refuse; the database must never have to end somebody's wait.
"""

import threading

import pytest
from django.db import transaction

from accounts.errors import Refused
from incidents.tickets import actions
from incidents.tickets.actions import steps
from incidents.tickets.models import Ticket
from incidents.tickets.rebuild import all_differences
from tests.threads import beside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

ROUNDS = 300
ROUNDS_ON_SQLITE = 10


def at_once(rounds, *steps):
    """Every step once a round, all of a round together; the first error that is no refusal, and how much was refused."""
    barrier, refused = threading.Barrier(len(steps)), []

    def repeat(step):
        def run():
            try:
                for _round in range(rounds):
                    barrier.wait(timeout=60)
                    try:
                        step()
                    except Refused as refusal:
                        refused.append(refusal)
            except BaseException:
                barrier.abort()
                raise

        return run

    beside(*(repeat(step) for step in steps))
    return len(refused)


def test_a_part_reopened_while_its_whole_is_resolved_blocks_nobody(
    make_ticket, agent, lead, requester, on_postgres
):
    part, whole = make_ticket("No phone"), make_ticket("Line is cut")
    later = make_ticket("No fax")  # parts on both sides of the whole, in the order of keys
    for one in (part, later):
        actions.link(one, to=whole, kind="child_of", by=agent, is_synced=True)

    def resolve_and_take_back():
        with transaction.atomic():
            actions.hold_family(whole)
            before = Ticket.objects.get(pk=whole.pk).version
            actions.resolve(whole, "A new cable.", code="fixed", by=agent)
        actions.undo(whole, numbers=range(before + 1, before + 2), by=agent)

    def reopen():
        for one in (later, part):
            actions.reopen(one, "Still dead.", by=requester)

    def tie():
        for one in (part, later):
            actions.unlink(one, to=whole, kind="child_of", by=lead)
            actions.link(one, to=whole, kind="child_of", by=lead, is_synced=True)

    rounds = ROUNDS if on_postgres else ROUNDS_ON_SQLITE
    refused = at_once(rounds, resolve_and_take_back, reopen, tie)

    assert refused < 3 * rounds
    assert list(all_differences()) == []


@pytest.mark.postgres
def test_a_resolved_part_is_held_with_its_whole_so_that_nobody_comes_between(
    make_ticket, agent, lead, requester
):
    """The one order of events that once ended in a deadlock, step by step."""
    part, whole = make_ticket("No phone"), make_ticket("Line is cut")
    actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    actions.resolve(part, "By itself.", code="workaround", by=agent)
    held, reopened, has_part = threading.Event(), threading.Event(), threading.Event()

    def resolve():
        with transaction.atomic():
            actions.hold_family(whole)
            held.set()
            if reopened.wait(1):  # it never comes while the part is held
                has_part.wait(1)
            actions.resolve(whole, "A new cable.", code="fixed", by=agent)

    def reopen():
        held.wait(10)
        actions.reopen(part, "Still dead.", by=requester)
        reopened.set()

    def tie_anew():
        reopened.wait(20)
        with transaction.atomic():
            steps.lock(part)
            has_part.set()
            actions.link(part, to=whole, kind="child_of", by=lead)

    beside(resolve, reopen, tie_anew)

    whole.refresh_from_db()
    part.refresh_from_db()
    assert (whole.status, part.status) == ("resolved", "open")


def test_what_is_tied_while_one_waits_is_held_too_in_the_same_order(make_ticket):
    first, whole, later = (make_ticket(f"Ticket {n}") for n in range(3))
    seen = iter([[whole.pk], [whole.pk, first.pk], [whole.pk, first.pk], [first.pk, whole.pk]])

    with transaction.atomic():
        held = steps.lock_found(lambda: next(seen))

    assert list(held) == [first.pk, whole.pk]
    assert later.pk not in held
