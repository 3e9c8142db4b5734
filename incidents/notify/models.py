"""The outbox: one row for each thing that somebody is to hear of, on one channel."""

from datetime import datetime, time
from typing import Any
from uuid import uuid4

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import occasions
from accounts.models import Team, User
from accounts.occasions import Occasion
from accounts.sealed import SealedTextField
from incidents.notify.addresses import mail_id
from incidents.notify.correspondence import (  # noqa: F401 (tables of this app)
    Acknowledgement,
    LetterLook,
    LetterText,
)
from incidents.notify.outgoing import Outgoing, State
from incidents.tickets.models import Event
from knowledge.hooks import What
from knowledge.models import Article

FOR_READERS = (What.PUBLISHED, What.NOT_PUBLISHED, What.ANSWERED)
"""What people hear of an article that they only read. All else is for its writers: comments, reviews, and what is due."""


class Channel(models.TextChoices):
    """By what somebody is told. A fifth way, the chat channel of a team, tells no person and has `Posting`."""

    MAIL = "mail", _("Mail")
    BELL = "bell", _("Bell")
    PUSH = "push", _("Devices")
    CHAT = "chat", _("Chat or phone")


QUIET_CHANNEL = Channel.BELL
"""Leaves nothing and disturbs nobody: a number that goes up."""


class Pace(models.TextChoices):
    """How soon something has to be told."""

    USUAL = "usual", _("soon")
    URGENT = "urgent", _("at once")
    DAILY = "daily", _("in the morning")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def mails(self) -> "DeliveryQuerySet":
        return self.filter(channel=Channel.MAIL)

    def leaving(self) -> "DeliveryQuerySet":
        """What goes out of the house: all but the bell."""
        return self.exclude(channel=QUIET_CHANNEL)

    def due(self, at: datetime) -> "DeliveryQuerySet":
        """Mail to be sent now. What a person hears of one ticket is sent in its order: later mail waits for earlier.

        What is urgent waits for nothing; it takes along what still waits before it. What goes along in another mail,
        or in the mail of the morning, is neither due by itself nor waited for, nor is what was put off to its hour.
        Of what somebody hears in the morning only the first is due, which takes along the rest: two workers at once
        still make one mail.
        """
        is_on_its_way = Q(state=State.SENDING) | Q(state=State.WAITING) & (
            Q(attempts__gt=0) | Q(due_at__lte=at)
        )
        before = Delivery.objects.mails().filter(
            is_on_its_way,
            recipient=OuterRef("recipient"),
            pk__lt=OuterRef("pk"),
            bundled_in=None,
        )
        of_ticket = before.filter(event__ticket=OuterRef("event__ticket"))
        waiting = self.mails().filter(state=State.WAITING, due_at__lte=at, bundled_in=None)
        is_its_turn = (
            Q(pace=Pace.URGENT)
            | Q(pace=Pace.USUAL) & ~Exists(of_ticket.exclude(pace=Pace.DAILY))
            | Q(pace=Pace.DAILY) & ~Exists(before.filter(pace=Pace.DAILY))
        )
        return waiting.filter(is_its_turn).order_by("due_at", "pk")

    def due_by(self, channel: Channel, at: datetime) -> "DeliveryQuerySet":
        """The same of a channel on which every row is told by itself."""
        waiting = self.filter(channel=channel, state=State.WAITING, due_at__lte=at)
        return waiting.order_by("due_at", "pk")

    def of_old_occasions(self, before: datetime) -> "DeliveryQuerySet":
        """Mails about accounts that are settled and were tried before this. All others end with their ticket or article.

        One that was given up stays while it is the newest: lists say by it that somebody was never reached.
        """
        newer = Delivery.objects.filter(
            recipient=OuterRef("recipient"),
            occasion=OuterRef("occasion"),
            occasion__gt="",  # as the index has it
            pk__gt=OuterRef("pk"),
        )
        is_settled = Q(state__in=[State.SENT, State.DROPPED]) | Q(state=State.FAILED) & Exists(
            newer
        )
        return self.filter(is_settled, occasion__gt="", tried_since__lt=before)

    def may_hear(self, user: Any) -> "DeliveryQuerySet":
        """What this person may be told now: of the work on an article, only while they may write it."""
        return self.filter(self._heard(user))

    def sent_to(self, user: Any) -> "DeliveryQuerySet":
        """What left for this person, as far as they may still be told; of their own account, all of it."""
        own = Q(event=None, news=None)
        return self.leaving().filter(self._heard(user) | own, recipient=user.pk)

    @staticmethod
    def _heard(user: Any) -> Q:
        event = Event.objects.visible_to(user).filter(pk=OuterRef("event"))
        read = Article.objects.visible_to(user).filter(pk=OuterRef("news__article"))
        written = Article.objects.on_shelf_of(user).filter(pk=OuterRef("news__article"))
        article = Q(Exists(read), news__what__in=FOR_READERS) | Q(Exists(written))
        return Q(Exists(event)) | article

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


