"""What all rows of the outbox have in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """A bell row is sent by being written; all else takes the whole way."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    DROPPED = "dropped", _("not sent")


class Outgoing(models.Model):
    """A row of the outbox, whoever it is for: where it is on its way, and what went wrong."""

    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_since = models.DateTimeField(null=True)
    """From when its age counts: what waits for the morning, or for outgoing traffic, was not tried yet."""
    due_at = models.DateTimeField()
    """When it goes next; of what was given up, when that was."""
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
