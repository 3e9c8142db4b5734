"""Compare every ticket with its log, and mend what differs."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refused
from incidents.tickets.models import Ticket
from incidents.tickets.rebuild import all_differences, mend


class Command(BaseCommand):
    help = "Compare every ticket's row with what its log tells. Exit code 1 where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument(
            "--check", action="store_true", help="Only say what differs: the default."
        )
        choice.add_argument(
            "--write", action="store_true", help="Make the rows what the log tells."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        started = time.monotonic()
        differing: dict[int, Ticket] = {}
        for difference in all_differences():
            self.stdout.write(str(difference))
            differing[difference.ticket.pk] = difference.ticket
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{Ticket.objects.count()} tickets compared, {len(differing)} differ. {seconds:.1f} s."
        )
        if differing and not options["write"]:
            raise CommandError("Rows and log differ; --write makes the rows what the log tells.")
        self._mend(differing.values())

    def _mend(self, tickets: Any) -> None:
        beyond = []
        for ticket in tickets:
            try:
                mend(ticket)
                self.stdout.write(f"{ticket.ref} mended")
            except Refused as refused:
                beyond.append(refused.message)
        if beyond:
            raise CommandError("\n".join(beyond))
