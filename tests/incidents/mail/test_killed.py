"""F8: the process that fetches is killed again and again. No mail is lost, none is stored twice."""

import os
import random
import signal
import time

import pytest
from django.db import connections

from incidents.mail import imap
from incidents.mail.fetching import fetch
from incidents.mail.models import Fetching, RawMail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

MAILS = int(os.environ.get("FIREBREAK_MAILS", "60"))
KILLS = int(os.environ.get("FIREBREAK_KILLS", "8"))


def in_a_process_of_its_own(box):
    """Its number; it ends when there is nothing left to fetch."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            fetch(box.pk)
        finally:
            os._exit(0)
    return child


def test_a_fetcher_that_is_killed_loses_and_doubles_nothing(
    box, dovecot, account, deliver, monkeypatch
):
    deliver(number=MAILS)
    chance, give, kills = random.Random(1), imap.Box.whole, 0

    def slowly(server, uid):
        time.sleep(0.002)  # so that the kills come in the middle
        return give(server, uid)

    monkeypatch.setattr(imap.Box, "whole", slowly)
    for _kill in range(KILLS):
        child = in_a_process_of_its_own(box)
        time.sleep(chance.uniform(0.05, 0.15))
        os.kill(child, signal.SIGKILL)
        _child, how = os.waitpid(child, 0)
        kills += os.WIFSIGNALED(how)
        Fetching.objects.update(leased_until=None, due_at=None)  # as after the time of the lease

    fetch(box.pk)

    assert kills
    assert RawMail.objects.count() == MAILS
    assert RawMail.objects.values("subject").distinct().count() == MAILS
    assert set(dovecot.mails(account).values()) == {"S"}
