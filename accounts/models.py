"""People, departments, teams and roles; and the log of what was changed in administration."""

from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import chain, kept
from accounts.permissions import ADMINISTERING, STAFF, Permission
from accounts.permits import NOTHING, Permits, combine

SYSTEM_EMAIL = "desk@firebreak.invalid"


def check_time_zone(name: str) -> None:
    if name and name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone, choose one like Europe/Berlin."),
            params={"name": name},
        )


class Department(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    shares_tickets = models.BooleanField(
        _("shares its tickets"),
        default=False,
        help_text=_("Its people see each other's tickets on the portal, except confidential ones."),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> "UserQuerySet":
        return UserQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def people(self) -> "UserQuerySet":
        return self.get_queryset().people()

    def system(self) -> "User":
        """The user in whose name the desk itself acts."""
        return self.get(email=SYSTEM_EMAIL)


class UserQuerySet(models.QuerySet["User"]):
    def people(self) -> "UserQuerySet":
        """Active people, without the desk itself and without programs."""
        return self.filter(is_active=True, is_system=False, is_service=False)

    def named(self, words: str) -> "UserQuerySet":
        """Whose address this is, or whose name contains it (for lists of administration)."""
        return self.filter(Q(email=words.lower()) | Q(display_name__icontains=words))

    def found_by(self, words: str) -> "UserQuerySet":
        """People whose name contains every one of the words (for pickers: name and department only)."""
        found = self.people()
        for word in words.split()[:4]:
            found = found.filter(display_name__icontains=word)
        return found.select_related("department").order_by("display_name")

    def holding(
        self, permission: Permission, team: "Team | None", *, confined: bool = False
    ) -> "UserQuerySet":
        """People who hold the permission in this team, or everywhere where neither team nor matter is closed to others."""
        roles = [role.pk for role in Role.objects.all() if permission in role.permissions]
        reach = Q(grants__team=team) if team else Q(grants__isnull=False)
        if not confined and (team is None or not team.is_private):
            reach |= Q(grants__team__isnull=True)
        return self.people().filter(reach, grants__role__in=roles).distinct()

    def holding_anywhere(self, permission: Permission) -> "UserQuerySet":
        """People who hold the permission everywhere or in some team."""
        roles = [role.pk for role in Role.objects.all() if permission in role.permissions]
        return self.people().filter(grants__role__in=roles).distinct()


ERASED_DOMAIN = "erased.invalid"
"""Of addresses that lead to nobody."""
SERVICE_DOMAIN = "service.invalid"
"""Of programs, which have no mailbox."""


class User(AbstractBaseUser):
    """A person. The e-mail address is the login; the display name is what others see."""

    class Theme(models.TextChoices):
        SYSTEM = "auto", _("As my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(
        _("e-mail"),
        unique=True,
        error_messages={"unique": _("Somebody has this e-mail address already.")},
    )
    display_name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    department = models.ForeignKey(
        Department,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("department"),
        related_name="people",
    )
    location = models.CharField(_("location"), max_length=120, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[check_time_zone]
    )
    language = models.CharField(_("language"), max_length=8, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Somebody who left can no longer sign in; their tickets stay."),
    )
    is_system = models.BooleanField(default=False, editable=False)
    is_contact = models.BooleanField(
        _("only known by mail"),
        default=False,
        db_default=False,
        help_text=_(
            "Wrote to us, and nobody has made them a member of the portal: they can't sign in."
        ),
    )
    is_service = models.BooleanField(default=False, db_default=False, editable=False)
    """A program, with a name and roles: it acts by tokens alone, never signs in, and is nobody to write to or pick."""
    mail_returned_at = models.DateTimeField(null=True, editable=False)
    """When a mail server last reported that mail to this address comes back; nothing once it is known or mended."""
    created_at = models.DateTimeField(auto_now_add=True)

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]
    objects = UserManager()

    class Meta:
        ordering = ["display_name"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_in_lower_case"),
        ]
        indexes = [models.Index(fields=["display_name"], name="user_name")]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    @property
    def is_erased(self) -> bool:
        """Made anonymous for good, or a stand-in for people who were: never anybody again."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    def get_full_name(self) -> str:
        """Django's name for it."""
        return self.display_name

    @property
    def first_name(self) -> str:
        return self.display_name.split(" ", 1)[0]

    @property
    def short_name(self) -> str:
        """“Robin K.”, as lists show people."""
        first, _space, rest = self.display_name.partition(" ")
        return f"{first} {rest[0]}." if rest else first

    @property
    def initials(self) -> str:
        words = [word for word in self.display_name.split() if word[:1].isalnum()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.DEFAULT_TIME_ZONE)

    @property
    def letter_language(self) -> str:
        """In which language we write to this person, where no browser tells."""
        return self.language or settings.LANGUAGE_CODE

    # Rights -----------------------------------------------------------------------------------

    @cached_property
    def permits(self) -> Permits:
        """What this person may do; kept for the life of this object. One query, unless their roles came along with them
        (`held`)."""
        if self.is_system:
            return Permits(frozenset(Permission.values), {})
        if not self.is_active:
            return NOTHING
        held: Any = self.__dict__.get("held")
        if held is None:
            held = kept.rows("permits", roles_held, user=self.pk)
        return combine(held)

    @property
    def reach(self) -> tuple[object, ...]:
        """Everything that decides what this person sees; two of the same reach are asked the same queries."""
        held = frozenset(self.permits.by_team.items())
        return self.pk, self.sharing_department, self.permits.everywhere, held

    @property
    def sharing_department(self) -> int | None:
        """The key of this person's department where its people see each other's tickets."""
        shares = self.department_id and self.department and self.department.shares_tickets
        return self.department_id if shares else None

    @property
    def is_on_staff(self) -> bool:
        """Holds anything beyond what everybody may do."""
        return self.permits.anywhere(*STAFF)

    @property
    def is_agent(self) -> bool:
        return self.permits.anywhere(Permission.TICKETS_SEE)

    @property
    def is_editor(self) -> bool:
        return self.permits.anywhere(Permission.ARTICLES_WRITE)

    @property
    def is_staff(self) -> bool:
        """Django's name for who may enter administration."""
        return self.permits.anywhere(*ADMINISTERING)

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Administration asks by our permissions, see `accounts.administration`."""
        return perm in Permission.values and self.permits.anywhere(perm)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Team(models.Model):
    """A support group: a queue of tickets and the people who work it."""

    class Assigns(models.TextChoices):
        BY_HAND = "by_hand", _("nobody, people take them")
        IN_TURN = "in_turn", _("people of the team in turn")
        BY_LOAD = "by_load", _("whoever of the team has least to do")

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("address"), max_length=50, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    is_private = models.BooleanField(
        _("private"),
        default=False,
        help_text=_(
            "Only people with a role in this team see its tickets, whatever roles others hold."
        ),
    )
    asks_rating = models.BooleanField(
        _("asks for ratings"),
        default=True,
        help_text=_("Requesters are asked how it went when a ticket of this team is closed."),
    )
    assigns = models.CharField(
        _("gives new tickets to"),
        max_length=8,
        choices=Assigns,
        default=Assigns.BY_HAND,
        help_text=_("Nobody who is absent gets one."),
    )
    last_in_turn = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    is_retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permissions, held by people everywhere or within a team."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(max_length=50, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    permissions = models.JSONField(_("permissions"), default=list, blank=True)
    is_everybody = models.BooleanField(_("everybody holds it"), default=False, editable=False)
    is_seeded = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if unknown := set(self.permissions) - set(Permission.values):
            raise ValidationError(
                {"permissions": _("Unknown permission: %s") % ", ".join(sorted(unknown))}
            )


def roles_held() -> QuerySet[Role, tuple[Any, ...]]:
    """Permissions and team of each role that the person holds, and of those that everybody does."""
    own = FilteredRelation("grants", condition=Q(grants__user=kept.Hole("user")))
    held = Role.objects.annotate(held=own).filter(Q(is_everybody=True) | Q(held__isnull=False))
    return held.annotate(team=F("held__team")).values_list("permissions", "team")


class Grant(models.Model):
    """One person holds one role, everywhere (no team) or within one team. Having a grant in a team is being a member."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("person"))
    role = models.ForeignKey(
        Role,
        models.PROTECT,
        related_name="grants",
        verbose_name=_("role"),
        limit_choices_to={"is_everybody": False},
    )
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="grants", verbose_name=_("in team"),
        help_text=_("Empty: everywhere."),
    )  # fmt: skip

    class Meta:
        ordering = ["pk"]
        verbose_name = _("role held")
        verbose_name_plural = _("roles held")
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "team"], name="grant_once"),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(team=None),
                name="grant_once_everywhere",
                violation_error_message=_("This person already holds this role there."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user}: {self.role}" + (f", {self.team}" if self.team else "")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def due(self, at: datetime) -> "InvitationQuerySet":
        """Those whose mail has to go out now."""
        return self.filter(
            sent_at=None, tries__lt=Invitation.MOST_TRIES, next_try_at__lte=at, person__is_active=True
        )  # fmt: skip


