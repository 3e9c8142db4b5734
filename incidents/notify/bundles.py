"""Several things in one mail: what happens on a ticket within minutes, and what somebody wants to hear in the morning.

What comes alone never waits: only after a mail about a ticket the next one to the same person about it waits for some
minutes, and takes along what happens meanwhile. What is urgent waits for nothing and takes along what waits.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.bidi import isolated
from accounts.models import User
from incidents.notify import letters, stopping, tellings
from incidents.notify.correspondence import LetterKind, LetterLook
from incidents.notify.frame import LONGEST_NAME, LONGEST_SUBJECT, Body, Telling, compose, one_line
from incidents.notify.models import Delivery, DeliveryQuerySet, NoticeRules, Pace, State
from incidents.notify.wording import Texts

MOST_IN_ONE = 50
MOST_IN_THE_MORNING = 200
_MARKS = re.compile(r"([\\`*_\[\]<>])")


def holds(row: Delivery, now: datetime) -> datetime | None:
    """Until when a mail waits for company: some minutes after the last one to this person about this ticket."""
    if row.pace != Pace.USUAL or row.attempts or row.event is None:
        return None
    wait = timedelta(minutes=NoticeRules.current().bundle_minutes)
    if not wait:
        return None
    before = Delivery.objects.mails().filter(
        recipient=row.recipient_id, event__ticket=row.event.ticket_id, state=State.SENT,
        sent_at__gt=now - wait, pace__in=[Pace.USUAL, Pace.URGENT],
    )  # fmt: skip
    last = before.aggregate(last=Max("sent_at"))["last"]
    return None if last is None else last + wait


def along(row: Delivery, now: datetime) -> DeliveryQuerySet | None:
    """What goes along with a mail that is due. At a second try the same as at the first: it may have arrived."""
    waiting = Delivery.objects.mails().filter(state=State.WAITING)
    if row.attempts:
        return waiting.filter(bundled_in=row.pk).with_words().order_by("pk")
    fresh = waiting.filter(recipient=row.recipient_id, attempts=0, bundled_in=None).exclude(pk=row.pk)  # fmt: skip
    if row.pace == Pace.DAILY:
        daily = fresh.filter(pace=Pace.DAILY, due_at__lte=now)
        return daily.with_words().order_by("pk")[:MOST_IN_THE_MORNING]
    if row.event is None or not NoticeRules.current().bundle_minutes:
        return None
    same = fresh.filter(event__ticket=row.event.ticket_id).exclude(pace=Pace.DAILY)
    return same.with_words().order_by("pk")[:MOST_IN_ONE]


def write(lead: Delivery, rows: Sequence[Delivery]) -> EmailMultiAlternatives:
    """One mail for these rows, under the Message-ID of the first that was claimed."""
    rows = sorted(rows, key=lambda one: one.pk)
    mail = _morning(lead, rows) if lead.pace == Pace.DAILY else letters.write(*rows)
    mail.extra_headers |= {"Message-ID": lead.message_id, **stopping.headers(rows)}
    return mail


def _morning(lead: Delivery, rows: Sequence[Delivery]) -> EmailMultiAlternatives:
    """What happened to each ticket and article, in a sentence each; what was written is read there."""
    reader = lead.recipient
    with translation.override(reader.letter_language):
        told = _matters(rows, reader)
        count = {"n": len(rows)}
        subject = ngettext("This morning: %(n)d piece of news", "This morning: %(n)d pieces of news", len(rows)) % count  # fmt: skip
        words = Texts.of(LetterKind.EVERY, reader.letter_language)
        opening = _("Here is what you wanted to hear in the morning.")
        if len(told) == 1:  # its name stands nowhere else
            opening = f"{opening}\n\n{told[0].news}"
        values = letters.values_of_reader(reader) | {"news": opening}
        letter = compose(
            subject,
            values,
            Body(
                tellings=tuple(told),
                url=settings.SITE_URL + reverse("notify:inbox"),
                button=_("See all notifications"),
                why=_("You get this because you chose to hear of some things once a day."),
                less=stopping.link(rows),
            ),
            texts=replace(words, sentence="{{news}}"),
            look=LetterLook.now(),
        )
        mail = letters.envelope(letter, {"List-Id": letters.list_id("morning")})
    mail.to = [formataddr((one_line(reader.display_name, LONGEST_NAME), reader.email))]
    return mail


def _matters(rows: Sequence[Delivery], reader: User) -> list[Telling]:
    found: dict[str, Telling] = {}
    for row in rows:
        told = tellings.of(row, reader)
        url = settings.SITE_URL + told.url
        name = f"{told.ref}: {isolated(one_line(told.title, LONGEST_SUBJECT))}"
        before = found.get(url, Telling(name, f"{url}\n"))
        found[url] = replace(before, said=f"{before.said}\n- {_plain(told.sentence)}")
    return list(found.values())


def _plain(text: str) -> str:
    """Text as it is, where Markdown is read: a name must not become a link."""
    return _MARKS.sub(r"\\\1", text)
