"""When words or a person are erased, the mails that brought them are, too."""

from collections.abc import Collection

from incidents.mail.models import Copied, MailSource, RawMail, Vouched
from incidents.mail.reasons import Reason
from incidents.notify.models import Acknowledgement
from incidents.tickets.models import Message


def forget_removed(tickets: Collection[int]) -> int:
    """Take away what came in for messages of these tickets whose words were removed; how many mails that were."""
    removed = Message.objects.filter(ticket__in=tickets, removed_at__isnull=False)
    return _forget(list(RawMail.objects.filter(message__in=removed).values_list("pk", flat=True)))


def forget_sender(address: str) -> int:
    """Take away everything that came from this address, what waits included, that it was in copy or let in anywhere, and receipts to it."""
    Copied.objects.filter(address=address).delete()
    Vouched.objects.filter(address=address).delete()
    Acknowledgement.objects.filter(address__iexact=address).delete()
    mails = RawMail.objects.filter(sender=address)
    mails.filter(state=RawMail.State.HELD).update(
        state=RawMail.State.IGNORED, reason=Reason.DISCARDED
    )
    return _forget(list(mails.values_list("pk", flat=True)))


def _forget(keys: list[int]) -> int:
    """The bytes, and what the lists show of them. The key stays, so that the mail is not taken in again."""
    MailSource.objects.filter(pk__in=keys).delete()
    Copied.objects.filter(mail__in=keys).delete()
    return RawMail.objects.filter(pk__in=keys).update(sender="", subject="", mail_id="")
