"""Django's `makemessages`, so that a catalogue's differences stay small: sorted, without dates, nothing guessed."""

from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

NOT_SHOWN = ["tests/*", "var/*", "incidents/demo/*"]


class Command(makemessages.Command):
    msgmerge_options = [
        *makemessages.Command.msgmerge_options, "--no-fuzzy-matching", "--sort-output",
    ]  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        options.update(no_location=True, no_wrap=True, no_obsolete=True)
        options["ignore_patterns"] = [*options["ignore_patterns"], *NOT_SHOWN]
        super().handle(*args, **options)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        written = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        lines = written.read_text().splitlines(keepends=True)
        written.write_text("".join(line for line in lines if "POT-Creation-Date:" not in line))
