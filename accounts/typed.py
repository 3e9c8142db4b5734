"""What somebody typed is kept when their session ended before they pressed Send.

A form carries `kept_for`: its own name and the person it was shown to, signed. When such a form arrives without a
session, its text waits in the fresh anonymous session, and is handed only to the same person after signing in.
"""

from typing import Any

from django.core import signing
from django.http import HttpRequest

SALT = "typed"
LONGEST = 300_000
NEVER_KEPT = {"csrfmiddlewaretoken", "kept_for", "password"}
LONGEST_KEY = 40
"""One word of at most this length is a key or a choice, not a text."""


def mark(user_pk: int, form: str) -> str:
    """The hidden value that a form carries."""
    return signing.dumps([user_pk, form], salt=SALT)


def keep(request: HttpRequest) -> None:
    """Put the posted text aside, if the form asked for it."""
    given = request.POST.get("kept_for", "")
    try:
        user_pk, form = signing.loads(given, salt=SALT, max_age=60 * 60 * 24 * 7)
    except signing.BadSignature:
        return
    text = {name: values for name, values in request.POST.lists() if name not in NEVER_KEPT}
    if sum(len(value) for values in text.values() for value in values) <= LONGEST:
        request.session["typed"] = {"user": user_pk, "form": form, "text": text}


def restore(request: Any, form: str) -> dict[str, list[str]] | None:
    """The text put aside for this person and form, once."""
    kept = request.session.get("typed")
    if not kept or kept["user"] != request.user.pk or kept["form"] != form:
        return None
    del request.session["typed"]
    return kept["text"]


def texts(request: HttpRequest) -> list[str]:
    """What somebody wrote into a form that was not taken, to be shown to them; no keys, no secrets."""
    if request.method != "POST" or request.path.startswith("/accounts/"):
        return []
    sent = [
        value for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values
    ]
    return [value for value in sent if len(value) > LONGEST_KEY or " " in value.strip()]
