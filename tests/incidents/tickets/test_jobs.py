"""What happens to tickets by the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from incidents.notify.letters import write
from incidents.notify.models import Delivery
from incidents.tickets import actions, jobs
from incidents.tickets.models import PortalRules, Ticket


@pytest.fixture
def resolved(make_ticket, agent):
    def make(days):
        long_ago = timezone.now() - timedelta(days=days)
        ticket = make_ticket(at=long_ago - timedelta(hours=2))
        return actions.resolve(ticket, "Gateway replaced.", code="fixed", by=agent, at=long_ago)

    return make


def test_what_nobody_opened_again_is_closed_by_the_desk_when_the_days_are_over(resolved):
    old, young = resolved(15), resolved(13)

    assert jobs.close_settled() == 1

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.is_closed, young.is_closed) == (True, False)
    assert old.events.latest("number").actor == User.objects.system()


def test_the_requester_is_asked_by_mail_how_it_went(resolved, requester):
    ticket = resolved(20)
    jobs.close_settled()

    mail = Delivery.objects.mails().get(event__ticket=ticket, event__kind="closed")
    assert mail.recipient == requester
    assert "/rate/" in write(mail).body


def test_the_days_are_those_of_the_rules(resolved):
    PortalRules.objects.create(pk=1, reopen_days=30)
    resolved(20)

    assert jobs.close_settled() == 0
    assert not Ticket.objects.filter(status="closed").exists()


def test_a_second_run_finds_nothing_more(resolved):
    resolved(20)

    assert (jobs.close_settled(), jobs.close_settled()) == (1, 0)
