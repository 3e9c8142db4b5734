"""Check that nobody changed, removed or put in an event."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.tickets.models import Event
from incidents.tickets.rebuild import all_breaks


class Command(BaseCommand):
    help = "Walk the chain of every ticket's log and name the first event that is broken. Exit code 1 where one is."

    def handle(self, *_args: Any, **_options: Any) -> None:
        started = time.monotonic()
        broken = 0
        for found in all_breaks():
            self.stdout.write(str(found))
            broken += 1
        seconds = time.monotonic() - started
        self.stdout.write(f"{Event.objects.count()} events, {broken} broken logs. {seconds:.1f} s.")
        if broken:
            raise CommandError("The log was tampered with, or damaged.")
