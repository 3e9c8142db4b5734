"""`manage.py doctor`: is this installation well?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.health.examination import examine

MARKS = {"ok": "ok     ", "warning": "WARNING", "wrong": "WRONG  "}


class Command(BaseCommand):
    help = "Check settings, database, migrations, worker, mail, disk and files. Exit code 1 where something is wrong."
    requires_system_checks: list[str] = []  # it runs them itself, and shows them with the rest

    def handle(self, *_args: Any, **_options: Any) -> None:
        wrong = 0
        for finding in examine():
            self.stdout.write(f"{MARKS[finding.state]} {finding.about}: {finding.words}")
            wrong += finding.state == "wrong"
        if wrong:
            raise CommandError(f"{wrong} of these need somebody.")
