"""What the queue calls. Every job may run twice."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit, letters, occasions
from accounts.actions.send_sign_in_link import send_sign_in_link
from accounts.audit.marking import mark_audit
from accounts.errors import Refused
from accounts.models import Invitation, User
from accounts.outbound import is_outgoing_on

INVITED_AT_ONCE = 200


@transaction.atomic
def send_reset_letter(user_pk: int, asked: str = "") -> None:
    """The link to choose a new password. A step of its own, so that asking takes as long whoever is known here.

    `asked` names the request, which is answered once however often this runs.
    """
    people = User.objects.people().filter(pk=user_pk, is_contact=False)
    person = people.select_for_update(no_key=True).first()
    if person is None:
        return
    occasions.post(letters.RESET, person, once=asked)


def seal_audit() -> None:
    """Chain entries whose process died between the commit and the seal."""
    audit.seal()


def mark_audit_log() -> None:
    """Note how far the audit log came, see `accounts.audit.marking`."""
    mark_audit(timezone.now())


def send_invitations() -> int:
    """Put the mails into the outbox that are owed to those who were asked in; how many. A row is claimed in the same
    transaction, so two workers share."""
    if not is_outgoing_on():
        return 0
    now, sent = timezone.now(), 0
    for pk in list(
        Invitation.objects.due(now).order_by("pk").values_list("pk", flat=True)[:INVITED_AT_ONCE]
    ):
        sent += _send_invitation(pk, now)
    return sent


@transaction.atomic
def _send_invitation(pk: int, now: datetime) -> bool:
    claimed = Invitation.objects.due(now).filter(pk=pk)
    if not claimed.update(tries=F("tries") + 1, sent_at=now):
        return False
    invitation = Invitation.objects.select_related("person", "by").get(pk=pk)
    try:
        send_sign_in_link(invitation.person, by=invitation.by)
    except Refused:
        # Whoever asked may no longer, or the person can't sign in: somebody has to ask again.
        Invitation.objects.filter(pk=pk).update(sent_at=None, tries=Invitation.MOST_TRIES)
        return False
    return True
