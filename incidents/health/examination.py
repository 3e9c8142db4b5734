"""What `manage.py doctor` looks at. Each check says what it found and, where something is wrong, what to do."""

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_q.models import Schedule

from accounts.outbound import is_outgoing_on
from accounts.sso.models import Provider
from incidents.escalation.models import Book
from incidents.health.backlog import RECEIPTS, ROOMS, WEBHOOKS, Backlog, Lane
from incidents.mail.models import Fetching
from incidents.notify.models import Channel
from incidents.webhooks.models import Endpoint

OLDEST_POSTGRES = 15
LEAST_ROOM = 1 << 30
LATEST = timedelta(minutes=10)
PATIENCE = 5
"""Seconds for a mail server to answer."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    about: str
    state: Literal["ok", "warning", "wrong"]
    words: str


def examine() -> Iterator[Finding]:
    """Look at everything, in order. Without a database the checks that need it are left out."""
    yield settings_in_order()
    database = database_answers()
    yield database
    if database.state != "wrong":
        yield migrations_done()
        yield worker_runs()
        yield from everything_goes_out()
        yield mail_comes_in()
        yield escalation_keeps_up()
        yield webhooks_arrive()
        yield sign_in_providers_answer()
    yield mail_server_answers()
    yield room_on_disk()
    yield files_can_be_kept()
    yield key_is_private()


def settings_in_order() -> Finding:
    found = checks.run_checks(include_deployment_checks=True)
    wrong = [one for one in found if one.is_serious() and not one.is_silenced()]
    doubtful = [one for one in found if not one.is_serious() and not one.is_silenced()]
    if wrong:
        return Finding("settings", "wrong", _all(wrong))
    if doubtful:
        return Finding("settings", "warning", _all(doubtful))
    return Finding("settings", "ok", f"in order, served at {settings.SITE_URL}")


def _all(messages: list[checks.CheckMessage]) -> str:
    return "; ".join(f"{one.id}: {one.msg}" for one in messages)


def database_answers() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return Finding("database", "wrong", f"does not answer ({error}). Check DATABASE_URL.")
    if connection.vendor == "postgresql":
        version = connection.pg_version // 10_000  # type: ignore[attr-defined]
        if version < OLDEST_POSTGRES:
            return Finding("database", "wrong", f"is PostgreSQL {version}; {OLDEST_POSTGRES} or newer is needed.")  # fmt: skip
        return Finding("database", "ok", f"PostgreSQL {version}")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if mode != "wal":
        return Finding("database", "warning", f"SQLite in mode {mode}; readers wait for writers. Keep it on a local disk.")  # fmt: skip
    return Finding("database", "ok", "SQLite")


def migrations_done() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("migrations", "wrong", f"{len(waiting)} are not applied. Run: manage.py migrate")  # fmt: skip
    return Finding("migrations", "ok", "all applied")


def worker_runs() -> Finding:
    if not Schedule.objects.exists():
        return Finding("worker", "wrong", "no job is scheduled. Run: manage.py sync_schedules")
    late = Backlog.at(timezone.now()).late
    if late > LATEST:
        return Finding("worker", "wrong", f"a job is {_minutes(late)} late. Start: manage.py qcluster")  # fmt: skip
    return Finding("worker", "ok", f"{Schedule.objects.count()} jobs scheduled, none late")


WAYS = {
    Channel.MAIL: ("outbox", "mails", "See the worker's log, and What was sent in administration."),
    Channel.PUSH: ("push", "notices to devices", "See the worker's log; push services must be in reach from here, one inside the house by PUSH_ALLOWED."),
    Channel.CHAT: ("chat", "messages to people", "Send a test from the page of the chat or phone service in administration."),
    ROOMS: ("team channels", "messages to teams", "Send a test from the page of the team's channel in administration."),
    RECEIPTS: ("receipts", "receipts to unknown addresses", "See What was sent in administration, channel “Receipts to unknown addresses”."),
    WEBHOOKS: ("webhook messages", "messages to machines", "See the log of the webhook in administration; there they are sent again."),
}  # fmt: skip
"""By the lane: what it is called, what goes there, and where to look."""


def everything_goes_out() -> Iterator[Finding]:
    """Each way out by itself. Where nothing may leave, that is said once, and nothing is wrong for it."""
    backlog = Backlog.at(timezone.now())
    if not is_outgoing_on():
        waiting = sum(lane.waiting for lane in backlog.lanes.values())
        yield Finding("outbox", "warning", f"{waiting} wait: OUTGOING is off, so nothing leaves. Switch it on where this is no copy.")  # fmt: skip
        return
    for name, (about, what, where) in WAYS.items():
        yield _goes_out(backlog.lanes[name], about, what, where)


def _goes_out(lane: Lane, about: str, what: str, where: str) -> Finding:
    if lane.oldest > LATEST:
        return Finding(about, "wrong", f"{what} that wait: {lane.waiting}, the first for {_minutes(lane.oldest)}. {where}")  # fmt: skip
    if given_up := lane.failed - lane.came_back:
        also = f" {lane.came_back} more came back." if lane.came_back else ""
        return Finding(about, "warning", f"{what} given up in the last day: {given_up}. {where}{also}")  # fmt: skip
    if lane.came_back:
        return Finding(about, "warning", f"{what} that came back in the last day: {lane.came_back}. Their servers did not take them, What was sent in administration says why.")  # fmt: skip
    return Finding(about, "ok", "nothing waits too long")


def mail_comes_in() -> Finding:
    now = timezone.now()
    backlog = Backlog.at(now)
    if backlog.stuck:
        rows = Fetching.objects.stuck(now).select_related("mailbox")
        told = "; ".join(
            f"{row.mailbox.address} ({row.trouble or 'no run ended'}: {row.last_error})"
            for row in rows[:5]
        )
        return Finding(
            "mail in", "wrong", f"not fetched: {told}. See the mailbox in administration."
        )
    if backlog.oldest_in > LATEST:
        return Finding("mail in", "wrong", f"mails that wait: {backlog.taking}, the first for {_minutes(backlog.oldest_in)}. See the worker's log.")  # fmt: skip
    if not is_outgoing_on():
        return Finding("mail in", "warning", "no mailbox is fetched: OUTGOING is off.")
    if backlog.set_aside:
        return Finding("mail in", "warning", f"mails set aside in the last day: {backlog.set_aside}. See Mail on the desk.")  # fmt: skip
    return Finding("mail in", "ok", "every mailbox is fetched, nothing waits too long")


def escalation_keeps_up() -> Finding:
    book = Book.objects.filter(pk=1).first()
    if book and book.held:
        return Finding("escalation", "warning", f"{book.held} more steps are due than one tick takes. See its page in administration.")  # fmt: skip
    return Finding("escalation", "ok", "no step waits")


def webhooks_arrive() -> Finding:
    if not is_outgoing_on():
        return Finding("webhooks", "warning", "nothing leaves this install: OUTGOING is off.")
    given_up = Endpoint.objects.filter(disabled_at__isnull=False).count()
    failing = Endpoint.objects.filter(is_active=True, failing_since__isnull=False).count()
    if given_up or failing:
        return Finding("webhooks", "warning", f"{failing} fail, {given_up} were switched off by themselves. See their pages in administration.")  # fmt: skip
    return Finding("webhooks", "ok", "no target fails")


def sign_in_providers_answer() -> Finding:
    """By what was met last; nobody is asked."""
    troubled = Provider.objects.on().exclude(last_trouble="")[:5]
    if troubled:
        told = "; ".join(f"{row.name}: {row.last_trouble}" for row in troubled)
        return Finding(
            "single sign-on", "warning", f"{told.rstrip('.')}. See its page in administration."
        )
    return Finding(
        "single sign-on", "ok", f"providers on: {Provider.objects.on().count()}, none in trouble"
    )


def mail_server_answers() -> Finding:
    if "smtp" not in settings.EMAIL_BACKEND:
        return Finding("mail", "warning", "no mail server is set (EMAIL_URL): mails reach nobody.")
    server = get_connection(timeout=PATIENCE)
    try:
        server.open()
    except OSError as error:  # smtplib's errors are of this kind
        return Finding("mail", "wrong", f"{settings.EMAIL_HOST} does not take mail: {error}")
    server.close()
    is_protected = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if not is_protected and settings.EMAIL_HOST not in {"localhost", "127.0.0.1", "::1"}:
        return Finding("mail", "warning", f"{settings.EMAIL_HOST} answers, but mail goes to it in clear text. Use smtp+tls:// or smtp+ssl:// in EMAIL_URL.")  # fmt: skip
    return Finding("mail", "ok", f"{settings.EMAIL_HOST} answers")


def room_on_disk() -> Finding:
    free = shutil.disk_usage(settings.DATA).free
    told = f"{free / (1 << 30):.1f} GiB free in the data folder"
    if free < LEAST_ROOM:
        return Finding("disk", "wrong", f"{told}. Make room before files and database stop.")
    return Finding("disk", "ok", told)


def files_can_be_kept() -> Finding:
    try:
        name = default_storage.save("doctor/try", ContentFile(b"try"))
        default_storage.delete(name)
    except OSError as error:
        return Finding("files", "wrong", f"can't be written: {error}")
    return Finding("files", "ok", "can be written and removed")


def key_is_private() -> Finding:
    kept = settings.DATA / "secret_key"
    if not kept.exists():
        return Finding("secret key", "ok", "comes from the environment")
    if stat.S_IMODE(kept.stat().st_mode) & 0o077:
        return Finding("secret key", "wrong", "others on this machine can read it. Run: chmod 600 on it")  # fmt: skip
    return Finding("secret key", "ok", "readable by its owner alone")


def _minutes(time: timedelta) -> str:
    return f"{time.total_seconds() / 60:.0f} minutes"
