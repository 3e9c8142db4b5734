"""One notification as a mail: written for one reader, and from what they may see now."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.bidi import isolated
from accounts.models import User
from accounts.occasions import Words
from accounts.templatetags.firebreak import MERGED_STATUS, OTHERS_STATUSES, PLAIN_STATUSES
from incidents.notify import addresses, articles, stopping, words
from incidents.notify.addresses import Postal, mail_id, reply_line, thread_id
from incidents.notify.correspondence import LetterKind, LetterLook
from incidents.notify.filling import fill, of_site
from incidents.notify.frame import (
    LONGEST_NAME,
    LONGEST_SUBJECT,
    Body,
    Letter,
    Telling,
    compose,
    one_line,
    sentence,
    with_addresses,
)
from incidents.notify.models import Delivery, News
from incidents.notify.rules import RULES
from incidents.notify.wording import Texts
from incidents.tickets import policies, ratings
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow import rulebook
from knowledge.hooks import What

KINDS: dict[Kind, LetterKind] = {
    Kind.FILED: LetterKind.RECEIPT,
    Kind.REPLIED: LetterKind.REPLY,
    Kind.RESOLVED: LetterKind.RESOLVED,
    Kind.CLOSING_ANNOUNCED: LetterKind.CLOSING,
    Kind.CLOSED: LetterKind.CLOSED,
}
"""What people hear on their own side of a ticket; all else there is an update."""


def write(*rows: Delivery) -> EmailMultiAlternatives:
    """The mail of an outbox row, the same each time apart from what its reader may see now.

    Of several rows about one ticket to one reader, in their order, it is one mail: the last one's, with what the
    others tell.
    """
    last, reader = rows[-1], rows[-1].recipient
    with translation.override(reader.letter_language):
        if last.news:
            mail = _about_article(last, last.news, reader, less=stopping.link(rows))
        else:
            events = [row.event for row in rows if row.event]
            mail = _about_ticket(last, events, reader, less=stopping.link(rows))
    mail.to = [formataddr((one_line(reader.display_name, LONGEST_NAME), reader.email))]
    return mail


def words_of(row: Delivery) -> Words | None:
    """What a mail about an occasion says to its reader; nothing where there is no more to say."""
    with translation.override(row.recipient.letter_language):
        return row.said_of.write(row.recipient, row.occasion_data or {})


def for_occasion(row: Delivery) -> EmailMessage:
    """Plain, as mails about accounts are: to their address alone, without a name that somebody typed."""
    words = words_of(row) or Words("", "")
    return EmailMessage(
        subject=one_line(words.subject, LONGEST_SUBJECT),
        body=words.body,
        to=[row.recipient.email],
        headers={"Message-ID": row.message_id, **AUTOMATIC},
    )


def envelope(
    letter: Letter, headers: dict[str, str], *, sender: str = "", answers: str = ""
) -> EmailMultiAlternatives:
    """The letter as a mail to nobody yet. Its address as sender is always ours, whatever the name before it."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.as_text(),
        from_email=formataddr((one_line(sender or name, LONGEST_NAME), address)),
        reply_to=[answers] if answers else None,
        headers={**headers, **AUTOMATIC},
    )
    mail.attach_alternative(letter.as_html(), "text/html")
    return mail


def list_id(name: str) -> str:
    """By what filters know mail of ours (RFC 2919)."""
    return f"{one_line(settings.SITE_NAME, LONGEST_NAME)} <{name}.{settings.SITE_HOST}>"


AUTOMATIC = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
    "Precedence": "bulk",
}
"""That no person wrote it, for those who answer by themselves: RFC 3834, Exchange, and programs older than both."""


