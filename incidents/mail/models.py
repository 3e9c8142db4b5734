"""Mailboxes, and mail as it came: stored first, understood afterwards."""

import re
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.outbound import is_outgoing_on
from accounts.permissions import Permission
from accounts.sealed import SealedTextField
from incidents.mail.reasons import Reason
from incidents.mail.troubles import SAYS, About
from incidents.tickets.models import Category, Message, Ticket
from incidents.workflow.models import IncidentType

LATE = timedelta(minutes=3)
"""Three times as long as from one run to the next."""


def check_plain(words: str) -> None:
    """On one line: a line more would be a command to the server."""
    if not words.isprintable():
        raise ValidationError(_("Write it on one line, without control characters."))


def is_this_machine(host: str) -> bool:
    """As far as a name tells; the connection itself is checked as well."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}")


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def active(self) -> "MailboxQuerySet":
        return self.filter(is_active=True)

    def fetched(self) -> "MailboxQuerySet":
        """Those whose mail we fetch ourselves."""
        return self.active().exclude(host="")

    def worked_by(self, user: Any) -> "MailboxQuerySet":
        """Mailboxes whose mail this person may see and decide on.

        As with tickets: its team's are its people's; of no team, everybody's who works tickets. Who works tickets
        everywhere, or sets up channels, sees the rest, except what a private team or a confidential category keeps apart.
        """
        if not user.is_authenticated:
            return self.none()
        permits = user.permits
        members = permits.teams_with(Permission.TICKETS_WORK)
        reach = Q(team__in=members) | Q(team=None, category__default_team__in=members)
        if permits.anywhere(Permission.TICKETS_WORK):
            reach |= Q(team=None) & self._open_to_others()
        if permits.everywhere & {Permission.TICKETS_WORK, Permission.CHANNELS_MANAGE}:
            reach |= self._open_to_others()
        return self.filter(reach)

    @staticmethod
    def _open_to_others() -> Q:
        """Neither confidential nor a private team's."""
        of_team = Q(team=None) | Q(team__is_private=False)
        of_category = Q(category=None) | Q(category__is_confined=False)
        goes_to = (
            Q(team__isnull=False)
            | Q(category__default_team=None)
            | Q(category__default_team__is_private=False)
        )
        return of_team & of_category & goes_to


class Mailbox(models.Model):
    """An address that people write to, what becomes of their mail, and where it is fetched from, if it is."""

    class Senders(models.TextChoices):
        KNOWN = "known", _("only people of the portal; hold the others")
        DOMAINS = "domains", _("people of the portal and of these domains; hold the others")
        EVERYBODY = "everybody", _("everybody")
        HOLD = "hold", _("nobody at once: hold every new matter for an agent")

    class Security(models.TextChoices):
        TLS = "tls", _("TLS from the start (993)")
        STARTTLS = "starttls", _("STARTTLS (143)")
        PLAIN = "plain", _("none, only on this very machine")

    class After(models.TextChoices):
        KEEP = "keep", _("mark it as read and leave it")
        MOVE = "move", _("move it to a folder")
        DELETE = "delete", _("delete it")

    slug = models.SlugField(
        _("short name"), max_length=50, unique=True,
        help_text=_("Stands in the address where a mail server hands mail over, and in the command."),
    )  # fmt: skip
    address = models.EmailField(_("address"), unique=True)
    name = models.CharField(
        _("name"), max_length=80, help_text=_("Stands before the address, as in “IT help”.")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    is_general = models.BooleanField(
        _("general"), default=False,
        help_text=_("Answers to tickets whose team has no mailbox of its own come here."),
    )  # fmt: skip

    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="mailboxes", verbose_name=_("team"),
        help_text=_("Gets the tickets. Empty: the team of the category."),
    )  # fmt: skip
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )  # fmt: skip
    type = models.ForeignKey(
        IncidentType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("type"),
        help_text=_("Of new tickets. Empty: the usual one."),
    )  # fmt: skip
    language = models.CharField(
        _("language"), max_length=8, blank=True,
        help_text=_("Of people who are new to the portal. Empty: the portal’s own."),
    )  # fmt: skip
    senders = models.CharField(
        _("new matters may come from"), max_length=10, choices=Senders, default=Senders.KNOWN
    )  # fmt: skip
    domains = models.TextField(
        _("domains"), blank=True, help_text=_("One on each line, as in example.com.")
    )
    authserv_id = models.CharField(
        _("name of the checking mail server"), max_length=255, blank=True,
        help_text=_("As your own mail server calls itself in Authentication-Results. Empty: what such a line says counts for nothing."),
    )  # fmt: skip

    host = models.CharField(
        _("IMAP server"), max_length=255, blank=True, validators=[check_plain],
        help_text=_("Empty: mail is handed over by a mail server, nothing is fetched."),
    )  # fmt: skip
    port = models.PositiveIntegerField(
        _("port"), default=993, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )  # fmt: skip
    security = models.CharField(
        _("encryption"), max_length=8, choices=Security, default=Security.TLS
    )
    username = models.CharField(
        _("user name"), max_length=255, blank=True, validators=[check_plain]
    )
    password = SealedTextField(_("password"), blank=True, default="", validators=[check_plain])
    folder = models.CharField(
        _("folder"), max_length=255, default="INBOX", validators=[check_plain]
    )
    after = models.CharField(
        _("when a mail is stored"), max_length=8, choices=After, default=After.KEEP
    )
    moves_to = models.CharField(
        _("folder to move to"), max_length=255, blank=True, validators=[check_plain]
    )
    takes_old = models.BooleanField(
        _("also what is already there"), default=False,
        help_text=_("Off: only what comes after the first look into the folder."),
    )  # fmt: skip
    token_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    """Of the token with which a mail server hands mail over, see `tokens`."""
    token_made_at = models.DateTimeField(_("token made"), null=True, editable=False)
    password_set_at = models.DateTimeField(_("password set"), null=True, editable=False)
    """So that the log of administration shows when it was changed, and nothing of it."""

    objects = MailboxQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.UniqueConstraint(
                fields=["is_general"], condition=Q(is_general=True), name="one_general_mailbox",
                violation_error_message=_("There is a general mailbox already."),
            ),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="mailbox_in_lower_case"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"

    def clean(self) -> None:
        self.address = self.address.strip().lower()
        self._check_server()
        if self.senders == self.Senders.DOMAINS and not self.allowed_domains:
            raise ValidationError({"domains": _("Name at least one domain.")})
        for domain in self.allowed_domains:
            if not _DOMAIN.fullmatch(domain):
                raise ValidationError(
                    {"domains": _("“%(domain)s” is not a domain, write one like example.com.")},
                    params={"domain": domain},
                )

    def _check_server(self) -> None:
        if not self.host:
            return
        if not self.username:
            raise ValidationError({"username": _("Say as whom to sign in on the server.")})
        if self.security == self.Security.PLAIN and not is_this_machine(self.host):
            raise ValidationError(
                {"security": _("Without encryption anybody on the way reads along. It is only for a server on this very machine.")}
            )  # fmt: skip
        if self.after == self.After.MOVE and self.moves_to in ("", self.folder):
            raise ValidationError({"moves_to": _("Name another folder, one that is there.")})

    @property
    def letter_language(self) -> str:
        return self.language or settings.LANGUAGE_CODE

    @property
    def allowed_domains(self) -> frozenset[str]:
        """Whose people may open tickets, where the rule is by domain; lower case, without the sign before it."""
        return frozenset(line.strip().lower().lstrip("@") for line in self.domains.splitlines() if line.strip())  # fmt: skip


