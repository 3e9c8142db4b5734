"""Tickets, their log, messages and files; categories, services and links.

A `Ticket` row is a projection of its events: `Event.data["set"]` names every field that an event changed, and
`Ticket.apply` is the one place that writes them, for verbs and for `rebuild` alike.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Team, User
from accounts.permissions import Permission
from accounts.stored import StoredFile, new_token, storage_key  # noqa: F401 (migrations name both here)
from incidents.tickets import chain, numbers
from incidents.tickets.kinds import QUIET, WITH_MESSAGE, Kind
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType, Matrix
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.rulebook import USUAL
from incidents.workflow.states import OPEN_STATUSES, Resolution, Status
from knowledge.markup import first_words, plain_to_html, plain_to_markdown, to_html, to_line
from knowledge.models import Article

COUNT_CAP = 1000
MOST_DAYS = 3650
OFFERED_FOR = timedelta(days=14)
"""An incident that is older is another one, whatever its words."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When something is due that nobody promised: so lists sort by one field that is never empty."""


class CappedCount(Subquery):
    """Counts a sliced subquery, so that a count never reads more rows than the slice."""

    template = "(SELECT count(*) FROM (%(subquery)s) capped)"
    output_field = models.IntegerField()


# Categories and services ---------------------------------------------------------------------------


class CategoryQuerySet(models.QuerySet["Category"]):
    def in_use(self) -> "CategoryQuerySet":
        """Those that new tickets may have."""
        return self.filter(is_retired=False)


