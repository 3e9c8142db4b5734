"""Mail is fetched from a real IMAP server: all of it, once, stored before anything is marked or moved there."""

import os
import random

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ

from incidents.mail import fetching, imap, jobs
from incidents.mail.fetching import fetch
from incidents.mail.models import Fetched, Fetching, Mailbox, RawMail
from incidents.mail.reasons import Reason
from incidents.mail.troubles import About
from tests.incidents.mail.conftest import allow, mail, some
from tests.incidents.mail.letters import write

After, Security = Mailbox.After, Mailbox.Security


def subjects():
    return list(RawMail.objects.order_by("pk").values_list("subject", flat=True))


def trouble_of(box):
    row = Fetching.objects.get(mailbox=box)
    return row.trouble, row.last_error


def flags(dovecot, account, folder="INBOX"):
    return sorted(dovecot.mails(account, folder).values())


def again(box):
    """The next run, without the rest after a failure."""
    Fetching.objects.filter(mailbox=box).update(due_at=None)
    return fetch(box.pk)


def test_stores_each_mail_as_it_is_and_marks_it_as_read(box, dovecot, account, deliver):
    raw = mail(1, words="Grüße, and a bare\nline")
    deliver(raw)
    deliver(number=2)

    assert fetch(box.pk) == 3

    assert RawMail.objects.get(subject="Trouble 1").source == raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # fmt: skip
    assert flags(dovecot, account) == ["S", "S", "S"]
    row = Fetching.objects.get(mailbox=box)
    assert (row.trouble, row.leased_until) == ("", None)
    assert row.finished_at


def test_fetches_only_what_is_new(box, deliver):
    deliver(number=3)
    fetch(box.pk)
    deliver(number=2)

    assert fetch(box.pk) == 2
    assert fetch(box.pk) == 0
    assert RawMail.objects.count() == 5


def test_leaves_alone_what_was_there_before_unless_told_otherwise(box, dovecot, account, deliver):
    box.takes_old = False
    box.save()
    deliver(number=3)

    assert fetch(box.pk) == 0
    deliver(number=1)
    assert fetch(box.pk) == 1
    assert flags(dovecot, account) == ["", "", "", "S"]


def test_moves_mail_to_another_folder(box, dovecot, account, deliver):
    box.after, box.moves_to = After.MOVE, "Done & dusted"
    box.save()
    with imap.signed_in(box, seconds=5) as server:
        server.folder.create("Done & dusted")
    deliver(number=3)

    assert fetch(box.pk) == 3

    assert flags(dovecot, account) == []
    assert len(dovecot.mails(account, "Done &- dusted")) == 3


def test_deletes_mail_and_nothing_that_others_marked(box, dovecot, account, deliver):
    deliver(number=1)
    with imap.signed_in(box, seconds=5) as server:
        server.open()
        server._asked("STORE", "1", "+FLAGS", r"(\Deleted)")
    box.after, box.takes_old = After.DELETE, False
    box.save()
    fetch(box.pk)
    deliver(number=2)

    assert fetch(box.pk) == 2

    assert flags(dovecot, account) == ["T"]


def test_fetches_on_where_mail_cant_be_moved_and_says_so(box, dovecot, account, deliver):
    box.after, box.moves_to = After.MOVE, "Nowhere"
    box.save()
    deliver(number=2)

    assert fetch(box.pk) == 2
    assert trouble_of(box)[0] == About.MOVES_TO
    deliver(number=1)
    assert again(box) == 1

    with imap.signed_in(box, seconds=5) as server:
        server.folder.create("Nowhere")
    again(box)
    assert trouble_of(box) == ("", "")
    assert len(dovecot.mails(account, "Nowhere")) == 3


