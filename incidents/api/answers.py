"""How the API answers: the body with its tag, pages that lead on, and what a change insists on."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic import BaseModel

from accounts import paging
from accounts.errors import Refused
from accounts.paging import Page
from incidents.api.problems import Precondition

LONGEST_KEY = 200


class Unclear(Refused):
    """A parameter of the address that can't be read."""

    status = 400


def say(
    request: HttpRequest,
    body: BaseModel,
    *,
    status: int = 200,
    mark: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The body with its tag; without it where the program has just that.

    A tag is `"<mark>.<digest>"`: the digest tells whether anything reads differently, the mark which version of the
    thing it is, which is what `If-Match` insists on.
    """
    raw = body.model_dump_json().encode()
    tag = f'"{mark}.{hashlib.sha256(raw).hexdigest()[:20]}"'
    known = request.headers.get("If-None-Match", "")
    if request.method in {"GET", "HEAD"} and tag in (one.strip().removeprefix("W/") for one in known.split(",")):  # fmt: skip
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(raw, status=status, content_type="application/json")
    answer["ETag"] = tag
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer


def require_match(request: HttpRequest, mark: str) -> None:
    """Refuse where the program insists on another version than this one.

    Raises:
        Precondition: it has changed since.
    """
    given = request.headers.get("If-Match", "").strip()
    if given in {"", "*"}:
        return
    marks = {one.strip().strip('"').partition(".")[0] for one in given.split(",")}
    if mark not in marks:
        raise Precondition(_("Somebody changed this meanwhile. Read it again, then decide."))


def key_of(request: HttpRequest) -> str:
    """The program's key for doing a thing once, apart from the keys of our own forms.

    Raises:
        Unclear: it is too long.
    """
    given = request.headers.get("Idempotency-Key", "")
    if len(given) > LONGEST_KEY:
        raise Unclear(_("An idempotency key has at most %(most)d signs.") % {"most": LONGEST_KEY})
    return f"api:{hashlib.sha256(given.encode()).hexdigest()[:56]}" if given else ""


def page(
    request: HttpRequest, rows: Any, keys: Sequence[str], *, after: str, limit: int
) -> Page[Any]:
    """Some rows behind the place that the program had come to.

    Raises:
        Unclear: it is no place of this list.
    """
    if after and not paging.is_place(after, keys, rows.model):
        raise Unclear(_("“after” is not from this list in this order. Begin again without it."))
    return paging.page(rows, keys, after, limit)


def onward(request: HttpRequest, after: str) -> tuple[str | None, dict[str, str]]:
    """The address of the next page, and the header that says the same."""
    if not after:
        return None, {}
    asked = request.GET.copy()
    asked["after"] = after
    url = f"{request.path}?{asked.urlencode()}"
    return url, {"Link": f'<{url}>; rel="next"'}
