"""“This solved it” is counted once a person, article and day, and makes no ticket."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from incidents.portal import actions
from incidents.portal.models import Avoided
from incidents.portal.templatetags.deflection import readers_helped, reports_avoided
from incidents.tickets.models import Ticket
from tests.threads import together


@pytest.fixture
def article(make_article):
    return make_article()


def test_it_is_counted_with_the_words_of_the_report_and_no_ticket_is_made(article, requester):
    row = actions.solved(article, by=requester, words="  vpn \x00 drops ")

    assert (row.article, row.user, row.words) == (article, requester, "vpn drops")
    assert not Ticket.objects.exists()


def test_once_a_day_counts_once(article, requester):
    actions.solved(article, by=requester)
    actions.solved(article, by=requester)
    actions.solved(article, by=requester, at=timezone.now() - timedelta(days=1))

    assert Avoided.objects.count() == 2


def test_what_one_may_not_read_solved_nothing(make_article, requester):
    for hidden in (make_article("Runbook", audience="staff"), make_article(published=False)):
        with pytest.raises(NotAllowed):
            actions.solved(hidden, by=requester)


def test_readers_and_reports_are_counted(article, requester, other_requester):
    for days in (0, 3, 40):
        actions.solved(article, by=requester, at=timezone.now() - timedelta(days=days))
    actions.solved(article, by=other_requester)

    assert readers_helped(article) == 2
    assert reports_avoided() == 3


@pytest.mark.django_db(transaction=True)
def test_a_double_click_counts_once(article, requester):
    together(3, lambda: actions.solved(article, by=requester))

    assert Avoided.objects.count() == 1
