"""Asking a provider over HTTP: in time, in size, by verified TLS, and never through a redirect.

Its host is what an administrator typed, so it may well stand in the house's own network; what it names further
(its token address, its keys) is asked by the same rules.
"""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from accounts.sso.troubles import Away

LONGEST = 512 * 1024
TO_CONNECT, TO_READ, IN_ALL = 3.0, 4.0, 8.0
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
        auth: AuthBase | None = None,
    ) -> Answer:
        asked = f"{url}?{urlencode(params)}" if params else url
        return send(method, asked, data=data, headers=headers, auth=auth)


def send(
    method: str,
    url: str,
    *,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    auth: AuthBase | None = None,
) -> Answer:
    """One answer.

    Raises:
        Away: it could not be had.
    """
    require_safe(url)
    until = time.monotonic() + IN_ALL
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.max_redirects = 0
            response = session.request(
                method, url, data=data, headers={"Accept": "application/json", **(headers or {})}, auth=auth,
                timeout=(TO_CONNECT, TO_READ), allow_redirects=False, stream=True,
            )  # fmt: skip
            with response:
                return Answer(response.status_code, response.headers, _body(response, until))
    except requests.exceptions.SSLError as error:
        raise Away(f"{_host(url)}: its certificate is not valid") from error
    except requests.exceptions.Timeout as error:
        raise Away(f"{_host(url)} does not answer in time") from error
    except (requests.RequestException, OSError, ValueError) as error:
        raise Away(f"{_host(url)} can't be reached") from error


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


def _body(response: requests.Response, until: float) -> bytes:
    got = b""
    for piece in response.iter_content(16 * 1024):
        got += piece
        if len(got) > LONGEST:
            raise Away(f"its answer is larger than {LONGEST // 1024} KB")
        if time.monotonic() > until:
            raise Away("its answer takes too long")
    return got


def _host(url: str) -> str:
    return urlsplit(url).netloc
