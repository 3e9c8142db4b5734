"""What calendars and feed readers fetch for a person by a secret address: what is due on their tickets, announcements.

Who they are and what they may see is asked at every fetch, so an address dies with the account, and what somebody may
no longer see is gone from it. Calendars are often kept by somebody else's service: an entry holds a ticket's number and
title, of private teams and confidential categories the number alone, and never a word of what was written.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import icalendar
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import policies
from accounts.access import digest_of
from accounts.actions.record import record_removed
from accounts.errors import require
from accounts.models import User
from incidents.portal.announcements import told_to
from incidents.portal.models import FeedAddress
from incidents.sla.models import Clock, TargetKind
from incidents.tickets.models import Ticket
from knowledge.markup import to_line
from knowledge.views.outlets import xml_safe

MOST_ENTRIES = 500
MOST_NEWS = 40
USED_EVERY = timedelta(hours=1)
Kind = FeedAddress.Kind


# Addresses ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def make(user: User, kind: str) -> str:
    """A new secret for this person's feed; the one before it opens nothing from now on."""
    remove(user, kind)
    token = secrets.token_urlsafe(32)
    FeedAddress.objects.create(user=user, kind=kind, digest=digest_of(token))
    return token


def remove(user: User, kind: str) -> None:
    FeedAddress.objects.filter(user=user, kind=kind).delete()


@transaction.atomic
def end(address: FeedAddress, *, by: User) -> None:
    """Let somebody's address open nothing any more, where it came into wrong hands; they can make another.

    Raises:
        NotAllowed: `by` does not manage people.
    """
    require(
        policies.can_manage_people(by), _("Only who manages people can end somebody’s address.")
    )
    gone = FeedAddress.objects.select_for_update().filter(pk=address.pk).first()
    if gone is not None:
        record_removed(gone, by=by)
        gone.delete()


def addresses(*, person: str = "") -> QuerySet[FeedAddress]:
    """All, or those of people with this name or address, also of who can no longer sign in."""
    rows = FeedAddress.objects.select_related("user")
    if person:
        rows = rows.filter(user__in=User.objects.get_queryset().named(person))
    return rows


def of(user: User) -> dict[str, FeedAddress]:
    return {one.kind: one for one in FeedAddress.objects.filter(user=user)}


def find(token: str, kind: str) -> FeedAddress | None:
    """Whose address this is, as long as they may sign in."""
    found = FeedAddress.objects.select_related("user").filter(digest=digest_of(token), kind=kind)
    return found.filter(user__is_active=True, user__is_system=False).first()


def note_use(address: FeedAddress, now: datetime) -> None:
    """So that a person sees whether anybody still fetches it; at most once an hour."""
    stale = Q(used_at=None) | Q(used_at__lt=now - USED_EVERY)
    FeedAddress.objects.filter(stale, pk=address.pk).update(used_at=now)


# What is in them ---------------------------------------------------------------------------------------------------


def calendar_of(user: User, now: datetime) -> bytes:
    """What is promised on the tickets that this person works on or reported, and when those of theirs are closed."""
    made = icalendar.Calendar()
    made.add("prodid", "-//Firebreak//Tickets//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", _("Tickets · %(site)s") % {"site": settings.SITE_NAME})
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for clock in _clocks(user):
        is_mine = clock.ticket.assignee_id == user.pk
        what = str(clock.get_kind_display()) if is_mine else _promised(clock.kind)
        if clock.due_at:
            entry = _entry(clock.ticket, what, clock.due_at, clock.kind, now, at_desk=is_mine)
            made.add_component(entry)
    for ticket in _closing(user):
        if ticket.closes_at:
            what = _("is closed unless you answer")
            made.add_component(_entry(ticket, what, ticket.closes_at, "closing", now))
    return made.to_ical()


def announcements_of(user: User, feed_url: str) -> str:
    told = Rss201rev2Feed(
        title=xml_safe(_("Announcements · %(site)s") % {"site": settings.SITE_NAME}),
        link=f"{settings.SITE_URL}/",
        description=_("What IT announces to you"),
        language=get_language() or settings.LANGUAGE_CODE,
        feed_url=feed_url,
    )
    for one in told_to(user)[:MOST_NEWS]:
        told.add_item(
            title=xml_safe(one.title),
            link=settings.SITE_URL + reverse("portal:announcement", args=[one.pk]),
            description=xml_safe(to_line(one.body, 500)),
            unique_id=f"{settings.SITE_URL}/announcements/{one.pk}",
            unique_id_is_permalink=False,
            pubdate=one.starts_at,
        )
    return told.writeString("utf-8")


def _clocks(user: User) -> Iterator[Clock]:
    """Of the open tickets that somebody has and sees as staff, or reported and still sees; what is due next first."""
    worked = Ticket.objects.seen_as_staff_by(user).open().filter(assignee=user)
    reported = Ticket.objects.visible_to(user).open().filter(requester=user)
    running = Clock.objects.running().select_related("ticket__team", "ticket__category")
    either = running.filter(Q(ticket__in=worked.values("pk")) | Q(ticket__in=reported.values("pk")))
    return iter(either.order_by("due_at", "pk")[:MOST_ENTRIES])


def _closing(user: User) -> Iterator[Ticket]:
    own = Ticket.objects.visible_to(user).filter(requester=user, closes_at__isnull=False)
    return iter(own.select_related("team", "category").order_by("closes_at", "pk")[:MOST_ENTRIES])


def _promised(kind: str) -> str:
    return _("solution expected") if kind == TargetKind.RESOLUTION else _("answer promised")


def _entry(
    ticket: Ticket, what: str, at: datetime, kind: str, now: datetime, *, at_desk: bool = False
) -> icalendar.Event:
    """A moment, which leaves people free: no reminder, since the portal tells by itself what runs out."""
    is_quiet = ticket.is_confined or (ticket.team is not None and ticket.team.is_private)
    summary = f"{ticket.ref}: {what}" if is_quiet else f"{ticket.ref}: {what} · {ticket.title}"
    entry = icalendar.Event()
    entry.add("uid", f"{ticket.ref}-{kind}@{settings.SITE_HOST}")
    entry.add("dtstamp", now)
    entry.add("dtstart", at)
    entry.add("duration", timedelta(0))
    entry.add("summary", " ".join(summary.split()))
    entry.add("url", settings.SITE_URL + (ticket.desk_url if at_desk else ticket.get_absolute_url()))  # fmt: skip
    entry.add("transp", "TRANSPARENT")
    entry.add("class", "PRIVATE")
    return entry
