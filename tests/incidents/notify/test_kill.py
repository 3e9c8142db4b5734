"""Workers killed in the middle of sending (F3): nothing lost, nothing written twice, what is sent again is the same mail."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from tests.incidents.notify.conftest import Sink
from tests.incidents.notify.program import MAILS
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("KILLS", "20"))
"""With KILL_TICKETS=600 and KILLS=100 it is the full run of 3,000 mails, see docs/figures.md."""
WORKERS = 2
EACH = MAILS // (KILLS + KILLS // 2)
"""Mails between two kills, at most: the last third goes out without any."""
PATIENCE = 1 + MAILS // 1000


class SlowSink(Sink):
    """Takes its time after the data, so that workers die with a mail half acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(random.uniform(0.002, 0.05))
        taken = await super().handle_DATA(server, session, envelope)
        self.seen.add(self.mails[-1]["Message-ID"])
        await asyncio.sleep(random.uniform(0.002, 0.05))
        return taken


@pytest.fixture
def sink() -> Iterator[Any]:
    sink = SlowSink()
    sink.controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    sink.controller.start()
    yield sink
    sink.controller.stop()


@pytest.fixture
def run(sink: Any, tmp_path: Path, founded: Path | None) -> Callable[..., subprocess.Popen]:
    """Starts `program` on a database that processes can share: this test's on PostgreSQL, a file on SQLite."""
    env = os.environ | {
        "FIREBREAK_DATA": str(tmp_path),
        "SECRET_KEY": "k" * 50,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.controller.port}",
        "LOG_LEVEL": "ERROR",
    }
    if connection.vendor == "postgresql":
        s = connection.settings_dict
        env["DATABASE_URL"] = f"postgres://{s['USER']}:{s['PASSWORD']}@{s['HOST']}:{s['PORT']}/{s['NAME']}"  # fmt: skip
    else:
        env["DATABASE_URL"] = f"sqlite:///{tmp_path / 'kill.sqlite3'}"
        shutil.copy(founded, tmp_path / "kill.sqlite3")

    def start(what: str, **options: Any) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.incidents.notify.program", what]
        return subprocess.Popen(command, cwd=ROOT, env=env, **options)

    return start


def rows(run: Callable[..., subprocess.Popen]) -> list[dict[str, Any]]:
    asked = run("report", stdout=subprocess.PIPE)
    return json.loads(asked.communicate(timeout=60)[0])


def unsent(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in sent if row["state"] != "sent"]


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


@contextmanager
def working(run: Callable[..., subprocess.Popen]) -> Iterator[Callable[[], None]]:
    """Workers that are replaced when they die; yields what kills one of them."""
    keepers = [run("work", stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    workers = [int(keeper.stdout.readline()) for keeper in keepers]

    def kill_one() -> None:
        victim = random.randrange(WORKERS)
        os.kill(workers[victim], signal.SIGKILL)
        workers[victim] = int(keepers[victim].stdout.readline())

    try:
        yield kill_one
    finally:
        for keeper, worker in zip(keepers, workers, strict=True):
            keeper.kill()
            keeper.wait()
            os.kill(worker, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(400 * PATIENCE)
@pytest.mark.django_db(transaction=True)
def test_kills_lose_no_mail(run, sink):
    assert run("seed").wait(timeout=120 * PATIENCE) == 0
    with working(run) as kill_one:
        for _kill in range(KILLS):
            goal = len(sink.mails) + random.randint(EACH // 2, EACH)
            wait_for(lambda goal=goal: len(sink.mails) >= goal, 10)
            kill_one()
        before = len(sink.seen)
        while (seen := len(sink.seen)) < MAILS:
            wait_for(lambda seen=seen: len(sink.seen) > seen, 60)
            assert len(sink.seen) > seen, f"no further mail within a minute: {unsent(rows(run))}"
        wait_for(lambda: all(row["state"] == "sent" for row in rows(run)), 30 * PATIENCE)

    sent = rows(run)
    keys = {(row["event_id"], row["recipient_id"], row["channel"]) for row in sent}
    assert before < MAILS  # the kills came while there was work
    assert len(sent) == len(keys) == MAILS
    assert {row["state"] for row in sent} == {"sent"}
    assert set(sink.ids()) == {row["message_id"] for row in sent}
    assert MAILS <= len(sink.ids()) <= MAILS + KILLS
    print(f"{MAILS} mails, {KILLS} kills, {len(sink.ids()) - MAILS} sent twice")  # noqa: T201 (the figure)
