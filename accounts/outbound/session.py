"""The guarded client for libraries that speak through requests: they get a session whose every request goes by it."""

from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from .client import MOST_BYTES, TIMEOUT, send
from .errors import NotSent


class GuardedAdapter(BaseAdapter):
    """Asks by `send`. What it can't have is a `ConnectionError`, which users of requests expect."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        super().__init__()
        self.most_bytes = most_bytes

    def send(self, request: Any, stream: Any = False, timeout: Any = None, verify: Any = True, cert: Any = None, proxies: Any = None) -> Any:  # noqa: FBT002 (requests' own signature; nothing of it may loosen ours)  # fmt: skip
        body = request.body or b""
        try:
            answer = send(
                request.method,
                request.url,
                body=body.encode() if isinstance(body, str) else bytes(body),
                headers={name: _text(value) for name, value in request.headers.items() if name.lower() not in ("accept-encoding", "connection", "content-length")},
                timeout=_seconds(timeout),
                most_bytes=self.most_bytes,
            )  # fmt: skip
        except NotSent as error:
            raise requests.ConnectionError(error.reason, request=request) from error
        if not answer.is_whole:
            raise requests.ConnectionError("The answer is too long, or came too slowly.", request=request)  # fmt: skip
        made = requests.Response()
        made.status_code = answer.status
        made.headers = CaseInsensitiveDict(answer.headers)
        made.raw = BytesIO(answer.body)
        made.encoding = requests.utils.get_encoding_from_headers(made.headers)
        made.url, made.request = request.url, request
        return made

    def close(self) -> None:
        pass


class _Session(requests.Session):
    def resolve_redirects(self, *_given: Any, **_more: Any) -> Any:
        """A redirect is an answer like others, as with `send`."""
        return iter(())


def session(most_bytes: int = MOST_BYTES) -> requests.Session:
    """A session that asks nothing but by the guarded client, and reads no settings of the environment."""
    made = _Session()
    made.trust_env = False
    made.adapters.clear()
    for prefix in ("https://", "http://"):
        made.mount(prefix, GuardedAdapter(most_bytes))
    return made


def _seconds(timeout: Any) -> float:
    """Requests allows a number, a pair of connecting and reading, or nothing."""
    parts = timeout if isinstance(timeout, tuple) else (timeout,)
    given = [float(part) for part in parts if part]
    return sum(given) if given else TIMEOUT


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
