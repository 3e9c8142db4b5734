"""What somebody typed is kept when their session ended before they pressed Send.

A form carries `kept_for`: its own name and the person it was shown to, signed. When such a form arrives without a
session, its text waits in the fresh anonymous session, and is handed only to the same person after signing in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest

from accounts import signed

SALT = "typed"
LONGEST = 500_000
"""Characters of a whole form that are put aside: more than can be saved, so that it can be shortened later."""
NEVER_KEPT = {"csrfmiddlewaretoken", "kept_for", "password"}
LONGEST_KEY = 40
"""One word of at most this length is a key or a choice, not a text."""


@dataclass(frozen=True)
class Kept:
    """What was put aside, and the names of files that could not be."""

    text: dict[str, list[str]]
    files: list[str]


def mark(user_pk: int, form: str) -> str:
    """The hidden value that a form carries."""
    return signed.dumps([user_pk, form], salt=SALT)


def keep(request: HttpRequest) -> bool:
    """Put the posted text aside, if the form asked for it; whether that was done."""
    given = request.POST.get("kept_for", "")
    try:
        user_pk, form = signing.loads(given, salt=SALT, max_age=60 * 60 * 24 * 7)
    except signing.BadSignature:
        return False
    text = {name: values for name, values in request.POST.lists() if name not in NEVER_KEPT}
    if is_too_long(text):
        return False
    files = [file.name or "" for _name, given in request.FILES.lists() for file in given]
    request.session["typed"] = {"user": user_pk, "form": form, "text": text, "files": files}
    return True


def words_of(posted: Any, *, without: Collection[str]) -> dict[str, list[str]]:
    """What a posted form says, field by field, as a database takes it; without what is empty."""
    return {
        name: [value.replace("\x00", "") for value in values]
        for name, values in posted.lists()
        if name not in without and any(values)
    }


def is_too_long(text: Mapping[str, Sequence[str]]) -> bool:
    return sum(len(value) for values in text.values() for value in values) > LONGEST


def take(request: Any, form: str) -> Kept | None:
    """What was put aside for this person and form, once."""
    kept = request.session.get("typed")
    if not kept or kept["user"] != request.user.pk or kept["form"] != form:
        return None
    del request.session["typed"]
    return Kept(kept["text"], kept.get("files", []))


def restore(request: Any, form: str) -> dict[str, list[str]] | None:
    """The text put aside for this person and form, once, where no files can come with it."""
    kept = take(request, form)
    return kept.text if kept else None


def texts(request: HttpRequest) -> list[str]:
    """What somebody wrote into a form that was not taken, to be shown to them; no keys, no secrets."""
    if request.method != "POST" or request.path.startswith("/accounts/"):
        return []
    sent = [
        value for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values
    ]
    return [value for value in sent if len(value) > LONGEST_KEY or " " in value.strip()]
