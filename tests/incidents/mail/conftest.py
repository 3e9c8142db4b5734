"""A mailbox, a mail server of its own, and a line to it that breaks."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from django.conf import settings as django_settings

from incidents.mail.models import Mailbox
from tests import services

numbers = count(1)


@pytest.fixture
def it_help(db) -> Mailbox:
    """A mailbox of no team, into which mail is handed."""
    return Mailbox.objects.create(
        slug="it-help", address="it-help@example.com", name="IT help", is_general=True
    )


@pytest.fixture(scope="session")
def dovecot() -> Iterator[services.Dovecot]:
    if not services.has_dovecot():
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("Dovecot is not installed")
        pytest.skip("Dovecot is not installed")
    with services.dovecot() as server:
        yield server


@pytest.fixture
def account() -> str:
    """Of nobody else: each test has folders of its own."""
    return f"help{next(numbers)}"


@pytest.fixture
def box(db, dovecot, account, monkeypatch, settings) -> Mailbox:
    """A mailbox on that server, whose authority this machine trusts. Takes what is there already."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    settings.OUTBOUND_ALLOWED = [*settings.OUTBOUND_ALLOWED]
    allow(dovecot.port)
    allow(dovecot.tls_port)
    dovecot.deliver(account)
    return Mailbox.objects.create(
        slug=account, address=f"{account}@example.com", name="IT help", host="localhost", port=dovecot.tls_port,
        username=account, password=dovecot.password, takes_old=True,
    )  # fmt: skip


def allow(port: int) -> None:
    """A mail server on this very machine, as an operator allows it."""
    more = [f"localhost:{port}", f"127.0.0.1:{port}"]
    django_settings.OUTBOUND_ALLOWED = [*django_settings.OUTBOUND_ALLOWED, *more]


@pytest.fixture
def deliver(dovecot, account) -> Callable[..., None]:
    """Put mail into the folder: bytes, or a number of mails that differ."""

    def do(*mails: bytes, number: int = 0, folder: str = "INBOX") -> None:
        dovecot.deliver(account, *mails, *some(number), folder=folder)

    return do


def some(number: int) -> list[bytes]:
    return [mail(next(numbers)) for _one in range(number)]


def mail(number: int, *, words: str = "It does not work.") -> bytes:
    return (
        f"From: robin@example.com\r\nTo: help@example.com\r\nSubject: Trouble {number}\r\n"
        f"Message-ID: <{number}@example.com>\r\n\r\n{words}\r\n"
    ).encode()


class Line:
    """A connection between us and the server that breaks off after so many bytes from there, as often as it is told."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        allow(self.port)
        self._to = port
        self.cuts: list[int] = []
        self.cut = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _where = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(caller,), daemon=True).start()

    def _join(self, caller: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._to))
        left = self.cuts.pop(0) if self.cuts else None
        threading.Thread(target=self._carry, args=(caller, server), daemon=True).start()
        while brought := _some(server):
            if left is not None and len(brought) >= left:
                _send(caller, brought[:left])
                self.cut += 1
                break
            left = left - len(brought) if left is not None else None
            if not _send(caller, brought):
                break
        for end in (caller, server):
            _close(end)

    @staticmethod
    def _carry(caller: socket.socket, server: socket.socket) -> None:
        while (brought := _some(caller)) and _send(server, brought):
            pass

    def close(self) -> None:
        _close(self._server)


def _some(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""


def _send(end: socket.socket, words: bytes) -> bool:
    try:
        end.sendall(words)
    except OSError:
        return False
    return True


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@pytest.fixture
def line(dovecot) -> Iterator[Line]:
    """Between us and the server's port without encryption."""
    made = Line(dovecot.port)
    yield made
    made.close()
