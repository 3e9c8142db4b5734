"""What a provider's row may hold, and who may change one that opens the keys of the house."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.utils.translation import gettext as _

from accounts import policies
from accounts.errors import InvalidInput, require
from accounts.models import User
from accounts.permissions import Permission
from accounts.sso.models import Provider

NEEDED = {
    "oidc": {"issuer", "client_id"},
    "saml": {"issuer", "address", "certificates"},
    "ldap": {"address", "base", "login_attribute"},
}


def require_fit(row: Provider, *, before: Provider | None, by: User) -> None:
    """Refuse what can't be set up like this. `before`: the row as it is kept, None for a new one.

    Raises:
        NotAllowed: `by` may not set up channels; or does not manage roles, and the provider signs people in (from now on),
            or has signed in somebody who does.
        InvalidInput: what identities hang on would change, or something that is needed is missing.
    """
    require(
        by.permits.anywhere(Permission.CHANNELS_MANAGE), _("You may not set up single sign-on. Ask an administrator.")
    )  # fmt: skip
    require(
        policies.can_manage_roles(by) or not (row.is_on or (before and before.is_on)),
        _(
            "A provider that is on says who people are and which roles they hold. So whoever switches it on, or changes it while it is on, must manage roles, too."
        ),
    )
    if row.kind == Provider.Kind.LDAP:
        row.issuer = row.issuer or f"ldap:{row.slug}"
    if before is not None:
        require(
            policies.can_manage_roles(by) or not opens_role_managers(before),
            _(
                "This provider signs in people who manage roles, so whoever changes it must manage them, too."
            ),
        )
        if (row.issuer, row.subject_claim, row.kind) != (
            before.issuer,
            before.subject_claim,
            before.kind,
        ):
            _refuse_known(before)
    if row.is_on and (words := missing(row)):
        raise InvalidInput(
            _("Before this can be on, it needs: %(what)s.") % {"what": words}, field="is_on"
        )


def missing(row: Provider) -> str:
    """What is still empty and needed, in words."""
    fields: Any = Provider._meta.get_field
    empty = [name for name in NEEDED[row.kind] if getattr(row, name) in ("", row.not_named_yet)]
    return ", ".join(str(fields(name).verbose_name) for name in sorted(empty))


def opens_role_managers(row: Provider) -> bool:
    known = SocialAccount.objects.filter(provider=row.issuer).values("user")
    return (
        User.objects.people().holding(Permission.ROLES_MANAGE, None).filter(pk__in=known).exists()
    )


def _refuse_known(row: Provider) -> None:
    """What a subject means hangs on these."""
    if SocialAccount.objects.filter(provider=row.issuer).exists():
        raise InvalidInput(
            _(
                "People sign in by this provider already. With another issuer or subject they would be others, so set up a second provider, and switch this one off."
            ),
            field="issuer",
        )
