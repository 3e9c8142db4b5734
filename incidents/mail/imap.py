"""A folder on an IMAP server: trusted before anything is said to it, read with limits, and named when it fails.

imap-tools on top of `imaplib`. What they leave open is closed here: how long and how much may be read, what an
unchecked certificate means, and that nothing is removed which others have marked.
"""

import contextlib
import imaplib
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxFolderStatusError,
    MailboxLoginError,
)
from imap_tools.utils import encode_folder

from accounts import outbound
from incidents.mail.models import Mailbox
from incidents.mail.store import LARGEST, LARGEST_HEAD
from incidents.mail.troubles import About, Trouble

READ = 30.0
"""Seconds for each step of the network."""
_MOST_AT_ONCE = LARGEST + (8 << 20)
"""Bytes that one command may bring: a mail and some words around it."""
_CHUNK = 1 << 16
_ABOUT = re.compile(rb"UID (?P<uid>\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (?P<size>\d+)")

Security = Mailbox.Security


class NotGiven(Exception):
    """The server said no to one mail; the others may well be there."""


@dataclass(frozen=True)
class Listed:
    """A mail in the folder, as it is known before it is fetched."""

    uid: int
    size: int
    at: datetime | None
    """When the server got it."""


class Client(imaplib.IMAP4):
    """One connection. It reads by itself, so that neither a silent nor a talkative server holds it for long."""

    def __init__(self, host: str, port: int, security: str, ends_at: float) -> None:
        self._security, self._ends_at = security, ends_at
        self._read = bytearray()
        self._from: socket.socket | None = None
        self._brought = 0
        super().__init__(host, port, READ)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        self._check([str(one[4][0]) for one in found])
        made = socket.create_connection((self.host, self.port), self._left())
        try:
            self._check([made.getpeername()[0]])
            return self._trusted(made)
        except BaseException:
            made.close()
            raise

    def _check(self, addresses: list[str]) -> None:
        """Before we connect, and where we got to: a name may lead elsewhere the second time."""
        read = [ipaddress.ip_address(one.partition("%")[0]) for one in addresses]
        try:
            outbound.require_not_nearby(self.host, self.port, read)
        except outbound.Forbidden as error:
            raise Trouble(About.REACH, error.reason) from error

    def _trusted(self, made: socket.socket) -> socket.socket:
        """The connection as words may go over it. STARTTLS comes after the server's first line, see `encrypt`."""
        if self._security == Security.TLS:
            return context().wrap_socket(made, server_hostname=self.host)
        if self._security == Security.PLAIN:
            peer = ipaddress.ip_address(made.getpeername()[0])
            if not peer.is_loopback:
                raise Trouble(About.CERTIFICATE, f"{peer} is not this machine")
        return made

    def encrypt(self) -> None:
        """STARTTLS, or nothing at all: a server that does not offer it gets no word more."""
        if "STARTTLS" not in self.capabilities:
            raise Trouble(About.CERTIFICATE, f"{self.host} does not offer STARTTLS")
        self.starttls(context())

    def read(self, size: int) -> bytes:
        if size > _MOST_AT_ONCE:
            raise self.abort(f"{size} bytes at once are too many")
        while len(self._waiting()) < size:
            self._more()
        return self._taken(size)

    def readline(self) -> bytes:
        start = 0
        while (end := self._waiting().find(b"\n", start)) < 0:
            start = len(self._read)
            self._more()
        return self._taken(end + 1)

    def send(self, data: Any) -> None:
        self._brought = 0
        self.sock.settimeout(self._left())
        super().send(data)

    def _waiting(self) -> bytearray:
        """What was read and not yet taken. Words from before the encryption are nobody's."""
        if self._from is not self.sock:
            self._from = self.sock
            self._read.clear()
        return self._read

    def _more(self) -> None:
        self.sock.settimeout(self._left())
        brought = self.sock.recv(_CHUNK)
        if not brought:
            raise self.abort("the server hung up")
        self._brought += len(brought)
        if self._brought > _MOST_AT_ONCE:
            raise self.abort("the server does not stop")
        self._read += brought

    def _taken(self, size: int) -> bytes:
        taken = bytes(memoryview(self._read)[:size])
        del self._read[:size]
        return taken

    def _left(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for one run is over")
        return min(left, READ)


def context() -> ssl.SSLContext:
    """Certificate and name are checked by what this machine trusts (SSL_CERT_FILE adds an authority of one's own)."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


class Box(BaseMailBox):
    """A mailbox's account on its server."""

    client: Client

    def __init__(self, mailbox: Mailbox, ends_at: float) -> None:
        self._mailbox, self._ends_at = mailbox, ends_at
        super().__init__()

    def _get_mailbox_client(self) -> Client:
        box = self._mailbox
        client = Client(box.host, box.port, box.security, self._ends_at)
        if box.security == Security.STARTTLS:
            try:
                client.encrypt()
            except BaseException:
                _hang_up(client)
                raise
        return client

    def sign_in(self) -> None:
        box = self._mailbox
        simple = (box.username + box.password).isascii()
        try:
            (self.login if simple else self.login_utf8)(box.username, box.password, None)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as no:
            raise Trouble(About.LOGIN, str(no)) from no
        self.client._get_capabilities()  # others are offered to who has signed in

    def open(self) -> tuple[int, int]:
        """Select the folder; its UIDVALIDITY, and the number that the next mail will get."""
        self.folder.set(self._mailbox.folder)
        validity, following = (self._said(name) for name in ("UIDVALIDITY", "UIDNEXT"))
        if not validity:
            raise Trouble(About.ANSWER, "no UIDVALIDITY")
        if not following:
            following = max((int(uid) for uid in self.uids("ALL", None)), default=0) + 1
        return validity, following

    def _said(self, name: str) -> int:
        _status, words = self.client.response(name)
        return int(words[-1]) if words and words[-1] and words[-1].isdigit() else 0

    def after(self, uid: int) -> list[int]:
        """The numbers of all mail behind this one, rising."""
        found = (int(one) for one in self.uids(f"UID {uid + 1}:*", None))
        return sorted(one for one in found if one > uid)  # “:*” always names the last mail, too

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        found = {}
        for words in self._told(uids, "(UID RFC822.SIZE INTERNALDATE)"):
            about, size = _ABOUT.search(words), _SIZE.search(words)
            if about and size:
                uid = int(about["uid"])
                found[uid] = Listed(uid, int(size["size"]), _internal_date(words))
        return [found[uid] for uid in uids if uid in found]

    def whole(self, uid: int) -> bytes:
        return self._part(uid, "BODY.PEEK[]")

    def head(self, uid: int) -> bytes:
        return self._part(uid, f"BODY.PEEK[HEADER]<0.{LARGEST_HEAD}>")

    def _part(self, uid: int, part: str) -> bytes:
        """The literal that belongs to this mail: servers may speak of others in between, or say it twice."""
        answer = self._asked("FETCH", str(uid), f"(UID {part})")
        for one, behind in zip(answer, [*answer[1:], b""], strict=True):
            if isinstance(one, tuple):
                around = one[0] + b" " + (behind if isinstance(behind, bytes) else b"")
                about = _ABOUT.search(around)
                if about and int(about["uid"]) == uid:
                    return bytes(one[1])
        raise NotGiven("the server gave nothing")

    def _told(self, uids: Sequence[int], what: str) -> Iterator[bytes]:
        for one in self._asked("FETCH", _joined(uids), what):
            yield b" ".join(one) if isinstance(one, tuple) else (one or b"")

    def _asked(self, command: str, *words: str | bytes) -> list[Any]:
        uid: Any = self.client.uid  # which takes bytes, too
        status, answer = uid(command, *words)
        if status != "OK":
            raise NotGiven(_text(answer))
        return answer or []

    # What becomes of mail that is stored here ---------------------------------------------------------------

    def settle(self, uids: Sequence[int]) -> None:
        """Do with stored mail what the mailbox says. Without expunging what others have marked as deleted.

        Raises:
            Trouble: the server won't.
        """
        try:
            match self._mailbox.after:
                case Mailbox.After.MOVE:
                    self._move(uids)
                case Mailbox.After.DELETE:
                    self._remove(uids)
                case _:
                    self._asked("STORE", _joined(uids), "+FLAGS.SILENT", r"(\Seen)")
        except NotGiven as no:
            about = About.MOVES_TO if self._mailbox.after == Mailbox.After.MOVE else About.FOLDER
            raise Trouble(about, str(no)) from no

    def _move(self, uids: Sequence[int]) -> None:
        to = encode_folder(self._mailbox.moves_to)
        if "MOVE" in self.client.capabilities:
            self._asked("MOVE", _joined(uids), to)
        else:
            self._asked("COPY", _joined(uids), to)
            self._remove(uids)

    def _remove(self, uids: Sequence[int]) -> None:
        """Without UIDPLUS only marked: a plain EXPUNGE would remove whatever else is marked."""
        self._asked("STORE", _joined(uids), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self.client.capabilities:
            self._asked("EXPUNGE", _joined(uids))

    def has_folder(self, name: str) -> bool:
        try:
            self.folder.status(name, ["UIDVALIDITY"])
        except MailboxFolderStatusError:
            return False
        return True

    def hang_up(self) -> None:
        _hang_up(self.client)


@contextlib.contextmanager
def signed_in(mailbox: Mailbox, *, seconds: float) -> Iterator[Box]:
    """The account, for so long. Whatever fails within is named.

    Raises:
        Trouble: with the step that failed.
    """
    with naming(mailbox, is_in_clear=mailbox.security == Security.STARTTLS):
        box = Box(mailbox, time.monotonic() + seconds)
    try:
        with naming(mailbox):
            box.sign_in()
            yield box
    finally:
        box.hang_up()


@contextlib.contextmanager
def naming(mailbox: Mailbox, *, is_in_clear: bool = False) -> Iterator[None]:
    """Turn every failure of network and server into a `Trouble`; the password is in none of them.

    Nor, `is_in_clear`, is a word of the server's: whatever answers at a port is no mail server yet.
    """
    try:
        yield
    except Trouble as trouble:
        trouble.detail = _shown(trouble.detail, mailbox)
        raise
    except (OSError, imaplib.IMAP4.error, ImapToolsError, NotGiven, ValueError) as error:
        is_hidden = is_in_clear and isinstance(error, imaplib.IMAP4.error)
        said = "" if is_hidden else _shown(str(error), mailbox)
        said = said or type(error).__name__
        raise Trouble(_about(error), said) from error


def _shown(said: str, mailbox: Mailbox) -> str:
    """What a server said, on one line. Some say again what they were told."""
    said = " ".join(said.replace("\x00", "").split())
    return (said.replace(mailbox.password, "…") if mailbox.password else said)[:200]


def _about(error: Exception) -> About:
    match error:
        case socket.gaierror() | UnicodeError():
            return About.NAME
        case ssl.SSLError():
            return About.CERTIFICATE
        case MailboxLoginError():
            return About.LOGIN
        case MailboxFolderSelectError() | imaplib.IMAP4.readonly():
            return About.FOLDER
        case OSError() | imaplib.IMAP4.abort():
            return About.REACH
        case _:
            return About.ANSWER


def _hang_up(client: imaplib.IMAP4) -> None:
    """Say goodbye where that takes no time; never fails."""
    with contextlib.suppress(OSError, imaplib.IMAP4.error, AttributeError):
        client.sock.settimeout(2)
        client.send(b"bye LOGOUT\r\n")
    with contextlib.suppress(OSError):
        client.shutdown()


def _joined(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _text(answer: Any) -> str:
    words = [one.decode("utf-8", "replace") for one in answer or [] if isinstance(one, bytes)]
    return " ".join(words)[:200] or "no"


def _internal_date(words: bytes) -> datetime | None:
    found = imaplib.Internaldate2tuple(words)
    return datetime.fromtimestamp(time.mktime(found), UTC) if found else None
