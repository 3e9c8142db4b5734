"""`python -m tests.bench`: seed a desk of some size, start the real server on it, and print what pages cost.

Each size is measured in a process of its own (`one.py`), since Django knows one database a process.
"""
# ruff: noqa: T201 (printing is what it is for)

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parents[2]
MOST_GROWTH = 1.3
"""How much slower the queue may be on the largest desk than on the smallest (p95)."""


def main() -> None:
    options = _options()
    if "DATABASE_URL" not in os.environ and services.postgres_programs() is None:
        sys.exit("The bench needs PostgreSQL: install it, or name a server by DATABASE_URL.")
    with _postgres() as server:
        measured = {tickets: _one(server, tickets, options) for tickets in sorted(options.tickets)}
    if len(measured) > 1:
        _compare(measured)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--tickets", type=lambda text: [int(one) for one in text.split(",")], default=[10_000],
        help="how many; several numbers with commas compare sizes",
    )  # fmt: skip
    parser.add_argument("--clients", type=int, default=8, help="people who ask at the same time")
    parser.add_argument("--seconds", type=float, default=5, help="for each page")
    parser.add_argument("--streams", type=int, default=2000, help="open pages with a live stream")
    parser.add_argument(
        "--pages", default="", help="only pages with this in their name, and no streams"
    )
    return parser.parse_args()


@contextmanager
def _postgres() -> Iterator[str]:
    """The server that `DATABASE_URL` names, where seeded databases stay for the next time, or one of our own."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with services.postgres() as url:
        yield url


def _one(server: str, tickets: int, options: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="firebreak-bench-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"{server.rpartition('/')[0]}/bench_{tickets}",
            "BENCH_SERVER_URL": server,
            "FIREBREAK_DATA": folder,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "SECRET_KEY": "of the bench and of nothing else, and long enough for Django",
            "DEBUG": "0",
            "LONG_STATEMENTS": "1",
            "LOG_LEVEL": "ERROR",
        }
        report = Path(folder, "p95.json")
        arguments = [
            tickets,
            options.clients,
            options.seconds,
            options.streams,
            options.pages,
            report,
        ]
        subprocess.run(
            [sys.executable, "-m", "tests.bench.one", *map(str, arguments)],
            cwd=ROOT, env=environment, check=True,
        )  # fmt: skip
        return dict(json.loads(report.read_text()))


def _compare(measured: dict[int, dict[str, float]]) -> None:
    """p95 of the largest desk against the smallest, page by page."""
    (small, few), *_between, (large, many) = measured.items()
    print(f"\np95 at {large:,} tickets against {small:,}\n")
    for name in few.keys() & many.keys():
        print(f"  {name:22} {many[name] / few[name]:5.2f} ×")
    if "queue" in few:
        growth = many["queue"] / few["queue"]
        print(
            f"\n  queue: {growth:.2f} ×, at most {MOST_GROWTH} × {'✓' if growth <= MOST_GROWTH else '✗'}"
        )


if __name__ == "__main__":
    main()
