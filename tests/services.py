"""Real parts for tests: a private PostgreSQL, Dovecot and OpenLDAP, and the system's Chromium."""

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium(*, with_windows: bool = False) -> str | None:
    """The program. Its build without windows draws the same pages in half the time; it knows no notifications."""
    builds = ["chromium", "chromium-browser"]
    if not with_windows:
        builds.insert(0, "chromium-headless-shell")
    found = (shutil.which(build) for build in builds)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl, the newest version's."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_postgres(*command: object) -> list[str]:
    """PostgreSQL refuses to run as root; there, its own user runs it."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


FORGETFUL = ("synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""For tests, where nothing need outlive a crash. Nor may the server look now and then how much there is: it would find the
dead rows of tests that were rolled back, take the tables for empty, and plan a search that takes a minute."""


@contextmanager
def postgres(*options: str) -> Iterator[str]:
    """A server of its own on a free port, gone afterwards; its URL."""
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed.")
    place = Path(tempfile.mkdtemp(prefix="firebreak-postgres-"))
    place.chmod(0o755)
    port = free_port()
    if os.geteuid() == 0:
        shutil.chown(place, "postgres")
    set_to = " ".join(f"-c {option}" for option in ("fsync=off", "shared_buffers=256MB", "max_connections=200", *options))  # fmt: skip
    started = f"-k {place} -p {port} -c listen_addresses=127.0.0.1 {set_to}"
    try:
        subprocess.run(
            _as_postgres(programs / "initdb", "-D", place / "data", "-A", "trust", "-U", "firebreak", "--no-sync"),
            check=True, capture_output=True, cwd=place,
        )  # fmt: skip
        subprocess.run(
            _as_postgres(programs / "pg_ctl", "-D", place / "data", "-w", "-l", place / "log", "-o", started, "start"),
            check=True, capture_output=True, cwd=place,
        )  # fmt: skip
        yield f"postgres://firebreak@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            _as_postgres(programs / "pg_ctl", "-D", place / "data", "-m", "immediate", "stop"),
            check=False, capture_output=True, cwd=place,
        )  # fmt: skip
        shutil.rmtree(place, ignore_errors=True)


DOVECOT = """
protocols = imap
base_dir = {place}/run
log_path = {place}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{place}/server.pem
ssl_key = <{place}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {inner}
default_login_user = {inner}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{place}/mail/%u
mail_fsync = never
maildir_stat_dirs = yes
mailbox_list_index = no
passdb {{
  driver = static
  args = password=open-sesame
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={place}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_failure_delay = 0
service imap {{
  process_limit = 64
}}
mail_max_userip_connections = 50
"""


