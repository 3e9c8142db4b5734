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
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.templatetags.firebreak import draw
from incidents.sla.asking import paused
from incidents.tickets.models import NEVER
from incidents.workflow.states import OPEN_STATUSES

SOON = 60
"""Minutes, and less, that make a warning of it."""
HOUR, DAY = 60, 60 * 24
NOTHING = SafeString("")


def chip(due: datetime, now: datetime) -> SafeString:
    """“2h 5m left”, or “12m late”; nothing where nothing is promised."""
    if due == NEVER:
        return NOTHING
    return _drawn(due.isoformat("T", "seconds"), minutes_left(due, now), get_language())


def standing(found: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """Of these rows, by their ticket's key, those whose promises all stand, and the seconds that are left."""
    keys = [one["id"] for one in found if one["due_at"] == NEVER and one["status"] in OPEN_STATUSES]
    return paused(keys) if keys else {}


def paused_chip(left: int | None) -> SafeString:
    """“Paused, 2h 5m left”: it does not count down. Nothing where nothing stands."""
    return NOTHING if left is None else _paused(left // 60, get_language())


def paused_words(left: int) -> str:
    return _("Paused, %(span)s left") % {"span": span(max(0, left // 60))}


def minutes_left(due: datetime, now: datetime) -> int:
    """Begun ones count while there is time, so that the last minute is one; less than nothing when it is late."""
    seconds = (due - now).total_seconds()
    return -int(-seconds // 60) if seconds > 0 else min(-1, -int(-seconds // 60))


def span(minutes: int) -> str:
    """“1d 4h”, “2h 5m”, “48m”: two units at the most."""
    days, hours, rest = minutes // DAY, minutes % DAY // HOUR, minutes % HOUR
    parts = [(_("%(n)dd"), days), (_("%(n)dh"), hours), (_("%(n)dm"), 0 if days else rest)]
    told = [words % {"n": n} for words, n in parts if n]
    return " ".join(told) or _("%(n)dm") % {"n": 0}


def words(now: datetime) -> str:
    """What the script counts with, as JSON for a data attribute."""
    return json.dumps(
        {
            "now": int(now.timestamp() * 1000),
            "soon": SOON,
            "left": _("%(span)s left"),
            "late": _("%(span)s late"),
            "days": _("%(n)dd"),
            "hours": _("%(n)dh"),
            "minutes": _("%(n)dm"),
        }
    )


@lru_cache(maxsize=1024)
def _paused(minutes: int, _language: str | None) -> SafeString:
    return format_html(
        '<span class="fb-sla" data-tone="neutral">{}<span>{}</span></span>', draw("pause"), paused_words(minutes * 60)
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _drawn(due: str, left: int, _language: str | None) -> SafeString:
    tone = "neutral" if left > SOON else "warning" if left > 0 else "danger"
    said = (_("%(span)s left") if left > 0 else _("%(span)s late")) % {"span": span(abs(left))}
    return format_html(
        '<time class="fb-sla" data-tone="{}" data-due datetime="{}">{}<span>{}</span></time>',
        tone, due, draw("alarm-clock"), said,
    )  # fmt: skip