class Category(models.Model):
    """A node of the category tree. Merged and retired ones stay, since old tickets name them."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=160, blank=True)
    icon = models.CharField(_("icon"), max_length=40, blank=True, default="tag")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    default_team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"), db_index=False,
        help_text=_("Where new tickets go. Empty: as the parent."),
    )  # fmt: skip
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_(
            "Its tickets, and those of everything below it, are seen only by the requester, chosen followers and the "
            "team that handles them."
        ),
    )
    is_confined = models.BooleanField(default=False, editable=False)
    type = models.CharField(
        _("type"),
        max_length=20,
        blank=True,
        default="",
        help_text=_("What kind of matter a new ticket is. Empty: as the parent."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("No new tickets; old ones keep it.")
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("merged into"),
        editable=False,
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("pk")) | Q(parent=None), name="category_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(is_retired=True), name="category_merged_is_retired",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something people use and that can be down, as they would call it."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    owner_team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("team"),
        db_index=False,
    )
    used_by = models.ManyToManyField(
        Department,
        blank=True,
        related_name="services",
        verbose_name=_("used by"),
        help_text=_("Whose people see its announcements. Empty: everybody."),
    )
    is_retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("service")
        verbose_name_plural = _("services")

    def __str__(self) -> str:
        return self.name


# Tickets ---------------------------------------------------------------------------------------------


def confined() -> Q:
    """Confidential matters: open to requester, reporter, followers and the team that handles them, and to nobody else.

    Asked of the category, so that what an administrator closes is closed for every ticket in it at once.
    """
    return Q(category__in=Category.objects.filter(is_confined=True).order_by().values("pk"))


def kept_apart() -> Q:
    """Confidential, or a private team's: neither a department nor people with the same trouble share it."""
    return confined() | Q(team__in=Team.objects.filter(is_private=True).order_by().values("pk"))


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: Any) -> "TicketQuerySet":
        """Tickets this person may know of: their own, those they follow, a sharing department's, and as staff."""
        if not user.is_authenticated:
            return self.none()
        own = Q(requester=user.pk) | Q(reporter=user.pk)
        on_it = Follower.objects.filter(ticket=OuterRef("pk"), user=user.pk)
        chosen = Q(Exists(on_it.filter(is_chosen=True)))
        came = Q(Exists(on_it.filter(is_chosen=False))) & ~kept_apart()
        return self.filter(own | chosen | came | self._colleagues(user) | self._staff(user))

    def seen_as_staff_by(self, user: Any) -> "TicketQuerySet":
        """Tickets whose internal side, too, this person may see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(self._staff(user))

    @staticmethod
    def _staff(user: User) -> Q:
        permits = user.permits
        if not permits.anywhere(Permission.TICKETS_SEE):
            return Q(pk__in=[])
        others = Q(team=None)
        if Permission.TICKETS_SEE in permits.everywhere:
            others |= Q(team__is_private=False)
        return Q(team__in=permits.teams_with(Permission.TICKETS_SEE)) | (others & ~confined())

    @staticmethod
    def _colleagues(user: User) -> Q:
        if user.sharing_department is None:
            return Q(pk__in=[])
        people = User.objects.filter(department=user.sharing_department)
        return Q(requester__in=people.values("pk")) & ~kept_apart()

    def shared_with(self, user: Any) -> "TicketQuerySet":
        """Incidents of late of which everybody here may know the title: offered, and no private or confidential matter.

        Only an incident is ever offered, see the verbs `offer` and `set_type`.
        """
        if not user.is_authenticated:
            return self.none()
        since = timezone.now() - OFFERED_FOR
        return self.filter(
            Q(team=None) | Q(team__is_private=False),
            ~confined(),
            is_offered=True,
            created_at__gte=since,
        )

    def offered_to(self, user: Any) -> "TicketQuerySet":
        """Those of them that are open, so that this person may join (“me too”)."""
        return self.shared_with(user).open()

    def involving(self, user: User) -> "TicketQuerySet":
        """Where this person is affected or reported it: “my tickets”."""
        return self.filter(Q(requester=user.pk) | Q(reporter=user.pk))

    def open(self) -> "TicketQuerySet":
        return self.filter(is_open=True)

    def quiet_since(self, status: str, at: datetime) -> "TicketQuerySet":
        """In this status, not announced to be closed, and nobody has said anything in public after this moment, neither
        here nor on a ticket that was merged into it.

        `spoken` is the number of the event that spoke last: for the resolved that is at the least the resolution.
        """
        said = Event.objects.aloud().filter(ticket=OuterRef("pk")).order_by("-number")
        return self.filter(status=status, closes_at=None).annotate(
            spoken=Subquery(said.values("number")[:1]),
            spoken_at=Subquery(said.values("occurred_at")[:1]),
        ).filter(spoken_at__lte=at)  # fmt: skip

    def resolved_since(self, at: datetime) -> "TicketQuerySet":
        """Resolved from this moment on, and since then at most closed."""
        return self.filter(status__in=[Status.RESOLVED, Status.CLOSED], resolved_at__gte=at)

    def in_team(self, team: Team) -> "TicketQuerySet":
        return self.filter(team=team)

    def assigned_to(self, user: User) -> "TicketQuerySet":
        return self.filter(assignee=user.pk)

    def unassigned(self) -> "TicketQuerySet":
        return self.filter(assignee=None)

    def unread_by(self, user: User) -> "TicketQuerySet":
        """What is new to this person on the desk: what changed since they last opened it; and of what they never
        opened, theirs and nobody's (what a colleague has is that colleague's news)."""
        readings = DeskReading.objects.filter(ticket=OuterRef("pk"), user=user.pk)
        return self.filter(
            ~Exists(readings.filter(version__gte=OuterRef("version"))),
            Q(assignee=user.pk) | Q(assignee=None) | Exists(readings),
        )

    def by_urgency(self) -> "TicketQuerySet":
        """The order of queues: critical first, then what is due next, then the longest waiting."""
        return self.order_by("priority", "due_at", "created_at", "pk")

    def for_queue_table(self) -> "TicketQuerySet":
        return self.select_related(
            "requester__department", "assignee", "category__merged_into", "team"
        )

    def for_page(self) -> "TicketQuerySet":
        """Everything that one ticket's page names."""
        return self.select_related(
            "requester__department", "reporter", "assignee", "team", "service",
            "category__merged_into", "category__parent",
        ).annotate(rules=rulebook.mark())  # fmt: skip

    def for_my_tickets(self) -> "TicketQuerySet":
        lists = self.select_related("assignee", "category__merged_into")
        return lists.annotate(rules=rulebook.mark())


