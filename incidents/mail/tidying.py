"""How long mail is kept as it came. What it became stays: that is a ticket's."""

from datetime import datetime, timedelta

from incidents.mail.models import MailSource, RawMail

TAKEN_FOR = timedelta(days=90)
"""Long enough to look up what a mail really said while people still ask."""
IGNORED_FOR = timedelta(days=30)
AT_ONCE = 500

State = RawMail.State


def forget_old(now: datetime) -> int:
    """Take away the bytes of old mail, and of what nothing was made who sent it and what about; how many mails.

    What is held or set aside stays until somebody decides. The key of a mail stays, so that it never comes in twice.
    """
    taken = RawMail.objects.filter(state=State.TAKEN, received_at__lt=now - TAKEN_FOR)
    ignored = RawMail.objects.filter(state=State.IGNORED, received_at__lt=now - IGNORED_FOR)
    done = 0
    for old in (taken, ignored):
        while keys := list(old.filter(kept_source__isnull=False).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):  # fmt: skip
            if old is ignored:
                RawMail.objects.filter(pk__in=keys).update(sender="", subject="", mail_id="", detail="")  # fmt: skip
            done += MailSource.objects.filter(pk__in=keys).delete()[0]
    return done