class Vouched(models.Model):
    """An address from which a mailbox takes new matters although nobody is known by it, because somebody said so.

    It counts as one of the mailbox's domains does: for whom the rule would hold, and against nothing else that is doubtful.
    """

    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, related_name="vouched", verbose_name=_("mailbox"), db_index=False
    )  # fmt: skip
    address = models.EmailField(_("address"), max_length=254)
    vouched_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("let in by"), editable=False, db_index=False
    )  # fmt: skip
    vouched_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["address", "pk"]
        verbose_name = _("address let in")
        verbose_name_plural = _("addresses let in")
        indexes = [models.Index(fields=["address"], name="vouched_address")]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "address"], name="vouched_once",
                violation_error_message=_("This mailbox lets this address in already."),
            ),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="vouched_in_lower_case"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.address} → {self.mailbox.name}"

    def clean(self) -> None:
        self.address = self.address.strip().lower()


class FetchingQuerySet(models.QuerySet["Fetching"]):
    def stuck(self, at: datetime) -> "FetchingQuerySet":
        """Mailboxes in use that are fetched and of which no run came to a good end for too long, if any should be."""
        if not is_outgoing_on():
            return self.none()
        mailbox = Mailbox.objects.fetched().filter(pk=models.OuterRef("pk"))
        never = Q(finished_at=None, started_at__lte=at - LATE)
        return self.filter(models.Exists(mailbox), never | Q(finished_at__lte=at - LATE))


class Fetching(models.Model):
    """How far we have read a mailbox's folder, and how it went. Written by the fetcher only, apart from the settings."""

    mailbox = models.OneToOneField(
        Mailbox, models.CASCADE, primary_key=True, related_name="fetching"
    )
    place = models.CharField(max_length=64, blank=True)
    """A hash of server, account and folder: another place is read from its beginning."""
    uid_validity = models.PositiveBigIntegerField(default=0)
    first_uid = models.PositiveBigIntegerField(default=0)
    """What stood in the folder before we did, up to this number, is not ours to take."""
    last_uid = models.PositiveBigIntegerField(default=0)
    """All mail up to this number was looked at under `uid_validity`; what failed stands in `Fetched`."""
    since = models.DateTimeField(null=True)
    """When we first looked. Counts up to `dated_until`, where numbers tell nothing."""
    dated_until = models.PositiveBigIntegerField(default=0)
    """The folder was numbered anew: up to this number the server's date says what is ours."""

    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    """When a run last came to a good end."""
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=12, blank=True)
    due_at = models.DateTimeField(null=True)
    """After a failure: not before."""
    failures = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=12, blank=True)
    """A value of `troubles.About`."""
    last_error = models.CharField(max_length=300, blank=True)

    objects = FetchingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.mailbox_id}: up to {self.last_uid}"

    @property
    def trouble_words(self) -> str:
        """What is wrong, in words; the server's own are `last_error`."""
        return str(SAYS[About(self.trouble)]) if self.trouble in About.values else ""