class Ticket(models.Model):
    """The record that a person files and follows."""

    class Origin(models.TextChoices):
        PORTAL = "portal", _("portal")
        DESK = "desk", _("desk")
        PHONE = "phone", _("phone")
        MAIL = "mail", _("mail")
        IMPORT = "import", _("import")
        API = "api", _("program")

    number = models.PositiveBigIntegerField(unique=True)
    external_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.PORTAL)
    type = models.CharField(_("type"), max_length=20, default=USUAL)
    """The slug of an `IncidentType`; `rulebook` knows what it says."""
    proposed_type = models.CharField(max_length=20, blank=True, default="")
    """What somebody should decide about: the type of the newest open `Proposal`."""
    title = models.CharField(_("title"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="tickets", verbose_name=_("category")
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("service"),
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.NEW)
    step = models.CharField(max_length=40, blank=True, default="")
    """Where it stands in the workflow of its type; empty: at the default step of its status."""
    is_open = models.BooleanField(default=True)
    impact = models.CharField(_("impact"), max_length=8, choices=Impact, default=Impact.ME)
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency, default=Urgency.SLOW)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.P4
    )
    priority_by_hand = models.BooleanField(default=False)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, db_index=False, related_name="tickets"
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="assigned_tickets"
    )
    requester = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="requested_tickets"
    )
    reporter = models.ForeignKey(User, models.PROTECT, related_name="reported_tickets")
    resolution_code = models.CharField(max_length=20, choices=Resolution, blank=True)
    solved_with = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    """The article that said how."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    first_reply_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    """When it is closed by itself (or, waiting for its requester, resolved), as was announced; a reply takes it back."""
    due_at = models.DateTimeField(default=NEVER, db_default=Value(NEVER))
    """The nearest moment by which something was promised. Beside the log: kept by what follows events."""
    reopen_count = models.PositiveSmallIntegerField(default=0)
    message_count = models.PositiveIntegerField(default=0)
    file_count = models.PositiveIntegerField(default=0)
    affected_count = models.PositiveIntegerField(default=1)
    is_offered = models.BooleanField(default=False)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    """In order, as shown; `Tagging` has a row for each, to find by."""
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged_here", db_index=False
    )
    minutes_spent = models.PositiveIntegerField(_("time spent"), default=0)
    version = models.PositiveIntegerField(default=0)
    public_version = models.PositiveIntegerField(default=0)
    log_head = models.CharField(max_length=64, default=chain.START)

    followers = models.ManyToManyField(User, through="Follower", related_name="followed_tickets")

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            # With team and category behind the order: who may see a ticket is told by them, so that the sidebar's
            # counts are read off these three alone.
            models.Index(
                fields=["team", "priority", "due_at", "created_at", "id", "category"],
                condition=Q(is_open=True),
                name="open_of_team",
            ),
            models.Index(
                fields=["priority", "due_at", "created_at", "id", "team", "category"],
                condition=Q(is_open=True, assignee=None),
                name="open_of_nobody",
            ),
            models.Index(
                fields=["assignee", "priority", "due_at", "created_at", "id", "team", "category"],
                condition=Q(is_open=True),
                name="open_of_person",
            ),
            models.Index(fields=["requester", "id"], name="my_tickets"),
            models.Index(  # what can be joined, beside the form
                fields=["service", "-created_at"],
                condition=Q(is_open=True, is_offered=True),
                name="offered",
            ),
            models.Index(  # lists over several teams
                fields=["priority", "due_at", "created_at", "id"],
                condition=Q(is_open=True),
                name="all_open",
            ),
            models.Index(  # lanes of a team's board
                fields=["team", "status", "priority", "due_at", "created_at", "id"],
                condition=Q(is_open=True),
                name="lane_of_team",
            ),
            models.Index(  # lanes of a board over several teams
                fields=["status", "priority", "due_at", "created_at", "id"],
                condition=Q(is_open=True),
                name="lane",
            ),
            models.Index(  # lists and lanes of a step
                fields=["status", "step", "priority", "due_at", "created_at", "id"],
                condition=Q(is_open=True),
                name="open_by_step",
            ),
            models.Index(
                fields=["status", "step", "updated_at", "id"],
                condition=Q(is_open=False) & ~Q(step=""),
                name="settled_by_step",
            ),
            models.Index(
                fields=["type", "updated_at", "id"],
                condition=Q(is_open=False),
                name="settled_by_type",
            ),
            models.Index(
                fields=["-resolved_at", "-id"],
                condition=Q(resolved_at__isnull=False),
                name="resolved_lately",
            ),
            models.Index(
                fields=["created_at", "id"], condition=Q(is_open=True), name="open_by_age"
            ),
            models.Index(
                fields=["updated_at", "id"], condition=Q(is_open=True), name="open_by_update"
            ),
            models.Index(fields=["number"], condition=Q(is_open=True), name="open_by_number"),
            models.Index(fields=["due_at", "id"], condition=Q(is_open=True), name="open_by_due"),
            models.Index(  # jobs.close_settled: what was announced
                fields=["closes_at", "id"], condition=Q(closes_at__isnull=False), name="to_close"
            ),
            models.Index(  # jobs.close_settled: what is to be announced
                fields=["id"], condition=Q(status="resolved", closes_at=None), name="to_announce"
            ),
            # lists that reach into what is settled
            models.Index(fields=["priority", "due_at", "created_at", "id"], name="by_priority"),
            models.Index(fields=["due_at", "id"], name="by_due"),
            models.Index(fields=["created_at", "id"], name="by_age"),
            models.Index(fields=["updated_at", "id"], name="by_update"),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="merged_here"
            ),
            models.Index(
                fields=["solved_with"], condition=Q(solved_with__isnull=False), name="solved_with"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_open=True, status__in=sorted(OPEN_STATUSES))
                | Q(is_open=False, status__in=[Status.RESOLVED, Status.CLOSED]),
                name="ticket_open_as_status",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(status=Status.CLOSED),
                name="ticket_merged_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=models.F("pk")),
                name="ticket_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        return numbers.show(self.number)

    @property
    def is_confined(self) -> bool:
        """Confidential: see `confined`."""
        return self.category is not None and self.category.is_confined

    @property
    def is_kept_apart(self) -> bool:
        """See `kept_apart`."""
        return self.is_confined or (self.team is not None and self.team.is_private)

    @property
    def is_closed(self) -> bool:
        return self.status == Status.CLOSED

    @property
    def is_resolved(self) -> bool:
        return self.status == Status.RESOLVED

    def get_status_display(self) -> str:  # type: ignore[no-redef]  # in place of Django's
        """As the workflow of its type calls it."""
        return rulebook.standing(self.type, self.status, self.step).label

    @property
    def outside_status(self) -> str:
        """As the workflow calls it for the requester's side; empty: as every ticket of this status is told."""
        return rulebook.standing(self.type, self.status, self.step).outside_name

    def get_absolute_url(self) -> str:
        return reverse("portal:ticket", args=[self.number])

    @property
    def desk_url(self) -> str:
        return reverse("desk:ticket", args=[self.number])

    # The projection ---------------------------------------------------------------------------------

    def apply(self, event: "Event") -> None:
        """Fold one event into this row (in memory). Verbs and `rebuild` both come here, so they can't drift."""
        for name, value in event.data.get("set", {}).items():
            setattr(self, name, _raw_to_value(name, value))
        self.is_open = self.status in OPEN_STATUSES
        if event.kind == Kind.FILED:
            self.created_at = event.occurred_at
        if event.kind not in QUIET:
            moment = event.occurred_at
            self.updated_at = max(self.updated_at, moment) if self.updated_at else moment
        if (
            event.kind in {Kind.REPLIED, Kind.RESOLVED}
            and event.data.get("by_staff")
            and not self.first_reply_at
        ):
            self.first_reply_at = event.occurred_at
        if event.kind == Kind.REOPENED:
            self.reopen_count += 1
        if not event.data.get("counted"):  # by a ticket that was merged into this one
            if event.kind == Kind.JOINED:
                self.affected_count += 1
            if event.kind == Kind.UNFOLLOWED and event.data.get("had_joined"):
                self.affected_count -= 1
        if "message" in event.data and event.kind != Kind.FILED:
            self.message_count += 1
        is_said = (event.is_public and "message" in event.data) or event.kind == Kind.FORWARDED
        is_other = not {"status", "type"}.isdisjoint(event.data.get("set", {}))
        if event.kind != Kind.CLOSING_ANNOUNCED and (is_said or is_other):
            self.closes_at = None
        self.file_count += len(event.data.get("files", ()))
        self.version = event.number
        self.public_version += int(event.is_public)
        self.log_head = event.hash

    @classmethod
    def from_log(cls, number: int, events: Iterable["Event"]) -> "Ticket":
        """A ticket as its events tell it, not saved."""
        ticket = cls(number=number)
        for event in events:
            ticket.apply(event)
        return ticket

    PROJECTED = (
        "external_id", "origin", "type", "proposed_type", "title", "category_id", "service_id", "status", "step", "is_open", "impact", "urgency",
        "priority", "priority_by_hand", "team_id", "assignee_id", "requester_id", "reporter_id", "resolution_code", "solved_with_id",
        "created_at", "updated_at", "first_reply_at", "resolved_at", "closed_at", "closes_at", "reopen_count", "message_count",
        "file_count", "affected_count", "is_offered", "tags", "merged_into_id", "minutes_spent", "version", "public_version", "log_head",
    )  # fmt: skip


