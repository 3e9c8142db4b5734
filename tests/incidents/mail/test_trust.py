"""A19: what is wrong with a mail server is named, and a server that can't be trusted hears neither password nor mail."""

import contextlib
import socket
import threading

import pytest

from incidents.mail import imap
from incidents.mail.fetching import fetch
from incidents.mail.models import Fetching, Mailbox
from incidents.mail.probing import probe
from incidents.mail.troubles import About
from tests import services
from tests.incidents.mail.conftest import allow

Security = Mailbox.Security


def wrong(box):
    """What the test of the connection finds: the step, and what the server said."""
    found = [step for step in probe(box) if step.state == "wrong"]
    return (found[0].about, found[0].detail) if found else None


class Double:
    """Answers as an IMAP server that offers no encryption would, or tells lies; remembers what it was told."""

    def __init__(
        self, answer=lambda tag, words: b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
    ):
        self.server, self.heard, self.answer = socket.create_server(("127.0.0.1", 0)), [], answer
        self.port = self.server.getsockname()[1]
        allow(self.port)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        caller, _where = self.server.accept()
        with contextlib.suppress(OSError):
            caller.sendall(b"* OK here\r\n")
            for line in caller.makefile("rb"):
                self.heard.append(line)
                caller.sendall(self.answer(*[*line.split(None, 1), b"", b""][:2]))


def test_finds_nothing_wrong_where_nothing_is(box, dovecot):
    assert [step.state for step in probe(box)] == ["ok"] * 5

    box.security, box.port = Security.STARTTLS, dovecot.port
    assert wrong(box) is None


def test_names_an_unknown_authority(box, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    assert wrong(box) == (About.CERTIFICATE, wrong(box)[1])
    assert "CERTIFICATE_VERIFY_FAILED" in wrong(box)[1]


def test_names_a_certificate_for_another_name(box, monkeypatch):
    with services.dovecot("mail.example.com") as other:
        allow(other.tls_port)
        allow(other.port)
        monkeypatch.setenv("SSL_CERT_FILE", str(other.authority))
        box.port = other.tls_port

        assert wrong(box)[0] == About.CERTIFICATE
        assert "Hostname mismatch" in wrong(box)[1]

        box.security, box.port = Security.STARTTLS, other.port
        assert "Hostname mismatch" in wrong(box)[1]


def test_names_a_certificate_that_has_run_out(box, monkeypatch):
    with services.dovecot(days=-1) as other:
        allow(other.tls_port)
        monkeypatch.setenv("SSL_CERT_FILE", str(other.authority))
        box.port = other.tls_port

        assert wrong(box)[0] == About.CERTIFICATE
        assert "expired" in wrong(box)[1]
        log = (other.place / "log").read_text()
    assert "Login:" not in log


@pytest.mark.parametrize(
    ("field", "value", "about"),
    [
        ("host", "no-such-server.invalid", About.NAME),
        ("host", "two..dots", About.NAME),
        ("port", 1, About.REACH),
        ("password", "not it", About.LOGIN),
        ("password", "ä ß", About.LOGIN),
        ("folder", "No such folder", About.FOLDER),
    ],
)
def test_names_what_is_wrong(box, field, value, about):
    setattr(box, field, value)

    assert wrong(box)[0] == about


def test_names_a_folder_to_move_to_that_is_not_there(box):
    box.after, box.moves_to = Mailbox.After.MOVE, "Nowhere"

    assert wrong(box) == (About.MOVES_TO, "Nowhere")


def test_goes_without_encryption_only_on_this_very_machine(box, dovecot, monkeypatch):
    box.security, box.port, box.host = Security.PLAIN, dovecot.port, "127.0.0.1"
    assert wrong(box) is None

    elsewhere = Double()
    connect = socket.create_connection

    class Elsewhere(socket.socket):
        def getpeername(self):
            return ("192.0.2.7", 143)

    def outside(address, timeout):
        made = connect(("127.0.0.1", elsewhere.port), timeout)
        return Elsewhere(made.family, made.type, made.proto, made.detach())

    monkeypatch.setattr(socket, "create_connection", outside)
    assert wrong(box) == (About.CERTIFICATE, "192.0.2.7 is not this machine")
    assert elsewhere.heard == []


def test_tells_no_password_to_a_server_that_offers_no_encryption(box):
    double = Double()
    box.security, box.host, box.port = Security.STARTTLS, "127.0.0.1", double.port

    assert wrong(box) == (About.CERTIFICATE, "127.0.0.1 does not offer STARTTLS")
    assert [line.split()[1] for line in double.heard][:1] == [b"CAPABILITY"]
    assert not any(box.password.encode() in line for line in double.heard)


def test_does_not_believe_words_from_before_the_encryption(box, dovecot, monkeypatch):
    """Someone between puts words behind the server's “begin” that would count as said under encryption."""

    def answer(tag, words):
        if words.startswith(b"STARTTLS"):
            return tag + b" OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n"
        return b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n"

    double = Double(answer)
    box.security, box.host, box.port = Security.STARTTLS, "127.0.0.1", double.port

    assert wrong(box)[0] == About.CERTIFICATE
    assert [line.split()[1] for line in double.heard[:2]] == [b"CAPABILITY", b"STARTTLS"]
    assert double.heard[2].startswith(b"\x16\x03")


def test_stops_reading_from_a_server_that_does_not_stop(box):
    def answer(tag, words):
        return b"* CAPABILITY {99999999999}\r\n"

    double = Double(answer)
    box.security, box.host, box.port = Security.PLAIN, "127.0.0.1", double.port

    about, said = wrong(box)
    assert about == About.REACH
    assert "99999999999 bytes at once are too many" in said


def test_stops_reading_lines_without_end(box, monkeypatch):
    monkeypatch.setattr(imap, "_MOST_AT_ONCE", 100_000)
    double = Double(lambda tag, words: b"* NO more\r\n" * 20_000)
    box.security, box.host, box.port = Security.PLAIN, "127.0.0.1", double.port

    about, said = wrong(box)
    assert about == About.REACH
    assert "the server does not stop" in said


def test_a_failed_run_tells_no_password(box, dovecot, caplog):
    box.password = "only this once"
    box.save()

    fetch(box.pk)

    row = Fetching.objects.get(mailbox=box)
    assert row.trouble == About.LOGIN
    assert row.trouble_words
    assert "only this once" not in row.last_error + caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fd00:ec2::254"])  # fmt: skip
def test_connects_to_nothing_beside_the_portal_that_nobody_allowed(
    box, settings, host, monkeypatch
):
    settings.OUTBOUND_ALLOWED = []
    monkeypatch.setattr(socket, "create_connection", lambda *_given: pytest.fail("connected"))
    box.host = host

    about, said = wrong(box)
    assert about == About.REACH
    assert "OUTBOUND_ALLOWED" in said


def test_repeats_no_word_from_before_the_encryption(box):
    double = Double(lambda tag, words: tag + b" NO SSH-2.0-OpenSSH of the house\r\n")
    box.security, box.host, box.port = Security.STARTTLS, "127.0.0.1", double.port

    assert "OpenSSH" not in wrong(box)[1]
