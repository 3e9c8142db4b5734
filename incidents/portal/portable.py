"""Announcements as configuration."""

from accounts.administration.portable import Part, register
from accounts.permissions import Permission
from incidents.portal.models import Announcement

register(
    Part(
        "announcements", 65, Announcement, Permission.ANNOUNCEMENTS_MANAGE, ("title", "starts_at"),
        ("body", "tone", "service", "department", "ends_at", "is_dismissible"),
    )
)  # fmt: skip
