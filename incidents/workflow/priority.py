"""Priority is the result of impact and urgency by a fixed matrix (ITIL's rule); a later release makes it editable."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Impact(TextChoices):
    """Who is affected?"""

    ME = "me", _("Only me")
    TEAM = "team", _("My team")
    MANY = "many", _("Many people")


class Urgency(TextChoices):
    """How much does it hold you up?"""

    STOP = "stop", _("I can't work")
    SLOW = "slow", _("I can work, but with difficulty")
    LOW = "low", _("It's a nuisance")


class Priority(IntegerChoices):
    P1 = 1, _("Critical")
    P2 = 2, _("High")
    P3 = 3, _("Medium")
    P4 = 4, _("Low")
    P5 = 5, _("Minor")


MATRIX: dict[tuple[str, str], Priority] = {
    (Impact.MANY, Urgency.STOP): Priority.P1,
    (Impact.MANY, Urgency.SLOW): Priority.P2,
    (Impact.MANY, Urgency.LOW): Priority.P3,
    (Impact.TEAM, Urgency.STOP): Priority.P2,
    (Impact.TEAM, Urgency.SLOW): Priority.P3,
    (Impact.TEAM, Urgency.LOW): Priority.P4,
    (Impact.ME, Urgency.STOP): Priority.P3,
    (Impact.ME, Urgency.SLOW): Priority.P4,
    (Impact.ME, Urgency.LOW): Priority.P5,
}


def of(impact: str, urgency: str) -> Priority:
    """The priority of an impact and an urgency."""
    return MATRIX[impact, urgency]
