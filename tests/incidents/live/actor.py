"""Another process of the portal: makes the cast in a fresh database and does what the test asks, one line each.

A line is a list: what to do, and with what. The answer is one line of JSON.
"""

import importlib
import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

# ruff: noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Grant, Role, Team, User
from incidents.live.topics import sign
from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket

BACKEND = "accounts.backends.PeopleBackend"


def someone(name: str) -> User:
    return User.objects.get(display_name=name)


def make_cast() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    team = Team.objects.create(name="Live test", slug="live-test")
    Team.objects.create(name="Hidden test", slug="hidden-test", is_private=True)
    Category.objects.create(name="Live test", slug="live-test", default_team=team)
    for name in ("Robin", "Mika", "Sasha", "Noor"):
        User.objects.create(email=f"{name.lower()}@live.example.com", display_name=name)
    for name, role in (("Sasha", "agent"), ("Noor", "team-lead")):
        Grant.objects.create(user=someone(name), role=Role.objects.get(slug=role), team=team)


def sign_in(name: str) -> str:
    person, session = someone(name), SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return session.session_key


def sign_out(session: str) -> None:
    SessionStore(session).flush()


def signed(name: str, *topics: str) -> str:
    return sign(someone(name), topics)


def key_of(name: str) -> int:
    return someone(name).pk


def deactivate(name: str, active: bool) -> None:
    User.objects.filter(display_name=name).update(is_active=active)


def take_role(name: str) -> None:
    Grant.objects.filter(user__display_name=name).delete()


def give_role(name: str, role: str) -> None:
    team = Team.objects.get(slug="live-test")
    Grant.objects.create(user=someone(name), role=Role.objects.get(slug=role), team=team)


def file(name: str) -> int:
    category = Category.objects.get(slug="live-test")
    return actions.file(
        "It broke", by=someone(name), description="Badly.", category=category
    ).number


def reply(number: int, name: str) -> None:
    actions.reply(Ticket.objects.get(number=number), "Words", by=someone(name))


def note(number: int, name: str) -> None:
    actions.note(Ticket.objects.get(number=number), "Secret words", by=someone(name))


def hide(number: int, name: str) -> None:
    """Hand the ticket to a team that nobody of the cast belongs to."""
    team = Team.objects.get(slug="hidden-test")
    actions.move(Ticket.objects.get(number=number), to=team, by=someone(name))


def reply_and_regret(number: int, name: str) -> None:
    with transaction.atomic():
        reply(number, name)
        transaction.set_rollback(True)


def database_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    make_cast()
    tell(json.dumps("ready"))
    own = importlib.import_module("__main__")
    for line in sys.stdin:
        what, *given = json.loads(line)
        answer: Any = getattr(own, what)(*given)
        tell(json.dumps(answer))


if __name__ == "__main__":
    main()
