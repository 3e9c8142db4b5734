"""What agents set up for themselves and their teams: views, canned replies, macros, boards; and bulk runs.

What is shared belongs to a team or to everybody; what is not, to its owner.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets.models import Ticket


class Scope(models.TextChoices):
    MINE = "mine", _("only me")
    TEAM = "team", _("a team")
    EVERYBODY = "everybody", _("everybody on the desk")


class SharedQuerySet(models.QuerySet[Any]):
    def usable_by(self, user: User) -> "SharedQuerySet":
        """One's own, those of teams whose tickets one sees, and everybody's."""
        permits = user.permits
        if not permits.anywhere(Permission.TICKETS_SEE):
            return self.none()
        teams = Q(team__in=permits.teams_with(Permission.TICKETS_SEE))
        if Permission.TICKETS_SEE in permits.everywhere:
            teams |= Q(team__is_private=False)
        return self.filter(
            Q(scope=Scope.MINE, owner=user.pk)
            | (Q(scope=Scope.TEAM) & teams)
            | Q(scope=Scope.EVERYBODY)
        )


class Shared(models.Model):
    """Something of one person, a team or everybody."""

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    scope = models.CharField(_("for"), max_length=9, choices=Scope, default=Scope.MINE)
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"), db_index=False
    )  # fmt: skip
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(scope="team") & Q(team__isnull=False))
                | (~Q(scope="team") & Q(team=None)),
                name="%(class)s_scope_has_its_team",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SavedView(Shared):
    """A list with its filters, order and columns; `query` is what stands behind the “?” of its address."""

    class Layout(models.TextChoices):
        LIST = "list", _("list")
        BOARD = "board", _("board")

    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    """Names of columns in order; empty: as the person has them."""
    layout = models.CharField(max_length=5, choices=Layout, default=Layout.LIST)


class DeskSettings(models.Model):
    """How one person has the desk. No row: as it comes."""

    user = models.OneToOneField(User, models.CASCADE, related_name="desk_settings")
    columns = models.JSONField(default=list)
    start = models.CharField(max_length=80, blank=True)
    """What “/desk/” opens: empty for the overview, else mine, unassigned, queue:<slug>, view:<id> or board."""
    uses_keys = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"desk of {self.user_id}"


class CannedReply(Shared):
    """Words to put into a reply; `{{requester.first_name}}` and its like are replaced, nothing is run."""

    body = models.TextField(_("text"))
    uses = models.PositiveIntegerField(default=0)


class Macro(Shared):
    """Several changes in one click."""

    description = models.CharField(_("description"), max_length=200, blank=True)
    steps = models.JSONField(default=list)
    """In order: {"act": a verb of `incidents.desk.acts`, "with": its raw values}."""


class BulkRun(models.Model):
    """One act on many tickets, item by item; what it did can be undone for some minutes."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    by = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    act = models.CharField(max_length=40)
    given = models.JSONField(default=dict)
    label = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    """Until when a worker has it; after that another one goes on."""

    class Meta:
        indexes = [
            models.Index(fields=["by", "-id"], name="runs_of"),
            models.Index(
                fields=["id"], condition=Q(state__in=["waiting", "running", "undoing"]), name="runs_to_go_on"
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["by", "key"], condition=~Q(key=""), name="one_key_one_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.act} by {self.by_id}"

    def get_absolute_url(self) -> str:
        return reverse("desk:bulk-run", args=[self.pk])


class BulkItem(models.Model):
    """One ticket of a run, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        UNCHANGED = "unchanged", _("nothing to change")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("not undone")

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items", db_index=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    message = models.CharField(max_length=300, blank=True)
    first_event = models.PositiveIntegerField(null=True)
    last_event = models.PositiveIntegerField(null=True)
    """Numbers of the first and last event that the act wrote."""

    class Meta:
        ordering = ["run", "ticket"]
        constraints = [models.UniqueConstraint(fields=["run", "ticket"], name="bulk_item_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} of {self.run_id}"


class Handover(models.Model):
    """Where the open work of somebody who left goes, and how far that is."""

    person = models.ForeignKey(User, models.CASCADE, related_name="handovers")
    by = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    targets = models.JSONField(default=dict)
    """By the key of the team (empty: of none): the key of who gets its tickets. Not named: the team's queue."""
    given = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)
    """Given back to their team, so that nobody has them."""
    refused = models.JSONField(default=list)
    """What could not go where it was meant to: `[what, why]`, the first of them."""
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(finished_at=None), name="handovers_to_go_on"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"work of {self.person_id}"


class LaneLimit(models.Model):
    """How many cards a lane of a team's board should hold at most."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="lane_limits", db_index=False)
    lanes = models.CharField(max_length=8)
    """What the lanes are: status, priority, assignee, team."""
    lane = models.CharField(max_length=40)
    most = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "lanes", "lane"], name="lane_limit_once")
        ]

    def __str__(self) -> str:
        return f"{self.lane}: {self.most}"


class Gap(models.Model):
    """Something people look for or report that no article answers, as it was found last. Made anew by `gaps.look`."""

    key = models.CharField(max_length=200, unique=True)
    """The stems of its commonest wording."""
    keys = models.JSONField(default=list)
    """Those of all wordings in it: what is closed with it."""
    words = models.JSONField(default=list)
    """How people put it who searched, the commonest first."""
    searches = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    """Who searched. Who reported it is counted for each reader, by the tickets that they see."""
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["-people", "pk"]

    def __str__(self) -> str:
        return self.key


class GapTicket(models.Model):
    """A ticket that was resolved without an article and belongs to a gap."""

    gap = models.ForeignKey(Gap, models.CASCADE, related_name="tickets")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket"], name="ticket_in_one_gap")]

    def __str__(self) -> str:
        return f"{self.ticket_id} in {self.gap_id}"
