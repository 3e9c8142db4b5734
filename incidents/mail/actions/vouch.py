"""Let mails from one address in from now on."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added
from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.mail.actions.settle import letter_of, may_decide
from incidents.mail.deciding import is_only_unknown
from incidents.mail.models import RawMail, Vouched


@transaction.atomic
def vouch(mail: RawMail, *, by: User) -> Vouched:
    """Have its mailbox take new matters from the address that this mail names as its sender's.

    Somebody who is let in already stays so, and nothing is noted. Whatever else speaks against a mail still holds it: one
    that may be forged, of a machine, or too many at once. An account is nobody's by it: a stranger stays a contact.

    Raises:
        NotAllowed: `by` does not work in the mailbox's team.
        InvalidInput: more speaks against the mail than that nobody knows its sender.
        Refused: it can't be read.
    """
    mail = RawMail.objects.select_for_update(of=("self",)).select_related("mailbox").get(pk=mail.pk)
    require(may_decide(by, mail), _("You may not decide on mail of this mailbox."))
    letter = letter_of(mail)
    known = Vouched.objects.filter(mailbox=mail.mailbox, address=letter.sender).first()
    if known:
        return known
    if not is_only_unknown(letter, mail.mailbox):
        raise InvalidInput(
            _("This address can’t be let in: the mailbox has a rule for it already, or more speaks against this mail than that nobody knows its sender."),
            field="vouch",
        )  # fmt: skip
    row, is_new = Vouched.objects.get_or_create(
        mailbox=mail.mailbox, address=letter.sender, defaults={"vouched_by": by}
    )
    if is_new:
        record_added(row, by=by)
    return row
