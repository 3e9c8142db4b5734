"""The words, icons and small parts that every page shares.

Tags about tickets look only at attributes (`status`, `priority`, `get_status_display`), since this package knows
nothing of tickets. They are drawn fifty times on a page, so what can be kept is kept.
"""

import secrets
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import formats, typed
from accounts.bidi import isolated
from accounts.browsers import browser_name

register = template.Library()

STATUS_LOOKS: dict[str, tuple[str, str]] = {
    "new": ("circle-dashed", "info"),
    "open": ("circle-dot", "accent"),
    "waiting_requester": ("message-circle-question-mark", "warning"),
    "waiting_other": ("circle-pause", "neutral"),
    "resolved": ("circle-check", "success"),
    "closed": ("lock", "neutral"),
}
"""Icon and tone of a status, as the desk shows it."""

PLAIN_STATUSES: dict[str, tuple[str, str, str | Promise]] = {
    "new": ("circle-dashed", "info", _("Received")),
    "open": ("circle-dot", "accent", _("Being worked on")),
    "waiting_requester": ("message-circle-question-mark", "warning", _("We are waiting for you")),
    "waiting_other": ("circle-pause", "neutral", _("On hold")),
    "resolved": ("hand", "warning", _("Please check that it works")),
    "closed": ("circle-check", "success", _("Closed")),
}
"""Icon, tone and words of a status, as employees read it."""

OTHERS_STATUSES: dict[str, tuple[str, str, str | Promise]] = {
    **PLAIN_STATUSES,
    "waiting_requester": (
        "message-circle-question-mark", "neutral", _("Waiting for an answer"),
    ),
    "resolved": ("circle-check", "success", _("Solved, to be checked")),
}  # fmt: skip
"""The same for somebody whose ticket it is not: nothing is asked of them."""

MERGED_STATUS = _("Handled with another report")

PRIORITY_LOOKS: dict[int, tuple[str, str]] = {
    1: ("octagon-alert", "danger"),
    2: ("chevrons-up", "orange"),
    3: ("equal", "neutral"),
    4: ("chevron-down", "neutral"),
    5: ("minus", "neutral"),
}
AVATAR_TONES = ("accent", "violet", "info", "success", "orange", "neutral")
TOLD = (
    "title",
    "status",
    "priority",
    "impact",
    "urgency",
    "category_id",
    "service_id",
    "team_id",
    "assignee_id",
)
"""Fields that `told` puts into words; the rest follows from them."""
FILE_ICONS = {"image": "image", "video": "video"}


