"""A program of its own for the kill test: `python -m tests.incidents.notify.program seed|work|report`.

`work` keeps one worker alive: it starts a process that sends, names it on a line, and starts the next when that dies.
"""

import json
import os
import sys
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TICKETS = int(os.environ.get("KILL_TICKETS", "60"))
MAILS = 5 * TICKETS


def seed() -> None:
    """Five mails a ticket: two receipts, one assignment, a reply to two."""
    from accounts.models import Grant, Role, Team, User
    from incidents.notify.models import NoticeRules
    from incidents.tickets import actions

    # So that every row is a mail that can be counted.
    NoticeRules.objects.update_or_create(pk=1, defaults={"bundle_minutes": 0})
    team = Team.objects.create(name="Network", slug="network")
    people = [
        User.objects.create_user(f"{name}@example.com", None, display_name=name.title())
        for name in ("robin", "mika", "sasha", "noor")
    ]
    robin, mika, sasha, noor = people
    for agent in (sasha, noor):
        Grant.objects.create(user=agent, role=Role.objects.get(slug="agent"), team=team)
    for number in range(TICKETS):
        ticket = actions.file(
            f"Ticket {number}", by=mika, requester=robin, description="It drops.", category=None, team=team,
        )  # fmt: skip
        actions.assign(ticket, to=sasha, by=noor)
        actions.reply(ticket, "We are on it.", by=sasha)


def work() -> None:
    from django.urls import get_resolver

    from incidents.notify import jobs, worker

    # So that the test need not wait long: for a lease to lapse, and after a send that failed on a busy machine.
    worker.LEASE = timedelta(seconds=2)
    worker.REST = worker.FIRST_PAUSE = timedelta(seconds=0.5)
    worker.LONGEST_PAUSE = worker.LONGEST_PAUSE_AWAY = timedelta(seconds=4)
    len(get_resolver().url_patterns)  # loaded once, so that a new worker starts at once
    while child := os.fork():
        print(child, flush=True)  # noqa: T201 (read by the test)
        os.waitpid(child, 0)
    while True:
        jobs.sweep()
        time.sleep(0.05)


def report() -> None:
    from incidents.notify.models import Delivery

    names = ("event_id", "recipient_id", "channel", "state", "message_id", "attempts", "due_at", "leased_until", "last_error")  # fmt: skip
    found = list(Delivery.objects.mails().values(*names))
    print(json.dumps(found, default=str))  # noqa: T201 (its answer)


if __name__ == "__main__":
    import django

    django.setup()
    {"seed": seed, "work": work, "report": report}[sys.argv[1]]()