class Delivery(Outgoing):
    """One event or piece of news, one recipient, one channel: exactly one row, written in the same transaction.

    A mail about somebody's own account or office is a row as well, about an occasion (`accounts.occasions`).
    """

    event = models.ForeignKey(
        Event, models.PROTECT, null=True, related_name="deliveries", db_index=False
    )
    news = models.ForeignKey(
        News, models.CASCADE, null=True, related_name="deliveries", db_index=False
    )
    occasion = models.CharField(max_length=20, blank=True, db_default="")
    occasion_data = models.JSONField(null=True)
    """Keys and raw values that its words are made of; nothing that opens anything."""
    recipient = models.ForeignKey(User, models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)
    message_id = models.CharField(max_length=160, blank=True)
    read_at = models.DateTimeField(null=True)
    topic = models.CharField(max_length=12, blank=True, db_default="")
    """Under which `Topic` it is told, so that it can be stopped by it."""
    because = models.CharField(max_length=32, blank=True, db_default="")
    """Why this person: the audience that the rules found them in, see `reasons`."""
    pace = models.CharField(max_length=6, choices=Pace, default=Pace.USUAL, db_default=Pace.USUAL)
    bundled_in = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="bundled", db_index=False
    )
    """The mail in which this one goes along. It stays so when that is tried again, under the same Message-ID."""

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
            models.Index(  # health.backlog: what was given up
                fields=["due_at"],
                condition=Q(channel__in=["mail", "push", "chat"], state="failed"),
                name="told_failed",
            ),
            models.Index(  # the number at the bell, on every page
                fields=["recipient"],
                condition=Q(channel="bell", read_at=None),
                name="bell_unread",
            ),
            models.Index(  # the list behind the bell
                fields=["recipient", "-id"], condition=Q(channel="bell"), name="bell_list"
            ),
            models.Index(  # worker.claim: the next push or chat message
                fields=["channel", "due_at", "id"],
                condition=Q(channel__in=["push", "chat"], state="waiting"),
                name="told_due",
            ),
            models.Index(  # mail.note_bounce: what came back; mail.threads: what is answered
                fields=["message_id"], condition=Q(channel="mail"), name="mail_by_id"
            ),
            models.Index(  # tidy: mails about accounts that are old
                fields=["tried_since"], condition=Q(occasion__gt=""), name="occasion_tried"
            ),
            models.Index(  # tidy: whether one came after it
                fields=["recipient", "id"], condition=Q(occasion__gt=""), name="occasion_of"
            ),
            models.Index(  # what goes along in a mail
                fields=["bundled_in"], condition=Q(bundled_in__isnull=False), name="mail_bundled"
            ),
            models.Index(  # sent.of: what was sent to somebody, also while it is erased
                fields=["recipient", "-id"],
                condition=Q(channel__in=["mail", "push", "chat"]),
                name="sent_list",
            ),
            models.Index(  # sent.everything: of the ways that few go
                fields=["channel", "-id"],
                condition=Q(channel__in=["push", "chat"]),
                name="sent_rare",
            ),
            models.Index(  # sent.everything: what an administrator looks for
                fields=["state", "-id"],
                condition=Q(
                    channel__in=["mail", "push", "chat"], state__in=["waiting", "sending", "failed"]
                ),
                name="sent_stuck",
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
                condition=Q(event__isnull=False, news=None, occasion="")
                | Q(event=None, news__isnull=False, occasion="")
                | Q(event=None, news=None, occasion__gt=""),
                name="delivers_one_thing",
            ),
        ]

    def __str__(self) -> str:
        about = self.event_id or self.news or self.occasion
        return f"{about} to {self.recipient_id} by {self.channel}: {self.state}"

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

    @classmethod
    def for_occasion(
        cls, occasion: Occasion, person: User, data: dict[str, Any], once: str = "", *, at: datetime
    ) -> "Delivery":
        """The mail for an occasion, not saved. It is asked for or needed now, so it waits for no hour.

        With the same `once` it is the same mail, under the same Message-ID.
        """
        row = cls(
            occasion=occasion.name, occasion_data=data, recipient=person, channel=Channel.MAIL,
            pace=Pace.URGENT, due_at=at,
        )  # fmt: skip
        row.message_id = mail_id("occasion", occasion.name, person.pk, once or uuid4())
        return row

    @property
    def said_of(self) -> Occasion:
        return occasions.named(self.occasion)


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