def _raw_to_value(name: str, raw: Any) -> Any:
    return datetime.fromisoformat(raw) if raw and name.endswith("_at") else raw


class Follower(models.Model):
    """Somebody who gets the public updates of a ticket besides requester and reporter."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.CASCADE)
    has_joined = models.BooleanField(default=False)
    """Has the same trouble (“me too”), and so counts as affected."""
    is_chosen = models.BooleanField(default=True)
    """Somebody else added them; who came by themselves sees nothing that is kept apart."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.ticket_id}"


def _of_a_ticket_seen_by(user: Any) -> Q:
    """Public rows of tickets the person may see, internal ones of tickets they see as staff.

    Asked ticket by ticket: `ticket__in` under an OR makes PostgreSQL collect all visible tickets first (1 s of 300,000).
    """
    this = Q(pk=OuterRef("ticket"))
    return Q(Exists(Ticket.objects.visible_to(user).filter(this)), is_public=True) | Q(
        Exists(Ticket.objects.seen_as_staff_by(user).filter(this))
    )


# The log -----------------------------------------------------------------------------------------------


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: Any) -> "EventQuerySet":
        """Public events of tickets the person may see; internal ones only of tickets they see as staff."""
        return self.filter(_of_a_ticket_seen_by(user))

    def of_kind(self, *kinds: Kind) -> "EventQuerySet":
        return self.filter(kind__in=kinds)

    def aloud(self) -> "EventQuerySet":
        """Words that the requester's side reads, and those it wrote on a ticket that was merged into this one."""
        said = Q(is_public=True, kind__in=WITH_MESSAGE, data__has_key="message")
        return self.filter(said | Q(kind=Kind.FORWARDED))

    def update(self, **_values: Any) -> int:
        raise TypeError("The log is append-only.")

    def delete(self) -> Any:
        raise TypeError("The log is append-only.")


