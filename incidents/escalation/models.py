"""Chains and their steps; which step of which ticket comes next; what was taken, so that nothing is taken twice."""

from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, Team, User
from incidents.sla.models import Calendar
from incidents.tickets.models import Category, Service, Ticket
from incidents.workflow.models import IncidentType
from incidents.workflow.priority import Priority

LONGEST_WAIT = 60 * 24 * 365
LARGEST_SHARE = 1000
"""Percent of a promised time: beyond all of it, how late somebody may still be waited for."""


class Level(models.Model):
    """A named group that is called when the one before can't help: a team, or who holds a role."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    role = models.ForeignKey(
        Role, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("role"),
        help_text=_("Who holds it everywhere, or in the ticket’s team."),
    )  # fmt: skip

    class Meta:
        ordering = ["name"]
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        constraints = [
            models.CheckConstraint(
                condition=Q(team=None) ^ Q(role=None),
                name="level_is_a_team_or_a_role",
                violation_error_message=_("Choose a team or a role, one of them."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Chain(models.Model):
    """Steps for some tickets. The first chain in use, by order, whose conditions all hold is the ticket's.

    With a time, it is that only then: what comes due at another time waits, or is another chain's.
    """

    class When(models.TextChoices):
        ANY = "", _("at any time")
        INSIDE = "inside", _("only in the hours of")
        OUTSIDE = "outside", _("only outside of the hours of")

    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(
        _("order"), default=10, help_text=_("Of several chains that fit, the lowest one runs.")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("And everything below it."),
    )  # fmt: skip
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    type = models.ForeignKey(
        IncidentType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("type")
    )  # fmt: skip
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    least_priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, null=True, blank=True, help_text=_("This one and more urgent ones.")
    )  # fmt: skip
    when = models.CharField(
        _("at what time"), max_length=8, choices=When, blank=True, default="",
        help_text=_("What comes due at another time waits for the next time that fits."),
    )  # fmt: skip
    when_calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("this calendar"),
        help_text=_("Its holidays count as outside of its hours."),
    )  # fmt: skip
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("minutes count in"),
        help_text=_("Empty: around the clock. Shares of promised times go by the SLA’s own hours."),
    )  # fmt: skip
    reaches_back = models.BooleanField(
        _("also for tickets from before"),
        default=False,
        help_text=_("Off: only for tickets that are reported after this chain was made."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("escalation chain")
        verbose_name_plural = _("escalation chains")
        constraints = [
            models.CheckConstraint(
                condition=Q(when="", when_calendar=None) | (~Q(when="") & Q(when_calendar__isnull=False)),
                name="chain_time_has_a_calendar",
                violation_error_message=_("Choose the time and its calendar, or neither."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


def new_key() -> str:
    return get_random_string(8)


class ChainStep(models.Model):
    """One step: after how long of what, and what is done then."""

    class Basis(models.TextChoices):
        UNASSIGNED = "unassigned", _("minutes without an assignee")
        UNANSWERED = "unanswered", _("minutes without a first reply")
        FIRST_RESPONSE = "first_response", _("% of the time for the first response")
        NEXT_RESPONSE = "next_response", _("% of the time for the next response")
        RESOLUTION = "resolution", _("% of the time for the solution")

    class Deed(models.TextChoices):
        TELL = "tell", _("tell")
        HAND_OVER = "hand_over", _("hand to")
        RAISE = "raise", _("raise priority")
        CALL = "call", _("call the level")

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=8, default=new_key, editable=False)
    """Stays when the chain is changed, so that a step that was taken isn't taken again."""
    position = models.PositiveSmallIntegerField(_("no."), default=1)
    after = models.PositiveIntegerField(
        pgettext_lazy("wait", "after"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
    )
    basis = models.CharField(_("of"), max_length=16, choices=Basis, default=Basis.UNASSIGNED)
    deed = models.CharField(_("then"), max_length=10, choices=Deed, default=Deed.TELL)
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    tells_assignee = models.BooleanField(_("the assignee"), default=False)
    tells_leads = models.BooleanField(_("the team’s leads"), default=False)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    priority = models.PositiveSmallIntegerField(
        _("to priority"), choices=Priority, null=True, blank=True
    )
    """Raising without one: by one."""
    level = models.ForeignKey(
        Level, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("level")
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(fields=["chain", "key"], name="chain_step_once"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.position}. {self.after} {self.get_basis_display()}: {self.get_deed_display()}"
        )


SHARES = frozenset(
    {ChainStep.Basis.FIRST_RESPONSE, ChainStep.Basis.NEXT_RESPONSE, ChainStep.Basis.RESOLUTION}
)
"""What is counted in percent of a promised time, by the SLA's own clock of that name."""


class PlanQuerySet(models.QuerySet["Plan"]):
    def free(self, at: datetime, longest: Any) -> "PlanQuerySet":
        """Due and held by nobody. A lease from a clock that ran ahead holds nothing."""
        held = Q(leased_until__gt=at, leased_until__lte=at + longest)
        return self.filter(due_at__lte=at).exclude(held).order_by("due_at", "pk")


class Plan(models.Model):
    """The step that a ticket's chain takes next, and when, as things stand."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="escalation")
    chain = models.ForeignKey(Chain, models.CASCADE, related_name="plans")
    version = models.PositiveIntegerField()
    step = models.CharField(max_length=8)
    round = models.PositiveBigIntegerField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="escalation_due")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.step} at {self.due_at}"


class Taken(models.Model):
    """A step that was taken. `round` says in which stretch of waiting: the event that began it."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)
    chain = models.ForeignKey(Chain, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    step = models.CharField(max_length=8)
    round = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    by_hand = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "chain", "step", "round"], name="escalated_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.step} in {self.round}"


class Book(models.Model):
    """One row: a mark that changes with the chains, how far plans follow it, and what the last tick found."""

    mark = models.CharField(max_length=32, default=new_key)
    planned_mark = models.CharField(max_length=80, blank=True)
    planning_mark = models.CharField(max_length=80, blank=True)
    planned_until = models.PositiveBigIntegerField(default=0)
    """Tickets are planned anew by their key; so far under `planning_mark`."""
    ticked_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    held = models.PositiveIntegerField(default=0)
    """Steps that were due at once and more than one tick takes, since when; zero where there are none."""
    jumped_at = models.DateTimeField(null=True)
    """When a tick found that the clock had jumped, or that no worker ran."""

    def __str__(self) -> str:
        return self.mark

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def now(cls) -> "Book":
        return cls.objects.filter(pk=1).first() or cls.objects.get_or_create(pk=1)[0]
