"""For how long a solved ticket may be opened again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.tickets import actions, policies
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.models import PortalRules

DAY = timedelta(days=1)


@pytest.fixture
def solved(ticket, agent):
    return actions.resolve(ticket, "Done.", code="fixed", by=agent, at=timezone.now() - 14 * DAY)


def moment(ticket, days, minutes=0):
    return ticket.resolved_at + days * DAY + timedelta(minutes=minutes)


def test_the_requester_may_within_fourteen_days(solved, requester):
    actions.reopen(solved, "Still broken", by=requester, at=moment(solved, 14))

    solved.refresh_from_db()
    assert solved.is_open


def test_later_only_a_follow_up_is_left(solved, requester):
    with pytest.raises(IllegalTransition, match="Report it again"):
        actions.reopen(solved, "Still broken", by=requester, at=moment(solved, 14, minutes=1))

    assert not solved.messages.filter(body="Still broken").exists()


def test_who_works_on_it_may_always(solved, agent):
    actions.reopen(solved, "It came back", by=agent, at=moment(solved, 400))

    solved.refresh_from_db()
    assert solved.is_open


@pytest.mark.parametrize(("days", "may"), [(0, False), (13, False), (14, True), (60, True)])
def test_administrators_decide_how_long(solved, requester, days, may):
    PortalRules.objects.create(pk=1, reopen_days=days)

    assert policies.can_still_reopen(requester, solved, at=moment(solved, 13, minutes=1)) is may


def test_whom_it_does_not_concern_never_may(solved, other_requester, auditor):
    for person in (other_requester, auditor):
        assert not policies.can_still_reopen(person, solved, at=moment(solved, 1))
