"""Bring in tickets from another tool's CSV export."""

import csv
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings as site
from django.core.management.base import BaseCommand, CommandError

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.tickets.importing import FIELDS, BrokenFile, Refusal, Run, Settings, Source
from incidents.tickets.importing.directory import Directory
from incidents.tickets.importing.meaning import CHOOSING, choice

WRONG_USE = 2
STOPPED = 130
BAR = 30


class Command(BaseCommand):
    help = (
        "Bring in tickets from a CSV file (also .gz), one a row. Rows whose external id is there already are passed"
        " over, so a stopped run is simply started again. Exit code 1 where rows were refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        more: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map", metavar="COLUMN=FIELD", help=f"Fields: {', '.join(FIELDS)}.", **more
        )
        parser.add_argument(
            "--value", metavar="FIELD:THEIRS=OURS", help="What one of their words means, as in status:done=closed.",
            **more,
        )  # fmt: skip
        parser.add_argument(
            "--create-categories",
            action="store_true",
            help="Make categories that are missing; “parent › child”, “parent/child” too.",
        )
        parser.add_argument(
            "--create-people",
            action="store_true",
            help="Make people whose e-mail address is not known.",
        )
        parser.add_argument(
            "--default-requester",
            metavar="EMAIL",
            help="Who reported rows that name nobody. Without it: the desk itself.",
        )
        parser.add_argument(
            "--map-line-as-id",
            action="store_true",
            help="Where no column is a key: file name and line.",
        )
        parser.add_argument(
            "--id-prefix", default="", help="Put before every external id, to tell two tools apart."
        )
        parser.add_argument(
            "--time-zone", default=site.DEFAULT_TIME_ZONE, help="Zone of times that name none."
        )
        parser.add_argument(
            "--date-format",
            metavar="FORMAT",
            help="How times are written, as in %%d/%%m/%%Y %%H:%%M.",
            **more,
        )
        parser.add_argument(
            "--delimiter", default="", help="Between columns; found out by itself otherwise."
        )
        parser.add_argument(
            "--refused",
            type=Path,
            metavar="FILE.csv",
            help="Also write refused rows here, with the reason.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Check every row, save nothing.")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with ExitStack() as open_files:
                source = open_files.enter_context(_open(options["file"], options["delimiter"]))
                run = Run(
                    source,
                    _settings(options, source.heading),
                    Directory(
                        create_categories=options["create_categories"],
                        create_people=options["create_people"],
                    ),
                    default_requester=_person(options["default_requester"]),
                    dry=options["dry_run"],
                )
                report = (
                    _report(options["refused"], source.heading, open_files)
                    if options["refused"]
                    else None
                )
                self._follow(run, report)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Give the same command again to go on.", returncode=STOPPED
            ) from None

    def _follow(self, run: Run, report: Any) -> None:
        started, broken = time.monotonic(), None
        try:
            for refusal in self._with_bar(run, started):
                self.stdout.write(str(refusal))
                if report:
                    report.writerow([refusal.line, refusal.field, refusal.reason, *refusal.cells])
        except BrokenFile as error:
            broken = error
        counts = run.counts
        self.stdout.write(
            f"{counts.read} rows read: {counts.imported} {'would be ' if run.dry else ''}imported,"
            f" {counts.already_there} already there, {counts.refused} refused."
            f" {time.monotonic() - started:.1f} s."
        )
        if broken:
            raise CommandError(str(broken))
        if counts.refused:
            raise CommandError(
                "Some rows were refused. Mend them and give the same command again.", returncode=1
            )

    def _with_bar(self, run: Run, started: float) -> Iterator[Refusal]:
        """The refusals; on a terminal, a bar is kept below them."""
        if not sys.stderr.isatty():
            yield from run
            return
        for batch in run.batches():
            self._draw("")
            yield from batch
            done, seconds = run.source.progress, time.monotonic() - started
            bar = "█" * round(BAR * done)
            self._draw(
                f"{bar:░<{BAR}} {done:4.0%}  {run.counts.read} rows, {run.counts.refused} refused,"
                f" {run.counts.read / max(seconds, 0.1):.0f} a second"
            )
        self._draw("")

    def _draw(self, line: str) -> None:
        """Put `line` in the place of the last one; not in the red of errors."""
        self.stderr.write(f"\r\033[K{line}", str, ending="")


