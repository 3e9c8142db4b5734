"""F9: what waits is worked through; one that can't be is set aside after some tries, and the other 99 go on."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.models import AuditEntry
from incidents.health.backlog import Backlog
from incidents.mail import work
from incidents.mail.models import Fetching, RawMail
from incidents.mail.reasons import Reason
from incidents.mail.store import keep
from incidents.privacy.actions import retain
from tests.incidents.mail.conftest import mail, some

State = RawMail.State
RAW = mail(0)


@pytest.fixture
def waiting(it_help):
    """Four mails that came in."""
    return [keep(it_help, raw, via="post")[0] for raw in (RAW, *some(3))]


@pytest.fixture
def taken(monkeypatch):
    """Stands where a mail is understood: takes all in but those whose error is named here."""
    errors = {}

    def take_in(mail):
        if mail.pk in errors:
            raise errors[mail.pk]
        RawMail.objects.filter(pk=mail.pk).update(state=State.TAKEN, leased_until=None)

    monkeypatch.setattr(work, "take_in", take_in)
    return errors


def all_due():
    RawMail.objects.update(due_at=timezone.now(), leased_until=None)


def states():
    return list(RawMail.objects.order_by("pk").values_list("state", flat=True))


def test_takes_in_what_waits_the_oldest_first(waiting, taken):
    assert work.through() == 4
    assert states() == [State.TAKEN] * 4
    assert work.through() == 0


def test_one_bad_mail_stops_no_other_and_is_set_aside_at_last(waiting, taken):
    taken[waiting[0].pk] = ValueError("a\x00b")

    for _run in range(work.MOST_ATTEMPTS):
        work.through()
        all_due()

    assert states() == [State.QUARANTINED] + [State.TAKEN] * 3
    bad = RawMail.objects.get(pk=waiting[0].pk)
    assert (bad.reason, bad.detail) == (Reason.FAILED, "ValueError: ab")
    assert bad.source


def test_waits_longer_before_each_new_try(waiting, taken):
    bad = waiting[0]
    taken[bad.pk] = ValueError("no")
    pauses = []
    for _run in range(3):
        work.through()
        bad.refresh_from_db()
        pauses.append(round((bad.due_at - timezone.now()).total_seconds()))
        all_due()

    assert pauses == [30, 60, 120]


def test_a_full_disk_is_no_mails_fault(waiting, taken):
    taken[waiting[0].pk] = OperationalError("disk is full")
    for _run in range(work.MOST_ATTEMPTS + 3):
        work.through()
        all_due()

    assert states()[0] == State.WAITING
    taken.clear()
    work.through()
    assert states()[0] == State.TAKEN


def test_a_mail_over_which_workers_are_lost_is_set_aside(waiting, taken):
    for _worker in range(work.MOST_ATTEMPTS):
        assert work.claim(timezone.now()).pk == waiting[0].pk
        RawMail.objects.filter(pk=waiting[0].pk).update(leased_until=None)
    work.through()

    assert states() == [State.QUARANTINED] + [State.TAKEN] * 3


def test_what_is_in_one_workers_hands_is_in_no_others(waiting, taken):
    now = timezone.now()
    first = work.claim(now)
    others = {work.claim(now).pk for _mail in range(3)}

    assert first.pk not in others
    assert work.claim(now) is None
    assert work.claim(now + work.LEASE).pk == first.pk


def test_a_worker_that_was_lost_changes_nothing_when_it_comes_back(waiting, taken):
    lost = work.claim(timezone.now())
    RawMail.objects.filter(pk=lost.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    work.through()

    work.set_aside(lost, "too late")

    assert states() == [State.TAKEN] * 4


def test_what_is_wrong_is_told_to_who_looks_after_it(waiting, it_help, client, capsys):
    now = timezone.now()
    it_help.host = "localhost"
    it_help.save()
    Fetching.objects.create(
        mailbox=it_help, finished_at=now - timedelta(minutes=4), trouble="login", last_error="no"
    )
    RawMail.objects.filter(pk=waiting[0].pk).update(state=State.QUARANTINED)
    RawMail.objects.update(received_at=now - timedelta(minutes=20))

    found = Backlog.at(now)

    assert (found.stuck, found.taking, found.set_aside) == (1, 3, 1)
    assert found.oldest_in == timedelta(minutes=20)
    assert "mailboxes_stuck 1" in client.get("/readyz").text
    with pytest.raises(CommandError):
        call_command("doctor")
    assert "it-help@example.com (login: no)" in capsys.readouterr().out


def test_mail_is_kept_as_it_came_for_a_time_only(waiting):
    now = timezone.now()
    for row, state in zip(
        waiting, (State.TAKEN, State.IGNORED, State.HELD, State.TAKEN), strict=True
    ):
        RawMail.objects.filter(pk=row.pk).update(state=state, received_at=now - timedelta(days=93))
    RawMail.objects.filter(pk=waiting[3].pk).update(received_at=now - timedelta(days=88))

    done = retain(now=now)

    assert sorted(done.values()) == [1, 1]
    assert sum(retain(now=now).values()) == 0
    told = AuditEntry.objects.filter(kind="retained").order_by("pk")
    assert [(one.data["what"], one.data["count"]) for one in told] == [("mail", 1), ("unused", 1)]
    kept = [bool(RawMail.objects.get(pk=row.pk).source) for row in waiting]
    assert kept == [False, False, True, True]
    assert RawMail.objects.get(pk=waiting[1].pk).sender == ""
    assert keep(waiting[0].mailbox, b"", via="post")[1]
    again, is_new = keep(waiting[0].mailbox, RAW, via="post")
    assert (again.pk, is_new) == (waiting[0].pk, False)