class Invitation(models.Model):
    """A person who was asked in: the mail that is owed to them, and when it went out."""

    MOST_TRIES = 6

    person = models.OneToOneField(User, models.CASCADE, related_name="invitation")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(sent_at=None), name="invitations_to_send"
            )
        ]

    def __str__(self) -> str:
        return f"invitation of {self.person_id}"

    @property
    def is_accepted(self) -> bool:
        """Has chosen a password, or signed in by another way."""
        return self.person.last_login is not None or self.person.has_usable_password()

    @property
    def has_failed(self) -> bool:
        return self.sent_at is None and self.tries >= self.MOST_TRIES


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> "AbsenceQuerySet":
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Absence(models.Model):
    """Whole days on which somebody works on nothing, in their own time zone; both ends are included."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="absences", verbose_name=_("person"), db_index=False
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=120, blank=True)
    entered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on"]
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        indexes = [models.Index(fields=["user", "ends_on"], name="absences_to_come")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="absence_ends_after_it_starts",
                violation_error_message=_("The last day is before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.starts_on} to {self.ends_on}"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def alive(self, at: datetime) -> "AccessTokenQuerySet":
        return self.filter(ended_at=None, expires_at__gt=at)


class AccessToken(models.Model):
    """A key by which a program acts as a person, within its scopes and never beyond that person's rights.

    The key itself is shown once and kept nowhere: only its digest, and its first signs to tell it from others by.
    """

    class End(models.TextChoices):
        REVOKED = "revoked", _("revoked")
        PASSWORD = "password", _("the password was changed")
        LEFT = "left", _("the account was deactivated")
        EMAIL = "email", _("the address was changed")
        OUTGROWN = "outgrown", _("the program may now do more than who made it")

    person = models.ForeignKey(User, models.CASCADE, related_name="access_tokens", db_index=False)
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    """At most a minute behind."""
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, choices=End, blank=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index(fields=["person", "-id"], name="tokens_of")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_alive(self) -> bool:
        return self.ended_at is None and self.expires_at > timezone.now()


class AdminChange(models.Model):
    """One change made in administration: who, what, before, after. Written only by `accounts.administration`."""

    class Action(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        REMOVED = "removed", _("removed")

    at = models.DateTimeField(_("when"), auto_now_add=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    action = models.CharField(_("did"), max_length=8, choices=Action)
    kind = models.CharField(_("kind"), max_length=80)
    object_id = models.CharField(max_length=40)
    label = models.CharField(_("what"), max_length=200)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("change")
        verbose_name_plural = _("change log")

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.kind} {self.label}"


class AppendOnly(models.QuerySet[Any]):
    """Rows that are written once. What is blanked or trimmed later, by a verb of its own, goes past this on purpose."""

    def update(self, **_values: Any) -> int:
        raise TypeError("The audit log is append-only.")

    def delete(self) -> Any:
        raise TypeError("The audit log is append-only.")


class AuditEntry(models.Model):
    """One thing that an auditor asks for; see `accounts.audit`, which alone writes here.

    The chain covers the digest of `label` and `data` rather than these, so that a person's traces can be blanked later.
    """

    number = models.PositiveBigIntegerField(null=True, unique=True)
    """Its place in the chain; none for the moment between the commit and the seal."""
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("who"), db_index=False
    )
    """Nobody: we don't know who it was, as with a failed sign-in to no account."""
    kind = models.CharField(_("what"), max_length=24)
    """One of `accounts.audit.Kind`; not as choices, which would need a migration for every new one."""
    about_kind = models.CharField(max_length=80, blank=True)
    about_key = models.CharField(max_length=80, blank=True)
    label = models.CharField(_("about"), max_length=200, blank=True)
    data = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["kind", "-id"], name="audit_of_kind"),
            models.Index(fields=["about_kind", "about_key", "-id"], name="audit_about"),
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["id"], name="audit_unsealed", condition=Q(number=None)),
        ]

    def __str__(self) -> str:
        return f"{self.number or '–'} {self.kind} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("The audit log is append-only.")

    @property
    def place(self) -> int:
        """Its number once it is sealed, before that zero."""
        return self.number or 0

    @property
    def content(self) -> dict[str, Any]:
        """What may name people, and can be blanked without breaking the chain."""
        return {"label": self.label, "data": self.data}

    @property
    def is_blanked(self) -> bool:
        return self.digest != chain.digest(self.content)

    def sealed(self, previous: str) -> str:
        """The hash this entry must have after `previous`."""
        return chain.link(
            previous, self.number, self.kind, self.actor_id, self.at, self.about_kind, self.about_key, self.digest,
        )  # fmt: skip


class AuditHead(models.Model):
    """The newest link of the chain: one row, locked for the moment that the next links are made."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=chain.START, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_head_of_the_audit_log")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class AuditMark(models.Model):
    """How far a chain had come, noted once a day: what was cut off later, or made anew from some place on, shows by it."""

    class Chain(models.TextChoices):
        AUDIT = "audit"
        TICKETS = "tickets"

    chain = models.CharField(max_length=8, choices=Chain)
    at = models.DateTimeField()
    start = models.PositiveBigIntegerField(default=0)
    """What lies up to here is another mark's."""
    upto = models.PositiveBigIntegerField()
    """The newest entry's number; of tickets, the newest event's key."""
    count = models.PositiveBigIntegerField()
    """How many there were between both."""
    digest = models.CharField(max_length=64)
    """The newest entry's hash; of tickets, that of all hashes since the mark before."""

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["chain", "-id"], name="audit_marks")]

    def __str__(self) -> str:
        return f"{self.chain} {self.upto}: {self.digest}"
