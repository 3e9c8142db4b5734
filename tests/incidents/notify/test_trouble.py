"""A mail server that takes nothing is told to whoever looks after it, after five minutes, until it takes mail again."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from incidents.notify import jobs, trouble
from tests.services import free_port

WORDS = "No mail has left for"


@pytest.fixture(autouse=True)
def nothing_noted(db):
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def away(ticket, settings):
    """Nobody listens where the mail server should be."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def later(**more):
    return time_machine.travel(timezone.now() + timedelta(**more))


@pytest.mark.parametrize("page", ["/admin/letters/", "/desk/"])
def test_an_administrator_sees_it_after_five_minutes(away, admin, client_of, page):
    jobs.sweep()
    assert WORDS not in client_of(admin).get(page, follow=True).content.decode()

    with later(minutes=6):
        jobs.sweep()
        shown = client_of(admin).get(page, follow=True).content.decode()
    assert f"{WORDS} 6\u00a0minutes." in shown
    assert "The server refused the connection." in shown
    assert "(ConnectionRefusedError: " in shown


def test_nobody_else_is_bothered(away, agent, lead, client_of):
    jobs.sweep()

    with later(minutes=6):
        for person in (agent, lead):
            assert WORDS not in client_of(person).get("/desk/", follow=True).content.decode()


def test_it_goes_when_mail_leaves_again(away, settings, smtp):
    trouble.note_away("gone")
    with later(minutes=6):
        assert trouble.standing()
        jobs.sweep()
        assert trouble.standing() is None


def test_a_mail_that_is_refused_is_no_trouble_of_the_server(ticket, requester, smtp):
    smtp.says[requester.email] = ["550 no such user"]
    jobs.sweep()

    with later(minutes=6):
        assert trouble.standing() is None
