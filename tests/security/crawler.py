"""H2: fetches everything that one person can reach, and everything they might try."""

import gzip
import html
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from django.test import Client

ADDRESS = re.compile(rb"""(?:href|action|src|hx-get|data-[a-z-]+-url|data-url)=["']([^"'#]+)""")
HX = {"HX-Request": "true"}
MOST = 1500
VARIANTS = 2
"""Of one page by its query, as links lead to them: a list sorted and narrowed in every way shows no other rows."""


def bytes_of(answer) -> bytes:
    """Status line aside, everything an answer carries: headers and the body, decoded."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    head = "\n".join(f"{name}: {value}" for name, value in answer.items()).encode()
    cookies = answer.cookies.output().encode()
    return head + b"\n" + cookies + b"\n" + body


def readable(raw: bytes) -> str:
    """The bytes and their decoded forms, so that escaping hides no token."""
    text = raw.decode("utf-8", "replace")
    return "\n".join([text, html.unescape(text), unquote(text)])


def crawl(
    browser: Client, seeds: list[str], *, fragments: bool = True
) -> Iterator[tuple[str, str]]:
    """Every address from the seeds on, as page and (with `fragments`) as fragment, with what came back."""
    waiting, seen = list(seeds), set(seeds)
    variants: Counter[str] = Counter()

    def follow(address: str) -> None:
        path = urlsplit(address).path
        if address not in seen and variants[path] < VARIANTS:
            seen.add(address)
            variants[path] += 1
            waiting.append(address)

    fetched: set[str] = set()
    while waiting and len(fetched) < MOST:
        path = waiting.pop(0)
        if path in fetched:
            continue
        fetched.add(path)
        for headers in ({}, HX) if fragments else ({},):
            answer = browser.get(path, headers=headers)
            raw = bytes_of(answer)
            yield f"{path} {'(fragment)' if headers else ''}", readable(raw)
            if location := answer.get("Location") or answer.get("HX-Redirect"):
                follow(location)
            for found in ADDRESS.findall(raw):
                address = html.unescape(found.decode("utf-8", "replace"))
                parts = urlsplit(address)
                if (
                    parts.netloc
                    or not parts.path.startswith("/")
                    or parts.path.startswith("/static/")
                ):
                    continue
                if "logout" in parts.path:
                    continue
                follow(address)
