"""Which announcements somebody sees, and putting one away. One rule for the banner and for the filing form."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import kept
from accounts.digits import whole
from accounts.errors import require
from accounts.models import User
from incidents.portal.models import Announcement, AnnouncementQuerySet, Dismissal

MOST_SHOWN = 3


class State(TextChoices):
    PLANNED = "planned", gettext_lazy("Planned")
    RUNNING = "running", gettext_lazy("Running")
    OVER = "over", gettext_lazy("Over")


def state_of(announcement: Announcement, *, at: datetime) -> State:
    if announcement.starts_at > at:
        return State.PLANNED
    is_over = announcement.ends_at is not None and announcement.ends_at <= at
    return State.OVER if is_over else State.RUNNING


def told_to(user: User) -> AnnouncementQuerySet:
    """Those that run now and are meant for this person, newest first."""
    return Announcement.objects.running(timezone.now()).meant_for(user).order_by("-starts_at", "-pk")  # fmt: skip


def readable_by(user: User) -> AnnouncementQuerySet:
    """The same with those that are over, for who comes by an address."""
    return Announcement.objects.begun(timezone.now()).meant_for(user)


def for_banner(user: User) -> Sequence[Announcement]:
    def build() -> AnnouncementQuerySet:
        meant = Announcement.objects.running(kept.Hole("now")).meant_for(user)
        return meant.not_dismissed_by(kept.Hole("user")).order_by("-starts_at", "-pk")[:MOST_SHOWN]

    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return kept.instances(("banner", user.department_id), build, now=now, user=user.pk)


def about_service(service: str, user: User) -> Sequence[Announcement]:
    """What is known of a service that somebody is about to report, also what they put away before."""
    if (key := whole(service, 18)) is None:
        return []
    return list(told_to(user).filter(service=key)[:MOST_SHOWN])


def dismiss(announcement: Announcement, *, by: User) -> None:
    """Put it away for this person. Again changes nothing.

    Raises:
        NotAllowed: it stays until it is over.
    """
    require(announcement.is_dismissible, _("This notice stays until it is over."))
    Dismissal.objects.get_or_create(announcement=announcement, user=by)
