"""Check that nobody changed, removed or put in an entry of the audit log or an event of a ticket."""

import time
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from accounts.audit.verifying import Verdict, verify
from incidents.tickets import marking, numbers
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Ticket, TicketQuerySet
from incidents.tickets.rebuild import all_breaks

SECONDS = 2.0
"""How often the progress is told, where somebody looks on."""


class Command(BaseCommand):
    help = (
        "Walk the chain of the audit log and of every ticket's log, hold both against the daily marks, and name what is "
        "not what was written. Exit code 1 where something is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--ticket", metavar="N", help="only the log of this ticket, such as INC-1042"
        )
        parser.add_argument(
            "--since", metavar="DATE", help="only what was written since, such as 2026-05-03"
        )
        parser.add_argument(
            "--marks", metavar="FILE", type=Path, help="also hold both against marks that were kept elsewhere"
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        self.started = self.told = time.monotonic()
        since = _moment(options["since"])
        broken = 0
        if options["ticket"]:
            broken += self._tickets(_one(options["ticket"]))
        else:
            broken += self._audit(since, options["marks"])
            only = Ticket.objects.filter(updated_at__gte=since) if since else None
            broken += self._tickets(only)
            if since is None:
                broken += self._marks(options["marks"])
        if broken:
            raise CommandError("The log was tampered with, or damaged.")

    def _audit(self, since: datetime | None, marks: Path | None) -> int:
        found: Verdict = verify(
            since=since, marks_file=marks, progress=lambda n: self._tell(f"audit log: {n} entries")
        )
        for cut in found.cuts:
            self.stdout.write(f"audit log, {cut}")
        for fault in found.faults:
            self.stdout.write(f"audit log, {fault}")
        self.stdout.write(
            f"Audit log: {found.checked} entries, {found.blanked} blanked by erasures, {len(found.faults)} faults."
        )
        return len(found.faults)

    def _tickets(self, only: TicketQuerySet | None) -> int:
        broken = 0
        for found in all_breaks(only=only, progress=lambda n: self._tell(f"tickets: {n} events")):
            self.stdout.write(str(found))
            broken += 1
        events = Event.objects.all() if only is None else Event.objects.filter(ticket__in=only)
        erasures = events.filter(kind=Kind.ERASED).count()
        seconds = time.monotonic() - self.started
        self.stdout.write(
            f"{events.count()} events, {erasures} erasures, {broken} broken logs. {seconds:.1f} s."
        )
        return broken

    def _marks(self, file: Path | None) -> int:
        unlike = list(marking.unlike_the_marks(file=file))
        for words in unlike:
            self.stdout.write(words)
        return len(unlike)

    def _tell(self, words: str) -> None:
        if self.stderr.isatty() and time.monotonic() - self.told > SECONDS:
            self.told = time.monotonic()
            self.stderr.write(words)


def _one(given: str) -> TicketQuerySet:
    number = numbers.read(given)
    found = Ticket.objects.filter(number=number) if number else Ticket.objects.none()
    if not found.exists():
        raise CommandError(f"There is no ticket {given}.")
    return found


def _moment(given: str | None) -> datetime | None:
    if not given:
        return None
    try:
        day, moment = parse_date(given), parse_datetime(given)
    except ValueError:
        day = moment = None
    if day is None and moment is None:
        raise CommandError(f"{given} is no date. Write it like 2026-05-03.")
    at = moment or datetime(day.year, day.month, day.day)  # type: ignore[union-attr]  # noqa: DTZ001 (made aware below)
    return at if timezone.is_aware(at) else timezone.make_aware(at)
