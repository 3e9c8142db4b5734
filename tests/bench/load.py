"""Several people who ask for pages as fast as the server answers, over kept connections."""

import gzip
import http.client
import itertools
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from tests.bench.server import Server

HEADER = "X-Bench-Queries"
WARM_UP = 20
"""Requests of each page before it is measured, by all its people: each process reads the rules with its first page."""


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    size: int
    queries: int
    body: bytes
    cookies: str


class Person:
    """One browser tab: a connection that is kept, and the cookies of somebody who signed in."""

    def __init__(self, server: Server, session: str) -> None:
        self.server = server
        self.session = session
        self.csrf = ""
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.server.url}
        return self.send("POST", path, urlencode(form).encode(), headers)

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        cookies = f"sid={self.session}" + (f"; csrf={self.csrf}" if self.csrf else "")
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body, {"Cookie": cookies, **headers})
            response = self.connection.getresponse()
        except (http.client.BadStatusLine, ConnectionError):
            # A kept connection that the server closed while nothing was asked.
            self.connection.close()
            self.connection.request(method, path, body, {"Cookie": cookies, **headers})
            response = self.connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - began
        if given := re.search(r"csrf=([^;]+)", response.headers.get("Set-Cookie", "")):
            self.csrf = given[1]
        return Answer(
            response.status,
            seconds,
            len(content),
            int(response.headers.get(HEADER, 0)),
            content,
            cookies,
        )


Visit = Callable[[Person, int], Answer]


@dataclass(frozen=True)
class Page:
    """A page, who looks at it, and how one looks at it for the nth time."""

    name: str
    session: str
    visit: Visit
    most_queries: int | None = None
    status: int = 200
    alone: bool = False
    """One person asks, so that the time is the answer's and not the waiting line's."""


@dataclass
class Figures:
    """What was measured of one page."""

    page: Page
    seconds: float = 0
    cpu: float = 0
    database_cpu: float = 0
    answers: list[Answer] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / len(self.answers)

    @property
    def database_ms(self) -> float:
        return 1000 * self.database_cpu / len(self.answers)

    @property
    def queries(self) -> int:
        return max(answer.queries for answer in self.answers)

    @property
    def size(self) -> int:
        return sorted(answer.size for answer in self.answers)[len(self.answers) // 2]

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        times = sorted(answer.seconds for answer in self.answers)
        return 1000 * times[min(len(times) - 1, int(share * len(times)))]


def measure(
    page: Page, server: Server, *, clients: int, seconds: float, database_cpu: Callable[[], float]
) -> Figures:
    """Let `clients` people ask for the page for some seconds."""
    people = [Person(server, page.session) for _ in range(1 if page.alone else clients)]
    turn = itertools.count()
    for person, _time in itertools.product(people, range(WARM_UP // len(people) + 1)):
        _expect(page.visit(person, next(turn)), page)
    figures = Figures(page)
    cpu, database = server.cpu(), database_cpu()
    began = time.perf_counter()
    errors: list[Exception] = []

    def ask(person: Person) -> None:
        try:
            while time.perf_counter() < began + seconds:
                figures.answers.append(_expect(page.visit(person, next(turn)), page))
        except Exception as error:  # noqa: BLE001 (raised again below, in the thread that waits)
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    figures.seconds = time.perf_counter() - began
    figures.cpu, figures.database_cpu = server.cpu() - cpu, database_cpu() - database
    return figures


def _expect(answer: Answer, page: Page) -> Answer:
    if answer.status != page.status:
        raise RuntimeError(
            f"{page.name}: {answer.status}\n{answer.body[:2000].decode(errors='replace')}"
        )
    return answer


# Forms ---------------------------------------------------------------------------------------------------------


class Inputs(HTMLParser):
    """The hidden and ready-made values of the form that posts to `action`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.inside = False
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = urlsplit(given.get("action", self.action)).path == self.action
        elif self.inside and tag == "input" and given.get("type") == "hidden" and "name" in given:
            self.values[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def inputs(answer: Answer, action: str) -> dict[str, str]:
    parser = Inputs(action)
    parser.feed(answer.body.decode())
    return parser.values


# The first visit ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One file of a page's first load, as it came over the wire."""

    path: str
    size: int
    whole: int


FROM_SCRIPT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](?P<path>[./][^"']+\.js)["']""")
FROM_STYLE = re.compile(r"""(?:url\(|@import(?!\s+url))\s*["']?(?P<path>[^"')\s;]+)""")


LOADED = {"stylesheet", "icon", "manifest", "modulepreload", "preload"}
"""Links that a browser follows by itself."""


class Files(HTMLParser):
    """What a browser fetches at once for a page: styles, scripts, pictures and the icon sprite."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        wanted = given.get("src") if tag in {"script", "img"} else None
        if tag == "use" or (tag == "link" and LOADED & set((given.get("rel") or "").split())):
            wanted = given.get("href")
        if wanted and not wanted.startswith(("data:", "#")):
            self.paths.append(wanted)


def first_load(server: Server, session: str, path: str) -> list[Part]:
    """The page and everything it needs, for somebody who was never here, taken compressed."""
    person = Person(server, session)
    found: dict[str, Part] = {}
    waiting = [path]
    while waiting:
        here = waiting.pop(0).partition("#")[0]
        if here in found:
            continue
        answer = person.get(here, **{"Accept-Encoding": "gzip"})
        if answer.status != 200:
            raise RuntimeError(f"{here}: {answer.status}")
        text = _unpacked(answer.body)
        found[here] = Part(here, answer.size, len(text))
        waiting += [urljoin(here, more) for more in _named_in(here, text.decode(errors="replace"))]
    return list(found.values())


def _named_in(path: str, text: str) -> Iterator[str]:
    if path.endswith(".js"):
        yield from (match["path"] for match in FROM_SCRIPT.finditer(text))
    elif path.endswith(".css"):
        yield from (
            match["path"]
            for match in FROM_STYLE.finditer(text)
            if not match["path"].startswith(("data:", "#"))
        )
    elif "." not in path.rpartition("/")[2]:
        files = Files()
        files.feed(text)
        yield from files.paths


def _unpacked(body: bytes) -> bytes:
    try:
        return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    except (OSError, zlib.error):
        return body
