"""What the verbs about a mail share: who may decide on one, and noting what became of it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.mail.models import RawMail
from incidents.mail.reading import Letter, Unfit, read
from incidents.tickets.models import Event

State = RawMail.State
DECIDABLE = (State.HELD, State.IGNORED, State.QUARANTINED)
FIELDS = ["state", "reason", "detail", "leased_until", "ticket", "message", "decided_by", "decided_at"]  # fmt: skip


def settle(
    mail: RawMail, state: str, reason: str = "", detail: str = "", *, by: User | None = None
) -> RawMail:
    """Note where it stands; `by` whoever decided that."""
    mail.state, mail.reason, mail.detail, mail.leased_until = state, reason, detail[:300], None
    if by:
        mail.decided_by, mail.decided_at = by, timezone.now()
    mail.save(update_fields=FIELDS)
    return mail


def taken(mail: RawMail, event: Event, *, by: User | None = None) -> RawMail:
    """Note what the mail became."""
    mail.ticket_id, mail.message_id = event.ticket_id, event.data["message"]
    return settle(mail, State.TAKEN, by=by)


def may_decide(by: User, mail: RawMail) -> bool:
    """Works in the mailbox's team."""
    works = by.permits.anywhere(Permission.TICKETS_WORK)
    return works and RawMail.objects.worked_by(by).filter(pk=mail.pk).exists()


def lock_undecided(mail: RawMail, by: User) -> RawMail:
    """The row as it is now, held until the transaction ends.

    Raises:
        NotAllowed: `by` does not work in the mailbox's team.
        Refused: somebody decided on it meanwhile.
    """
    rows = RawMail.objects.select_for_update(of=("self",)).select_related("mailbox")
    mail = rows.get(pk=mail.pk)
    require(may_decide(by, mail), _("You may not decide on mail of this mailbox."))
    if mail.state not in DECIDABLE:
        raise Refused(_("Somebody decided on this mail meanwhile."))
    return mail


def letter_of(mail: RawMail) -> Letter:
    """What is in it.

    Raises:
        Refused: it can't be read, or its text is not kept any more, or was never here.
    """
    if mail.is_head_only:
        raise Refused(_("Only its header lines are here: nothing can be made of it."))
    try:
        return read(mail.source)
    except Unfit as unfit:
        raise Refused(_("This mail can’t be read: nothing can be made of it.")) from unfit
