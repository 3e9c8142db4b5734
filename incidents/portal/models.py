"""What the portal keeps of its own: announcements, and reports that an article made needless."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, Expression, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from incidents.tickets.models import Service
from knowledge.models import Article


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def running(self, at: datetime | Expression) -> "AnnouncementQuerySet":
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)

    def begun(self, at: datetime) -> "AnnouncementQuerySet":
        """Running or over."""
        return self.filter(starts_at__lte=at)

    def planned(self, at: datetime) -> "AnnouncementQuerySet":
        return self.filter(starts_at__gt=at)

    def over(self, at: datetime) -> "AnnouncementQuerySet":
        return self.filter(ends_at__lte=at)

    def meant_for(self, user: Any) -> "AnnouncementQuerySet":
        """For everybody, for this person's department, or about a service that their department uses."""
        used = Service.used_by.through.objects.filter(service=OuterRef("service"))
        by_them = used.filter(department=user.department_id)
        of_service = Q(service__isnull=False) & (~Exists(used) | Exists(by_them))
        return self.filter(
            Q(service=None, department=None)
            | Q(department__isnull=False, department=user.department_id)
            | of_service
        )

    def not_dismissed_by(self, user: User | Expression) -> "AnnouncementQuerySet":
        gone = Dismissal.objects.filter(announcement=OuterRef("pk"), user=user)
        return self.exclude(Exists(gone))


class Announcement(models.Model):
    """A banner on the portal: for everybody, a department, or the users of a service."""

    class Tone(models.TextChoices):
        INFO = "info", _("Information")
        WARNING = "warning", _("Warning")
        OK = "ok", _("All clear")

    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), blank=True, max_length=2000, help_text=_("Markdown."))
    tone = models.CharField(_("tone"), max_length=8, choices=Tone, default=Tone.INFO)
    service = models.ForeignKey(
        Service, models.CASCADE, null=True, blank=True, related_name="announcements", verbose_name=_("service"),
        help_text=_("Only its users see it. Empty: it is about no single service."),
    )  # fmt: skip
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="announcements", verbose_name=_("department"),
        help_text=_("Only its people see it. Empty: everybody."),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, db_index=True)
    is_dismissible = models.BooleanField(_("may be dismissed"), default=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="announcement_ends_after_it_starts",
                violation_error_message=_("It must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(service=None) | Q(department=None),
                name="announcement_has_one_audience",
                violation_error_message=_("Choose a service or a department, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Dismissal(models.Model):
    """Somebody put a banner away."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "user"], name="dismissed_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} by {self.user_id}"


class Avoided(models.Model):
    """A report that needn't be filed: an article solved it. Counted once a person, article and day."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    words = models.CharField(max_length=200, blank=True)
    day = models.DateField(db_index=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "user", "day"], name="avoided_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.article_id} on {self.day}"


class FeedAddress(models.Model):
    """A secret web address under which somebody's calendar or feed reader fetches what is theirs, without signing in.

    Kept as a digest: whoever reads the table can fetch nothing, and a lost address is made anew.
    """

    class Kind(models.TextChoices):
        CALENDAR = "calendar", _("Calendar of your tickets")
        ANNOUNCEMENTS = "announcements", _("Announcements")

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_feed_of_a_kind")]
        verbose_name = _("secret address of a feed")
        verbose_name_plural = _("secret addresses of feeds")

    def __str__(self) -> str:
        return str(self.get_kind_display())