@dataclass
class Dovecot:
    """A running IMAP server. Whoever knows the password is a user, with folders of their own."""

    place: Path
    port: int
    tls_port: int
    authority: Path
    password: str = "open-sesame"
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def folder(self, user: str, name: str = "INBOX") -> Path:
        return self.place / "mail" / user / ("" if name == "INBOX" else f".{name}")

    def deliver(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mail into a folder as a delivery agent does: written aside, then moved there whole."""
        into = self.folder(user, folder)
        for part in ("tmp", "new", "cur"):
            (into / part).mkdir(parents=True, exist_ok=True)
        for mail in mails:
            name = f"{1_700_000_000 + next(self._numbers)}.M1P1.test"
            (into / "tmp" / name).write_bytes(mail)
            (into / "tmp" / name).rename(into / "new" / name)
        self._hand_over(self.place / "mail" / user)

    def mails(self, user: str, folder: str = "INBOX") -> dict[str, str]:
        """The files of a folder with their flags, as in “S” for seen."""
        into = self.folder(user, folder)
        fresh = {path.name: "" for path in into.glob("new/*")}
        return fresh | {path.name: path.name.partition(":2,")[2] for path in into.glob("cur/*")}

    def renumber(self, user: str, folder: str = "INBOX") -> None:
        """Lose all numbers of a folder, as a server does that was set up anew: another UIDVALIDITY."""
        for path in self.folder(user, folder).glob("dovecot*"):
            path.unlink()
        kept = self.folder(user, folder) / "dovecot-uidlist"
        kept.write_text(
            f"3 V{2_000_000_000 + next(self._numbers)} N1 G{next(self._numbers):032x}\n"
        )
        self._hand_over(kept)

    def _hand_over(self, path: Path) -> None:
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody", str(path)], check=True)


def has_dovecot() -> bool:
    return shutil.which("dovecot") is not None


@contextmanager
def dovecot(*names: str, days: int = 2) -> Iterator[Dovecot]:
    """An IMAP server of its own on free ports, gone afterwards; its certificate is for these names."""
    from tests import certificates

    place = Path(tempfile.mkdtemp(prefix="firebreak-dovecot-"))
    place.chmod(0o755)
    (place / "mail").mkdir()
    authority = certificates.make(place, *(names or ("localhost", "127.0.0.1")), days=days)
    server = Dovecot(place, free_port(), free_port(), authority)
    as_root = os.geteuid() == 0
    config = DOVECOT.format(
        place=place, port=server.port, tls_port=server.tls_port,
        inner="dovecot" if as_root else os.getlogin(), group="nogroup" if as_root else os.getegid(),
        owner="nobody" if as_root else os.geteuid(),
    )  # fmt: skip
    (place / "dovecot.conf").write_text(config)
    server._hand_over(place / "mail")
    daemon = subprocess.Popen(
        ["dovecot", "-F", "-c", str(place / "dovecot.conf")],
        stdout=subprocess.DEVNULL, stderr=(place / "errors").open("wb"),
    )  # fmt: skip
    try:
        wait_for_port(server.port, daemon, place / "log", place / "errors")
        yield server
    finally:
        daemon.terminate()
        daemon.wait(10)
        shutil.rmtree(place, ignore_errors=True)


def wait_for_port(port: int, daemon: "subprocess.Popen[bytes]", *logs: Path) -> None:
    """Return once something answers there; with the daemon's own words when it ended instead."""
    for _try in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if daemon.poll() is not None:
            break
        time.sleep(0.05)
    said = "\n".join(log.read_text() for log in logs if log.exists())
    raise RuntimeError(f"Nothing answers on port {port}. {said}")


def slapd_program() -> str | None:
    return shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def slapd(entries: str, *, certificate: str, key: str, authority: str) -> Iterator[tuple[int, int]]:
    """An OpenLDAP of its own below dc=example,dc=com, with these entries (LDIF); its ports for ldap and ldaps."""
    program = slapd_program()
    if program is None:
        raise RuntimeError("slapd is not installed.")
    place = Path(tempfile.mkdtemp(prefix="firebreak-slapd-"))
    plain, secure = free_port(), free_port()
    for name, text in (
        ("server.pem", certificate),
        ("server.key", key),
        ("ca.pem", authority),
        ("entries.ldif", entries),
    ):
        (place / name).write_text(text)
    (place / "data").mkdir()
    (place / "slapd.conf").write_text(
        f"""
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {place}/pid
TLSCACertificateFile {place}/ca.pem
TLSCertificateFile {place}/server.pem
TLSCertificateKeyFile {place}/server.key
database mdb
suffix dc=example,dc=com
directory {place}/data
dbnosync
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=portal,dc=example,dc=com" read by anonymous auth by * none
"""
    )
    server = None
    try:
        # As slapadd: the same program under another name.
        load = ["-T", "add", "-f", place / "slapd.conf", "-l", place / "entries.ldif"]
        subprocess.run([program, *load], check=True, capture_output=True)
        addresses = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{secure}"
        server = subprocess.Popen(
            [program, "-f", place / "slapd.conf", "-h", addresses, "-d", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for_port(plain, server)
        yield plain, secure
    finally:
        if server is not None:
            server.terminate()
            server.wait(10)
        shutil.rmtree(place, ignore_errors=True)
