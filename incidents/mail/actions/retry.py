"""Have a mail that was set aside worked through once more."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from incidents.mail.actions.settle import may_decide
from incidents.mail.models import RawMail
from incidents.mail.nudging import nudge


@transaction.atomic
def retry(mail: RawMail, *, by: User) -> RawMail:
    """Put it back among those that wait, with all its tries.

    Raises:
        NotAllowed: `by` does not work in the mailbox's team.
        Refused: it is not set aside any more, or not all of it is here.
    """
    rows = RawMail.objects.select_for_update(of=("self",))
    mail = rows.get(pk=mail.pk)
    require(may_decide(by, mail), _("You may not decide on mail of this mailbox."))
    if mail.state != RawMail.State.QUARANTINED:
        raise Refused(_("Somebody decided on this mail meanwhile."))
    if mail.is_head_only:
        raise Refused(
            _("Only its header lines are here. The mail itself is still on the mail server.")
        )
    if not mail.source:
        raise Refused(_("The text of this mail is not kept any more."))
    now = timezone.now()
    mail.state, mail.reason, mail.detail, mail.attempts = RawMail.State.WAITING, "", "", 0
    mail.due_at, mail.leased_until, mail.decided_by, mail.decided_at = now, None, by, now
    mail.save(update_fields=["state", "reason", "detail", "attempts", "due_at", "leased_until", "decided_by", "decided_at"])  # fmt: skip
    nudge()
    return mail
