"""Mail servers that deliver by a pipe: one mail in standard input, and an exit code that they understand."""

import io
import os
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from incidents.mail.management.commands import take_mail
from incidents.mail.models import RawMail
from tests.incidents.mail.conftest import mail


@pytest.fixture
def pipe(it_help, monkeypatch):
    def do(raw, slug="it-help"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        try:
            call_command("take_mail", mailbox=slug)
        except CommandError as error:
            return error.returncode
        return 0

    return do


def test_stores_the_mail(pipe):
    raw = mail(3, words="Grüße") + b"\xff\x00"

    assert pipe(raw) == 0
    kept = RawMail.objects.get()
    assert (kept.source, kept.via) == (raw, RawMail.Via.PIPE)


def test_says_what_a_mail_server_understands(pipe, it_help, monkeypatch):
    assert pipe(b"") == os.EX_DATAERR
    assert pipe(mail(1), "no-such-box") == os.EX_NOUSER

    it_help.is_active = False
    it_help.save()
    assert pipe(mail(1)) == os.EX_TEMPFAIL
    it_help.is_active = True
    it_help.save()

    monkeypatch.setattr(take_mail, "LARGEST", 10)
    assert pipe(mail(1)) == os.EX_DATAERR
    monkeypatch.undo()
    assert not RawMail.objects.exists()


def test_has_the_mail_kept_where_it_cannot_store(pipe, monkeypatch):
    def full(*given, **more):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(take_mail, "keep", full)

    assert pipe(mail(1)) == os.EX_TEMPFAIL