class Fetched(models.Model):
    """A mail in the folder that was looked at: stored here or not yet, and done with on the server or not yet."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="+", db_index=False)
    uid_validity = models.PositiveBigIntegerField()
    uid = models.PositiveBigIntegerField()
    is_stored = models.BooleanField(default=True)
    is_settled = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"], name="fetch_each_mail_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}: {self.uid}"


class RawMailQuerySet(models.QuerySet["RawMail"]):
    def worked_by(self, user: Any) -> "RawMailQuerySet":
        """Mail that this person may see in the desk's lists of mail; about a ticket, only who sees that as staff."""
        boxes = Mailbox.objects.worked_by(user).order_by().values("pk")
        tickets = Ticket.objects.seen_as_staff_by(user).order_by().values("pk")
        return self.filter(Q(ticket=None) | Q(ticket__in=tickets), mailbox__in=boxes)

    def due(self, at: datetime) -> "RawMailQuerySet":
        """What is to be worked through now and is in nobody's hands, the oldest first."""
        free = Q(leased_until=None) | Q(leased_until__lte=at)
        return self.filter(free, state=RawMail.State.WAITING, due_at__lte=at).order_by(
            "due_at", "pk"
        )


class RawMail(models.Model):
    """A mail as it came in, and what became of it. Its bytes are a row of their own, so that lists don't load them."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        HELD = "held", _("held")
        IGNORED = "ignored", _("ignored")
        QUARANTINED = "quarantined", _("quarantined")

    class Via(models.TextChoices):
        IMAP = "imap", _("fetched")
        POST = "post", _("handed over")
        PIPE = "pipe", _("by the command")

    mailbox = models.ForeignKey(
        Mailbox, models.PROTECT, related_name="mails", verbose_name=_("mailbox"), db_index=False
    )
    key = models.CharField(max_length=64)
    """What makes it this mail: a hash of its Message-ID, or of its bytes where it has none. It outlives the bytes."""
    digest = models.CharField(max_length=64)
    """SHA-256 of what it says: of sender, date and body, which stay the same on whatever way it came."""
    mail_id = models.CharField(max_length=998, blank=True)
    """Its Message-ID with angle brackets; empty where it has none."""
    sender = models.CharField(_("sender"), max_length=320, blank=True)
    """The address in From, lower case, as far as one can be read. Nothing is proven by it."""
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    size = models.PositiveIntegerField(_("size"))
    via = models.CharField(max_length=4, choices=Via)
    is_head_only = models.BooleanField(default=False)
    """Too large, or not handed over: only its header lines are kept."""
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    """When it was stored here."""

    state = models.CharField(max_length=11, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=40, blank=True)
    """A value of `Reason`; why it is held, ignored or quarantined."""
    detail = models.CharField(max_length=300, blank=True)
    """What else there is to say: an error, or the words of who discarded it."""
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, related_name="mails")
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="mails")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    """Who let it in, joined it, sent it round again or discarded it."""
    decided_at = models.DateTimeField(null=True)

    objects = RawMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mail")
        constraints = [
            models.UniqueConstraint(fields=["key", "mailbox"], name="store_mail_once"),
        ]
        indexes = [
            models.Index(  # work.claim: the next one
                fields=["due_at", "id"], condition=Q(state="waiting"), name="mail_in_due"
            ),
            models.Index(fields=["state", "-id"], name="mail_in_lists"),
            models.Index(fields=["sender"], name="mail_in_of_sender"),
            models.Index(fields=["received_at"], name="mail_in_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}: {self.subject[:60]} ({self.state})"

    @property
    def why(self) -> str:
        """The reason in words."""
        return str(Reason(self.reason).label) if self.reason in Reason.values else self.reason

    @property
    def source(self) -> bytes:
        """The mail itself; nothing when it is no longer kept."""
        kept = MailSource.objects.filter(pk=self.pk).values_list("body", flat=True).first()
        return bytes(kept) if kept else b""


class MailSource(models.Model):
    """The bytes of a mail, written in one transaction with its row: it is stored whole or not at all."""

    mail = models.OneToOneField(
        RawMail, models.CASCADE, primary_key=True, related_name="kept_source"
    )
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"source of {self.mail_id}"


class Copied(models.Model):
    """Somebody in To or Cc of a mail who is not on its ticket: proposed there, until somebody decides."""

    class State(models.TextChoices):
        OPEN = "open"
        ADDED = "added"
        LEFT = "left"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="copied", db_index=False)
    mail = models.ForeignKey(RawMail, models.CASCADE, related_name="+", db_index=False)
    address = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=5, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "address"], name="proposed_once_a_ticket")
        ]

    def __str__(self) -> str:
        return f"{self.address} for {self.ticket_id}"
