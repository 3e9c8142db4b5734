"""Errors as problem details (RFC 9457), all in one place: what went wrong, in words, and what about it a program reads."""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as WrongInput

from accounts.errors import EditConflict, InvalidInput, KeyReused, Refused
from incidents.desk.filters import UnknownFilter
from incidents.tickets.errors import NotFilledIn
from incidents.tickets.questions import WrongAnswers

CONTENT_TYPE = "application/problem+json"
KINDS: dict[int, tuple[str, str]] = {
    400: ("bad-request", "The request can't be read"),
    401: ("no-token", "A valid access token is needed"),
    403: ("not-allowed", "Not allowed"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    406: ("not-acceptable", "Not acceptable"),
    409: ("refused", "A rule says no"),
    412: ("changed-meanwhile", "Changed meanwhile"),
    413: ("too-large", "Too large"),
    415: ("wrong-content-type", "Wrong content type"),
    422: ("invalid", "Invalid input"),
    429: ("too-often", "Too many requests"),
    500: ("broken", "Something broke"),
    503: ("away", "Not available now"),
}
"""By status: the problem's name in addresses, and its title."""
KEY_REUSED = ("key-reused", "The Idempotency-Key was used before")
MOST_ERRORS = 50


class Scopeless(Refused):
    """The token was not made for this."""

    status = 403


class Precondition(Refused):
    """`If-Match` names another version than there is."""

    status = 412


def response(
    status: int,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    kind: tuple[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """A problem as an answer. `errors` say of single fields what is wrong with them; `kind` is one of its own."""
    name, title = kind or KINDS.get(status) or KINDS[400 if status < 500 else 500]
    said: dict[str, Any] = {
        "type": f"{settings.SITE_URL}/api/v1/#{name}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "errors": [dict(one) for one in errors][:MOST_ERRORS],
        **more,
    }
    answer = HttpResponse(json.dumps(said), status=status, content_type=CONTENT_TYPE)
    for header, value in (headers or {}).items():
        answer[header] = value
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="Firebreak"'
    return answer


def of(error: Exception) -> HttpResponse | None:
    """The answer to an error that a request may well meet; nothing for faults of ours."""
    if isinstance(error, Refused):
        return _refusal(error)
    if isinstance(error, WrongInput):
        return response(422, _("Some of what was sent can't be taken."), errors=_fields(error))
    if isinstance(error, AuthenticationError):
        return response(401)
    if isinstance(error, HttpError):
        return response(error.status_code, error.message)
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return response(404, _("There is nothing here, or nothing that this token may see."))
    if isinstance(error, PermissionDenied):
        return response(403)
    if isinstance(error, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent):
        return response(413, _("This is more than a request may hold."))
    unreadable = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError)
    if isinstance(error, unreadable):
        return response(400)
    if isinstance(error, OperationalError | InterfaceError):
        return response(503, headers={"Retry-After": "30"})
    return None


def _refusal(error: Refused) -> HttpResponse:
    if isinstance(error, KeyReused):
        said = _("This Idempotency-Key was used before with another body. Use a new key for each thing.")  # fmt: skip
        return response(error.status, said, kind=KEY_REUSED)
    errors: list[dict[str, str]] = []
    if isinstance(error, WrongAnswers):
        errors = [
            {"field": f"answers.{key}", "message": " ".join(words)}
            for key, words in error.errors.items()
        ]
    elif isinstance(error, NotFilledIn):
        errors = [{"field": need.value, "message": str(need.label)} for need in error.needs]
    elif isinstance(error, UnknownFilter):
        named = zip_longest(error.names, error.what, fillvalue="query")
        errors = [{"field": name, "message": what} for name, what in named]
    elif isinstance(error, InvalidInput) and error.field:
        errors = [{"field": error.field, "message": error.message}]
    status = 412 if isinstance(error, EditConflict) else error.status
    return response(status, error.message, errors=errors)


def _fields(error: WrongInput) -> list[dict[str, str]]:
    """Where each thing is wrong, without what was sent: it may be secret, and it may be long."""
    found = []
    for one in error.errors:
        where = [str(part) for part in one.get("loc", ())]
        # ninja puts the place (body, query) and the parameter before the field.
        is_body = where[:1] == ["body"] and where[1:2] == ["given"]
        inside = where[2:] if is_body else where[1:]
        found.append({"field": ".".join(inside) or "body", "message": str(one.get("msg", ""))})
    return found
