"""The file itself, written while it is sent: JSON for programs, a page for people."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.portal.export.gather import Portions, sections

SCHEMA = 1
"""Goes up when a key is renamed, removed or means something else; new keys may come at any time."""
PAGE = "portal/own_data_file.html"

TITLES: dict[str, str | Promise] = {
    "profile": _("About you"),
    "roles": _("Your roles"),
    "sign_ins": _("Where you’re signed in"),
    "second_factors": _("How you prove that it is you"),
    "linked_sign_ins": _("What else signs you in"),
    "access_tokens": _("What programs may do in your name"),
    "feeds": _("Calendars and feeds that you subscribed to"),
    "notification_choices": _("What you chose to hear"),
    "reached_at": _("Where and when we reach you"),
    "tickets": _("Your tickets"),
    "followed_tickets": _("Tickets you follow"),
    "messages_elsewhere": _("What you wrote on other tickets"),
    "drafts": _("What you typed and have not sent"),
    "articles": _("Articles you wrote"),
    "solved_by_articles": _("Problems that an article solved"),
    "dismissed_announcements": _("Announcements you put away"),
}


@dataclass(frozen=True)
class Writer:
    """One form of the file. `write` takes the person, the time and the language: the request is over when it runs.

    For somebody else than the person it is given as `by`, see `gather.sections`.
    """

    ending: str
    content_type: str
    write: Callable[..., Iterator[str]]


def as_json(user: User, at: datetime, language: str, by: User | None = None) -> Iterator[str]:
    """One object; every section is a list of objects."""
    head = {"schema_version": SCHEMA, "made_at": at, "site": settings.SITE_URL}
    yield _json(head)[:-1]
    for key, portions in _sections(user, language, by):
        yield f',\n"{key}": ['
        between = "\n"
        for portion in portions:
            for row in portion:
                yield between + _json(row)
                between = ",\n"
        yield "]"
    yield "}\n"


def as_page(user: User, at: datetime, language: str, by: User | None = None) -> Iterator[str]:
    """One page that needs nothing else, in the person's words and time."""

    def part(name: str, **context: Any) -> str:
        with translation.override(language), timezone.override(user.zone):
            return render_to_string(f"{PAGE}#{name}", context)

    yield part("head", site_name=settings.SITE_NAME, language=language, person=user, at=at)
    for key, portions in _sections(user, language, by):
        yield part("section", title=TITLES[key], key=key)
        is_empty = True
        for portion in filter(None, portions):
            is_empty = False
            yield part(key, rows=portion)
        yield part("section-end", is_empty=is_empty)
    yield part("foot")


def _sections(user: User, language: str, by: User | None) -> Iterator[tuple[str, Portions]]:
    """The sections, read in the person's words and time: some answers are told in words."""

    def read(portions: Portions) -> Portions:
        while True:
            with translation.override(language), timezone.override(user.zone):
                portion = next(portions, None)
            if portion is None:
                return
            yield portion

    for key, portions in sections(user, by=by):
        yield key, read(portions)


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)


WRITERS = {
    "json": Writer("json", "application/json", as_json),
    "page": Writer("html", "text/html; charset=utf-8", as_page),
}
