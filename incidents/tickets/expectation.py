"""When a ticket can be expected to be solved, by what usually happens to tickets like it.

No promise: until there are service levels, three of four such tickets were solved as fast or faster.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from django.core.cache import cache
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidents.tickets.models import Ticket, TicketQuerySet
from incidents.workflow.states import OPEN_STATUSES, Status

MOST_SAMPLES = 200
FEWEST_SAMPLES = 5
RECENT = timedelta(days=180)
REACH = 20_000
"""Newest tickets that are looked through, so that the question costs the same however many there are."""
KEPT_FOR = 60 * 60
UNKNOWN = -1
DAYS_BY_NAME = 6


# Values only ---------------------------------------------------------------------------------------


def usual(taken: Sequence[timedelta]) -> timedelta | None:
    """What three of four stayed within; nothing where there are too few to tell."""
    if len(taken) < FEWEST_SAMPLES:
        return None
    return sorted(taken)[ceil(len(taken) * 0.75) - 1]


def words(
    *, status: str, filed_at: datetime, usually: timedelta | None, now: datetime, is_theirs: bool = True
) -> str:  # fmt: skip
    """The expectation in a sentence, empty when nothing is to be solved any more. `now` is in the reader's zone."""
    if status not in OPEN_STATUSES:
        return ""
    if status == Status.WAITING_REQUESTER:
        if is_theirs:
            return _("We go on as soon as you answer.")
        return _("We go on as soon as we have an answer.")
    if usually is None:
        if status == Status.NEW:
            return _("We’ll tell you here as soon as somebody looks at it.")
        return _("We’ll tell you here as soon as there is news.")
    due = (filed_at + usually).astimezone(now.tzinfo)
    if due < now:
        return _("This takes longer than usual. We’re still on it.")
    days = (due.date() - now.date()).days
    if days == 0:
        return _("We expect to have this solved today.")
    if days == 1:
        return _("We expect to have this solved by tomorrow.")
    if days <= DAYS_BY_NAME:
        day = date_format(due, "l")
    else:
        # Translators: a day, in Django's date format characters (“3 December”).
        day = date_format(due, pgettext("date format", "j F"))
    return _("We expect to have this solved by %(day)s.") % {"day": day}


# From the tickets ------------------------------------------------------------------------------------


def of(ticket: Ticket, *, now: datetime, is_theirs: bool) -> str:
    """The sentence for one ticket's page."""
    needs_figures = ticket.is_open and ticket.status != Status.WAITING_REQUESTER
    usually = usually_taken(ticket.category_id, ticket.priority, now=now) if needs_figures else None
    return words(
        status=ticket.status, filed_at=ticket.created_at, usually=usually, now=now, is_theirs=is_theirs
    )  # fmt: skip


def usually_taken(category: int | None, priority: int, *, now: datetime) -> timedelta | None:
    """For this category and priority, or for the priority where too few are known. Asked once an hour."""
    key = f"usually-taken:{category}:{priority}"
    if (kept := cache.get(key)) is None:
        found = _figure(category, priority, now)
        kept = UNKNOWN if found is None else found.total_seconds()
        cache.set(key, kept, KEPT_FOR)
    return None if kept == UNKNOWN else timedelta(seconds=kept)


def _figure(category: int | None, priority: int, now: datetime) -> timedelta | None:
    newest = Ticket.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    alike = Ticket.objects.filter(
        pk__gt=newest - REACH, priority=priority, resolved_at__gte=now - RECENT
    )
    return usual(_taken(alike.filter(category=category))) or usual(_taken(alike))


def _taken(tickets: TicketQuerySet) -> list[timedelta]:
    times = tickets.order_by("-pk").values_list("created_at", "resolved_at")[:MOST_SAMPLES]
    return [resolved - filed for filed, resolved in times if resolved]