# Icons and people ---------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def draw(name: str, size: str = "") -> SafeString:
    """An icon from the sprite; the words beside it say what it means."""
    return format_html(
        '<svg class="fb-icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f" fb-icon--{size}" if size else "",
        static("icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    return draw(name, size)


@lru_cache(maxsize=4096)
def _face(initials: str, tone: str, size: str, shape: str) -> SafeString:
    return format_html(
        '<span class="fb-avatar{}{}" data-tone="{}" aria-hidden="true">{}</span>',
        f" fb-avatar--{size}" if size else "",
        f" fb-avatar--{shape}" if shape else "",
        tone,
        initials,
    )


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """A person's initials, always in the same colour; a dashed ring for nobody."""
    if not person:
        return _face("", "neutral", size, "none")
    if person.is_system:
        return _face(person.initials, "neutral", size, "bot")
    return _face(person.initials, AVATAR_TONES[person.pk % len(AVATAR_TONES)], size, "")


register.filter("browser", browser_name)
register.filter("isolate", isolated)


# Tickets ------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _mark(kind: str, look: tuple[str, str], words: str) -> SafeString:
    return format_html(
        '<span class="{}" data-tone="{}">{}{}</span>', kind, look[1], draw(look[0]), words
    )


_known_words: dict[tuple[str, Any, str | None], str] = {}


def words_for(ticket: Any, field: str) -> str:
    """`get_…_display`, asked once for each value and language: it takes longer than the rest of a row."""
    key = (field, getattr(ticket, field), get_language())
    if key not in _known_words:
        _known_words[key] = str(getattr(ticket, f"get_{field}_display")())
    return _known_words[key]


@register.simple_tag
def status_badge(ticket: Any) -> SafeString:
    """A ticket's status in the desk's words."""
    return status_mark(ticket.status, str(ticket.get_status_display()))


def status_mark(status: str, words: str) -> SafeString:
    return _mark("fb-status", STATUS_LOOKS[status], words)


@register.simple_tag
def priority(ticket: Any) -> SafeString:
    """A ticket's priority: icon, word, and its P-number for those who can't see the icon."""
    return priority_mark(ticket.priority, words_for(ticket, "priority"))


@lru_cache(maxsize=64)
def priority_mark(level: int, words: str) -> SafeString:
    drawing, tone = PRIORITY_LOOKS[level]
    return format_html(
        '<span class="fb-prio" data-tone="{}" title="P{}">{}{}</span>',
        tone, level, draw(drawing), words,
    )  # fmt: skip


@register.simple_tag
def plain_status(ticket: Any, reader: Any = None) -> SafeString:
    """A ticket's status in employees' words; a `reader` who is no party of it is asked for nothing."""
    if getattr(ticket, "merged_into_id", None):
        return _mark("fb-badge", ("merge", "info"), str(MERGED_STATUS))
    theirs = reader is None or reader.pk in {ticket.requester_id, ticket.reporter_id}
    drawing, tone, words = (PLAIN_STATUSES if theirs else OTHERS_STATUSES)[ticket.status]
    own = getattr(ticket, "outside_status", "")
    return _mark("fb-badge", (drawing, tone), own or str(words))


@register.filter
def plain_words(status: str) -> str:
    """A status in employees' words, without its look."""
    return str(PLAIN_STATUSES[status][2])


@register.simple_tag
def file_chip(attachment: Any) -> SafeString:
    """A file that came with a message: name, size, and a link to download it."""
    kind = attachment.content_type.partition("/")[0]
    return format_html(
        '<a class="fb-file text-decoration-none" href="{}">{}'
        '<span class="fb-grow"><bdi class="fb-file__name d-block">{}</bdi>'
        '<span class="fb-file__meta">{}</span></span>{}</a>',
        attachment.get_absolute_url(),
        draw(FILE_ICONS.get(kind, "paperclip")),
        attachment.name,
        filesizeformat(attachment.size),
        draw("download"),
    )


@register.filter
def told(change: Any) -> list[tuple[str, str]]:
    """What an event of the log set, as pairs of a field's name and its value in words."""
    values = getattr(change, "data", {}).get("set", {})
    return [_in_words(change.ticket, *pair) for pair in values.items() if pair[0] in TOLD]


def _in_words(record: Any, name: str, raw: Any) -> tuple[str, str]:
    field = record._meta.get_field(name.removesuffix("_id"))
    if raw is None or raw == "":
        words = gettext("nothing")
    elif field.is_relation:
        words = str(field.related_model._base_manager.get(pk=raw))
    else:
        words = str(dict(field.flatchoices).get(raw, raw))
    return str(field.verbose_name), words


# Time ---------------------------------------------------------------------------------------------

AN_HOUR = 60


@register.filter(expects_localtime=True)
def when(moment: datetime | None) -> SafeString | str:
    """“12 minutes ago” for an hour, then “Today, 13:06”, then the date; the exact time is in the element."""
    return "" if moment is None else _since(moment, is_exact=False)


@register.filter(expects_localtime=True)
def when_exactly(moment: datetime) -> SafeString:
    """As `when`, and with a date the time of day: where things of one day stand below each other."""
    return _since(moment, is_exact=True)


def _since(moment: datetime, *, is_exact: bool) -> SafeString:
    now = timezone.localtime(timezone=moment.tzinfo)
    minutes = int((now - moment).total_seconds() // 60)
    is_fresh = -1 <= minutes < AN_HOUR
    return _time(
        moment, moment.utcoffset(), minutes if is_fresh else None, now.date(), get_language(), is_exact=is_exact
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _time(
    moment: datetime,
    _offset: timedelta | None,  # moments are equal wherever their clocks stand; their words are not
    minutes: int | None,
    today: date,
    _language: str | None,
    *,
    is_exact: bool,
) -> SafeString:
    words = since(moment, minutes, today)
    if is_exact and minutes is None and moment.date() != today:
        words = gettext("%(day)s, %(time)s") % {"day": words, "time": formats.clock(moment)}
    return format_html('<time datetime="{}">{}</time>', moment.isoformat("T", "seconds"), words)


@register.filter(expects_localtime=True)
def day(moment: datetime) -> str:
    """“Today”, “Yesterday”, else the date with its weekday; of other years with the year."""
    today = timezone.localtime(timezone=moment.tzinfo)
    if moment.date() == today.date():
        return gettext("Today")
    if moment.date() == today.date() - timedelta(days=1):
        return gettext("Yesterday")
    return formats.weekday(moment, today)


def since(moment: datetime, minutes: int | None, today: date) -> str:
    """The words of `when`; `moment` is in the reader's time zone, and `minutes` ago, if that is less than an hour."""
    if minutes is None:
        is_today = moment.date() == today
        clock = {"time": formats.clock(moment)}
        return gettext("Today, %(time)s") % clock if is_today else formats.short_day(moment, today)
    if minutes < 1:
        return gettext("just now")
    return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}


@register.filter(expects_localtime=True)
def weekday(moment: datetime) -> str:
    """“Monday, 3 November”, where days part a conversation."""
    return formats.weekday(moment, timezone.localtime(timezone=moment.tzinfo))


# Forms --------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def kept_for(context: RequestContext, form: str) -> SafeString:
    """With this in a form, text that is sent after the session ended is kept."""
    return kept_by(context["request"].user.pk, form)


def kept_by(person: int, form: str) -> SafeString:
    return format_html('<input type="hidden" name="kept_for" value="{}">', typed.mark(person, form))  # fmt: skip


@register.simple_tag
def idempotency_key() -> SafeString:
    """Makes sending the same page twice one deed."""
    return format_html('<input type="hidden" name="key" value="{}">', secrets.token_urlsafe(18))


@register.filter
def typed_text(request: HttpRequest | None) -> list[str]:
    """What the person sent with this request and we did not take."""
    return typed.texts(request) if request else []
