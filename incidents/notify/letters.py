"""One notification as a mail: a fixed frame around the words, written for one reader and from what they may see."""

import re
from dataclasses import dataclass
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.bidi import isolated
from accounts.models import User
from incidents.notify import articles, words
from incidents.notify.addresses import mail_id, thread_id
from incidents.notify.models import Delivery, News
from incidents.notify.rules import RULES
from incidents.tickets import policies, ratings
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from knowledge.hooks import What
from knowledge.markup import to_html

LONGEST_SUBJECT = 200
LONGEST_NAME = 60

# Line ends in any spelling and other controls would break a header, or stop the mail; marks that turn the direction
# of text would let a name pose as another; "=?" begins an encoded word.
_TO_SPACE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_TO_NOTHING = str.maketrans(
    "", "", "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_FROM_US = re.compile(r"\]\(/(?!/)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Letter:
    """Everything that the frame shows; the template and the plain text have nothing else."""

    subject: str
    hello: str
    sentence: str
    said: str
    files: str
    url: str
    asks: str
    why: str
    how: str
    sender: str
    is_article: bool = False

    @property
    def said_html(self) -> SafeString:
        return to_html(_PICTURE.sub(r"\1", self.said))

    def as_text(self) -> str:
        link = _("Open the article: %(url)s") if self.is_article else _("Open the ticket: %(url)s")
        link = link % {"url": self.url}
        asks = (
            _("How did we do? One click tells us: %(url)s") % {"url": self.asks}
            if self.asks
            else ""
        )
        foot = f"-- \n{self.why}\n{self.how}\n{self.sender}"
        parts = [self.hello, self.sentence, self.said, self.files, asks, link, foot]
        return "\n\n".join(part for part in parts if part) + "\n"

    def as_html(self) -> str:
        return render_to_string("mail/letter.html", {"letter": self})


def write(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail of an outbox row, the same each time apart from what its reader may see now."""
    reader = delivery.recipient
    with translation.override(reader.letter_language):
        letter = _news_letter(delivery.news, reader) if delivery.news else _letter(delivery.event, reader)  # type: ignore[arg-type] # fmt: skip
        mail = EmailMultiAlternatives(
            subject=letter.subject,
            body=letter.as_text(),
            to=[formataddr((one_line(reader.display_name, LONGEST_NAME), reader.email))],
            headers=_headers(delivery),
        )
        mail.attach_alternative(letter.as_html(), "text/html")
    return mail


def one_line(text: str, longest: int) -> str:
    """Text that is safe in a header."""
    flat = " ".join(text.translate(_TO_SPACE).translate(_TO_NOTHING).replace("=?", "= ?").split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _headers(delivery: Delivery) -> dict[str, str]:
    """One thread a ticket or article: every mail answers the same first one, which nobody ever sent."""
    about = delivery.news or delivery.event
    thread = (
        mail_id("article", about.article_id)
        if isinstance(about, News)
        else thread_id(about.ticket.number)  # type: ignore[union-attr]
    )
    return {
        "Message-ID": delivery.message_id,
        "In-Reply-To": thread,
        "References": thread,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _letter(event: Event, reader: User) -> Letter:
    ticket = event.ticket
    message = _message(event, reader)
    count = message.attachments.count() if message and event.data.get("files") else 0
    return Letter(
        subject=f"[{ticket.ref}] {isolated(one_line(ticket.title, LONGEST_SUBJECT))}",
        hello=_hello(reader),
        sentence=RULES[Kind(event.kind)].tell(event, reader),
        said=_with_addresses(message.body) if message else "",
        files=ngettext("%(n)d file came with it.", "%(n)d files came with it.", count) % {"n": count} if count else "",
        url=settings.SITE_URL + page_of(ticket, reader),
        asks=_rating_link(event, reader),
        why=words.why(event, reader),
        how=_("Please answer on the ticket's page: nobody reads answers to this mail."),
        sender=settings.SITE_NAME,
    )  # fmt: skip


def _news_letter(news: News, reader: User) -> Letter:
    return Letter(
        subject=isolated(one_line(news.article.title, LONGEST_SUBJECT)),
        hello=_hello(reader),
        sentence=articles.RULES[What(news.what)].tell(news, reader) + ".",
        said=_with_addresses(articles.said(news)),
        files="",
        url=settings.SITE_URL + articles.page_of(news, reader),
        asks="",
        why=articles.why(news, reader),
        how=_("Nobody reads answers to this mail."),
        sender=settings.SITE_NAME,
        is_article=True,
    )


def _hello(reader: User) -> str:
    return _("Hello %(name)s,") % {"name": isolated(one_line(reader.first_name, LONGEST_NAME))}


def _rating_link(event: Event, reader: User) -> str:
    """Where the requester says how it went, without signing in; nothing where the team doesn't ask, or they said so."""
    if event.kind != Kind.CLOSED:
        return ""
    asked = ratings.question(event.ticket, reader, at=timezone.now())
    is_open = asked and asked.closing == event.number and asked.rating is None
    return asked.link if asked and is_open else ""


def page_of(ticket: Ticket, reader: User) -> str:
    """Where this reader sees the ticket."""
    return ticket.desk_url if policies.can_see_as_staff(reader, ticket) else ticket.get_absolute_url()  # fmt: skip


def _message(event: Event, reader: User) -> Message | None:
    """What was written, if the reader may see it."""
    key = event.data.get("message")
    return Message.objects.visible_to(reader).filter(pk=key).first() if key else None


def _with_addresses(text: str) -> str:
    """Links to our own pages, complete with our address."""
    return _FROM_US.sub(f"]({settings.SITE_URL}/", text)
