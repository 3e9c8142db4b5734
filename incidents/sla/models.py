"""Promised times: when people work (calendars, holidays), what is promised to whom (policies, targets), and a clock for
each promise of a ticket.

What a clock says is always worked out anew from the ticket's log by the rules of the moment (`reckoning`), so a row here
is a result to look up and never the source of anything.
"""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.tickets.models import Ticket
from incidents.workflow.models import Seeded


class TargetKind(models.TextChoices):
    """What is promised. Each has its own clock."""

    FIRST_RESPONSE = "first_response", _("first response")
    NEXT_RESPONSE = "next_response", _("next response")
    RESOLUTION = "resolution", _("resolution")


class HolidaySet(models.Model):
    """Days on which nobody works: those of a country by the library, those of an ICS file, or typed."""

    class Source(models.TextChoices):
        LIBRARY = "library", _("a country's public holidays")
        FILE = "file", _("an ICS file")
        TYPED = "typed", _("typed by hand")

    name = models.CharField(_("name"), max_length=60, unique=True)
    source = models.CharField(_("where from"), max_length=8, choices=Source, default=Source.TYPED)
    country = models.CharField(_("country"), max_length=2, blank=True)
    """ISO 3166, as the library has it."""
    subdivision = models.CharField(_("region"), max_length=10, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    known_until = models.PositiveSmallIntegerField(null=True)
    """The last year that the library was asked for."""

    class Meta:
        ordering = ["name"]
        verbose_name = _("holidays")
        verbose_name_plural = _("holidays")

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """A whole day, by the date of the calendar's own zone."""

    set = models.ForeignKey(HolidaySet, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["set", "day"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Calendar(Seeded):
    """The hours of a week in which time counts, by the clock on the wall of a zone, except on holidays."""

    zone = models.CharField(_("time zone"), max_length=40)
    week = models.JSONField(_("hours"), default=list)
    """For each day from Monday on, intervals `[from, to]` in minutes since midnight, in order and apart."""
    holidays = models.ManyToManyField(
        HolidaySet, related_name="calendars", blank=True, verbose_name=_("holidays")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")


class PolicyQuerySet(models.QuerySet["Policy"]):
    def live(self) -> "PolicyQuerySet":
        """Those that were not removed."""
        return self.filter(is_retired=False)


class Policy(Seeded):
    """What is promised for some tickets. The first active policy in order whose conditions all hold is the ticket's.

    One that is removed is retired: settled tickets still name what was promised to them.
    """

    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    """`{field: [values]}` over `conditions.FIELDS`; a field holds when one of its values does. Empty: every ticket."""
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, related_name="policies", verbose_name=_("calendar")
    )
    """None only of a retired one, whose calendar was removed as well."""
    is_retired = models.BooleanField(default=False, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_retired=True) | Q(calendar__isnull=False),
                name="policy_has_its_calendar",
            )
        ]


class Target(models.Model):
    """One promise of a policy, with its time for every priority."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="targets", db_index=False)
    kind = models.CharField(_("what"), max_length=16, choices=TargetKind)
    minutes = models.JSONField(default=dict)
    """`{"1": 15, …}` by priority; nothing is promised for a priority that is not there."""
    warn_at = models.JSONField(default=list, blank=True)
    """Shares of the time in percent, rising, at which is warned."""
    pauses_on = models.JSONField(default=list, blank=True)
    """Statuses in which the clock stands."""
    actions = models.JSONField(default=list, blank=True)
    """What else happens, in order: `{"on": "warned" or "missed", "do": one of `breach.DEEDS`, …}`."""

    class Meta:
        ordering = ["policy", "pk"]
        constraints = [models.UniqueConstraint(fields=["policy", "kind"], name="target_once")]

    def __str__(self) -> str:
        return str(TargetKind(self.kind).label)


class ClockQuerySet(models.QuerySet["Clock"]):
    def running(self) -> "ClockQuerySet":
        """Somebody has still to do something, in time or late."""
        return self.filter(stopped_at=None, due_at__isnull=False)

    def with_steps_until(self, at: datetime) -> "ClockQuerySet":
        """Where a warning or a miss is to be told, the longest due first."""
        return self.filter(next_step_at__lte=at).order_by("next_step_at", "pk")


class Clock(models.Model):
    """One promise for one ticket, as it stands.

    `state` of a clock whose time ran out is `missed` from the moment that is told on, whether or not it is done
    meanwhile (`stopped_at`).
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        MET = "met", _("met")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("no longer promised")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=16, choices=TargetKind)
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="clocks")
    target_seconds = models.PositiveIntegerField()
    """The promised time, by the ticket's priority."""
    state = models.CharField(max_length=10, choices=State)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When the time is, was or would have been used up. None while paused with time left, and where it was given up."""
    stopped_at = models.DateTimeField(null=True)
    """When it was answered or resolved, or the promise ended."""
    paused_since = models.DateTimeField(null=True)
    used_seconds = models.PositiveIntegerField(default=0)
    """Counted until `reckoned_at`; exact while the clock is paused or stopped."""
    reckoned_at = models.DateTimeField()
    next_step_at = models.DateTimeField(null=True)
    """When the next warning or the miss is to be told."""
    told_share = models.PositiveSmallIntegerField(default=0)
    """The highest share of the time in percent that was warned about or left untold; 100 is the miss."""

    objects = ClockQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(  # ticks
                fields=["next_step_at", "id"],
                condition=Q(next_step_at__isnull=False),
                name="clock_next_step",
            ),
            models.Index(  # what is due next
                fields=["due_at", "ticket"],
                condition=Q(stopped_at=None, due_at__isnull=False),
                name="clock_due",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind"], name="one_clock_a_promise"),
            models.CheckConstraint(
                condition=Q(paused_since=None) | Q(stopped_at=None), name="stopped_is_not_paused"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")),
                name="clock_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ticket_id}: {self.state}"

    @property
    def is_over(self) -> bool:
        return self.stopped_at is not None

    @property
    def left_seconds(self) -> int:
        """Working time that is left of the promise; exact while the clock is paused or stopped."""
        return self.target_seconds - self.used_seconds


class Change(models.Model):
    """A calendar, a policy or holidays as somebody wants them: tried on open tickets first, then applied to all of them."""

    class About(models.TextChoices):
        CALENDAR = "calendar", _("calendar")
        HOLIDAYS = "holidays", _("holidays")
        POLICY = "policy", _("SLA policy")

    class State(models.TextChoices):
        DRAFT = "draft", _("being tried")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", _("applied")

    about = models.CharField(max_length=8, choices=About)
    object_id = models.PositiveBigIntegerField(null=True)
    """What is changed; none where it is new."""
    name = models.CharField(max_length=60)
    content = models.JSONField()
    """As `rules` reads it."""
    basis = models.CharField(max_length=32)
    """The mark of the rules when it was begun."""
    removes = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    applied_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    last_ticket = models.PositiveBigIntegerField(default=0)
    """Tickets go by their key, so whoever goes on knows where."""
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="applying"), name="changes_under_way")
        ]

    def __str__(self) -> str:
        return self.name


class Rules(models.Model):
    """One row: its mark changes whenever anything of the above rules changes, so that processes know when to read anew."""

    mark = models.CharField(max_length=32)
    since = models.DateTimeField(null=True)
    """Nothing is promised for tickets that were filed before."""
    recount_from = models.PositiveBigIntegerField(null=True)
    """The key of the ticket after which the nightly recount goes on; none once it is through."""
    recount_leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.mark

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class Pulse(models.Model):
    """One row: how far the clock on the wall is from the one that only counts on, to notice when the first one jumps."""

    boot = models.CharField(max_length=40)
    """Which start of which machine the counting clock belongs to."""
    ahead = models.FloatField()
    """Seconds from the one to the other, as trusted."""
    odd_ahead = models.FloatField(null=True)
    odd_since = models.FloatField(null=True)
    """By the counting clock: since when they are otherwise apart."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)
