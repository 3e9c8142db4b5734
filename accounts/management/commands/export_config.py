"""Write the whole configuration as one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import audit
from accounts.administration import configuration
from accounts.models import User


class Command(BaseCommand):
    help = "Write the configuration as one JSON file, to FILE or to the terminal. The same configuration gives the same bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument(
            "--schema", action="store_true", help="write the schema beside the code anew, nothing else"
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema"]:
            configuration.SCHEMA.write_text(configuration.schema_text())
            return
        made = configuration.written(configuration.collect())
        audit.note_export("configuration", by=User.objects.system(), terminal=True)
        if options["file"]:
            options["file"].write_bytes(made)
        else:
            self.stdout.write(made.decode(), ending="")
