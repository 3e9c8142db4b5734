"""Who looks at a ticket or a board right now. Rows live for seconds; losing them loses nothing."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from incidents.tickets.models import Ticket


class Presence(models.Model):
    """Somebody has this ticket open on the desk, and may be writing."""

    class Writes(models.TextChoices):
        NOTHING = ""
        REPLY = "reply"
        NOTE = "note"
        RESOLVE = "resolve"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    writes = models.CharField(max_length=7, choices=Writes, default=Writes.NOTHING, blank=True)
    seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(default=timezone.now)
    """When they came, left, or began to write something else."""
    page = models.CharField(max_length=36, blank=True)
    """Which opening of the page spoke last."""
    left_page = models.CharField(max_length=36, blank=True)
    """The one that they left last: what it still says arrives late."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="present_once")]
        indexes = [models.Index(fields=["seen_at"], name="presence_old")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.ticket_id}"


class BoardPresence(models.Model):
    """Somebody has this board open."""

    board = models.CharField(max_length=60)
    """Its topic: `board:` and a team's address, `board-all` or `board-unassigned`."""
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(default=timezone.now)
    """When they came or left."""
    page = models.CharField(max_length=36, blank=True)
    left_page = models.CharField(max_length=36, blank=True)
    """Both as for a ticket."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "user"], name="present_at_board_once")
        ]
        indexes = [models.Index(fields=["seen_at"], name="board_presence_old")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.board}"
