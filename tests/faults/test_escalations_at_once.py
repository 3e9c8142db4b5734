"""F13: two people call for help on one ticket at the same moment, and a worker escalates it, too: one step, and words."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.errors import EditConflict
from incidents.escalation import deeds, planning, rules, ticks
from incidents.escalation.models import Chain, ChainStep, Plan, Taken
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ROUNDS = 100
ROUNDS_ON_SQLITE = 10


def at_once(*deeds_):
    """Each in a thread of its own, all begun at one moment; what each gave, or the refusal."""
    barrier, found = threading.Barrier(len(deeds_)), [None] * len(deeds_)

    def run(place, do):
        try:
            barrier.wait(timeout=60)
            found[place] = do()
        except BaseException as error:  # noqa: BLE001 (looked at in the test's own thread)
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds_)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def chain(lead):
    chain = Chain.objects.create(name="Network", reaches_back=True)
    for position in range(1, 4):
        ChainStep.objects.create(chain=chain, position=position, after=position, tells_leads=True)
    rules.renew()
    return chain


@pytest.fixture
def rounds(on_postgres):
    return ROUNDS if on_postgres else ROUNDS_ON_SQLITE


def calls(ticket, by, **more):
    expected = deeds.mark(ticket, planning.next_step(ticket, rules.current(), now=timezone.now()))
    return lambda: deeds.escalate_now(
        ticket, reason="Now.", by=by, at=timezone.now(), expected=expected, **more
    )


def test_two_who_read_the_same_take_one_step(chain, make_ticket, agent, lead, rounds):
    for _n in range(rounds):
        ticket = make_ticket()
        found = at_once(calls(ticket, agent), calls(ticket, lead))

        assert sum(isinstance(one, EditConflict) for one in found) == 1, found
        assert ticket.events.of_kind(Kind.ESCALATED).count() == 1
        assert Taken.objects.filter(ticket=ticket).count() == 1


def test_one_form_that_is_sent_twice_is_one_step(chain, make_ticket, agent, rounds):
    for number in range(rounds):
        ticket = make_ticket()
        call = calls(ticket, agent, key=f"key {number}")
        one, other = at_once(call, call)

        assert one == other
        assert ticket.events.of_kind(Kind.ESCALATED).count() == 1


def test_who_calls_while_the_worker_does_it_is_told(chain, make_ticket, agent, rounds):
    for _n in range(rounds):
        ticket = make_ticket()
        Plan.objects.filter(ticket=ticket).update(due_at=timezone.now())
        plan = Plan.objects.get(ticket=ticket)
        later = plan.due_at + timedelta(minutes=1, seconds=1)
        taken, called = at_once(lambda plan=plan, at=later: ticks.run(plan, at), calls(ticket, agent))  # fmt: skip

        steps = list(Taken.objects.filter(ticket=ticket).values_list("step", flat=True))
        assert len(steps) == len(set(steps)) == 1, (steps, called)
        assert isinstance(taken, bool), taken
        assert isinstance(called, EditConflict if taken else Event | EditConflict), called
