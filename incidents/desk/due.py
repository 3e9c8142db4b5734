"""How long is left of what was promised, drawn so that it is right without a script and then counts by itself.

`static/js/countdown.js` counts on in the same words: `words` gives them to it, with what time it is here.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from accounts.templatetags.firebreak import draw
from incidents.sla.asking import paused
from incidents.tickets.models import NEVER
from incidents.workflow.states import OPEN_STATUSES

SOON = 60
"""Minutes, and less, that make a warning of it."""
HOUR, DAY = 60, 60 * 24
NOTHING = SafeString("")


def chip(due: datetime, now: datetime, *, brief: bool = False) -> SafeString:
    """“2h 5m left”, or “1d 4h late”; nothing where nothing is promised. `brief`: “2h 5m”, or “1d late”, below “Due”."""
    if due == NEVER:
        return NOTHING
    at = due.isoformat("T", "seconds")
    return _drawn(at, minutes_left(due, now), get_language(), brief=brief)


def standing(found: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """Of these rows, by their ticket's key, those whose promises all stand, and the seconds that are left."""
    keys = [one["id"] for one in found if one["due_at"] == NEVER and one["status"] in OPEN_STATUSES]
    return paused(keys) if keys else {}


def paused_chip(left: int | None, *, brief: bool = False) -> SafeString:
    """“Paused, 2h 5m left”, `brief` only “Paused”: it does not count down. Nothing where nothing stands."""
    return NOTHING if left is None else _paused(left // 60, get_language(), brief=brief)


def paused_words(left: int) -> str:
    return _("Paused, %(span)s left") % {"span": span(max(0, left // 60))}


def minutes_left(due: datetime, now: datetime) -> int:
    """Begun ones count while there is time, so that the last minute is one; less than nothing when it is late."""
    seconds = (due - now).total_seconds()
    return -int(-seconds // 60) if seconds > 0 else min(-1, -int(-seconds // 60))


def span(minutes: int, *, units: int = 2) -> str:
    """“1d 4h”, “2h 5m”, “48m”: two units at the most."""
    days, hours, rest = minutes // DAY, minutes % DAY // HOUR, minutes % HOUR
    parts = [(_("%(n)dd"), days), (_("%(n)dh"), hours), (_("%(n)dm"), 0 if days else rest)]
    told = [words % {"n": n} for words, n in parts if n]
    return " ".join(told[:units]) or _("%(n)dm") % {"n": 0}


def words(now: datetime) -> str:
    """What the script counts with, as JSON for a data attribute."""
    return json.dumps(
        {
            "now": int(now.timestamp() * 1000),
            "soon": SOON,
            "left": _("%(span)s left"),
            "late": _("%(span)s late"),
            "lateBrief": pgettext("in a narrow column", "%(span)s late"),
            "days": _("%(n)dd"),
            "hours": _("%(n)dh"),
            "minutes": _("%(n)dm"),
        }
    )


@lru_cache(maxsize=1024)
def _paused(minutes: int, _language: str | None, *, brief: bool) -> SafeString:
    said = _said(paused_words(minutes * 60), _("Paused") if brief else "")
    return format_html('<span class="fb-sla" data-tone="neutral">{}{}</span>', draw("pause"), said)


@lru_cache(maxsize=4096)
def _drawn(due: str, left: int, _language: str | None, *, brief: bool) -> SafeString:
    tone = "neutral" if left > SOON else "warning" if left > 0 else "danger"
    long = span(abs(left))
    said = (_("%(span)s left") if left > 0 else _("%(span)s late")) % {"span": long}
    late = pgettext("in a narrow column", "%(span)s late") % {"span": span(abs(left), units=1)}
    shown = (long if left > 0 else late) if brief else ""
    return format_html(
        '<time class="fb-sla" data-tone="{}" data-due datetime="{}">{}{}</time>',
        tone, due, draw("alarm-clock"), _said(said, shown),
    )  # fmt: skip


def _said(words: str, shown: str) -> SafeString:
    """The words; where only `shown` is seen of them, the rest is read out."""
    if not shown:
        return format_html("<span>{}</span>", words)
    return format_html(
        '<span aria-hidden="true">{}</span><span class="visually-hidden">{}</span>', shown, words
    )