# What was asked for ---------------------------------------------------------------------------------


def _open(path: Path, delimiter: str) -> Source:
    if len(delimiter) > 1 and delimiter != r"\t":
        raise CommandError("--delimiter is one character, or \\t.", returncode=WRONG_USE)
    try:
        return Source(path, delimiter.replace(r"\t", "\t"))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.", returncode=WRONG_USE) from error
    except BrokenFile as error:
        raise CommandError(f"{path}: {error}", returncode=WRONG_USE) from error


def _settings(options: dict[str, Any], heading: list[str]) -> Settings:
    columns = _columns(options["map"], heading)
    line_as_id = options["map_line_as_id"]
    if ("external_id" in columns) == line_as_id:
        raise CommandError(
            "Say which column is the key: --map COLUMN=external_id, or --map-line-as-id where there is none.",
            returncode=WRONG_USE,
        )
    if not columns.keys() & {"title", "description"}:
        raise CommandError(
            "Map a column to title or description: a ticket needs words.", returncode=WRONG_USE
        )
    if options["time_zone"] not in available_timezones():
        raise CommandError(
            f"--time-zone: “{options['time_zone']}” is not one, give one like Europe/Berlin.",
            returncode=WRONG_USE,
        )
    return Settings(
        columns=columns,
        words=_words(options["value"]),
        zone=ZoneInfo(options["time_zone"]),
        date_formats=tuple(options["date_format"]),
        id_prefix=options["id_prefix"],
        line_as_id=options["file"].name if line_as_id else "",
    )


def _columns(given: list[str], heading: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in given:
        column, equals, field = (part.strip() for part in pair.rpartition("="))
        if not equals or field not in FIELDS:
            raise CommandError(
                f"--map {pair}: “{field}” is not a field. Write COLUMN=FIELD; fields are {', '.join(FIELDS)}.",
                returncode=WRONG_USE,
            )
        if heading.count(column) != 1:
            problem = "stands twice in the heading" if column in heading else "is no column"
            raise CommandError(
                f"--map {pair}: “{column}” {problem}. Columns are {', '.join(heading)}.",
                returncode=WRONG_USE,
            )
        if field in columns:
            raise CommandError(
                f"--map {pair}: two columns for {field}. Choose one.", returncode=WRONG_USE
            )
        columns[field] = column
    return columns


def _words(given: list[str]) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for pair in given:
        left, equals, ours = pair.rpartition("=")
        field, colon, theirs = left.partition(":")
        if not (equals and colon and field in FIELDS):
            raise CommandError(
                f"--value {pair}: write FIELD:THEIRS=OURS, as in status:done=closed.",
                returncode=WRONG_USE,
            )
        try:
            if field in CHOOSING:
                choice(field, ours)
        except InvalidInput as error:
            raise CommandError(f"--value {pair}: {error.message}", returncode=WRONG_USE) from error
        words.setdefault(field, {})[theirs.strip().lower()] = ours
    return words


def _person(email: str | None) -> User | None:
    if not email:
        return None
    found = User.objects.people().filter(email=email.strip().lower()).first()
    if not found:
        raise CommandError(f"--default-requester: nobody here has {email}.", returncode=WRONG_USE)
    return found


def _report(path: Path, heading: list[str], open_files: ExitStack) -> Any:
    try:
        file = open_files.enter_context(path.open("w", encoding="utf-8", newline=""))
    except OSError as error:
        raise CommandError(f"--refused {path}: {error.strerror}.", returncode=WRONG_USE) from error
    report = csv.writer(file)
    report.writerow(["line", "field", "reason", *heading])
    return report