class Wished(models.Model):
    """What is heard otherwise than the rules say, on one channel. Without a row the rules hold."""

    topic = models.CharField(_("topic"), max_length=12, choices=Topic)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    is_wanted = models.BooleanField(_("is told"), default=True)
    is_daily = models.BooleanField(
        _("in the morning"),
        default=False,
        db_default=False,
        help_text=_("Mail only: together, once a day."),
    )

    class Meta:
        abstract = True


class Choice(Wished):
    """What somebody chose for themselves."""

    user = models.ForeignKey(User, models.CASCADE, related_name="choices", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic", "channel"], name="one_choice_each")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic} by {self.channel}: {self.is_wanted}"


class TeamRule(Wished):
    """What people of a team hear who chose nothing. Of several teams, the one that tells more counts."""

    team = models.ForeignKey(
        Team, models.CASCADE, related_name="notice_rules", verbose_name=_("team"), db_index=False
    )

    class Meta:
        ordering = ["team", "topic", "channel"]
        verbose_name = _("team rule")
        verbose_name_plural = _("team rules")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "topic", "channel"],
                name="one_team_rule_each",
                violation_error_message=_("This team has a rule for this already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.get_topic_display()}, {self.get_channel_display()}"


class Habits(models.Model):
    """When somebody wants to be left alone, by the clock on their wall, and when their mail of the morning comes."""

    MORNING = time(7, 30)

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="habits")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    morning_at = models.TimeField(default=MORNING)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_has_both_ends",
            )
        ]

    def __str__(self) -> str:
        return f"habits of {self.user_id}"


class NoticeRules(models.Model):
    """How notices keep time, for everybody. There is one row, made by a migration."""

    class Waits(models.TextChoices):
        REMINDERS = "reminders", _("what the portal reminds them of")
        EVERYTHING = "everything", _("everything that is not urgent")
        NOTHING = "nothing", _("nothing")

    bundle_minutes = models.PositiveSmallIntegerField(
        _("minutes between two mails about one ticket"),
        default=5,
        validators=[MaxValueValidator(120)],
        help_text=_(
            "What happens meanwhile comes in one mail. Whatever comes alone, and whatever is urgent, never waits. 0: every event has a mail of its own."
        ),
    )
    waits = models.CharField(
        _("for staff, waits for working hours"),
        max_length=10,
        choices=Waits,
        default=Waits.REMINDERS,
        help_text=_("Those of the calendar by which the ticket is promised."),
    )

    class Meta:
        verbose_name = _("pace of notices")
        verbose_name_plural = _("pace of notices")

    def __str__(self) -> str:
        return str(_("Pace of notices"))

    @classmethod
    def current(cls) -> "NoticeRules":
        return cls.objects.order_by("pk").first() or cls()


class PushKeys(models.Model):
    """Our own keys, by which push services know that it is us. Made once: browsers are bound to them."""

    public = models.CharField(max_length=100)
    private = SealedTextField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return "push keys"


