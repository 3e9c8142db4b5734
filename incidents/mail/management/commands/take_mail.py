"""`manage.py take_mail --mailbox it-help`: store one mail from standard input, for mail servers that deliver by a pipe."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from incidents.mail.models import Mailbox, RawMail
from incidents.mail.nudging import nudge
from incidents.mail.store import LARGEST, keep

# sysexits.h, on every system: what a mail server does next depends on it.
EX_DATAERR = getattr(os, "EX_DATAERR", 65)
EX_NOUSER = getattr(os, "EX_NOUSER", 67)
EX_TEMPFAIL = getattr(os, "EX_TEMPFAIL", 75)


class Command(BaseCommand):
    help = "Store one mail (RFC 5322) from standard input. Exit codes as in sysexits.h: 75 means try again later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mailbox", required=True, metavar="SLUG", help="the short name of the mailbox")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._take(options["mailbox"])
        except CommandError:
            raise
        except Exception as error:  # whatever it is: the mail server keeps the mail and tries again
            raise CommandError(f"try again later: {error}", returncode=EX_TEMPFAIL) from error

    def _take(self, slug: str) -> None:
        mailbox = Mailbox.objects.filter(slug=slug).first()
        if mailbox is None:
            raise CommandError(f"there is no mailbox {slug}", returncode=EX_NOUSER)
        if not mailbox.is_active:
            raise CommandError(f"the mailbox {slug} is not in use", returncode=EX_TEMPFAIL)
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise CommandError("larger than the portal takes", returncode=EX_DATAERR)
        if not raw.strip():
            raise CommandError("there is no mail in standard input", returncode=EX_DATAERR)
        with transaction.atomic():
            keep(mailbox, raw, via=RawMail.Via.PIPE)
        nudge()
