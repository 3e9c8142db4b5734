"""What a route asks of a token, said where the route stands, for the door and for the description alike."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from accounts.access import Scope
from accounts.models import AccessToken
from incidents.api.problems import Scopeless

IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Do this once: the same key with the same words gets the first answer's thing, with other words 422.",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The ETag of what was read: changed since, nothing is done (412).",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The ETag of what is known: unchanged, the answer is 304 without a body.",
}


class Bearer(HttpBearer):
    """The gate has looked at the token; here it is asked whether it is for this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> AccessToken:
        token: AccessToken = request.token  # type: ignore[attr-defined]  # by the gate
        if self.scope.value not in token.scopes:
            raise Scopeless(
                _("This token is not for that: it lacks “%(scope)s”.") % {"scope": self.scope.value}
            )
        return token

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken:
        return self(request)


def reads(scope: Scope) -> dict[str, Any]:
    return _asks(scope, IF_NONE_MATCH)


def creates(scope: Scope) -> dict[str, Any]:
    return _asks(scope, IDEMPOTENCY)


def changes(scope: Scope) -> dict[str, Any]:
    """Something that stands there, so that another version can be refused."""
    return _asks(scope, IF_MATCH)


def acts(scope: Scope) -> dict[str, Any]:
    """What may be done again without harm."""
    return _asks(scope)


def _asks(scope: Scope, *headers: dict[str, Any]) -> dict[str, Any]:
    extra = {"x-scope": scope.value, "parameters": [dict(one) for one in headers]}
    return {"auth": Bearer(scope), "openapi_extra": extra}
