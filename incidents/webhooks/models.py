"""Webhooks: which machine hears of what (endpoints), what it is to be told (posts), and how each try went (attempts)."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from accounts.sealed import SealedTextField
from incidents.tickets.models import Category, Event
from incidents.webhooks.signing import new_secret


def new_uid() -> str:
    """A message's id, the same on every try: by it a receiver knows what it had already."""
    return f"msg_{uuid4().hex}"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def ready(self, at: datetime) -> "EndpointQuerySet":
        """Those that take something now and for which something waits."""
        waiting = Post.objects.due(at).filter(endpoint=OuterRef("pk"))
        rested = Q(rests_until=None) | Q(rests_until__lte=at)
        return self.filter(rested, Exists(waiting), is_active=True)


class EndpointManager(models.Manager["Endpoint"]):
    """Leaves the secrets where they are. A copy with another SECRET_KEY can't read them, and must still take tickets."""

    def get_queryset(self) -> EndpointQuerySet:
        return EndpointQuerySet(self.model, using=self._db).defer("secret", "former_secret")

    def ready(self, at: datetime) -> EndpointQuerySet:
        return self.get_queryset().ready(at)


class Endpoint(models.Model):
    """A web address of another machine, and what it hears."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    url = models.CharField(
        _("address"), max_length=500,
        help_text=_("Starts with https://. What stands in it can be read by everybody who opens this page."),
    )  # fmt: skip
    kinds = models.JSONField(_("events"), default=list)
    """Of `incidents.tickets.kinds.Kind`."""
    is_internal = models.BooleanField(
        _("also internal events"), default=False,
        help_text=_("What requesters never see: notes, assignment, escalation. Only for machines of your own desk."),
    )  # fmt: skip
    is_full = models.BooleanField(
        _("with words"), default=False,
        help_text=_("Titles, names and messages are sent along. Without this, ids and what changed, and the address to ask for more."),
    )  # fmt: skip
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only of this team"),
        help_text=_("A team whose tickets are private is heard of only where it is chosen here."),
    )  # fmt: skip
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("only of this category"), help_text=_("With the categories below it."),
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)
    secret = SealedTextField(default=new_secret, editable=False)
    former_secret = SealedTextField(blank=True, editable=False)
    secret_made_at = models.DateTimeField(default=timezone.now, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    """As long as this is ahead, the former secret signs, too."""

    failures = models.PositiveIntegerField(default=0, editable=False)
    """In a row. Three, and the target is left alone for a while."""
    failing_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    """When the portal gave it up by itself; empty where a person switched it off."""
    disabled_because = models.CharField(max_length=300, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)
    """When administrators were told of that."""

    objects = EndpointManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name

    def secrets_at(self, at: datetime) -> list[str]:
        """Those that sign now.

        Raises:
            Unreadable: they were sealed with another SECRET_KEY.
        """
        is_former_good = self.former_until is not None and self.former_until > at
        return [self.secret, self.former_secret] if is_former_good else [self.secret]


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    DROPPED = "dropped", _("not sent")


class PostQuerySet(models.QuerySet["Post"]):
    def due(self, at: datetime) -> "PostQuerySet":
        return self.filter(state=State.WAITING, due_at__lte=at)

    def for_log(self) -> "PostQuerySet":
        """With what the log says of them; without secrets, which no log shows."""
        whole = self.select_related("event__ticket", "endpoint")
        return whole.defer("endpoint__secret", "endpoint__former_secret")


class Post(models.Model):
    """One event for one endpoint: exactly one row, written in the event's transaction. Without an event it is a test."""

    uid = models.CharField(max_length=40, default=new_uid, unique=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="posts", db_index=False)
    event = models.ForeignKey(Event, models.CASCADE, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(default=timezone.now)
    """When trying began: with the first try; before it, with the event, or when it was sent again by hand."""
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(  # worker.claim: what is next for an endpoint
                fields=["endpoint", "due_at", "id"],
                condition=Q(state="waiting"),
                name="webhook_due",
            ),
            models.Index(  # worker.free_lapsed
                fields=["leased_until"], condition=Q(state="sending"), name="webhook_leased"
            ),
            models.Index(  # health.backlog
                fields=["due_at"], condition=Q(state="failed"), name="webhook_failed"
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_log"),
            models.Index(fields=["made_at"], name="webhook_made"),  # tidy
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhook_once"),
        ]

    def __str__(self) -> str:
        return f"{self.uid}: {self.state}"

    @property
    def is_settled(self) -> bool:
        return self.state in {State.DELIVERED, State.FAILED, State.DROPPED}


class Attempt(models.Model):
    """One try. What was sent follows from the event and is not kept twice; of the answer, its beginning is."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    """None where no answer came; then `error` says why."""
    error = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.post_id} at {self.at}: {self.status or self.error}"
