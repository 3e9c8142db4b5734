"""The real server, started as in use, and what its processes cost."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60
"""Seconds until the server must answer."""


@dataclass
class Server:
    """gunicorn and its workers."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Seconds of processor time that the server took so far."""
        return sum(map(cpu_of, family(self.pid)))

    def memory(self) -> float:
        """Megabytes of all its web workers, shared parts divided among those that share them."""
        return sum(map(pss_of, set(family(self.pid)) - {self.pid}))


@contextmanager
def running(environment: Mapping[str, str], port: int = 0) -> Iterator[Server]:
    """Start it, wait until it answers, and stop it afterwards."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "config/serve.py"],
        cwd=ROOT,
        env={**os.environ, **environment, "PORT": str(port)},
    )
    server = Server(process.pid, port)
    try:
        _wait(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("The server did not start.")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{server.url}/healthz", timeout=5).read()  # noqa: S310 (ours)
            return
        time.sleep(0.2)
    raise RuntimeError("The server does not answer.")


# Processes ---------------------------------------------------------------------------------------------------


def family(root: int) -> list[int]:
    """A process and all that came from it."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents.setdefault(int(_after_name(stat)[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def parent_of(pid: int) -> int:
    return int(_after_name(Path(f"/proc/{pid}/stat"))[1])


def cpu_of(pid: int) -> float:
    """Seconds, with those of its children that ended."""
    with contextlib.suppress(OSError):
        fields = _after_name(Path(f"/proc/{pid}/stat"))
        return sum(map(int, fields[11:15])) / TICKS
    return 0.0


def pss_of(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _after_name(stat: Path) -> list[str]:
    """The fields of a stat file from the state on; the name before them may hold blanks."""
    return stat.read_text().rpartition(")")[2].split()
