"""Django's pages, for an ASGI server: a few threads run the WSGI application, slow clients wait in the event loop.

A request goes to a thread when its body has arrived as a whole, and its thread is free again when the answer is made,
however slowly the answer is read. So fifty people on bad lines, or one who means harm, don't take the threads from
everybody else; and an upload that breaks off never reaches a view as if it were complete. The general bridges
(a2wsgi, asgiref's) hold the thread for both; a2wsgi loses it for ever when a reader leaves in the middle of a file.
"""

import asyncio
import contextvars
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
WSGI = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

log = logging.getLogger("firebreak.requests")

IN_MEMORY = 256 * 1024
"""Bodies up to this size stay in memory; files up to this size are read at once."""
PIECE = 128 * 1024
MOST_WAITING = 500
"""Requests waiting for a thread, or in one."""
MOST_SPOOLED = 2 * 1024**3
"""Bytes of unfinished uploads on disk, of all clients together."""


class _Turned(Exception):
    WORDS = {
        408: b"Request timeout",
        413: b"Too large",
        500: b"Server error",
        503: b"Try again later",
    }

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class _FileWrapper:
    """What Django returns instead of a response for a file (PEP 3333's `wsgi.file_wrapper`)."""

    file: IO[bytes]
    block_size: int = 0


@dataclass
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    file: IO[bytes] | None = None


class Pages:
    """The ASGI side of a WSGI application."""

    def __init__(self, application: WSGI, *, threads: int, most_body: int) -> None:
        self._application = application
        self._most_body = most_body
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="pages")
        self._waiting = 0
        self._spooled = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._ask(scope, await self._receive_body(receive))
        except _Turned as turned:
            words = _Turned.WORDS[turned.status]
            headers = [(b"content-type", b"text/plain"), (b"retry-after", b"5")]
            answer = _Answer(turned.status, headers, words)
        has_body = scope["method"] != "HEAD" and answer.status not in {204, 304}
        await _reply(answer, send, has_body=has_body)

    # In --------------------------------------------------------------------------------------------

    async def _receive_body(self, receive: Receive) -> IO[bytes]:
        """The whole body, on disk where it is large.

        Raises: _Turned: it broke off, is too large, or too many are under way.
        """
        body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by the thread that reads it)
        size = 0
        try:
            more = True
            while more:
                message = await receive()
                more = message.get("more_body", False)
                piece = message.get("body", b"")
                size += len(piece)
                self._spooled += len(piece)
                self._turn_away(message, size)
                if size <= IN_MEMORY:
                    body.write(piece)
                else:
                    await asyncio.to_thread(body.write, piece)
        except BaseException:
            body.close()
            raise
        finally:
            self._spooled -= size
        return body

    def _turn_away(self, message: Message, size: int) -> None:
        if message["type"] == "http.disconnect":
            raise _Turned(408)
        if size > self._most_body:
            raise _Turned(413)
        if self._spooled > MOST_SPOOLED:
            raise _Turned(503)

    # On a thread -----------------------------------------------------------------------------------

    async def _ask(self, scope: Scope, body: IO[bytes]) -> _Answer:
        """The application's answer. Who leaves before a thread is free is forgotten; what has begun ends."""
        if self._waiting >= MOST_WAITING:
            body.close()
            raise _Turned(503)
        self._waiting += 1
        # A context of its own: nothing that one request sets is there for the next on its thread.
        run = partial(contextvars.Context().run, self._answer, scope, body)
        job = self._threads.submit(run)
        job.add_done_callback(lambda _job: body.close())
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            job.add_done_callback(_drop)
            raise
        except Exception as error:
            log.exception("the application failed outside of its own error pages")
            raise _Turned(500) from error
        finally:
            self._waiting -= 1

    def _answer(self, scope: Scope, body: IO[bytes]) -> _Answer:
        answer = _Answer(500, [])

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            answer.status = int(status[:3])
            answer.headers = [
                (n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers
            ]

        result = self._application(environ_of(scope, body), start_response)
        if isinstance(result, _FileWrapper):
            answer.file = result.file
            length = dict(answer.headers).get(b"content-length")
            if length is None or int(length) > IN_MEMORY:
                return answer
            try:
                answer.body, answer.file = result.file.read(), None
            finally:
                result.file.close()
            return answer
        try:
            _collect(result, answer)
        finally:
            getattr(result, "close", lambda: None)()
        return answer


def _drop(job: Future[_Answer]) -> None:
    """Nobody waits for this answer any more."""
    if not job.cancelled() and job.exception() is None and (file := job.result().file):
        file.close()


def _collect(pieces: Iterable[bytes], answer: _Answer) -> None:
    """Take the answer from the application as fast as it gives it; a long one waits for its reader on disk."""
    kept = SpooledTemporaryFile(max_size=2 * IN_MEMORY)  # noqa: SIM115 (closed when sent)
    for piece in pieces:
        kept.write(piece)
    size = kept.tell()
    kept.seek(0)
    if size <= 2 * IN_MEMORY:
        answer.body = kept.read()
        kept.close()
    else:
        answer.file = kept


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """The request as WSGI tells it (PEP 3333). The body has been received, so its length is known."""
    host, port = scope.get("server") or ("localhost", 80)
    client, client_port = scope.get("client") or ("", 0)
    path = scope.get("raw_path") or scope["path"].encode()
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _FileWrapper,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name or raw_name in {b"content-length", b"transfer-encoding"}:
            continue  # `X_Name` would pass for `X-Name`; the length follows below
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        name = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if name in environ:
            value = environ[name] + ("; " if name == "HTTP_COOKIE" else ",") + value
        environ[name] = value
    environ["CONTENT_LENGTH"] = str(body.seek(0, 2))
    body.seek(0)
    return environ


# Out -------------------------------------------------------------------------------------------------


async def _reply(answer: _Answer, send: Send, *, has_body: bool) -> None:
    try:
        start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        await send(start)
        if answer.file and has_body:
            while piece := await asyncio.to_thread(answer.file.read, PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": answer.body if has_body else b""})
    finally:
        if answer.file:
            asyncio.get_running_loop().run_in_executor(None, answer.file.close)
