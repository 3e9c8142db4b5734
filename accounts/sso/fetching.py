"""Asking a provider over HTTP, by the guarded client: in time, in size, by verified TLS, and never through a redirect.

A provider inside the house is named by an operator in OUTBOUND_ALLOWED, like everything else there. What it names
further (its token address, its keys) is asked by the same rules.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict

from accounts import outbound
from accounts.sso.troubles import Away

LONGEST = 512 * 1024
SECONDS = 8.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Answer:
    """What allauth reads of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code = status
        self.headers = CaseInsensitiveDict(headers)
        self.headers.setdefault("content-type", "")
        self.content = content

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise Away("its answer can't be read as JSON") from error

    def raise_for_status(self) -> None:
        if self.status_code != 200:
            raise Away(f"it answered {self.status_code}")


class Session:
    """As allauth asks: `with … as session: session.get(url)`."""

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        return send("GET", url, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: HTTPBasicAuth | None = None,
    ) -> Answer:
        asked = f"{url}?{urlencode(params)}" if params else url
        given = {**(headers or {})}
        if auth is not None:
            pair = f"{auth.username!s}:{auth.password!s}".encode()
            given["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return send(method, asked, data=data, headers=given)


def send(
    method: str,
    url: str,
    *,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One answer, whole.

    Raises:
        Away: it could not be had.
    """
    require_safe(url)
    given = {"Accept": "application/json", **(headers or {})}
    if data is not None:
        given["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        answer = outbound.send(
            method, url, body=urlencode(data or {}).encode(), headers=given, timeout=SECONDS, most_bytes=LONGEST
        )  # fmt: skip
    except outbound.NotSent as error:
        raise Away(f"{urlsplit(url).netloc}: {error}") from error
    if not answer.is_whole:
        raise Away(f"its answer is larger than {LONGEST // 1024} KB, or came too slowly")
    return Answer(answer.status, answer.headers, answer.body)


def require_safe(url: str) -> None:
    """HTTPS, or this machine itself.

    Raises:
        Away: it is neither.
    """
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    except ValueError as error:
        raise Away("an address can't be read") from error
    if not parts.hostname or parts.username or not (parts.scheme == "https" or plain):
        raise Away(f"{url[:100]} is not an https address")
