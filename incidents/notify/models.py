"""The outbox: one row for each thing that somebody is to hear of, on one channel."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.notify.addresses import mail_id
from incidents.notify.correspondence import (  # noqa: F401 (tables of this app)
    Acknowledgement,
    LetterLook,
    LetterText,
)
from incidents.tickets.models import Event
from knowledge.hooks import What
from knowledge.models import Article

FOR_READERS = (What.PUBLISHED, What.NOT_PUBLISHED, What.ANSWERED)
"""What people hear of an article that they only read. All else is for its writers: comments, reviews, and what is due."""


class Channel(models.TextChoices):
    MAIL = "mail"
    BELL = "bell"


class State(models.TextChoices):
    """A bell row is sent by being written; mail takes the whole way."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def mails(self) -> "DeliveryQuerySet":
        return self.filter(channel=Channel.MAIL)

    def due(self, at: datetime) -> "DeliveryQuerySet":
        """Mail to be sent now. What a person hears of one ticket is sent in its order: later mail waits for earlier."""
        earlier = Delivery.objects.mails().filter(
            state__in=[State.WAITING, State.SENDING],
            recipient=OuterRef("recipient"),
            event__ticket=OuterRef("event__ticket"),
            pk__lt=OuterRef("pk"),
        )
        waiting = self.mails().filter(state=State.WAITING, due_at__lte=at)
        return waiting.filter(~Exists(earlier)).order_by("due_at", "pk")

    def may_hear(self, user: Any) -> "DeliveryQuerySet":
        """What this person may be told now: of the work on an article, only while they may write it."""
        event = Event.objects.visible_to(user).filter(pk=OuterRef("event"))
        read = Article.objects.visible_to(user).filter(pk=OuterRef("news__article"))
        written = Article.objects.on_shelf_of(user).filter(pk=OuterRef("news__article"))
        article = Q(Exists(read), news__what__in=FOR_READERS) | Q(Exists(written))
        return self.filter(Exists(event) | article)

    def bell_of(self, user: Any) -> "DeliveryQuerySet":
        """What this person's bell rang for, as far as they may still see it."""
        return self.may_hear(user).filter(channel=Channel.BELL, recipient=user.pk)

    def unread(self) -> "DeliveryQuerySet":
        return self.filter(read_at=None)

    def with_words(self) -> "DeliveryQuerySet":
        """Everything that telling a row and linking to it needs."""
        return self.select_related(
            "event__ticket__team",
            "event__ticket__category",
            "event__actor",
            "news__article",
            "news__actor",
            "recipient__department",
        )


class News(models.Model):
    """Something that happened to an article and that somebody hears of; see `knowledge.hooks`."""

    what = models.CharField(max_length=20)
    article = models.ForeignKey(Article, models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.article_id}: {self.what}"


class Delivery(models.Model):
    """One event or piece of news, one recipient, one channel: exactly one row, written in the same transaction."""

    event = models.ForeignKey(
        Event, models.PROTECT, null=True, related_name="deliveries", db_index=False
    )
    news = models.ForeignKey(
        News, models.CASCADE, null=True, related_name="deliveries", db_index=False
    )
    recipient = models.ForeignKey(User, models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=160, blank=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(  # worker.claim: the next mail
                fields=["due_at", "id"],
                condition=Q(channel="mail", state="waiting"),
                name="mail_due",
            ),
            models.Index(  # worker.free_lapsed: mail whose worker was lost
                fields=["leased_until"], condition=Q(state="sending"), name="mail_leased"
            ),
            models.Index(  # health.backlog: mail that was given up
                fields=["due_at"], condition=Q(channel="mail", state="failed"), name="mail_failed"
            ),
            models.Index(  # the number at the bell, on every page
                fields=["recipient"],
                condition=Q(channel="bell", read_at=None),
                name="bell_unread",
            ),
            models.Index(  # the list behind the bell
                fields=["recipient", "-id"], condition=Q(channel="bell"), name="bell_list"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "recipient", "channel"], name="deliver_once"),
            models.UniqueConstraint(
                fields=["news", "recipient", "channel"],
                name="deliver_news_once",
                condition=Q(news__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(event=None) ^ Q(news=None), name="delivers_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.event_id or self.news} to {self.recipient_id} by {self.channel}: {self.state}"
        )

    @classmethod
    def of(cls, event: Event, recipient: int, channel: Channel, *, at: datetime) -> "Delivery":
        """The row, not saved. It keeps its Message-ID, so that a mail sent again is the same mail."""
        row = cls(event=event, recipient_id=recipient, channel=channel, due_at=at)
        if channel == Channel.BELL:
            row.state, row.sent_at = State.SENT, at
        else:
            key = ("delivery", event.pk, recipient, channel)
            row.message_id = mail_id(*key, ticket=event.ticket.number)
        return row

    @classmethod
    def about(cls, news: News, recipient: int, channel: Channel) -> "Delivery":
        """The row for news of an article, not saved."""
        row = cls(news=news, recipient_id=recipient, channel=channel, due_at=news.at)
        if channel == Channel.BELL:
            row.state, row.sent_at = State.SENT, news.at
        else:
            row.message_id = mail_id("news", news.pk, recipient, channel)
        return row

    @property
    def told_at(self) -> datetime:
        """When what it tells was written down."""
        return self.news.at if self.news else self.event.recorded_at  # type: ignore[union-attr]


class Topic(models.TextChoices):
    """What people choose about; every kind of event belongs to one, see `rules.TOPICS`."""

    RECEIPT = "receipt", _("Receipt for a report")
    REPLIES = "replies", _("Somebody replies")
    PROGRESS = "progress", _("Solved, opened again, closed")
    ASSIGNED = "assigned", _("A ticket is given to me")
    TEAM = "team", _("Something new for my team")
    ESCALATED = "escalated", _("A ticket is escalated to me")
    NOTES = "notes", _("Internal notes")
    MENTIONS = "mentions", _("Somebody names me in a note")
    TARGETS = "targets", _("A promised time runs out")
    ARTICLES = "articles", _("Articles that I look after")
    READING = "reading", _("Articles and categories that I follow")


class Choice(models.Model):
    """What somebody wants to hear otherwise than the rules say, on one channel. Without a row the rules hold."""

    user = models.ForeignKey(User, models.CASCADE, related_name="choices", db_index=False)
    topic = models.CharField(max_length=12, choices=Topic)
    channel = models.CharField(max_length=8, choices=Channel)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic", "channel"], name="one_choice_each")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic} by {self.channel}: {self.is_wanted}"
