"""F8: the process that fetches, or works through, is killed again and again. No mail is lost, none counts twice."""

import os
import random
import signal
import time
from importlib import import_module

import pytest
from django.db import connections

from incidents.mail import imap, work
from incidents.mail.fetching import fetch
from incidents.mail.models import Fetching, RawMail
from incidents.mail.store import keep
from incidents.notify.models import Delivery
from incidents.tickets.models import Message, Ticket
from tests.conftest import make_person
from tests.incidents.mail.letters import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

MAILS = int(os.environ.get("FIREBREAK_MAILS", "60"))
KILLS = int(os.environ.get("FIREBREAK_KILLS", "8"))


def in_a_process_of_its_own(do, *given):
    """Its number; it ends when there is nothing left to do."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            do(*given)
        finally:
            os._exit(0)
    return child


def killed(child, *, after):
    """Whether it was still at work."""
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _child, how = os.waitpid(child, 0)
    return os.WIFSIGNALED(how)


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
        kills += killed(in_a_process_of_its_own(fetch, box.pk), after=chance.uniform(0.05, 0.15))
        Fetching.objects.update(leased_until=None, due_at=None)  # as after the time of the lease

    fetch(box.pk)

    assert kills
    assert RawMail.objects.count() == MAILS
    assert RawMail.objects.values("subject").distinct().count() == MAILS
    assert set(dovecot.mails(account).values()) == {"S"}


def test_a_worker_that_is_killed_makes_each_mail_one_ticket(it_help, requester, monkeypatch):
    people = [requester, *(make_person(f"Person {n}") for n in range(MAILS // 10))]
    for n in range(MAILS):
        sent = write(people[n % len(people)], f"Trouble {n}")
        keep(it_help, sent.as_bytes(), via=RawMail.Via.POST)
    taking = import_module("incidents.mail.actions.take_in")
    chance, note_copied, kills = random.Random(2), taking.note_copied, 0

    def slowly(*given):
        time.sleep(0.02)  # the ticket is there and the mail is not yet settled: the kills come here
        note_copied(*given)

    monkeypatch.setattr(taking, "note_copied", slowly)
    for _kill in range(KILLS):
        child, goal = in_a_process_of_its_own(work.through), Ticket.objects.count() + 2
        while Ticket.objects.count() < goal:  # else it is the same mail again and again
            time.sleep(0.01)
        kills += killed(child, after=chance.uniform(0, 0.05))
        RawMail.objects.update(leased_until=None)  # as after the time of the lease

    assert kills
    assert Ticket.objects.count() < MAILS  # the kills came while there was work
    work.through()

    assert set(RawMail.objects.values_list("state", flat=True)) == {RawMail.State.TAKEN}
    assert RawMail.objects.values("ticket").distinct().count() == MAILS
    assert (Ticket.objects.count(), Message.objects.count()) == (MAILS, MAILS)
    receipts = Delivery.objects.filter(channel="mail")
    assert receipts.values("event__ticket").distinct().count() == receipts.count() > 0