def _about_ticket(
    delivery: Delivery, events: list[Event], reader: User, *, less: str = ""
) -> EmailMultiAlternatives:
    event, ticket = events[-1], events[-1].ticket
    mailbox = addresses.mailbox_of(ticket) if may_answer(reader, ticket) else None
    texts, look = Texts.of(kind_of(event, reader), reader.letter_language), LetterLook.now()
    tellings = [_tell(one, reader) for one in events]
    title = next(
        (title_of(one, reader) for one in events if is_unproven(one, reader)), ticket.title
    )
    values = values_of_ticket(ticket, reader, title) | {
        "news": tellings[0].news if len(tellings) == 1 else _several(len(tellings)),
        "actor.name": isolated(event.actor.display_name),
    }
    body = Body(
        title=isolated(title),
        facts=facts_of(ticket, reader),
        tellings=tuple(tellings),
        asks=next((link for one in events if (link := _rating_link(one, reader))), ""),
        url="" if reader.is_contact else settings.SITE_URL + page_of(ticket, reader),
        button=_("Open the ticket"),
        above=reply_line() if mailbox else "",
        why=words.why(event, reader),
        how=how_to_answer(mailbox, reader),
        less=less,
    )
    letter = compose(subject_of(ticket, texts, values, title), values, body, texts=texts, look=look)
    headers = {
        **_thread(
            delivery.message_id,
            thread_id(ticket.number),
            theirs=addresses.began_with(ticket, reader.pk),
        ),
        "List-Id": list_id("tickets"),
    }
    return envelope(
        letter,
        headers,
        sender=mailbox.name if mailbox else "",
        answers=answers_to(mailbox, ticket, reader),
    )


def _about_article(
    delivery: Delivery, news: News, reader: User, *, less: str = ""
) -> EmailMultiAlternatives:
    """One thread an article."""
    texts = Texts.of(LetterKind.ARTICLE, reader.letter_language)
    values = {
        **values_of_reader(reader),
        "news": sentence(articles.RULES[What(news.what)].tell(news, reader)),
        "actor.name": isolated(news.actor.display_name),
    }
    title = isolated(one_line(news.article.title, LONGEST_SUBJECT))
    body = Body(
        title=title,
        tellings=(Telling(values["news"], with_addresses(articles.said(news))),),
        url=settings.SITE_URL + articles.page_of(news, reader),
        button=_("Open the article"),
        why=articles.why(news, reader),
        how=_("Nobody reads answers to this mail."),
        less=less,
    )
    letter = compose(title, values, body, texts=texts, look=LetterLook.now())
    headers = {
        **_thread(delivery.message_id, mail_id("article", news.article_id)),
        "List-Id": list_id("articles"),
    }
    return envelope(letter, headers)


def _thread(own: str, thread: str, theirs: str = "") -> dict[str, str]:
    """Every mail about the same thing answers the same first one, which nobody ever sent; or the one with which its
    reader began it, so that their mail program puts all of it together."""
    return {
        "Message-ID": own,
        "In-Reply-To": theirs or thread,
        "References": f"{theirs} {thread}".strip(),
    }


# What a letter says -------------------------------------------------------------------------------------------


def kind_of(event: Event, reader: User) -> LetterKind:
    """Whose words frame it."""
    ticket = event.ticket
    if not policies.is_party(reader, ticket) and policies.can_see_as_staff(reader, ticket):
        return LetterKind.WORK
    return KINDS.get(Kind(event.kind), LetterKind.UPDATE)


def is_unproven(event: Event, reader: User) -> bool:
    """A receipt for a mail: anybody can write anybody's address into From, and would have us hand them their words."""
    came_by_mail = event.kind == Kind.FILED and event.ticket.origin == Ticket.Origin.MAIL
    return came_by_mail and policies.is_party(reader, event.ticket)


def title_of(event: Event, reader: User) -> str:
    """What the ticket is called, to somebody who hears of this."""
    return _("We have your mail") if is_unproven(event, reader) else event.ticket.title


def subject_of(ticket: Ticket, texts: Texts, values: dict[str, str], title: str = "") -> str:
    """The same in every mail about a ticket to a reader, so that mail programs keep them together; only a receipt for a
    mail has a title of our own."""
    tail = one_line(fill(texts.subject, values), LONGEST_SUBJECT)
    subject = f"[{ticket.ref}] {isolated(one_line(title or ticket.title, LONGEST_SUBJECT))}"
    return f"{subject} {tail}" if tail else subject


def values_of_ticket(ticket: Ticket, reader: User, title: str = "") -> dict[str, str]:
    return {
        **values_of_reader(reader),
        "ticket.number": ticket.ref,
        "ticket.title": isolated(one_line(title or ticket.title, LONGEST_SUBJECT)),
        "ticket.status": status_words(ticket, reader),
        "team.name": ticket.team.name if ticket.team else "",
    }


