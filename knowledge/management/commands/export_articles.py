"""Write articles into a folder or zip of Markdown files with their pictures."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.exporting import Exported, export, to_zip
from knowledge.models import Article, Audience

WRONG_USE = 2


class Command(BaseCommand):
    help = (
        "Write articles as Markdown with front matter, their pictures beside them, into a .zip or a new folder."
        " `import_articles` takes the same. Exit code 1 where a picture was missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            type=Path,
            help="A folder that is empty or not there, or a file that ends in .zip.",
        )
        parser.add_argument("--state", choices=Article.State.values, help="Only these.")
        parser.add_argument("--audience", choices=Audience.values, help="Only these.")
        parser.add_argument("--kind", choices=Article.Kind.values, help="Only these.")
        parser.add_argument("--category", metavar="ADDRESS", help="Only those of this category.")

    def handle(self, *_args: Any, **options: Any) -> None:
        target: Path = options["target"]
        names = {
            "state": "state",
            "audience": "audience",
            "kind": "kind",
            "category": "section__slug",
        }
        asked = {field: options[name] for name, field in names.items() if options[name]}
        articles = Article.objects.filter(**asked)
        files = export(articles)
        if target.suffix.lower() == ".zip":
            if target.exists():
                raise CommandError(f"{target} is there already.", returncode=WRONG_USE)
            with target.open("xb") as packed:
                missing = to_zip(files, packed)
        else:
            missing = _to_folder(files, target)
        for one in missing:
            self.stdout.write(f"{one.path}: {one.missing}")
        self.stdout.write(f"{articles.count()} articles written to {target}.")
        if missing:
            raise CommandError("Some pictures or files were missing.")


def _to_folder(files: Any, target: Path) -> list[Exported]:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandError(f"{target} is no empty folder.", returncode=WRONG_USE)
    missing = []
    for one in files:
        if one.missing:
            missing.append(one)
            continue
        place = target / one.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(one.content)
    return missing