class Event(models.Model):
    """One thing that happened to a ticket. Append-only; written by `actions.record` alone."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=24)
    """One of `Kind`; not as choices, which would need a migration for every new one."""
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    origin = models.CharField(max_length=12)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    is_public = models.BooleanField()
    data = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["ticket", "number"]
        indexes = [
            models.Index(  # how often priority was set by hand
                fields=["occurred_at"],
                condition=Q(kind=Kind.PRIORITISED),
                name="prioritised_lately",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "number"], name="event_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}#{self.number} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("The log is append-only.")

    def as_it_is(self, ticket_number: int) -> str:
        """The digest of what this row says now. An erasure that changed it keeps it, and so vouches for the change."""
        return chain.link(
            self.hash, ticket=ticket_number, number=self.number, kind=self.kind, actor=self.actor_id,
            occurred_at=self.occurred_at, is_public=self.is_public, digest=chain.digest(self.data),
        )  # fmt: skip

    def sealed(self, previous: str, ticket_number: int) -> str:
        """The hash this event must have after `previous`."""
        return chain.link(
            previous, ticket=ticket_number, number=self.number, kind=self.kind, actor=self.actor_id,
            occurred_at=self.occurred_at, is_public=self.is_public, digest=self.digest,
        )  # fmt: skip


# What people wrote and sent -------------------------------------------------------------------------------


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: Any) -> "MessageQuerySet":
        return self.filter(_of_a_ticket_seen_by(user))


class Message(models.Model):
    """Words on a ticket, as typed: Markdown, or of a mail plain text; made HTML, and cleaned, only when shown."""

    class Format(models.TextChoices):
        MARKDOWN = "markdown"
        PLAIN = "plain"

    class Kind(models.TextChoices):
        DESCRIPTION = "description"
        REPLY = "reply"
        NOTE = "note"
        RESOLUTION = "resolution"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    body = models.TextField()
    format = models.CharField(
        max_length=8, choices=Format, default=Format.MARKDOWN, db_default=Format.MARKDOWN
    )
    whole = models.TextField(blank=True, default="", db_default="")
    """Of a mail from which a quotation or a signature was cut: all of it, plain text."""
    sent_from = models.CharField(max_length=254, blank=True, default="", db_default="")
    """Of a mail: the address that it came from, where it is not the author's."""
    is_public = models.BooleanField()
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    """When its words were erased; `body` says so since."""

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="note") | Q(is_public=False), name="notes_are_internal"
            ),
            models.CheckConstraint(
                condition=Q(kind="note") | Q(is_public=True), name="replies_are_public"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} on {self.ticket_id}"

    @property
    def is_plain(self) -> bool:
        return self.format == self.Format.PLAIN

    @property
    def words(self) -> SafeString:
        """What it says, as safe HTML."""
        return plain_to_html(self.body) if self.is_plain else to_html(self.body)

    @property
    def markdown(self) -> str:
        """What it says, as Markdown: for texts that are made of it."""
        return plain_to_markdown(self.body) if self.is_plain else self.body

    @property
    def line(self) -> str:
        """The beginning of it on one line."""
        return first_words(self.body) if self.is_plain else to_line(self.body)

    @property
    def all_words(self) -> SafeString:
        """The whole mail, where something was cut from it."""
        return plain_to_html(self.whole)


class Original(models.Model):
    """The HTML of a mail as it came, for whoever asks for it; cleaned when shown."""

    message = models.OneToOneField(
        Message, models.CASCADE, primary_key=True, related_name="original"
    )
    html = models.TextField()
    pictures = models.JSONField(default=dict)
    """Tokens of our files by the Content-ID that the HTML names them by."""

    def __str__(self) -> str:
        return f"original of {self.message_id}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: Any) -> "AttachmentQuerySet":
        """A file is seen by whoever sees its message."""
        return self.filter(message__in=Message.objects.visible_to(user))


