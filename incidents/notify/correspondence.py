"""Tables of mail out: what an organisation words in its own way, and acknowledgements to people whom we don't know."""

import re
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from incidents.notify import filling
from incidents.notify.outgoing import Outgoing, State

OUR_COLOUR = "#0c6378"
LEAST_CONTRAST = 4.5
"""Of white words on the colour (WCAG 2.2, 1.4.3)."""
LONGEST_TEXT = 2_000


class LetterKind(models.TextChoices):
    """Whose texts can be set. What a kind doesn't say is said as in every letter; what that doesn't say, in our words."""

    EVERY = "every", _("Every letter")
    RECEIPT = "receipt", _("A report has arrived")
    REPLY = "reply", _("Somebody replied")
    RESOLVED = "resolved", _("It is solved")
    CLOSING = "closing", _("It will be closed soon")
    CLOSED = "closed", pgettext_lazy("ticket", "It is closed")
    UPDATE = "update", _("Anything else on one’s own ticket")
    WORK = "work", _("To people who work on tickets")
    ARTICLE = "article", _("News of articles")
    UNKNOWN_SENDER = "unknown", _("A mail of somebody we don’t know has arrived")

    @property
    def fields(self) -> tuple[str, ...]:
        """Which of its texts can be set. The subject stays one for all mails about a ticket, so that they stay together."""
        match self:
            case LetterKind.EVERY:
                return ("subject", "greeting", "foot")
            case LetterKind.UNKNOWN_SENDER:
                return ("subject", "greeting", "sentence", "foot")
            case _:
                return ("greeting", "sentence", "foot")

    @property
    def variables(self) -> dict[str, str | Promise]:
        """Their names and what they stand for. To people we don't know we write no word that a stranger could choose."""
        match self:
            case LetterKind.UNKNOWN_SENDER:
                return dict(filling.OF_SITE)
            case LetterKind.EVERY:
                return filling.OF_READER | filling.OF_SITE
            case LetterKind.ARTICLE:
                return filling.OF_READER | filling.OF_NEWS | filling.OF_SITE
            case _:
                return (
                    filling.OF_READER | filling.OF_NEWS | filling.OF_TICKET | filling.OF_SITE
                )  # fmt: skip


def one_of_our_languages(code: str) -> None:
    if code not in dict(settings.LANGUAGES):
        raise ValidationError(gettext("The portal does not speak “%(code)s”.") % {"code": code})


def readable_under_white(colour: str) -> None:
    """White words stand on it."""
    if not re.fullmatch(r"#[0-9a-f]{6}", colour, re.IGNORECASE):
        raise ValidationError(gettext("Write a colour as # and six digits, like #0c6378."))
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    contrast = 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    if contrast < LEAST_CONTRAST:
        raise ValidationError(gettext("White words can’t be read on this colour. Take a darker one."))  # fmt: skip


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


class LetterText(models.Model):
    """An organisation's own words in one kind of letter and one language. Empty: as in every letter, or ours."""

    kind = models.CharField(_("letter"), max_length=12, choices=LetterKind)
    language = models.CharField(_("language"), max_length=8, validators=[one_of_our_languages])
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    greeting = models.CharField(_("greeting"), max_length=200, blank=True)
    sentence = models.TextField(_("first words"), max_length=LONGEST_TEXT, blank=True)
    foot = models.TextField(_("closing words"), max_length=LONGEST_TEXT, blank=True)

    class Meta:
        verbose_name = _("text of a letter")
        verbose_name_plural = _("texts of letters")
        constraints = [
            models.UniqueConstraint(fields=["kind", "language"], name="one_text_a_letter")
        ]

    def __str__(self) -> str:
        return f"{LetterKind(self.kind).label} ({self.language})"


class LetterLook(models.Model):
    """How letters look, in all languages: one row, and until it is there our look."""

    heading = models.CharField(
        _("heading"), max_length=60, blank=True,
        help_text=_("Stands at the top of every letter. Empty: the portal’s name."),
    )  # fmt: skip
    colour = models.CharField(
        _("colour"), max_length=7, default=OUR_COLOUR, validators=[readable_under_white],
        help_text=_("Of the bar at the top and of the button, on which white words stand."),
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = _("look of letters")

    def __str__(self) -> str:
        return gettext("Look of letters")

    @classmethod
    def now(cls) -> "LetterLook":
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    def due(self, at: datetime) -> "AcknowledgementQuerySet":
        return self.filter(state=State.WAITING, due_at__lte=at).order_by("due_at", "pk")


class Acknowledgement(Outgoing):
    """“Your mail has arrived”, to an address that we don't know. Rows are the memory of the limits as well.

    A table of its own for the same reason as `Posting`: a delivery is somebody's, and this is nobody's whom we know.
    """

    LANE = "acknowledgements"

    address = models.EmailField(max_length=254)
    counted_as = models.CharField(max_length=254, default="")
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField(db_index=True)
    message_id = models.CharField(max_length=160)
    answers = models.CharField(max_length=255, blank=True)
    """The Message-ID of the mail that it answers."""

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["counted_as", "created_at"], name="ack_of_address"),
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="ack_due"),
            models.Index(fields=["leased_until"], condition=Q(state="sending"), name="ack_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.created_at:%Y-%m-%d %H:%M}"
