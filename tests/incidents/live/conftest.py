"""The real server on a free port with a database of its own, and a second process that acts in that database."""

import http.client
import json
import os
import queue
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Frame:
    topic: str
    version: int


class Reader:
    """One open stream, read frame by frame."""

    def __init__(self, portal: "Portal", session: str, query: str, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
        cookie = {"Cookie": f"sid={session}"} if session else {}
        self.connection.request("GET", f"/live/?{query}", headers=cookie | headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self._frames: queue.Queue[Frame | None] = queue.Queue()
        if self.status == 200:
            self._fields()  # the opening
            self._thread = threading.Thread(target=self._read, daemon=True)
            self._thread.start()

    def _read(self) -> None:
        try:
            while fields := self._fields():
                if b"event" in fields:
                    self._frames.put(Frame(fields[b"event"].decode(), int(fields[b"data"])))
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self._frames.put(None)

    def _fields(self) -> dict[bytes, bytes]:
        lines: list[bytes] = []
        while (line := self.response.readline()) not in {b"\n", b""}:
            lines.append(line.strip())
        return dict(line.split(b": ", 1) for line in lines)

    def next(self, *, within: float = 3) -> Frame | None:
        """The next frame, or None when none comes in time or the stream ends."""
        try:
            return self._frames.get(timeout=within)
        except queue.Empty:
            return None

    def hears(self, topic: str, version: int, *, within: float = 3) -> bool:
        """Is this told in time, whatever else is told before?"""
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0 and (frame := self.next(within=left)):
            if frame == Frame(topic, version):
                return True
        return False

    def falls_silent(self) -> None:
        """Read what was told of the past."""
        while self.next(within=1):
            pass

    def ends(self, *, within: float) -> bool:
        """Does the server end the stream in this time?"""
        end = time.monotonic() + within
        try:
            while self._frames.get(timeout=max(end - time.monotonic(), 0)):
                pass
        except queue.Empty:
            return False
        return True

    def close(self) -> None:
        if self.status == 200 and self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
            self._thread.join()
        self.connection.close()


@dataclass
class Portal:
    port: int
    environment: dict[str, str]
    actor: subprocess.Popen[str]
    server: subprocess.Popen[bytes] | None = None
    readers: list[Reader] = field(default_factory=list)

    def start(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "config/serve.py"],
            cwd=ROOT,
            env=self.environment | {"PORT": str(self.port), "WEB_WORKERS": "2"},
        )
        for _attempt in range(300):
            try:
                if self.get("/live/").status == 403:
                    # Pages older than a worker are told to fetch everything; the tests' pages are newer.
                    time.sleep(2.1)
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        if self.server:
            self.server.terminate()
            self.server.wait(timeout=15)

    def get(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
        return response

    def connections(self) -> int:
        """How many are open to the server, as the kernel counts them."""
        port = f":{self.port:04X}"
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)

    def do(self, what: str, *given: Any) -> Any:
        """Let the other process act."""
        assert self.actor.stdin
        assert self.actor.stdout
        self.actor.stdin.write(json.dumps([what, *given]) + "\n")
        self.actor.stdin.flush()
        return json.loads(self.actor.stdout.readline())

    def open(self, name: str, *topics: str, session: str | None = None, **headers: str) -> Reader:
        """The stream of a page that shows these topics, as this person's browser opens it."""
        session = self.do("sign_in", name) if session is None else session
        return self.ask(session, urlencode({"topics": self.do("signed", name, *topics)}), **headers)

    def ask(self, session: str, query: str, **headers: str) -> Reader:
        reader = Reader(self, session, query, **headers)
        self.readers.append(reader)
        return reader


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of the two processes: a new database beside the one that the suite runs on."""
    data = str(tmp_path_factory.mktemp("live"))
    own = os.environ | {"FIREBREAK_DATA": data, "REQUIRE_STAFF_MFA": "off"}
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {**own, "DATABASE_URL": f"sqlite:///{data}/live.sqlite3"}
        return
    name, place = f"live_{secrets.token_hex(4)}", url.rpartition("/")[0]
    ours = f"{place}/postgres"  # that of the suite need not be there, only its test database is
    with psycopg.connect(ours, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield {**own, "DATABASE_URL": f"{place}/{name}"}
    with psycopg.connect(ours, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def portal(environment: dict[str, str]) -> Iterator[Portal]:
    actor = subprocess.Popen(
        [sys.executable, "-m", "tests.incidents.live.actor"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert actor.stdout
    actor.stdout.readline()
    portal = Portal(free_port(), environment, actor)
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()
        actor.terminate()
        actor.wait(timeout=15)


@pytest.fixture(autouse=True)
def _closed_after(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "portal" in request.fixturenames:
        portal = request.getfixturevalue("portal")
        for reader in portal.readers:
            reader.close()
        portal.readers.clear()
