"""Real parts for tests: a private PostgreSQL and the system's Chromium. Standard library only."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


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


@contextmanager
def postgres() -> Iterator[str]:
    """A server of its own on a free port, gone afterwards; its URL."""
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed.")
    place = Path(tempfile.mkdtemp(prefix="firebreak-postgres-"))
    place.chmod(0o755)
    port = free_port()
    if os.geteuid() == 0:
        shutil.chown(place, "postgres")
    options = f"-k {place} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=256MB -c max_connections=200"
    try:
        subprocess.run(
            _as_postgres(programs / "initdb", "-D", place / "data", "-A", "trust", "-U", "firebreak", "--no-sync"),
            check=True, capture_output=True, cwd=place,
        )  # fmt: skip
        subprocess.run(
            _as_postgres(programs / "pg_ctl", "-D", place / "data", "-w", "-l", place / "log", "-o", options, "start"),
            check=True, capture_output=True, cwd=place,
        )  # fmt: skip
        yield f"postgres://firebreak@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            _as_postgres(programs / "pg_ctl", "-D", place / "data", "-m", "immediate", "stop"),
            check=False, capture_output=True, cwd=place,
        )  # fmt: skip
        shutil.rmtree(place, ignore_errors=True)
