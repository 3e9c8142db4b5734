"""Somebody who was in To or Cc of a mail: let them follow its ticket, or not."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import note_contact
from accounts.errors import Refused, require
from accounts.models import User
from incidents.mail.models import Copied
from incidents.tickets import actions, policies


@transaction.atomic
def add_copied(copied: Copied, *, by: User) -> Copied:
    """Let them follow the ticket, from a click of somebody who works on it: a mail alone adds nobody.

    Raises:
        NotAllowed: `by` does not work on the ticket.
        Refused: somebody decided on it meanwhile.
    """
    copied = _lock(copied, by)
    who = note_contact(copied.address, name=copied.name, language=copied.mail.mailbox.language)
    actions.follow(copied.ticket, who=who, by=by)
    return _settle(copied, Copied.State.ADDED, by)


@transaction.atomic
def leave_copied(copied: Copied, *, by: User) -> Copied:
    """Propose them no more.

    Raises:
        NotAllowed: `by` does not work on the ticket.
        Refused: somebody decided on it meanwhile.
    """
    return _settle(_lock(copied, by), Copied.State.LEFT, by)


def _lock(copied: Copied, by: User) -> Copied:
    rows = Copied.objects.select_for_update(of=("self",)).select_related(
        "ticket__team", "ticket__category", "mail__mailbox"
    )
    copied = rows.get(pk=copied.pk)
    require(policies.can_work(by, copied.ticket), _("You can't add people to this ticket."))
    if copied.state != Copied.State.OPEN:
        raise Refused(_("Somebody decided on this meanwhile."))
    return copied


def _settle(copied: Copied, state: str, by: User) -> Copied:
    copied.state, copied.decided_by, copied.decided_at = state, by, timezone.now()
    copied.save(update_fields=["state", "decided_by", "decided_at"])
    return copied
