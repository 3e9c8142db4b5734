"""The bridge between the ASGI server and Django: what reaches a thread, and what waits outside."""

import asyncio
import io
from collections.abc import Iterable
from typing import Any

import pytest

from config.pages import IN_MEMORY, MOST_WAITING, Pages

MOST_BODY = 3 * IN_MEMORY
SCOPE = {
    "type": "http", "method": "POST", "path": "/a b", "raw_path": b"/a%20b", "query_string": b"q=\xc3\xbc%20x",
    "http_version": "1.1", "scheme": "http", "client": ("192.0.2.1", 5), "server": ("127.0.0.1", 8000), "headers": [],
}  # fmt: skip


class App:
    """A WSGI application that notes what it was asked."""

    def __init__(self, answer: Any = (b"hello",), headers: Iterable[tuple[str, str]] = ()) -> None:
        self.answer, self.headers = answer, list(headers)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("200 OK", self.headers)
        return self.answer(environ) if callable(self.answer) else self.answer


def ask(
    app: Any, *messages: dict[str, Any], pages: Pages | None = None, **scope: Any
) -> tuple[int, bytes]:
    """Status and body of one answer."""

    async def talk() -> tuple[int, bytes]:
        left, sent = list(messages) or [{"type": "http.request"}], []

        async def receive() -> dict[str, Any]:
            return left.pop(0)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await (pages or Pages(app, threads=1, most_body=MOST_BODY))(SCOPE | scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

    return asyncio.run(talk())


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("size", [0, 10, IN_MEMORY, 2 * IN_MEMORY])
def test_a_body_arrives_as_a_whole_and_its_length_with_it(size: int) -> None:
    app, half = App(), b"x" * (size // 2)
    ask(app, piece(half), piece(half, more=False), headers=[(b"transfer-encoding", b"chunked")])

    assert (app.asked[0]["body"], app.asked[0]["CONTENT_LENGTH"]) == (half * 2, str(2 * len(half)))
    assert "HTTP_TRANSFER_ENCODING" not in app.asked[0]


def test_an_upload_that_breaks_off_never_reaches_the_application() -> None:
    app = App()

    assert ask(app, piece(b"half"), {"type": "http.disconnect"})[0] == 408
    assert app.asked == []


def test_more_than_any_form_holds_is_refused_while_it_arrives() -> None:
    app, part = App(), piece(b"x" * IN_MEMORY)

    assert ask(app, part, part, part, part) == (413, b"Too large")
    assert app.asked == []


def test_the_request_is_told_as_wsgi_tells_it() -> None:
    app = App()
    headers = [
        (b"host", b"portal.example"), (b"content-type", b"text/plain"), (b"x-name", b"good"), (b"x_name", b"spoofed"),
        (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"accept", b"y"), (b"content-length", b"99"),
    ]  # fmt: skip
    ask(app, headers=headers)
    told = app.asked[0]

    assert (told["PATH_INFO"], told["QUERY_STRING"]) == ("/a b", "q=\u00c3\u00bc%20x")
    assert (told["HTTP_HOST"], told["CONTENT_TYPE"], told["HTTP_X_NAME"]) == (
        "portal.example",
        "text/plain",
        "good",
    )
    assert (told["HTTP_COOKIE"], told["HTTP_ACCEPT"], told["CONTENT_LENGTH"]) == (
        "a=1; b=2",
        "x,y",
        "0",
    )
    assert (told["REMOTE_ADDR"], told["SERVER_PORT"]) == ("192.0.2.1", "8000")


class Watched(io.BytesIO):
    """A file that Django hands over; closing it ends the request."""


@pytest.mark.parametrize("size", [10, 3 * IN_MEMORY])
def test_a_file_is_sent_and_closed(size: int) -> None:
    file = Watched(b"x" * size)
    app = App(lambda environ: environ["wsgi.file_wrapper"](file), [("Content-Length", str(size))])

    assert ask(app) == (200, b"x" * size)
    assert file.closed


def test_a_long_answer_is_taken_at_once_and_sent_later() -> None:
    parts = [b"x" * IN_MEMORY] * 4

    assert ask(App(iter(parts))) == (200, b"".join(parts))


def test_a_request_for_headers_gets_no_body() -> None:
    assert ask(App(), method="HEAD") == (200, b"")


def test_a_failure_outside_of_the_applications_own_pages_says_nothing_of_itself() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise RuntimeError("secret")

    assert ask(broken) == (500, b"Server error")


def test_readers_that_do_not_read_hold_no_thread() -> None:
    file_of = lambda environ: environ["wsgi.file_wrapper"](io.BytesIO(b"x" * 2 * IN_MEMORY))  # noqa: E731
    pages = Pages(App(file_of), threads=1, most_body=MOST_BODY)

    async def talk() -> list[int]:
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def stalled(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()
            statuses.append(message["status"])

        readers = [asyncio.create_task(pages(SCOPE, receive, stalled)) for _ in range(20)]
        await asyncio.sleep(0.5)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        return statuses

    assert asyncio.run(talk()) == [200] * 20
    assert ask(None, pages=pages)[0] == 200


def test_a_crowd_is_told_to_come_back_instead_of_waiting_for_ever() -> None:
    pages = Pages(App(), threads=1, most_body=MOST_BODY)
    pages._waiting = MOST_WAITING

    assert ask(None, pages=pages) == (503, b"Try again later")
