"""Which announcements somebody sees, and putting one away. One rule for the banner and for the filing form."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


def for_banner(user: User) -> Sequence[Announcement]:
    return list(told_to(user).not_dismissed_by(user)[:MOST_SHOWN])


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
