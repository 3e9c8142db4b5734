"""Erasures of people, with how far each has come; and the rules of how long things are kept."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.tickets.models import Category


class Erasure(models.Model):
    """Somebody's account was made anonymous; what else there is of them goes portion by portion, and never twice."""

    class Stage(models.TextChoices):
        """In this order."""

        BELONGINGS = "belongings", _("settings, drafts and notifications")
        WORDS = "words", _("what they wrote")
        MENTIONS = "mentions", _("where they are named")
        CHANGES = "changes", _("the change log")
        AUDIT = "audit", _("the audit log")
        DONE = "done", _("done")

    person = models.ForeignKey(User, models.PROTECT, related_name="erasures", verbose_name=_("who"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=200)
    with_words = models.BooleanField(default=False)
    """Blanks what they wrote on tickets, too."""
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.BELONGINGS)
    cursor = models.PositiveBigIntegerField(default=0)
    """The key up to which this stage has come."""
    counts = models.JSONField(default=dict)
    traces = models.JSONField(default=dict)
    """Names and addresses to look for in the logs; forgotten when all is done."""
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        indexes = [
            models.Index(fields=["id"], condition=models.Q(done_at=None), name="erasures_to_go_on")
        ]

    def __str__(self) -> str:
        return str(self.person)


class RetentionRule(models.Model):
    """How long something is kept. Nothing happens before it is switched on.

    Those for mail as it came are there from the beginning, and on: three months, and one where nothing was made of it.
    """

    class What(models.TextChoices):
        TICKETS = "tickets", _("closed tickets")
        SIGN_INS = "sign_ins", _("from where somebody signed in")
        AUDIT = "audit", _("entries of the audit log")
        MAIL = "mail", _("mail as it came, on tickets")
        UNUSED_MAIL = "unused", _("mail as it came, of which nothing was made")

    what = models.CharField(_("what"), max_length=10, choices=What)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("With everything below it that has no rule of its own. Empty: all others."),
    )  # fmt: skip
    months = models.PositiveSmallIntegerField(
        _("months"), validators=[MinValueValidator(1), MaxValueValidator(600)]
    )
    is_on = models.BooleanField(_("switched on"), default=False)
    agreed = models.JSONField(default=list, editable=False)
    """Keys of the categories whose tickets it takes: those that somebody looked at, see `retention.reach`."""
    agreed_until = models.PositiveBigIntegerField(default=0, editable=False)
    """The newest category of that time; a later one goes by the one above it. 0: of all, until the next night notes which."""

    class Meta:
        ordering = ["what", "category", "pk"]
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(
                fields=["what"],
                condition=models.Q(category=None),
                name="one_retention_rule_for_all",
                violation_error_message=_("There is a rule for this already."),
            ),
            models.UniqueConstraint(
                fields=["category"],
                condition=models.Q(category__isnull=False),
                name="one_retention_rule_each",
                violation_error_message=_("There is a rule for this already."),
            ),
            models.CheckConstraint(
                condition=models.Q(category=None) | models.Q(what="tickets"),
                name="only_tickets_have_categories",
                violation_error_message=_("Only tickets are kept by category."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.category or '*'}"