class Attachment(StoredFile):
    """A file that came with a message."""

    FOLDER = "tickets"
    PAGE = "tickets:file"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="attachments")
    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments")

    objects = AttachmentQuerySet.as_manager()


# Links, keys, drafts -----------------------------------------------------------------------------------------


class Link(models.Model):
    """A typed link from one ticket to another; read the other way round it has the other name."""

    class Kind(models.TextChoices):
        RELATED = "related", _("related to")
        DUPLICATE_OF = "duplicate_of", _("duplicate of")
        CHILD_OF = "child_of", _("part of")
        CAUSED_BY = "caused_by", _("caused by")
        FOLLOW_UP_OF = "follow_up_of", _("follow-up of")

    REVERSED = {
        Kind.RELATED: _("related to"),
        Kind.DUPLICATE_OF: _("has duplicate"),
        Kind.CHILD_OF: _("includes"),
        Kind.CAUSED_BY: _("causes"),
        Kind.FOLLOW_UP_OF: _("followed up by"),
    }

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="links", db_index=False)
    other = models.ForeignKey(Ticket, models.PROTECT, related_name="links_here")
    kind = models.CharField(max_length=16, choices=Kind)
    is_synced = models.BooleanField(default=False)
    """What resolves the whole (`other`) resolves its part (`ticket`), too."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_synced=False) | Q(kind="child_of"), name="only_parts_are_synced"
            ),
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="link_once"),
            models.CheckConstraint(
                condition=~Q(ticket=models.F("other")), name="no_link_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"


class TicketArticle(models.Model):
    """An article written from a ticket."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="articles")
    article = models.ForeignKey(Article, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "article"], name="ticket_article_once")
        ]

    def __str__(self) -> str:
        return f"{self.article_id} from {self.ticket_id}"


# What staff keep beside the log ------------------------------------------------------------------------------------


class Tagging(models.Model):
    """A ticket bears a tag. Written with `Ticket.tags`, to find tickets by."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="taggings", db_index=False)
    name = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["name", "ticket"], name="tagged")]
        constraints = [models.UniqueConstraint(fields=["ticket", "name"], name="tagged_once")]

    def __str__(self) -> str:
        return f"{self.name} on {self.ticket_id}"


class Mention(models.Model):
    """Somebody is named (“@”) in an internal note, by themselves or with their team."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions", db_index=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="mentions", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="mentions_of"),
            models.Index(fields=["user"], condition=Q(seen_at=None), name="mentions_unseen"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="mentioned_once_a_message")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.message_id}"


class ChecklistItem(models.Model):
    """One thing to do before the ticket is done."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="checklist", db_index=False)
    text = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    done_at = models.DateTimeField(null=True)
    required_by = models.CharField(max_length=20, blank=True, default="")
    """The type that asks for it; it holds up resolving for as long as the ticket is of that type."""
    skipped_because = models.CharField(max_length=200, blank=True, default="")
    """Why it was settled without being done."""
    is_review = models.BooleanField(default=False)
    """To look back on what happened, once it is resolved."""

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["ticket", "position"], name="checklist_of"),
            models.Index(
                fields=["ticket"], condition=Q(is_review=True, done_at=None), name="reviews_due"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return gettext("Review what happened") if self.is_review else self.text


class Proposal(models.Model):
    """That a ticket is of another type than it was filed as, with what speaks for it. Somebody accepts or dismisses it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DISMISSED = "dismissed", _("dismissed")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="proposals", db_index=False)
    type = models.CharField(max_length=20)
    reasons = models.JSONField(default=list)
    """In the order in which they were found: {"why": one of `proposing.Why`, and its figures}."""
    whys = models.CharField(max_length=80, default=" ")
    """Those of the reasons with a space around each, to find by."""
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    found_at = models.DateTimeField()
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["ticket", "type"], name="proposals_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "type"], condition=Q(state="open"), name="one_open_proposal"
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="proposal_settled_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.type} for {self.ticket_id}"


