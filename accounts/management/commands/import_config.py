"""Read a configuration file: what it would change, and with --apply its changes."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.administration import configuration
from accounts.administration.configuration import LARGEST, Outcome, WrongFile
from accounts.models import User


class Command(BaseCommand):
    help = "Tell what a configuration file would change here. With --apply all of it is done, or nothing where an entry is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="in earnest")
        parser.add_argument(
            "--by", default="", help="e-mail of whom it is done for, with their rights (without: the desk itself)"
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        by = self._who(options["by"])
        try:
            with options["file"].open("rb") as given:
                document = configuration.read(given.read(LARGEST + 1))
        except OSError as error:
            raise CommandError(str(error)) from error
        except WrongFile as wrong:
            where = "".join(f"\n  {one.place}: {one.words}" for one in wrong.problems)
            raise CommandError(f"{wrong.message}{where}") from wrong
        put_in = configuration.apply if options["apply"] else configuration.rehearse
        result = put_in(document, by=by)
        for line in result.lines:
            if line.outcome != Outcome.SAME:
                why = f" — {line.why}" if line.why else ""
                self.stdout.write(f"{line.outcome.label}: {line.place} {line.label}{why}")
                for turn in line.turns:
                    self.stdout.write(f"    {turn.name}: {turn.before!r} → {turn.after!r}")
        self.stdout.write(", ".join(f"{count} {one.label}" for one, count in result.counts))
        if result.refused:
            raise CommandError("Something was refused, so nothing is changed.")
        if not result.is_applied:
            self.stdout.write("Nothing is changed yet. Do it with --apply.")

    def _who(self, email: str) -> User:
        if not email:
            return User.objects.system()
        found = User.objects.people().filter(email=email.lower()).first()
        if found is None:
            raise CommandError(f"There is nobody with the address {email}.")
        return found
