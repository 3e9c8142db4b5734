"""H1: every route there is, by walking the URLconf, and the line it has in `access_matrix.toml`."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

MATRIX = Path(__file__).with_name("access_matrix.toml")
ROLES = (
    "anonymous", "requester", "stranger", "follower", "agent", "other_agent", "lead", "manager", "editor", "admin", "auditor",
)  # fmt: skip


@dataclass(frozen=True)
class Route:
    """A route by the name that the matrix gives it: `namespace:name`, or its pattern where it has none."""

    name: str
    pattern: str
    view: Any

    @property
    def audience(self) -> str | None:
        return getattr(self.view, "audience", None)


def routes(
    resolver: URLResolver | None = None, prefix: str = "", space: str = ""
) -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            below = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from routes(entry, pattern, below)
        elif isinstance(entry, URLPattern):
            yield Route(f"{space}{entry.name}" if entry.name else pattern, pattern, entry.callback)


def matrix() -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The lines by route, and the profiles that they name."""
    written = tomllib.loads(MATRIX.read_text())
    return written["routes"], written["profiles"]
