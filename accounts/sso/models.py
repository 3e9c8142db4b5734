"""Identity providers that an administrator set up, and what their groups give here.

Who somebody is there stands in allauth's `SocialAccount`: its `provider` holds the issuer and its `uid` the subject,
which together are the only thing that a person is known by. An e-mail address never is.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Grant, Role, Team
from accounts.sealed import SealedTextField

LONGEST_SUBJECT = 191


class ProviderQuerySet(models.QuerySet["Provider"]):
    def on(self) -> "ProviderQuerySet":
        return self.filter(is_on=True)


class Provider(models.Model):
    """Somebody else who says who people are: an OpenID provider, a SAML identity provider, or a directory."""

    class Kind(models.TextChoices):
        OIDC = "oidc", _("OpenID Connect")
        SAML = "saml", _("SAML")
        LDAP = "ldap", _("LDAP directory")

    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    name = models.CharField(
        _("name"), max_length=60, unique=True, help_text=_("As the button on the sign-in page says it.")
    )  # fmt: skip
    slug = models.SlugField(max_length=50, unique=True)
    is_on = models.BooleanField(
        _("on"), default=False, help_text=_("Test it first. While it is off, nobody signs in by it.")
    )  # fmt: skip
    issuer = models.CharField(
        _("issuer"), max_length=200, unique=True, blank=True,
        help_text=_(
            "As the provider writes it itself. It stays once somebody signed in: the same subject of another issuer is somebody else."
        ),
    )  # fmt: skip
    client_id = models.CharField(
        _("client ID"), max_length=200, blank=True,
    )  # fmt: skip
    secret = SealedTextField(_("secret"), blank=True)
    address = models.CharField(
        _("address"), max_length=500, blank=True,
    )  # fmt: skip
    certificates = models.TextField(
        _("certificates"), blank=True,
    )  # fmt: skip
    scopes = models.CharField(
        _("scopes"), max_length=200, blank=True,
        help_text=_(
            "Asked for beside openid, profile and email."
        ),
    )  # fmt: skip
    base = models.CharField(
        _("base"), max_length=300, blank=True,
        help_text=_(
            "Below which name (DN) people stand."
        ),
    )  # fmt: skip
    login_attribute = models.CharField(
        _("attribute of the login"), max_length=60, blank=True,
        help_text=_(
            "What people type, such as uid or sAMAccountName."
        ),
    )  # fmt: skip
    subject_claim = models.CharField(
        _("attribute of the subject"), max_length=200, blank=True,
        help_text=_(
            "What never changes and is never given to somebody else. Empty: NameID for SAML, entryUUID for LDAP; "
            "Active Directory has objectGUID."
        ),
    )  # fmt: skip
    email_claim = models.CharField(_("attribute of the e-mail"), max_length=200, blank=True)
    name_claim = models.CharField(_("attribute of the name"), max_length=200, blank=True)
    groups_claim = models.CharField(_("attribute of the groups"), max_length=200, blank=True)

    trusts_addresses = models.BooleanField(
        _("its addresses are proven"), default=False,
        help_text=_(
            "For providers that don't say themselves whether an address was verified (SAML, LDAP). Only where nobody "
            "there can set an address that is not theirs."
        ),
    )  # fmt: skip
    links_by_address = models.BooleanField(
        _("opens existing accounts by address"), default=False,
        help_text=_(
            "Who comes for the first time with a verified address gets the account here that has it, "
            "unless that was only made from a mail. Without this, people link the two themselves, in their account."
        ),
    )  # fmt: skip
    makes_accounts = models.BooleanField(
        _("makes accounts"), default=False,
        help_text=_("Who comes for the first time, with a verified address that nobody has here, gets an account."),
    )  # fmt: skip
    domains = models.TextField(
        _("domains of addresses"), blank=True,
        help_text=_("Opens and makes accounts only for these. One a line, such as example.com; empty: any."),
    )  # fmt: skip
    is_required = models.BooleanField(
        _("required for these domains"), default=False,
        help_text=_("Their people sign in by this provider only. Who manages roles can always sign in here, too."),
    )  # fmt: skip
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("department of new accounts"),
    )  # fmt: skip
    language = models.CharField(
        _("language of new accounts"), max_length=8, blank=True, choices=settings.LANGUAGES
    )
    trusts_second_factor = models.BooleanField(
        _("its second step counts"), default=False,
        help_text=_("Staff who took two steps there need not set up another one here."),
    )  # fmt: skip
    second_factor_values = models.TextField(
        _("says so by"), blank=True,
        help_text=_("Values of amr or acr, or SAML's authentication context, one a line. Empty: mfa in amr."),
    )  # fmt: skip
    deactivates = models.BooleanField(
        _("ends access"), default=False,
        help_text=_("LDAP: who is gone or disabled there is deactivated here, every night."),
    )  # fmt: skip
    last_trouble = models.CharField(max_length=400, blank=True, editable=False)
    last_trouble_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("sign-in provider")
        verbose_name_plural = _("sign-in providers")

    def __str__(self) -> str:
        return self.name

    @property
    def not_named_yet(self) -> str:
        """What stands as the issuer of one that has none yet, since no two have the same. People never see it."""
        return f"new:{self.slug}"

    def goes_elsewhere(self, before: "Provider") -> bool:
        """The secret that is kept would be told to another server than before, or to one proven otherwise."""
        return any(
            lines(getattr(self, name)) != lines(getattr(before, name))
            for name in ("issuer", "address", "certificates")
        )

    def clean(self) -> None:
        if self.is_required and not self.domain_list:
            raise ValidationError({"is_required": _("Name the domains that it is required for.")})

    @property
    def domain_list(self) -> list[str]:
        return [one.strip().lower().lstrip("@") for one in self.domains.split() if one.strip()]

    def covers(self, email: str) -> bool:
        """Whether addresses of this domain may come from here."""
        return not self.domain_list or email.rpartition("@")[2].lower() in self.domain_list

    @property
    def is_directory(self) -> bool:
        return self.kind == self.Kind.LDAP

    def claim(self, what: str) -> str:
        """The name of a claim or an attribute, as set or as this kind usually has it."""
        return getattr(self, f"{what}_claim") or USUAL[self.kind][what]


USUAL: dict[str, dict[str, str]] = {
    "oidc": {"subject": "sub", "email": "email", "name": "name", "groups": "groups"},
    "saml": {"subject": "", "email": "email", "name": "name", "groups": "groups"},
    "ldap": {"subject": "entryUUID", "email": "mail", "name": "displayName", "groups": "memberOf"},
}


class GroupRule(models.Model):
    """Who is in this group there holds this role here."""

    provider = models.ForeignKey(
        Provider, models.CASCADE, related_name="rules", verbose_name=_("provider")
    )
    group = models.CharField(
        _("group"), max_length=400,
        help_text=_("Exactly as the provider writes it: a name, an ID, or a whole DN."),
    )  # fmt: skip
    role = models.ForeignKey(
        Role, models.CASCADE, related_name="+", limit_choices_to={"is_everybody": False}, verbose_name=_("role")
    )  # fmt: skip
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("in team"),
        help_text=_("Empty: everywhere."),
    )  # fmt: skip
    is_on = models.BooleanField(_("on"), default=True)

    class Meta:
        ordering = ["group", "pk"]
        verbose_name = _("rule of a group")
        verbose_name_plural = _("rules of groups")
        constraints = [
            models.UniqueConstraint(fields=["provider", "group", "role", "team"], name="group_rule_once"),
            models.UniqueConstraint(
                fields=["provider", "group", "role"], condition=Q(team=None), name="group_rule_once_everywhere",
                violation_error_message=_("There is this rule already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.group}: {self.role}" + (f", {self.team}" if self.team else "")


class GivenByGroup(models.Model):
    """A role that is held because a provider's group gives it. Only these are taken again by themselves."""

    grant = models.OneToOneField(Grant, models.CASCADE, related_name="given_by_group")
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="given")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"grant {self.grant_id} by {self.provider_id}"


def lines(text: Any) -> list[str]:
    return [one.strip() for one in str(text or "").splitlines() if one.strip()]
