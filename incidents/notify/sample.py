"""A letter about a ticket that nobody filed, to look at and to try: with its real words, and no person's."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.bidi import isolated
from accounts.models import User
from accounts.templatetags.firebreak import PLAIN_STATUSES
from incidents.notify.addresses import Postal, mail_id, reply_line
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
)
from incidents.notify.letters import envelope, how_to_answer
from incidents.notify.wording import Texts
from incidents.tickets import numbers
from incidents.workflow.priority import Priority
from incidents.workflow.states import Status

NUMBER = 1042
NOBODY = "Sasha Vole"
MAILBOX = Postal("help@example.com", "")
STATUSES = {
    LetterKind.RECEIPT: Status.NEW,
    LetterKind.RESOLVED: Status.RESOLVED,
    LetterKind.CLOSING: Status.RESOLVED,
    LetterKind.CLOSED: Status.CLOSED,
}


def letter(kind: LetterKind, reader: User, texts: Texts, look: LetterLook) -> Letter:
    """In the language that is switched on."""
    values = _values(kind, reader)
    title = values["ticket.title"]
    tail = one_line(fill(texts.subject, values), LONGEST_SUBJECT)
    match kind:
        case LetterKind.UNKNOWN_SENDER:
            return compose(tail, values, Body(), texts=texts, look=look)
        case LetterKind.ARTICLE:
            return compose(title, values, _article(title), texts=texts, look=look)
        case _:
            subject = f"[{values['ticket.number']}] {title} {tail}".strip()
            return compose(subject, values, _ticket(kind, reader, values), texts=texts, look=look)


def mail(kind: LetterKind, language: str, reader: User, texts: Texts, look: LetterLook) -> EmailMultiAlternatives:  # fmt: skip
    """The same to be sent; each is a mail of its own."""
    with translation.override(language):
        shown = letter(kind, reader, texts, look)
        own = mail_id("sample", reader.pk, timezone.now().isoformat())
        return envelope(shown, {"Message-ID": own})


def _values(kind: LetterKind, reader: User) -> dict[str, str]:
    name = isolated(one_line(reader.display_name, LONGEST_NAME))
    works, status = kind is LetterKind.WORK, STATUSES.get(kind, Status.OPEN)
    return {
        "reader.first_name": isolated(one_line(reader.first_name, LONGEST_NAME)),
        "reader.name": name,
        "ticket.number": numbers.show(NUMBER),
        "ticket.title": _("Solving the VPN") if kind is LetterKind.ARTICLE else _("The VPN drops every few minutes"),
        "ticket.status": str(status.label if works else PLAIN_STATUSES[status][2]),
        "team.name": _("Network"),
        "actor.name": NOBODY,
        "news": _news(kind),
        **of_site(),
    }  # fmt: skip


def _news(kind: LetterKind) -> str:
    who = {"who": NOBODY}
    match kind:
        case LetterKind.RECEIPT:
            return _("We have your report. You hear from us as soon as somebody looks at it.")
        case LetterKind.RESOLVED:
            return _("%(who)s says this is solved. Please check that it works") % who + "."
        case LetterKind.CLOSING:
            return _("Please write if you still need help; without a word from you this is closed.")
        case LetterKind.CLOSED:
            return _("This ticket is closed now") + "."
        case LetterKind.UPDATE:
            return _("%(who)s says it is still broken") % who + "."
        case LetterKind.WORK:
            return _("%(who)s gave you this ticket") % who + "."
        case _:
            return _("%(who)s replied") % who + "."


def _ticket(kind: LetterKind, reader: User, values: dict[str, str]) -> Body:
    facts = [("", values["ticket.number"]), (_("Status"), values["ticket.status"])]
    if kind is LetterKind.WORK:
        facts.append((_("Priority"), f"P2\u00a0{Priority.P2.label}"))
    said = {
        LetterKind.EVERY: _answer(),
        LetterKind.REPLY: _answer(),
        LetterKind.RECEIPT: _("Since this morning the VPN drops every few minutes, also by cable."),
    }
    return Body(
        title=values["ticket.title"],
        facts=tuple(facts),
        tellings=(Telling(values["news"], said.get(kind, "")),),
        url=f"{settings.SITE_URL}/",
        button=_("Open the ticket"),
        above="" if kind is LetterKind.WORK else reply_line(),
        asks=f"{settings.SITE_URL}/" if kind is LetterKind.CLOSED else "",
        why=_("You get this because it is your ticket."),
        how=how_to_answer(None if kind is LetterKind.WORK else MAILBOX, reader),
    )


def _answer() -> str:
    return _(
        "The gateway was restarted. Please connect again and watch it for an hour:\n\n1. Close the VPN program.\n2. Start it again, and choose **Office**.\n\nIf it drops again, send us `vpn.log`."
    )


def _article(title: str) -> Body:
    return Body(
        title=title,
        url=f"{settings.SITE_URL}/",
        button=_("Open the article"),
        why=_("You get this because you chose to hear it by mail."),
        how=_("Nobody reads answers to this mail."),
    )
