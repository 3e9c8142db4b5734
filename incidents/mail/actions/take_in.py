"""Take in a mail that was stored: it becomes a ticket or words on one, waits for somebody, or is nothing to answer."""

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actions import note_contact
from accounts.errors import Refused
from accounts.models import User
from incidents.mail import making, threads
from incidents.mail.actions.note_bounce import note_bounce
from incidents.mail.actions.settle import settle, taken
from incidents.mail.copied import note_copied
from incidents.mail.deciding import Decision, decide
from incidents.mail.making import Made
from incidents.mail.models import RawMail
from incidents.mail.reading import Letter, Unfit, read
from incidents.mail.reasons import Reason
from incidents.notify.actions.acknowledge import acknowledge
from incidents.tickets import actions, merged, policies
from incidents.tickets.models import Event, Ticket

State = RawMail.State


def take_in(mail: RawMail) -> RawMail:
    """Read the mail and do what is to be done with it. What was settled before stays as it is.

    One mail is one ticket or one message, however often this is called: the row is held while it is decided, and what
    it leads to is committed with it.
    """
    try:
        letter = read(mail.source)
    except Unfit as unfit:
        return settle(mail, State.QUARANTINED, Reason.UNFIT, unfit.reason)
    with translation.override(mail.mailbox.letter_language):
        decision = decide(mail, letter, at=timezone.now())
        made = _make(letter, decision)  # pictures are encoded again, so not while rows are held
        return _act(mail, letter, made)


def _make(letter: Letter, decision: Decision) -> Made | None:
    if decision.held or decision.ignored:
        return None
    return making.answer_of(letter) if decision.ticket else making.report_of(letter)


@transaction.atomic
def _act(mail: RawMail, letter: Letter, made: Made | None) -> RawMail:
    mail = RawMail.objects.select_for_update(of=("self",)).select_related("mailbox").get(pk=mail.pk)
    if mail.state != State.WAITING:
        return mail
    decision = decide(mail, letter, at=timezone.now())
    mail.ticket = decision.ticket or threads.about(letter, at=timezone.now()) or mail.ticket
    if decision.ignored:
        if decision.ignored == Reason.BOUNCE:
            mail.ticket = note_bounce(letter) or mail.ticket
        return settle(mail, State.IGNORED, decision.ignored)
    if decision.held:
        return settle(mail, State.HELD, decision.held)
    made = made or _make(letter, decision)
    assert made is not None  # noqa: S101 (it is neither held nor ignored)
    try:
        with transaction.atomic():
            event = _do(mail, letter, decision, made)
    except Refused as refusal:
        return settle(mail, State.HELD, Reason.REFUSED, refusal.message)
    note_copied(mail, letter, event.ticket)
    return taken(mail, event)


# What it becomes ----------------------------------------------------------------------------------------------------


def _do(mail: RawMail, letter: Letter, decision: Decision, made: Made) -> Event:
    sender = decision.sender or note_contact(
        letter.sender, name=letter.sender_name, language=mail.mailbox.language
    )
    if decision.ticket is None:
        event = open_ticket(mail, letter, made, sender=sender)
        tell_stranger(mail, letter, sender)
        return event
    return _answer(mail, decision.ticket, made, sender)


def tell_stranger(mail: RawMail, letter: Letter, sender: User) -> None:
    """Whom we know by mail alone gets no receipt, which would have their own words in it: see `Around.known_parties`."""
    if sender.is_contact and sender.email == letter.sender:
        acknowledge(letter.sender, language=mail.mailbox.letter_language, answers=letter.message_id)


def open_ticket(
    mail: RawMail,
    letter: Letter,
    made: Made,
    *,
    sender: User,
    by: User | None = None,
    title: str = "",
) -> Event:
    """File a ticket of it, in the sender's name; `by` whoever let it in."""
    box = mail.mailbox
    ticket = actions.file(
        title or making.title_of(letter),
        by=by or sender,
        requester=sender,
        author=sender if by else None,
        description=made.text,
        category=box.category if box.category and not box.category.is_retired else None,
        team=box.team,
        type=box.type.slug if box.type else "",
        files=made.files,
        mailed=made.mailed,
        origin=Ticket.Origin.MAIL,
        key=f"mail:{mail.pk}",
    )
    return _first(ticket)


def _answer(mail: RawMail, ticket: Ticket, made: Made, sender: User) -> Event:
    """As an answer on the portal: it opens what was solved, goes on where it was merged, and follows up on what is closed."""
    key = f"mail:{mail.pk}"
    if merged.is_over(ticket):
        return _follow_up(ticket, made, sender, key)
    if ticket.is_resolved and policies.is_party(sender, ticket):
        if not policies.can_still_reopen(sender, ticket, at=timezone.now()):
            return _follow_up(ticket, made, sender, key)
        actions.reopen(
            ticket, made.text, by=sender, files=made.files, mailed=made.mailed, origin=Ticket.Origin.MAIL, key=key
        )  # fmt: skip
        return ticket.events.filter(data__has_key="message").order_by("-number")[0]
    return actions.reply(
        ticket, made.text, by=sender, files=made.files, mailed=made.mailed, origin=Ticket.Origin.MAIL, key=key
    )  # fmt: skip


def _follow_up(ticket: Ticket, made: Made, sender: User, key: str) -> Event:
    """They write on something that is over: a new ticket, linked to it, in the same hands."""
    category = ticket.category and (ticket.category.merged_into or ticket.category)
    new = actions.file(
        ticket.title or _("Mail without a subject"),
        by=sender,
        description=made.text,
        category=category if category and not category.is_retired else None,
        team=ticket.team if ticket.team and not ticket.team.is_retired else None,
        files=made.files,
        mailed=made.mailed,
        follows=ticket,
        origin=Ticket.Origin.MAIL,
        key=key,
    )
    return _first(new)


def _first(ticket: Ticket) -> Event:
    return ticket.events.order_by("number")[0]
