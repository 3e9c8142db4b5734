"""Incident types, workflows and matrices of priority, as administrators shape them.

A ticket's `status` is one of six that the whole product knows (`states.Status`); a workflow's steps refine them under
names of their own, so that “In test” counts as in progress wherever only that matters.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.workflow.states import Status


class Seeded(models.Model):
    """Something that every install starts with keeps its name in the reader's language until somebody renames it."""

    name = models.CharField(_("name"), max_length=60)
    is_seeded = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return gettext(self.name) if self.is_seeded else self.name


class Workflow(Seeded):
    """The steps that tickets of some types go through, and which may follow which."""

    slug = models.SlugField(max_length=40, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    is_retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")


class Step(models.Model):
    """A place in a workflow where a ticket can stand."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="steps")
    slug = models.SlugField(max_length=40)
    """Kept on the ticket, so it never changes."""
    status = models.CharField(_("counts as"), max_length=20, choices=Status)
    name = models.CharField(_("name"), max_length=40, blank=True)
    """For staff. Empty: the status's own name, in the reader's language."""
    outside_name = models.CharField(_("name for requesters"), max_length=60, blank=True)
    """Plain words. Empty: as the status is told to them."""
    position = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    """Where a ticket goes that becomes this status without naming a step."""

    class Meta:
        ordering = ["workflow", "position", "pk"]
        verbose_name = _("status")
        verbose_name_plural = _("statuses")
        constraints = [
            models.UniqueConstraint(fields=["workflow", "slug"], name="step_once"),
            models.UniqueConstraint(
                fields=["workflow", "status"],
                condition=Q(is_default=True),
                name="one_default_step_for_each_status",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name or str(Status(self.status).label)


class Transition(models.Model):
    """One allowed way from step to step: who may go it, what it asks for, what it does besides."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="transitions")
    here = models.ForeignKey(Step, models.CASCADE, related_name="ways_out")
    there = models.ForeignKey(Step, models.CASCADE, related_name="ways_in")
    name = models.CharField(_("name"), max_length=40, blank=True)
    """What the button says. Empty: the usual word for this change, in the reader's language."""
    by_staff = models.BooleanField(_("by staff"), default=True)
    by_requester = models.BooleanField(_("by the requester"), default=False)
    permission = models.CharField(_("only with"), max_length=40, blank=True)
    """One of `accounts.permissions` that staff need besides working on the ticket."""
    needs_text = models.BooleanField(_("a reason is required"), default=False)
    needs_fields = models.JSONField(_("required before"), default=list, blank=True)
    """Names of what must be filled in, from `needs.FIELDS`."""
    effects = models.JSONField(_("does besides"), default=list, blank=True)
    """What follows, from `effects.EFFECTS`: a list of `{"do": name, …}`."""

    class Meta:
        ordering = ["workflow", "here__position", "there__position", "pk"]
        verbose_name = _("transition")
        verbose_name_plural = _("transitions")
        constraints = [
            models.UniqueConstraint(fields=["here", "there"], name="transition_once"),
            models.CheckConstraint(condition=~Q(here=F("there")), name="transition_leads_on"),
        ]

    def __str__(self) -> str:
        return f"{self.here} → {self.there}"


class Matrix(Seeded):
    """Which priority follows from an impact and an urgency."""

    slug = models.SlugField(max_length=40, unique=True)
    cells = models.JSONField(default=dict)
    """`{impact: {urgency: priority}}`, without a gap."""

    class Meta:
        ordering = ["pk"]
        verbose_name = _("priority matrix")
        verbose_name_plural = _("priority matrices")


class IncidentType(Seeded):
    """What kind of matter a ticket is, and so how it is handled."""

    class Nature(models.TextChoices):
        INCIDENT = "incident", _("something is broken")
        REQUEST = "request", _("somebody needs something")

    class Review(models.TextChoices):
        NEVER = "never", _("never")
        ASKED = "asked", _("when somebody asks for it")
        ALWAYS = "always", _("always")

    slug = models.SlugField(max_length=20, unique=True)
    """Kept on the ticket (`Ticket.type`), so it never changes."""
    description = models.CharField(_("description"), max_length=200, blank=True)
    nature = models.CharField(_("nature"), max_length=8, choices=Nature, default=Nature.INCIDENT)
    workflow = models.ForeignKey(
        Workflow, models.PROTECT, related_name="types", verbose_name=_("workflow")
    )
    matrix = models.ForeignKey(
        Matrix, models.PROTECT, related_name="types", verbose_name=_("priority matrix")
    )
    set_by = models.CharField(_("who may set it"), max_length=40, blank=True)
    """A permission that is needed besides working on the ticket. Empty: whoever works on it."""
    tasks = models.JSONField(_("required tasks"), default=list, blank=True)
    """Steps that are put on the ticket's checklist and must be done before it is resolved."""
    review = models.CharField(
        _("review after resolving"), max_length=6, choices=Review, default=Review.NEVER
    )
    closes_by_itself = models.BooleanField(
        _("closes by itself"),
        default=True,
        help_text=_("When nothing happens for a while after it was resolved."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("incident type")
        verbose_name_plural = _("incident types")


class Rulebook(models.Model):
    """One row: changes its mark whenever anything of the above changes, so that processes know when to read anew."""

    mark = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.mark

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)
