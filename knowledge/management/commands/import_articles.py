"""Bring in articles from a folder or zip of Markdown files with their pictures."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refused
from accounts.models import User
from knowledge.importing import Manner, Outcome, Plan, Source, archive, carry_out, folder
from knowledge.importing.sources import stem_of
from knowledge.models import Article, Audience

WRONG_USE = 2


class Command(BaseCommand):
    help = (
        "Bring in Markdown files from a folder or a .zip, one article a file, with the pictures and files that they point to. Files that did not change since the last time are passed over."
        " Exit code 1 where files were refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--audience",
            choices=Audience.values,
            default="",
            help="Who reads files that name none of these. Without it: employees, and a file with another word is refused.",
        )
        parser.add_argument(
            "--kind",
            choices=Article.Kind.values,
            default=Article.Kind.HOW_TO,
            help="What files are that name no kind. Without it: how-tos.",
        )
        parser.add_argument(
            "--publish",
            action="store_true",
            help="Publish them at once, except where a file says that it is a draft.",
        )
        parser.add_argument(
            "--author", metavar="EMAIL", help="Whose articles they are. Without it: the desk's."
        )
        parser.add_argument(
            "--name",
            help="What the folder is called in the articles' source; its own name otherwise.",
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Take changed files also where the article was edited here since, and for articles of the same address.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say what would become of each file."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        place: Path = options["folder"]
        with ExitStack() as opened:
            source = _source(place, opened)
            manner = Manner(
                by=_author(options["author"]),
                name=options["name"] or stem_of(place.resolve().name),
                audience=options["audience"],
                kind=options["kind"],
                publish=options["publish"],
                overwrite=options["overwrite"],
            )
            plan = Plan(source, manner)
            outcomes = plan.told() if options["dry_run"] else carry_out(plan)
            counts = self._tell(outcomes)
        if counts["refused"]:
            raise CommandError(
                "Some files were refused. Mend them and give the same command again."
            )

    def _tell(self, outcomes: Iterable[Outcome]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for outcome in outcomes:
            counts[outcome.what] += 1
            for words in [outcome.reason, *outcome.notes]:
                if words:
                    self.stdout.write(f"{outcome.path}: {words}")
        left_out = counts.pop("left_out", 0)
        more = f" {left_out} other files left out." if left_out else ""
        self.stdout.write(
            f"{counts.total()} files read: {counts['new']} new, {counts['changed']} changed,"
            f" {counts['unchanged']} unchanged, {counts['refused']} refused.{more}"
        )
        return counts


def _source(place: Path, opened: ExitStack) -> Source:
    if place.is_dir():
        return folder(place)
    if not place.is_file():
        raise CommandError(f"{place} is no folder and no .zip.", returncode=WRONG_USE)
    try:
        return archive(opened.enter_context(place.open("rb")))
    except Refused as refused:
        raise CommandError(f"{place}: {refused.message}", returncode=WRONG_USE) from refused


def _author(email: str | None) -> User:
    if not email:
        return User.objects.system()
    found = User.objects.people().filter(email=email.strip().lower()).first()
    if not found:
        raise CommandError(f"--author: nobody here has {email}.", returncode=WRONG_USE)
    return found
