"""Fill an empty portal with the demo company."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from incidents.demo import company, desk, editing, library, mails, news, process
from incidents.demo.history import History, read_along, ring


class Command(BaseCommand):
    help = "Make the demo company: people, teams, tickets and articles, all invented. Accounts have a known password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--yes", action="store_true", help="Also where DEBUG is off: this is no portal in use."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["yes"]):
            raise CommandError(
                "The demo makes accounts whose password everybody knows. If this portal is for trying out, say --yes."
            )
        if company.is_there():
            self.stdout.write("The demo company is there already.")
            return
        now = timezone.now()
        with transaction.atomic():
            made = company.found()
            process.shape(made, now=now)
            articles = library.stock(made, now=now)
            library.help_people(made, now=now)
            editing.carry_on(made, now=now)
            tickets = History(made, now=now).replay()
            desk.set_up(made, tickets, now=now)
            library.look_in_vain(made, now=now)
            tickets += mails.bring_in(made, now=now)
            ring(made, tickets)
            read_along(tickets, now=now)
            news.announce(made, now=now)
        self.stdout.write(
            f"{len(made.people)} people, {len(made.teams)} teams, {len(made.categories)} categories,"
            f" {len(made.services)} services, {articles} articles, {len(tickets)} tickets."
        )
        for person, role in made.accounts:
            self.stdout.write(f"  {person.email:24} {role}")
        self.stdout.write(f"  password {company.PASSWORD}")
