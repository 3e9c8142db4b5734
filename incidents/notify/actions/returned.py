"""Mail to somebody comes back: kept with the person, so that their own pages say so without asking."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from accounts.models import User
from incidents.notify.models import Delivery, State

STAYS_OUT = timedelta(days=7)
"""Mail servers try for five days or so, and what has not come back by then has arrived."""


def note_returned(person: User, named: Collection[str], *, at: datetime) -> None:
    """Keep that a mail to this person came back from the addresses that the report names.

    One that names none of today's address is about another, which they had when the mail left, and changes nothing.
    """
    found = User.objects.filter(pk=person.pk)
    (found.filter(email__in=named) if named else found).update(mail_returned_at=at)


def dismiss_returned(*, by: User) -> None:
    """Somebody knows it of their own mail. The next one that comes back says so anew."""
    User.objects.filter(pk=by.pk, mail_returned_at__isnull=False).update(mail_returned_at=None)


def forget_returned(*, at: datetime) -> int:
    """Every night: of those to whom a later mail left and has stayed out; how many they were."""
    stayed = Delivery.objects.mails().filter(
        recipient=OuterRef("pk"),
        state=State.SENT,
        sent_at__gt=OuterRef("mail_returned_at"),
        sent_at__lte=at - STAYS_OUT,
    )
    reached = User.objects.filter(Exists(stayed), mail_returned_at__isnull=False)
    return reached.update(mail_returned_at=None)