def values_of_reader(reader: User) -> dict[str, str]:
    return {
        "reader.first_name": isolated(one_line(reader.first_name, LONGEST_NAME)),
        "reader.name": isolated(one_line(reader.display_name, LONGEST_NAME)),
        **of_site(),
    }


def facts_of(ticket: Ticket, reader: User) -> tuple[tuple[str, str], ...]:
    """Where it stands, at a glance. Priority is the desk's own measure; people who report see none."""
    facts = [("", ticket.ref), (_("Status"), status_words(ticket, reader))]
    if policies.can_see_as_staff(reader, ticket):
        facts.append((_("Priority"), f"P{ticket.priority}\u00a0{ticket.get_priority_display()}"))
    return tuple(facts)


def status_words(ticket: Ticket, reader: User) -> str:
    """As the reader's own page of the ticket says it."""
    if not policies.is_party(reader, ticket) and policies.can_see_as_staff(reader, ticket):
        return rulebook.standing(ticket.type, ticket.status, ticket.step).label
    if ticket.merged_into_id:
        return str(MERGED_STATUS)
    known = PLAIN_STATUSES if policies.is_party(reader, ticket) else OTHERS_STATUSES
    return ticket.outside_status or str(known[ticket.status][2])


def page_of(ticket: Ticket, reader: User) -> str:
    """Where this reader sees the ticket."""
    return ticket.desk_url if policies.can_see_as_staff(reader, ticket) else ticket.get_absolute_url()  # fmt: skip


def _rating_link(event: Event, reader: User) -> str:
    """Where the requester says how it went, without signing in; nothing where the team doesn't ask, or they said so."""
    if event.kind != Kind.CLOSED:
        return ""
    asked = ratings.question(event.ticket, reader, at=timezone.now())
    is_open = asked and asked.closing == event.number and asked.rating is None
    return asked.link if asked and is_open else ""


def _tell(event: Event, reader: User) -> Telling:
    """One thing that happened: in a sentence, and with what was written, if the reader may see it."""
    message = None if is_unproven(event, reader) else _message(event, reader)
    count = message.attachments.count() if message and event.data.get("files") else 0
    return Telling(
        news=sentence(RULES[Kind(event.kind)].tell(event, reader)),
        said=(message.body if message.is_plain else with_addresses(message.body)) if message else "",
        is_plain=message is not None and message.is_plain,
        files=ngettext("%(n)d file came with it.", "%(n)d files came with it.", count) % {"n": count} if count else "",
    )  # fmt: skip


def _several(count: int) -> str:
    return ngettext("%(n)d thing happened on this ticket:", "%(n)d things happened on this ticket:", count) % {"n": count}  # fmt: skip


def _message(event: Event, reader: User) -> Message | None:
    """What was written, if the reader may see it."""
    key = event.data.get("message")
    return Message.objects.visible_to(reader).filter(pk=key).first() if key else None


# Answers ------------------------------------------------------------------------------------------------------


def may_answer(reader: User, ticket: Ticket) -> bool:
    """By mail: whoever is on the ticket for themselves. A mail alone never acts as somebody of the desk."""
    return policies.is_party(reader, ticket) or (
        policies.is_follower(reader, ticket) and not policies.can_see_as_staff(reader, ticket)
    )


def answers_to(mailbox: Postal | None, ticket: Ticket, reader: User) -> str:
    """The signed address for this reader's answers about this ticket; nothing where no mailbox takes them."""
    if mailbox is None:
        return ""
    address = addresses.reply_address(
        ticket=ticket.number, reader=reader.pk, mailbox=mailbox.address, at=timezone.now()
    )
    return formataddr((one_line(mailbox.name, LONGEST_NAME), address))


def how_to_answer(mailbox: Postal | None, reader: User) -> str:
    """People whom we only know by mail have no page to write on."""
    if mailbox and reader.is_contact:
        return _("To answer, reply to this mail.")
    if mailbox:
        return _("To answer, reply to this mail, or write on the ticket's page.")
    if reader.is_contact:
        return _("Nobody reads answers to this mail.")
    return _("Please answer on the ticket's page: nobody reads answers to this mail.")