def test_keeps_only_the_head_of_what_is_too_large_and_does_not_touch_it(
    box, dovecot, account, deliver, monkeypatch
):
    monkeypatch.setattr(fetching, "LARGEST", 5_000)
    deliver(mail(7, words="long " * 2_000))
    deliver(number=1)

    fetch(box.pk)

    kept = RawMail.objects.get(subject="Trouble 7")
    assert (kept.state, kept.reason) == (RawMail.State.QUARANTINED, Reason.TOO_LARGE)
    assert b"long" not in kept.source
    assert kept.size > 10_000
    assert flags(dovecot, account) == ["", "S"]


def test_goes_on_when_the_folder_is_numbered_anew(box, dovecot, account, deliver):
    deliver(number=3)
    fetch(box.pk)
    dovecot.renumber(account)
    deliver(number=2)

    assert fetch(box.pk) == 2
    assert RawMail.objects.count() == 5
    assert set(Fetched.objects.values_list("uid_validity", flat=True)) == {
        Fetching.objects.get().uid_validity
    }


def test_takes_nothing_from_before_when_the_folder_is_numbered_anew(box, dovecot, account, deliver):
    box.takes_old = False
    box.save()
    deliver(number=2)
    os_times = dovecot.folder(account)
    for path in [*os_times.glob("new/*"), *os_times.glob("cur/*")]:
        os.utime(path, (1_600_000_000, 1_600_000_000))
    fetch(box.pk)
    dovecot.renumber(account)
    deliver(number=1)

    assert fetch(box.pk) == 1
    assert fetch(box.pk) == 0


def test_reads_another_account_from_its_beginning(box, dovecot, account, deliver):
    deliver(number=2)
    fetch(box.pk)
    dovecot.deliver(f"{account}other", *some(1))
    box.username = f"{account}other"
    box.save()

    assert fetch(box.pk) == 1


def test_a_mail_the_server_wont_give_stops_no_other(box, dovecot, account, deliver, monkeypatch):
    deliver(number=3)
    give = imap.Box.whole

    def whole(server, uid):
        if uid == 2:
            raise imap.NotGiven("out of order")
        return give(server, uid)

    monkeypatch.setattr(imap.Box, "whole", whole)

    assert fetch(box.pk) == 2
    assert flags(dovecot, account) == ["", "S", "S"]
    for _run in range(6):
        fetch(box.pk)

    assert RawMail.objects.count() == 3
    kept = RawMail.objects.get(reason=Reason.NOT_GIVEN)
    assert kept.state == RawMail.State.QUARANTINED
    assert kept.subject.startswith("Trouble")
    assert flags(dovecot, account) == ["", "S", "S"]


def test_a_mail_that_breaks_the_connection_stops_no_other(box, deliver, monkeypatch):
    deliver(number=4)
    give = imap.Box.whole

    def whole(server, uid):
        if uid == 2:
            raise imap.Client.abort("the server hung up")
        return give(server, uid)

    monkeypatch.setattr(imap.Box, "whole", whole)

    assert fetch(box.pk) == 1
    assert trouble_of(box) == (About.REACH, "the server hung up")
    assert again(box) == 2
    monkeypatch.setattr(imap.Box, "whole", give)
    assert again(box) == 1


def test_marks_nothing_that_it_could_not_store(box, dovecot, account, deliver, monkeypatch):
    deliver(number=2)

    def keep(*given, **more):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(fetching, "keep", keep)
    assert fetch(box.pk) == 0

    assert flags(dovecot, account) == ["", ""]
    about, said = trouble_of(box)
    assert about == About.STORING
    assert "disk is full" in said
    monkeypatch.undo()
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    assert again(box) == 2


def test_marks_later_what_a_run_stored_that_was_cut_off(
    box, dovecot, account, deliver, monkeypatch
):
    deliver(number=2)

    def settle(server, uids):
        raise imap.Client.abort("gone")

    with monkeypatch.context() as patch:
        patch.setattr(imap.Box, "settle", settle)
        fetch(box.pk)
    assert flags(dovecot, account) == ["", ""]

    again(box)

    assert flags(dovecot, account) == ["S", "S"]
    assert RawMail.objects.count() == 2


