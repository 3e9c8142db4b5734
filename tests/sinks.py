"""A real HTTP server on loopback that tests send to: it counts who connects and answers as it is told."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


Behaviour = Callable[[Received, socket.socket], None]


def answer(status: int = 200, body: bytes = b"ok", **headers: str) -> Behaviour:
    """Answers every request the same way."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    def behave(_received: Received, connection: socket.socket) -> None:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


@dataclass
class Sink:
    """What came, and how the next request is answered (`behave`); `release` ends those who hang."""

    port: int
    behave: Behaviour = field(default_factory=answer)
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def hang(self, _received: Received, _connection: socket.socket) -> None:
        self.release.wait(60)

    def wait_for(self, count: int, seconds: float = 10) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.received) >= count, seconds)


@contextmanager
def sink(tls: ssl.SSLContext | None = None, *, port: int = 0) -> Iterator[Sink]:
    """A server of its own, on a free port unless one is named, gone afterwards."""
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    made = Sink(port=listener.getsockname()[1])
    threading.Thread(target=_accept, args=(made, listener, tls), daemon=True).start()
    try:
        yield made
    finally:
        made.release.set()
        listener.close()


def _accept(made: Sink, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        made.connections += 1
        threading.Thread(target=_serve, args=(made, connection, tls), daemon=True).start()


def _serve(made: Sink, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    try:
        with tls.wrap_socket(connection, server_side=True) if tls else connection as talking:
            received = _read(talking)
            with made.arrived:
                made.received.append(received)
                made.arrived.notify_all()
            made.behave(received, talking)
    except (OSError, ValueError):
        pass  # the other side left, which is what many tests are about


def _read(connection: socket.socket) -> Received:
    seen = b""
    while b"\r\n\r\n" not in seen:
        piece = connection.recv(65536)
        if not piece:
            raise ValueError("nothing asked")
        seen += piece
    head, _gap, body = seen.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}  # fmt: skip
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Received(method, path, headers, body)


def certificate(place: Path, *, name: str = "localhost", days: int = 1) -> ssl.SSLContext:
    """A server's context with a certificate for `name` and 127.0.0.1, signed by itself: `place/authority.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    authority, secret = place / "authority.pem", place / "key.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, secret)
    return context