class Device(models.Model):
    """A browser that shows what happens, because somebody pressed a button there."""

    MOST = 10

    user = models.ForeignKey(User, models.CASCADE, related_name="devices", db_index=False)
    name = models.CharField(max_length=80)
    endpoint = models.URLField(max_length=1000)
    mark = models.CharField(max_length=64, unique=True)
    """Of the endpoint: one browser is one device, whoever used it before."""
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    shows_titles = models.BooleanField(default=False)
    """Whether what a ticket is called may stand on its locked screen."""
    session_key = models.CharField(max_length=40)
    signed_in_until = models.DateTimeField()
    password_mark = models.CharField(max_length=64)
    """Signing out, ending the session elsewhere or a new password ends the device; mere time does not."""
    added_at = models.DateTimeField(default=timezone.now)
    last_told_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["user"], name="devices_of")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class ChatService(models.Model):
    """A chat or phone service by Apprise: a team's channel, or one that people may use with an address of their own."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    address = SealedTextField(_("Apprise address"), editable=False)
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="chat_services", verbose_name=_("team’s channel"),
        help_text=_("Empty: people enter their own number or name."),
    )  # fmt: skip
    is_staff_only = models.BooleanField(
        _("only staff read it"),
        default=False,
        help_text=_("A team’s channel without this hears nothing internal, and no ticket’s title."),
    )
    topics = models.JSONField(_("hears of"), default=list, blank=True)
    """For a team's channel: the topics of `rooms.HEARD`."""
    to_hint = models.CharField(
        _("what people enter"),
        max_length=80,
        blank=True,
        help_text=_("For example: your mobile number, like +49 151 2345678."),
    )
    is_on = models.BooleanField(_("switched on"), default=False)
    address_set_at = models.DateTimeField(_("address set at"), null=True, editable=False)
    tested_at = models.DateTimeField(null=True, editable=False)
    test_error = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("chat or phone service")
        verbose_name_plural = _("chat and phone services")

    def __str__(self) -> str:
        return self.name


class ChatAddressQuerySet(models.QuerySet["ChatAddress"]):
    def in_use(self) -> "ChatAddressQuerySet":
        """Of services that people may use now; one that became a team's channel tells nobody by themselves."""
        return self.filter(service__is_on=True, service__team=None)


class ChatAddress(models.Model):
    """Where somebody is reached by a service that an administrator offers."""

    user = models.ForeignKey(User, models.CASCADE, related_name="chat_addresses", db_index=False)
    service = models.ForeignKey(ChatService, models.CASCADE, related_name="addresses")
    to = models.CharField(max_length=80)
    added_at = models.DateTimeField(default=timezone.now)

    objects = ChatAddressQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "service"], name="one_address_a_service")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} by {self.service_id}"


class PostingQuerySet(models.QuerySet["Posting"]):
    def due(self, at: datetime) -> "PostingQuerySet":
        """In order within a channel."""
        earlier = Posting.objects.filter(
            state__in=[State.WAITING, State.SENDING], service=OuterRef("service"), pk__lt=OuterRef("pk")
        )  # fmt: skip
        waiting = self.filter(state=State.WAITING, due_at__lte=at)
        return waiting.filter(~Exists(earlier)).order_by("due_at", "pk")

    def with_words(self) -> "PostingQuerySet":
        return self.select_related(
            "event__ticket__team", "event__ticket__category", "event__actor", "service__team"
        )


class Posting(Outgoing):
    """One event, one team's chat channel: the outbox's row for a recipient that is no person.

    A table of its own rather than a delivery without a recipient: everything that is asked of deliveries is asked of
    somebody (whose bell, whose rights, whose erasure), and a row for nobody would be the exception in each.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="postings", db_index=False)
    service = models.ForeignKey(ChatService, models.CASCADE, related_name="postings")

    objects = PostingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="posting_due"),
            models.Index(fields=["leased_until"], condition=Q(state="sending"), name="posting_leased"),
            models.Index(fields=["due_at"], condition=Q(state="failed"), name="posting_failed"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["event", "service"], name="post_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} in {self.service_id}: {self.state}"
