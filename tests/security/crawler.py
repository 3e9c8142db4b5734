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
    """Every address from the seeds on, as page and (with `fragments`) as fragment, with what came back.

    What a view refused as a page it has refused before it asks how to answer: as a fragment once for each way of refusing.
    """
    waiting, seen = list(seeds), set(seeds)
    refused: set[tuple[str | None, int]] = set()
    variants: Counter[str] = Counter()

    def follow(address: str) -> None:
        path = urlsplit(address).path
        if address not in seen and variants[path] < VARIANTS:
            seen.add(address)
            variants[path] += 1
            waiting.append(address)

    def was_refused_like_this(answer) -> bool:
        match = answer.wsgi_request.resolver_match
        way = (match and match.view_name, answer.status_code)
        is_known = way in refused
        if answer.status_code >= 400:
            refused.add(way)
        return is_known

    fetched: set[str] = set()
    while waiting and len(fetched) < MOST:
        path = waiting.pop(0)
        if path in fetched:
            continue
        fetched.add(path)
        answers = [(path, browser.get(path))]
        if fragments and not was_refused_like_this(answers[0][1]):
            answers.append((f"{path} (fragment)", browser.get(path, headers=HX)))
        for address, answer in answers:
            raw = bytes_of(answer)
            yield address, readable(raw)
            if location := answer.get("Location") or answer.get("HX-Redirect"):
                follow(location)
            for found in ADDRESS.findall(raw):
                link = html.unescape(found.decode("utf-8", "replace"))
                parts = urlsplit(link)
                if (
                    parts.netloc
                    or not parts.path.startswith("/")
                    or parts.path.startswith("/static/")
                ):
                    continue
                if "logout" in parts.path:
                    continue
                follow(link)
