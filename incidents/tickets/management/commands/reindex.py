"""`manage.py reindex`: make search anew from what is in the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from incidents.tickets import search as tickets
from knowledge import search as articles

PARTS = {"articles": articles.reindex, "tickets": tickets.reindex}


class Command(BaseCommand):
    help = (
        "Puts articles and tickets into search again, while people go on searching. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "parts", nargs="*", choices=[*PARTS, []], help="articles, tickets; both by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for part in options["parts"] or PARTS:
            self.stdout.write(f"{PARTS[part]():,} {part} in search")
