"""Discard a mail that is held or set aside."""

from django.db import transaction

from accounts.models import User
from incidents.mail.actions.settle import lock_undecided, settle
from incidents.mail.models import RawMail
from incidents.mail.reasons import Reason


@transaction.atomic
def discard(mail: RawMail, *, by: User, why: str = "") -> RawMail:
    """Take it off the list of those that wait. It stays where it is, among those that nothing was made of.

    Raises:
        NotAllowed: `by` does not work in the mailbox's team.
        Refused: somebody decided on it meanwhile.
    """
    mail = lock_undecided(mail, by)
    return settle(mail, RawMail.State.IGNORED, Reason.DISCARDED, " ".join(why.split()), by=by)
