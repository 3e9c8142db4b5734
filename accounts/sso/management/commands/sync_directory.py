from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.sso.syncing import Synced, sync_all


class Command(BaseCommand):
    help = "Look at everybody who signs in by a directory: who is gone there, and which groups they are in."

    def handle(self, *args: Any, **options: Any) -> None:
        results = sync_all()
        for name, result in results.items():
            said = (
                f"{result.looked_at} looked at, {result.ended} deactivated, roles of {result.roles_changed} changed"
                if isinstance(result, Synced)
                else result
            )
            self.stdout.write(f"{name}: {said}")
        if not results:
            self.stdout.write("No directory is on.")
        if any(not isinstance(result, Synced) for result in results.values()):
            raise CommandError("Not every directory could be asked.")