class ToCompare(models.Model):
    """A ticket that came in, or got its service, and is not yet held against the earlier ones of that service."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.ticket_id)


class ProposalRules(models.Model):
    """From when on a type is proposed. One row; administrators change it. 0 switches a sign off."""

    assignments = models.PositiveSmallIntegerField(
        _("changes of hands"),
        default=3,
        validators=[MaxValueValidator(1000)],
        help_text=_("Complex: so many times somebody else got it."),
    )
    teams = models.PositiveSmallIntegerField(
        _("teams"),
        default=3,
        validators=[MaxValueValidator(1000)],
        help_text=_("Complex: so many teams had it."),
    )
    reopenings = models.PositiveSmallIntegerField(
        _("reopenings"),
        default=2,
        validators=[MaxValueValidator(1000)],
        help_text=_("Complex: so many times it was opened again."),
    )
    age_days = models.PositiveSmallIntegerField(
        _("days open"),
        default=14,
        validators=[MaxValueValidator(3650)],
        help_text=_("Complex: open for so many days."),
    )
    alike = models.PositiveSmallIntegerField(
        _("tickets alike"),
        default=3,
        validators=[MaxValueValidator(50)],
        help_text=_("Repetitive: so many earlier tickets of the same service read like it."),
    )
    alike_days = models.PositiveSmallIntegerField(
        _("days to look back"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Repetitive: how old an earlier ticket may be."),
    )

    class Meta:
        verbose_name = _("signs of complex and repetitive incidents")
        verbose_name_plural = _("signs of complex and repetitive incidents")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_row_of_signs")]

    def __str__(self) -> str:
        return str(_("Signs of complex and repetitive incidents"))

    @classmethod
    def now(cls) -> "ProposalRules":
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Recount(models.Model):
    """Somebody changed a matrix and wants open tickets to follow it. Done item by item, see `jobs.follow_matrices`."""

    matrix = models.ForeignKey(Matrix, models.CASCADE, related_name="+", db_index=False)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    after = models.PositiveBigIntegerField(default=0)
    """The key of the last ticket that was looked at."""
    changed = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="recounts_to_do")]

    def __str__(self) -> str:
        return f"{self.matrix_id} since {self.after}"


class Hypothesis(models.Model):
    """What might be the cause, and what speaks for or against it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RULED_OUT = "ruled_out", _("ruled out")
        CONFIRMED = "confirmed", _("confirmed")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="hypotheses", db_index=False)
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    evidence = models.JSONField(default=list)
    """Links in order: {"label": text, "url": a path of ours or an http(s) address}."""
    stated_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    stated_at = models.DateTimeField()
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("hypothesis")
        verbose_name_plural = _("hypotheses")
        indexes = [models.Index(fields=["ticket", "id"], name="hypotheses_of")]

    def __str__(self) -> str:
        return self.text


class TimeEntry(models.Model):
    """Minutes that somebody spent on a ticket."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="time_entries", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    minutes = models.PositiveIntegerField()
    note = models.CharField(max_length=200, blank=True)
    spent_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["ticket", "id"], name="time_of")]
        constraints = [models.CheckConstraint(condition=Q(minutes__gt=0), name="time_is_spent")]

    def __str__(self) -> str:
        return f"{self.minutes} min on {self.ticket_id}"


class DeskReading(models.Model):
    """How far somebody on staff has read a ticket on the desk: the version they saw."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="desk_readings", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "ticket"], name="desk_reading_once")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.ticket_id} up to {self.version}"


# Questions of a category's or type's form ---------------------------------------------------------------------------------


