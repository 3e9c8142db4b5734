"""Bring in articles from a folder of Markdown files."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from knowledge.importing import Manner, bring_in
from knowledge.models import Audience

WRONG_USE = 2


class Command(BaseCommand):
    help = (
        "Bring in Markdown files, one article a file. Files that did not change since the last time are passed over."
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
            help="Take changed files also where the article was edited here since.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.", returncode=WRONG_USE)
        manner = Manner(
            by=_author(options["author"]),
            name=options["name"] or folder.resolve().name,
            audience=options["audience"],
            publish=options["publish"],
            overwrite=options["overwrite"],
        )
        counts: Counter[str] = Counter()
        for outcome in bring_in(folder, manner):
            counts[outcome.what] += 1
            if outcome.reason:
                self.stdout.write(f"{outcome.path}: {outcome.reason}")
        self.stdout.write(
            f"{counts.total()} files read: {counts['new']} new, {counts['changed']} changed,"
            f" {counts['unchanged']} unchanged, {counts['refused']} refused."
        )
        if counts["refused"]:
            raise CommandError(
                "Some files were refused. Mend them and give the same command again."
            )


def _author(email: str | None) -> User:
    if not email:
        return User.objects.system()
    found = User.objects.people().filter(email=email.strip().lower()).first()
    if not found:
        raise CommandError(f"--author: nobody here has {email}.", returncode=WRONG_USE)
    return found
