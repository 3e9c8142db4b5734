"""Mails that want to break something: each is read or refused, in no time to speak of, and none is lost sight of."""

import contextlib
import time
import tracemalloc

import pytest

from incidents.mail.models import RawMail
from incidents.mail.reading import Unfit, read
from incidents.tickets.models import Ticket
from tests.incidents.mail import hostile
from tests.incidents.mail.letters import arrive

MAILS = dict(hostile.mails())
SECONDS = 2


def test_there_are_sixty():
    assert len(MAILS) >= 60


@pytest.mark.parametrize("name", MAILS)
def test_each_is_read_or_refused_within_two_seconds(name):
    begun = time.process_time()
    letter = None
    with contextlib.suppress(Unfit):
        letter = read(MAILS[name])
    assert letter is None or (len(letter.subject) <= 1000 and len(letter.files) <= 100)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", ["1500 multiparts in each other", "20000 addresses", "26 MB"])
def test_what_is_refused_is_set_aside_with_the_reason(it_help, name):
    mail = arrive(it_help, MAILS[name])

    assert (mail.state, mail.reason) == (RawMail.State.QUARANTINED, "unfit")
    assert mail.detail


def test_what_can_be_read_is_a_ticket_or_waits(it_help):
    it_help.senders = "everybody"
    it_help.save()

    for name in (
        "a charset that does not exist",
        "no header",
        "zeros",
        "quotations of 100000 levels",
        "entities",
    ):
        assert arrive(it_help, MAILS[name]).state in {"taken", "held", "quarantined"}
    assert Ticket.objects.exists()


def test_reading_takes_no_more_memory_than_a_few_times_the_mail():
    raw = MAILS["24 MB in base64"][: 8 * 1024 * 1024]
    tracemalloc.start()
    read(raw)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 8 * len(raw)
