"""Chains for tests: made as administrators do, counted from before the tickets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.escalation import rules, ticks
from incidents.escalation.models import Chain, ChainStep


@pytest.fixture
def make_chain(db):
    def make(name="Nobody takes it", *steps, **given):
        chain = Chain.objects.create(name=name, **{"reaches_back": True, **given})
        for position, step in enumerate(steps, start=1):
            ChainStep.objects.create(chain=chain, position=position, **step)
        rules.renew()
        return chain

    return make


@pytest.fixture
def later(time_machine):
    """Some time passes in which the worker runs, so that no gap is found at its end."""

    def move(**by):
        time_machine.move_to(timezone.now() + timedelta(**by), tick=False)
        ticks.Book.objects.filter(pk=1).update(ticked_at=timezone.now())

    return move


@pytest.fixture
def tick():
    return lambda: ticks.tick(timezone.now())
