"""Mail goes over a checked line or not at all (A19): a server that can't prove who it is gets no byte and no password."""

import socket
import ssl
import threading
from contextlib import suppress

import pytest

from incidents.notify import jobs
from incidents.notify.models import Delivery, State
from tests.sinks import certificate

SECRET = "mail-password-9431"


class Server:
    """Speaks SMTP by itself and keeps what it hears in clear text, and behind the line's protection."""

    def __init__(self, *, offers=True, at_once=False, answers="220 go ahead", tls=None):
        self.offers, self.at_once, self.answers, self.tls = offers, at_once, answers, tls
        self.in_clear, self.protected = [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _where = self.listener.accept()
                with suppress(OSError, ssl.SSLError, ValueError):
                    self._serve(connection)
                connection.close()

    def _serve(self, connection):
        connection.settimeout(5)
        if self.at_once:
            connection = self.tls.wrap_socket(connection, server_side=True)
        self._talk(connection, self.protected if self.at_once else self.in_clear)

    def _talk(self, connection, heard):
        say = lambda words: connection.sendall(words.encode() + b"\r\n")  # noqa: E731
        if heard is self.in_clear or self.at_once:
            say("220 sink")
        lines, is_data = connection.makefile("rb"), False
        for raw in lines:
            line = raw.decode().strip()
            heard.append(line)
            word = line[:4].upper()
            if is_data:
                is_data = line != "."
                say("250 taken") if not is_data else None
            elif word == "EHLO":
                offered = self.offers and heard is self.in_clear
                say(
                    "250-sink\r\n250-AUTH PLAIN\r\n250-STARTTLS\r\n250 OK"
                    if offered
                    else "250-sink\r\n250-AUTH PLAIN\r\n250 OK"
                )
            elif word == "STAR":
                say(self.answers)
                if self.tls and self.answers.startswith("220"):
                    return self._talk(
                        self.tls.wrap_socket(connection, server_side=True), self.protected
                    )
                if self.answers.startswith("220"):
                    return None  # hangs up instead of shaking hands
            elif word == "AUTH":
                say("235 welcome")
            elif word == "DATA":
                is_data = True
                say("354 go on")
            elif word == "QUIT":
                return say("221 bye")
            else:
                say("250 OK")
        return None


@pytest.fixture
def serve(settings):
    """Start a server and make it ours, with a password, by STARTTLS or at once."""
    servers = []

    def start(*, host="127.0.0.1", **given):
        server = Server(**given)
        servers.append(server)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = host, server.port, 5
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", SECRET
        settings.EMAIL_USE_SSL = server.at_once
        settings.EMAIL_USE_TLS = not server.at_once
        return server

    yield start
    for server in servers:
        server.listener.close()


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A server's certificate for a name, whose authority this machine trusts, or not."""

    def make(name="localhost", *, trust=True, days=1):
        context = certificate(tmp_path, name=name, days=days)
        if trust:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        return context

    return make


def assert_nothing_was_given_away(server):
    jobs.send_due()

    row = Delivery.objects.mails().get()
    assert row.state == State.WAITING
    assert row.last_error
    assert {line.split()[0].upper() for line in server.in_clear} <= {"EHLO", "STARTTLS", "QUIT"}
    assert server.protected == []
    assert SECRET not in row.last_error
    return row.last_error


def test_mail_goes_to_a_server_that_proves_itself(ticket, requester, serve, trusted):
    server = serve(tls=trusted())
    jobs.send_due()

    assert Delivery.objects.mails().get().state == State.SENT
    assert f"RCPT TO:<{requester.email}>".upper() in [
        line.upper().split(" SIZE")[0] for line in server.protected
    ]
    assert {line.split()[0].upper() for line in server.in_clear} == {"EHLO", "STARTTLS"}


def test_and_so_it_does_where_the_line_is_protected_from_the_start(ticket, serve, trusted):
    server = serve(at_once=True, tls=trusted())
    jobs.send_due()

    assert Delivery.objects.mails().get().state == State.SENT
    assert server.in_clear == []


def test_a_server_that_does_not_offer_it_gets_nothing(ticket, serve):
    assert "STARTTLS" in assert_nothing_was_given_away(serve(offers=False))


@pytest.mark.parametrize("answers", ["454 not today", "500 what", "220 go ahead"])
def test_a_server_that_breaks_it_off_gets_nothing(ticket, serve, answers):
    assert_nothing_was_given_away(serve(answers=answers))


def test_a_server_that_signed_for_itself_gets_nothing(ticket, serve, trusted):
    assert "CERTIFICATE" in assert_nothing_was_given_away(serve(tls=trusted(trust=False))).upper()


def test_a_server_that_signed_for_itself_gets_nothing_from_the_start_either(ticket, serve, trusted):
    assert_nothing_was_given_away(serve(at_once=True, tls=trusted(trust=False)))


def test_a_server_with_another_name_gets_nothing(ticket, serve, trusted):
    said = assert_nothing_was_given_away(serve(host="localhost", tls=trusted("elsewhere.example")))
    assert "localhost" in said


def test_a_server_whose_certificate_has_run_out_gets_nothing(ticket, serve, trusted):
    assert "expired" in assert_nothing_was_given_away(serve(tls=trusted(days=-1)))
