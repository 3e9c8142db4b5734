"""A mail is kept as it came, once, whatever is in it."""

import pytest

from incidents.mail.models import RawMail
from incidents.mail.reasons import Reason
from incidents.mail.store import keep

State, Via = RawMail.State, RawMail.Via
MAIL = (
    b"Received: from a\r\nFrom: Robin <Robin@Example.com>\r\nSubject: =?utf-8?q?Kein_Stra=C3=9Fenplan?=\r\n"
    b"Message-ID: <one@example.com>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n\r\nHelp.\r\n"
)


def put(it_help, raw, **more):
    return keep(it_help, raw, via=Via.POST, **more)


def test_keeps_the_bytes_and_what_lists_show(it_help):
    mail, is_new = put(it_help, MAIL)
    mail.refresh_from_db()

    assert is_new
    assert mail.source == MAIL
    assert mail.state == State.WAITING
    assert mail.size == len(MAIL)
    assert (mail.mail_id, mail.sender, mail.subject) == (
        "<one@example.com>", "robin@example.com", "Kein Straßenplan",
    )  # fmt: skip


def test_keeps_a_mail_once_that_comes_twice_by_different_ways(it_help):
    put(it_help, MAIL)
    other_way = MAIL.replace(b"from a", b"from b; by another way").replace(b"\r\n", b"\n")

    mail, is_new = put(it_help, other_way)

    assert not is_new
    assert mail.source == MAIL
    assert RawMail.objects.count() == 1


def test_holds_a_mail_whose_message_id_came_with_other_words(it_help):
    put(it_help, MAIL)

    mail, is_new = put(it_help, MAIL.replace(b"Help.", b"Quite another matter."))
    again, is_new_again = put(it_help, MAIL.replace(b"Help.", b"Quite another matter."))

    assert is_new
    assert (mail.state, mail.reason) == (State.HELD, Reason.TWIN)
    assert (again.pk, is_new_again) == (mail.pk, False)
    assert RawMail.objects.count() == 2


def test_tells_mails_without_message_id_apart_by_all_their_bytes(it_help):
    plain = MAIL.replace(b"Message-ID: <one@example.com>\r\n", b"")
    put(it_help, plain)
    put(it_help, plain)
    put(it_help, plain.replace(b"Mon, 2", b"Tue, 3"))

    assert RawMail.objects.count() == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\x01\xff" * 1000,
        b"From: \x00\xff\xfe\r\nSubject: a\x00b\xed\xa0\x80\r\nMessage-ID: <\x00\xff>\r\n\r\nx",
        b"From: =?x-unknown?b?!!!?= <a@b>\r\nSubject: =?utf-8?b?/w==?=\r\n\r\n",
        b"Subject: " + b"long " * 100_000 + b"\r\n\r\n",
        b"From: " + b"<" * 50_000 + b"\r\n\r\n",
        b"X: y\r\n" * 100_000,
        b"Message-ID: <" + b"i" * 5000 + b">\r\nFrom: " + b"a" * 5000 + b"@x\r\n\r\n",
        b"Subject: one\r\n two\r\n\tthree\r\nSubject: second\r\n\r\n",
    ],
    ids=range(10),
)  # fmt: skip
def test_keeps_whatever_bytes_come(it_help, raw):
    mail, is_new = put(it_help, raw)

    assert is_new
    assert RawMail.objects.get().source == raw
    assert "\n" not in mail.subject
    assert "\x00" not in mail.subject + mail.sender + mail.mail_id


def test_sets_aside_the_head_of_what_is_too_large(it_help):
    mail, _new = put(it_help, MAIL[:200], size=90_000_000, refused=Reason.TOO_LARGE)

    assert (mail.state, mail.size, mail.is_head_only) == (State.QUARANTINED, 90_000_000, True)


def test_shows_nothing_where_the_bytes_are_gone(it_help):
    mail, _new = put(it_help, MAIL)
    mail.kept_source.delete()

    assert RawMail.objects.get().source == b""
