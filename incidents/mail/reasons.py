"""Why a mail is held, ignored or set aside. Kept as a value, told in words."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    TOO_LARGE = "too_large", _("It is larger than the portal takes.")
    NOT_GIVEN = "not_given", _("The mail server did not hand it over.")
    TWIN = "twin", _("Another mail came with the same Message-ID and says something else.")
    FAILED = "failed", _("It could not be worked through.")
    DISCARDED = "discarded", _("Somebody discarded it.")
