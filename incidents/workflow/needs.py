"""What a transition can ask to be filled in first. A closed set: what the product knows how to look at."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Need(TextChoices):
    SERVICE = "service", _("service")
    CATEGORY = "category", _("category")
    TEAM = "team", _("team")
    ASSIGNEE = "assignee", _("assignee")
    TAGS = "tags", _("tags")
    TIME_SPENT = "time_spent", _("time spent")
    CHECKLIST = "checklist", _("every step of the checklist")
