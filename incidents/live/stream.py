"""`GET /live/`, as a plain ASGI endpoint beside Django: one waiting coroutine for each open page.

A Django view that streams would keep a thread and a database connection each. So this does by itself what Django does
around a view, and refuses with constant words: an error must not carry anything of the request or the database.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.db import DatabaseError
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare

from accounts.models import User
from incidents.live.feed import feed
from incidents.live.guard import Guard, identity_mark, rights_mark
from incidents.live.hub import Hub, Listener, Send, Stream, hub
from incidents.live.threads import in_thread
from incidents.live.topics import MOST_TOPICS, now, permitted, read

log = logging.getLogger("firebreak.live")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Headers = list[tuple[bytes, bytes]]

SECURITY_HEADERS: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"vary", b"Cookie"),
]
if settings.HTTPS:
    SECURITY_HEADERS.append(
        (b"strict-transport-security", f"max-age={settings.SECURE_HSTS_SECONDS}".encode())
    )
STREAM_HEADERS: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
    *SECURITY_HEADERS,
]


class Turned(Exception):
    """The stream is not opened. Says only the status, never why."""

    WORDS = {
        400: b"Bad request",
        403: b"Forbidden",
        429: b"Too many streams",
        503: b"Try again later",
    }

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Admitted:
    """Who listens, to what; and since when each topic has to be told."""

    listener: Listener
    topics: frozenset[str]
    since: dict[str, float]


async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request for a stream."""
    try:
        admitted = await _admit(scope)
    except Turned as turned:
        await _refuse(send, turned.status)
        return
    except DatabaseError:
        await _refuse(send, 503)
        return
    except Exception:  # whatever went wrong, the answer is the same words
        log.exception("a live stream could not be opened")
        await _refuse(send, 503)
        return
    stream = Stream(admitted.listener, admitted.topics, send)
    await _hold(stream, admitted.since, receive, send)


async def _hold(stream: Stream, since: dict[str, float], receive: Receive, send: Send) -> None:
    """Keep the response open until the reader leaves or the stream is closed."""
    try:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        opening = f"retry: 3000\nid: {now()}\n\n".encode()
        await send({"type": "http.response.body", "body": opening, "more_body": True})
        hub.join(stream, since)
        while (await receive())["type"] != "http.disconnect":
            pass
    except asyncio.CancelledError:
        if not stream.closing:
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        hub.leave(stream)
        stream.end()


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *SECURITY_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": Turned.WORDS[status]})


# Who may ---------------------------------------------------------------------------------------------


async def _admit(scope: Scope) -> Admitted:
    """Raises: Turned: not with this host, origin, session, list, or so many streams."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    _require_own_site(headers)
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=2 * MOST_TOPICS)
    except ValueError as error:
        raise Turned(400) from error
    session = parse_cookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    again = b"last-event-id" in headers
    admitted = await in_thread(
        admit, session, query.get("topics", []), query.get("kept", []), again=again
    )
    if hub.is_full_for(admitted.listener.user):
        raise Turned(429)
    return admitted


def _require_own_site(headers: dict[bytes, str]) -> None:
    """Only our own pages open streams, and only by a name of ours."""
    host = headers.get(b"host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        raise Turned(400)
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Turned(403)
    if headers.get(b"sec-fetch-site", "same-origin") != "same-origin":
        raise Turned(403)


def admit(session: str, signed: list[str], kept: list[str], *, again: bool) -> Admitted:
    """Session, person, lists and rights; in a thread, with the database.

    `signed` are lists of pages that were made meanwhile and are told what changed since; `kept` are those of pages
    that another stream, perhaps of another process, has told until now. A browser that reconnects (`again`) may have
    missed anything.

    Raises:
        Turned: one of them is not good.
    """
    person = person_of(session)
    if person is None or _lacks_second_factor(person):
        raise Turned(403)
    since: dict[str, float] = {}
    try:
        for text in kept:
            since |= dict.fromkeys(read(text, person.pk).topics, now())
        for text in signed:
            listed = read(text, person.pk)
            since |= dict.fromkeys(listed.topics, listed.at)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Turned(403) from error
    topics = set(since)
    if again:
        since = dict.fromkeys(topics, 0)
    if not topics or len(topics) > MOST_TOPICS or permitted(person, topics) != topics:
        raise Turned(403)
    marks = identity_mark(person.password), rights_mark(person.permits)
    return Admitted(Listener(person.pk, session, *marks), frozenset(topics), since)


def person_of(session_key: str) -> User | None:
    """Whose session this is. As Django decides it, but a look from here never changes the session."""
    if not session_key:
        return None
    session = SessionStore(session_key).load()
    try:
        person = User.objects.get(pk=session[SESSION_KEY], is_active=True)
        kept_hash = session[HASH_SESSION_KEY]
        if session[BACKEND_SESSION_KEY] not in settings.AUTHENTICATION_BACKENDS:
            return None
    except (KeyError, ValueError, User.DoesNotExist):
        return None
    good = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    return person if any(constant_time_compare(kept_hash, each) for each in good) else None


def _lacks_second_factor(person: User) -> bool:
    return settings.REQUIRE_STAFF_MFA and person.is_on_staff and not is_mfa_enabled(person)


# As long as the process runs -------------------------------------------------------------------------


@asynccontextmanager
async def running(own: Hub = hub) -> AsyncIterator[None]:
    """Listens, watches and pings while the web process serves; ends all streams with it."""
    tasks = [asyncio.create_task(_for_ever(do, own)) for do in (feed, _guard, _ping)]
    try:
        yield
    finally:
        own.close_all()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _for_ever(do: Callable[[Hub], Awaitable[None]], own: Hub) -> None:
    """A fault ends all streams, since nobody would watch them, and is logged; then it goes on."""
    while True:
        try:
            await do(own)
        except Exception:
            log.exception("live updates stumbled")
            own.close_all()
            await asyncio.sleep(1)


async def _guard(own: Hub) -> None:
    await Guard(own).watch()


async def _ping(own: Hub) -> None:
    while True:
        await asyncio.sleep(1)
        own.ping_some()
