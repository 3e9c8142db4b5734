"""The asking itself: one address, checked and then connected to; one deadline over all of it; no redirects.

urllib3 speaks HTTP and TLS; only how it comes by its socket is ours. It is used below its pool, so it follows
nothing, tries nothing again and reads no proxy from the environment.
"""

import http.client
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import certifi
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .addresses import Address
from .errors import Unreachable
from .targets import Target, check_url, require_reachable

TIMEOUT = 10.0
MOST_BYTES = 64 * 1024
OWN_HEADERS = {"User-Agent": "Firebreak", "Accept-Encoding": "identity", "Connection": "close"}


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is as it was sent, never unpacked; `is_whole` is false where it was cut off, by size
    or by the deadline."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    is_whole: bool

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


def send(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    most_bytes: int = MOST_BYTES,
    inside: Sequence[str] | None = None,
) -> Answer:
    """Ask for `url` and give the answer, whatever its status; a redirect is an answer like others.

    `inside` names what of the house may be asked for, in the place of OUTBOUND_ALLOWED. `timeout` is in seconds and bounds the whole: finding the name, connecting, sending, reading.

    Raises:
        Forbidden: the portal doesn't send there.
        Unreachable: no answer was had.
    """
    until = time.monotonic() + timeout
    target = check_url(url, inside=inside)
    addresses = _resolve(target, until)
    require_reachable(target, addresses)
    connection = _connection(target, addresses, until)
    try:
        connection.request(
            method,
            target.path,
            body=body or None,
            headers={**OWN_HEADERS, **(headers or {})},
            preload_content=False,
            decode_content=False,
        )
        return _read(connection.getresponse(), most_bytes)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(_("The target's certificate is not valid: %(why)s.") % {"why": error.verify_message}) from error  # fmt: skip
    except TimeoutError as error:
        raise Unreachable(_("The target did not answer in time.")) from error
    except ssl.SSLError as error:
        raise Unreachable(_("No secure connection with the target could be made.")) from error
    except OSError as error:
        raise Unreachable(_("The target can't be reached: %(why)s.") % {"why": error.strerror or _("the connection broke off")}) from error  # fmt: skip
    except (HTTPError, http.client.HTTPException) as error:
        raise Unreachable(_("The target's answer is not HTTP.")) from error
    finally:
        connection.close()


def addresses_of(scheme: str, host: str, port: int, *, timeout: float = TIMEOUT) -> list[Address]:
    """For what speaks another protocol: the addresses of a host that the portal may connect to, looked up once.

    Raises:
        Forbidden: an operator has not allowed it.
        Unreachable: there is no such host.
    """
    target = Target(scheme, host.lower(), port, "")
    addresses = _resolve(target, time.monotonic() + timeout)
    require_reachable(target, addresses)
    return addresses


def _resolve(target: Target, until: float) -> list[Address]:
    """The addresses of the host, asked for once. The system's resolver knows no deadline, so it waits by itself."""
    if target.literal is not None:
        return [target.literal]
    found: queue.Queue[list[Address]] = queue.Queue(1)
    threading.Thread(target=_look_up, args=(target, found), daemon=True).start()
    try:
        addresses = found.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise Unreachable(_("The name of the target could not be found in time.")) from None
    if not addresses:
        raise Unreachable(_("There is no host of that name."))
    return addresses


def _look_up(target: Target, found: "queue.Queue[list[Address]]") -> None:
    try:
        answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # no such name; a label that DNS can't hold
        answers = []
    found.put([ip_address(str(answer[4][0])) for answer in answers])


def _connection(target: Target, addresses: list[Address], until: float) -> HTTPConnection:
    if target.scheme == "http":
        return _Plain(target, addresses, until)
    return _Secure(target, addresses, until)


class _Checked:
    """How either kind of connection comes by its socket: the checked addresses in turn, nothing else."""

    def __init__(self, target: Target, addresses: list[Address], until: float, **more: Any) -> None:
        super().__init__(target.host, port=target.port, timeout=_left(until), **more)  # type: ignore[call-arg]  # urllib3's
        self._addresses, self._until, self._port = addresses, until, target.port

    def _new_conn(self) -> socket.socket:
        failure: OSError = TimeoutError()
        for number, address in enumerate(self._addresses):
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            made = _TimedSocket(family, socket.SOCK_STREAM)
            made.until = self._until
            left = _left(self._until)
            # A dead address must not use up the time of the ones behind it.
            made.settimeout(left / (len(self._addresses) - number))
            try:
                made.connect((str(address), self._port))
            except OSError as error:
                made.close()
                failure = error
            else:
                made.settimeout(_left(self._until))
                return made
        raise failure


class _Plain(_Checked, HTTPConnection):
    pass


class _Secure(_Checked, HTTPSConnection):
    def __init__(self, target: Target, addresses: list[Address], until: float) -> None:
        super().__init__(target, addresses, until, ssl_context=_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")))  # fmt: skip

    def connect(self) -> None:
        super().connect()
        self.sock.until = self._until  # type: ignore[union-attr]  # a _TimedTLS, see `_trust`


class _Timed:
    """A socket whose every step ends at one moment, so that an answer in drips can't take for ever."""

    until: float | None = None

    def recv_into(self, *given: Any) -> int:
        self._hurry()
        return super().recv_into(*given)  # type: ignore[misc,no-any-return]

    def sendall(self, *given: Any) -> None:
        self._hurry()
        super().sendall(*given)  # type: ignore[misc]

    def send(self, *given: Any) -> int:
        self._hurry()
        return super().send(*given)  # type: ignore[misc,no-any-return]

    def _hurry(self) -> None:
        if self.until is not None:
            self.settimeout(_left(self.until))  # type: ignore[attr-defined]


class _TimedSocket(_Timed, socket.socket):
    pass


class _TimedTLS(_Timed, ssl.SSLSocket):
    pass


@lru_cache(maxsize=4)
def _trust(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The system's authorities (or those that SSL_CERT_FILE, SSL_CERT_DIR name); certifi's where it has none.

    What the names hold is read by `ssl` itself; here they only tell one context from another.
    """
    context = ssl.create_default_context()
    context.sslsocket_class = _TimedTLS
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        context.load_verify_locations(certifi.where())
    return context


def _left(until: float) -> float:
    """Seconds until the end.

    Raises:
        TimeoutError: there are none.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read(response: Any, most_bytes: int) -> Answer:
    """The answer with as much of its body as may be and comes in time: once the status is there, it counts."""
    body, is_whole = b"", False
    try:
        while len(body) <= most_bytes:
            piece = response.read1(most_bytes + 1 - len(body), decode_content=False)
            if not piece:
                is_whole = True
                break
            body += piece
    except (OSError, HTTPError, http.client.HTTPException):
        is_whole = False
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, body[:most_bytes], is_whole)
