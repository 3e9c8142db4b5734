"""A row of the outbox in words, for whoever it is told to: what happened, to what, by whom, and where to go on."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.bidi import isolated
from accounts.models import User
from incidents.notify import articles
from incidents.notify.letters import page_of, title_of
from incidents.notify.models import Delivery
from incidents.notify.rules import RULES
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event
from knowledge.hooks import What


@dataclass(frozen=True)
class Telling:
    sentence: str
    url: str
    title: str
    ref: str
    actor: User
    at: datetime


def of(row: Delivery, reader: User) -> Telling:
    if news := row.news:
        rule = articles.RULES[What(news.what)]
        return Telling(
            rule.tell(news, reader), articles.page_of(news, reader),
            news.article.title, _("Article"), news.actor, news.at,
        )  # fmt: skip
    event = row.event
    assert event is not None  # noqa: S101 (the database holds that it is one or the other)
    return Telling(
        RULES[Kind(event.kind)].tell(event, reader), page_of(event.ticket, reader),
        title_of(event, reader), event.ticket.ref, event.actor, event.occurred_at,
    )  # fmt: skip


def sentence(row: Delivery, reader: User) -> str:
    """What happened, and no more: without asking where this reader would see it."""
    if row.news:
        return articles.RULES[What(row.news.what)].tell(row.news, reader)
    event = row.event
    assert event is not None  # noqa: S101 (as above)
    return RULES[Kind(event.kind)].tell(event, reader)


def briefly(row: Delivery, reader: User) -> str:
    """The sentence without a word that somebody wrote: it may stand on a locked screen, or go through other hands."""
    event = row.event
    if event and event.kind == Kind.ESCALATED and not event.actor.is_system:
        return calls_for_help(event)
    return sentence(row, reader)


def calls_for_help(event: Event) -> str:
    return _("%(who)s calls for your help") % {"who": isolated(event.actor.display_name)}