class QuestionForm(models.Model):
    """One version of the questions that a category or a type asks. Never changed: a change is the next version."""

    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="forms", db_index=False
    )
    type = models.ForeignKey(
        IncidentType, models.PROTECT, null=True, related_name="forms", db_index=False
    )
    number = models.PositiveIntegerField()
    questions = models.JSONField(default=list)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "number"], name="form_version_once"),
            models.UniqueConstraint(fields=["type", "number"], name="type_form_version_once"),
            models.CheckConstraint(
                condition=Q(category=None, type__isnull=False)
                | Q(category__isnull=False, type=None),
                name="form_of_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} v{self.number}"

    @property
    def owner(self) -> Category | IncidentType:
        """Whose questions these are."""
        found = self.type or self.category
        assert found is not None  # noqa: S101 (the table says so)
        return found


class Answers(models.Model):
    """What was answered to the questions of one version, by the question's key. As they were, whatever the form is now.

    A ticket has one row for its category's questions, and one for each type it was that asked something.
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="answers", db_index=False)
    type = models.CharField(max_length=20, blank=True, default="", db_default="")
    """The slug of the type that asked; empty: the category did."""
    form = models.ForeignKey(QuestionForm, models.PROTECT, related_name="+", db_index=False)
    given = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "type"], name="answers_once")]

    def __str__(self) -> str:
        return f"answers of {self.ticket_id}"


class FormerAnswers(models.Model):
    """Answers that were changed, as they were until then. Beside the log, which keeps no personal data and is never erased."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="former_answers")
    form = models.ForeignKey(QuestionForm, models.PROTECT, related_name="+", db_index=False)
    given = models.JSONField(default=dict)
    until = models.ForeignKey(Event, models.PROTECT, related_name="+", db_index=False)
    """The event that says who changed them."""

    def __str__(self) -> str:
        return f"former answers of {self.ticket_id}"


# What a requester leaves behind ---------------------------------------------------------------------------------


class Reading(models.Model):
    """How far somebody has read a ticket on the portal: the public version they saw."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="readings", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "ticket"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.ticket_id} up to {self.version}"


class RatingQuerySet(models.QuerySet["Rating"]):
    def seen_as_staff_by(self, user: Any) -> "RatingQuerySet":
        """Of tickets that this person sees as staff; asked ticket by ticket, as for events."""
        this = Ticket.objects.seen_as_staff_by(user).filter(pk=OuterRef("ticket"))
        return self.filter(Exists(this))

    def since(self, moment: datetime) -> "RatingQuerySet":
        return self.filter(created_at__gte=moment)


class Rating(models.Model):
    """How the requester found it, once for every time the ticket was closed."""

    class Score(models.IntegerChoices):
        VERY_BAD = 1, _("Very bad")
        BAD = 2, _("Bad")
        FAIR = 3, _("Okay")
        GOOD = 4, _("Good")
        VERY_GOOD = 5, _("Very good")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="ratings", db_index=False)
    closing = models.PositiveIntegerField()
    """The number of the event that closed it."""
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    score = models.PositiveSmallIntegerField(choices=Score)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField()

    objects = RatingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="rated_lately")]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "closing"], name="rated_once_a_closing"),
            models.CheckConstraint(condition=Q(score__range=(1, 5)), name="rating_of_five"),
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.ticket_id}"


class PortalRules(models.Model):
    """What the house decided about the portal. One row; administrators change it."""

    reopen_days = models.PositiveSmallIntegerField(
        _("days to reopen"),
        default=14,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_(
            "For so many days after a ticket was resolved its requester may say “still broken”. Later they file a follow-up."
        ),
    )

    class Meta:
        verbose_name = _("rules of the portal")
        verbose_name_plural = _("rules of the portal")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_row_of_rules")]

    def __str__(self) -> str:
        return str(_("Rules of the portal"))

    @classmethod
    def now(cls) -> "PortalRules":
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class ClosingRule(models.Model):
    """When tickets on which nothing happens are closed: for one type, or for all that have no rule of their own."""

    type = models.OneToOneField(
        IncidentType, models.CASCADE, null=True, blank=True, related_name="closing_rule", verbose_name=_("type"),
        help_text=_("Empty: all types that have no rule of their own."),
    )  # fmt: skip
    warn_after_days = models.PositiveSmallIntegerField(
        _("days until the warning"),
        default=11,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("So long after it was resolved, or after the last reply."),
    )
    close_after_days = models.PositiveSmallIntegerField(
        _("days from the warning until it is closed"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("A reply, or “still broken”, stops it."),
    )
    words = models.TextField(
        _("words of the warning"),
        blank=True,
        max_length=2000,
        help_text=_("What the requester reads besides the day. Markdown. Empty: the day alone."),
    )
    ask_after_days = models.PositiveSmallIntegerField(
        _("days until the warning"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("So long after the question. Empty: they wait without an end."),
    )
    give_up_after_days = models.PositiveSmallIntegerField(
        _("days from the warning until it is resolved"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("As “No answer”. The requester may still say that it is broken."),
    )
    ask_words = models.TextField(
        _("words of the warning"), blank=True, max_length=2000, help_text=_("Markdown.")
    )

    class Meta:
        ordering = [models.F("type__position").asc(nulls_first=True), "pk"]
        verbose_name = _("closing rule")
        verbose_name_plural = _("closing rules")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(type=None), name="one_closing_rule_for_all",
                violation_error_message=_("There is a rule for all types already."),
            ),
            models.CheckConstraint(
                condition=Q(ask_after_days=None, give_up_after_days=None)
                | Q(ask_after_days__isnull=False, give_up_after_days__isnull=False),
                name="closing_rule_asks_and_gives_up",
                violation_error_message=_("For waiting tickets, say both: when to warn, and when to resolve."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.type) if self.type else str(_("All types"))


class IdempotencyKey(models.Model):
    """One key of one person, one thing done: what a repeated form, retry or second tab finds."""

    actor = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_key_one_act")]

    def __str__(self) -> str:
        return self.key


class Draft(models.Model):
    """What somebody is typing into a form and has not sent."""

    user = models.ForeignKey(User, models.CASCADE, related_name="drafts", db_index=False)
    form = models.CharField(max_length=80)
    text = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "form"], name="one_draft_a_form")]

    def __str__(self) -> str:
        return f"{self.form} of {self.user_id}"