def test_only_one_run_at_a_time_and_a_lost_one_blocks_not_for_ever(box, deliver):
    deliver(number=1)
    lease = fetching._take(box)

    assert fetch(box.pk) == 0
    Fetching.objects.filter(mailbox=box).update(leased_until=timezone.now())
    assert fetch(box.pk) == 1

    with pytest.raises(fetching.Trouble):  # the lost one comes back
        fetching._save(lease, last_uid=99)


def test_rests_longer_after_each_failure(box, dovecot):
    box.port = 1
    box.save()
    rests = []
    for _run in range(3):
        Fetching.objects.filter(mailbox=box).update(due_at=None)
        fetch(box.pk)
        row = Fetching.objects.get(mailbox=box)
        rests.append(round((row.due_at - row.started_at).total_seconds() / 60))

    assert rests == [1, 2, 4]
    assert trouble_of(box)[0] == About.REACH
    assert fetching.due(timezone.now()) == []


def test_a_talkative_or_silent_server_holds_a_run_no_longer_than_it_may(box, line, monkeypatch):
    """The line takes words and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        box.security, box.host, box.port = (
            Security.PLAIN,
            "127.0.0.1",
            silent.getsockname()[1],
        )
        allow(box.port)
        box.save()
        monkeypatch.setattr(imap, "READ", 0.2)
        fetch(box.pk)

    assert trouble_of(box) == (About.REACH, "timed out")


def test_survives_a_line_that_breaks_again_and_again(box, dovecot, account, deliver, line):
    """F8. FIREBREAK_MAILS and FIREBREAK_CUTS make it as large as the issue asks."""
    number = int(os.environ.get("FIREBREAK_MAILS", "60"))
    cuts = int(os.environ.get("FIREBREAK_CUTS", "12"))
    box.security, box.host, box.port = Security.PLAIN, "127.0.0.1", line.port
    box.save()
    deliver(number=number)
    chance = random.Random(8)
    most = 400 * number // max(cuts, 1) * 4
    line.cuts = [chance.randrange(1, most) for _one in range(cuts)]
    sizes = []

    for _run in range(cuts + 5):
        again(box)
        sizes.append(RawMail.objects.count())
        if line.cut == cuts and sizes[-1] == number and trouble_of(box) == ("", ""):
            break
        if sizes[-1] == number and line.cut < cuts:  # all is here before all cuts are used up
            number += 5
            deliver(number=5)

    assert line.cut == cuts
    assert RawMail.objects.count() == number
    assert RawMail.objects.values("subject").distinct().count() == number
    assert set(flags(dovecot, account)) == {"S"}


def test_each_of_several_mailboxes_is_fetched_into_its_own_team(
    box, dovecot, account, deliver, requester, category, other_category
):
    """One whose server is away holds up no other."""
    box.category = category
    box.save()
    first, other, third = (write(requester, f"Trouble {n}").as_bytes() for n in range(3))
    deliver(first, other)
    dovecot.deliver(f"{account}second", third)
    second, away = (
        Mailbox.objects.create(
            slug=f"{account}{name}", address=f"{account}{name}@example.com", name=name, host="localhost", port=port,
            username=f"{account}{name}", password=dovecot.password, takes_old=True, category=other_category,
        )
        for name, port in (("second", dovecot.tls_port), ("away", 1))
    )  # fmt: skip

    assert jobs.fetch_all() == 3
    tasks = [one.task for one in OrmQ.objects.all()]
    asked = [one["args"] for one in tasks if one["func"] == "incidents.mail.jobs.fetch"]
    assert sorted(asked) == [(box.pk,), (second.pk,), (away.pk,)]
    for pk in (away.pk, box.pk, second.pk):
        jobs.fetch(pk)
    jobs.work()

    taken = [(one.mailbox, one.ticket.team) for one in RawMail.objects.order_by("pk")]
    assert taken == [(box, category.default_team)] * 2 + [(second, other_category.default_team)]
    assert trouble_of(away)[0] == About.REACH
