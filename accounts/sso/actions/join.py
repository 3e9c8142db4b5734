"""A new account, made because the provider vouches for the person."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added
from accounts.errors import InvalidInput
from accounts.models import ERASED_DOMAIN, Team, User
from accounts.sso.actions.link import link
from accounts.sso.claims import LONGEST_NAME, Claims
from accounts.sso.models import Provider


@transaction.atomic
def join(claims: Claims, *, provider: Provider) -> User:
    """Make the account and let the identity open it, in the desk's own name.

    Raises:
        InvalidInput: address or name can't be used, or somebody has the address.
    """
    if claims.email.endswith(f"@{ERASED_DOMAIN}"):  # it would count as somebody who was erased
        raise InvalidInput(_("This account can't be made here. Ask IT."))
    desk = User.objects.system()
    try:
        person = User.objects.create_user(
            claims.email,
            None,
            display_name=_name(claims),
            department=provider.department,
            language=provider.language,
        )
    except ValidationError as error:
        raise InvalidInput(_("This account can't be made here. Ask IT.")) from error
    record_added(person, by=desk)
    link(person, claims=claims, provider=provider, by=desk)
    return person


def _name(claims: Claims) -> str:
    """As the provider says it; with the address beside it where a colleague or a team is called so already."""
    name = claims.name or claims.email.partition("@")[0]
    others = User.objects.people().filter(display_name__iexact=name)
    if others.exists() or Team.objects.filter(name__iexact=name).exists():
        name = f"{name[: max(0, LONGEST_NAME - len(claims.email) - 3)]} ({claims.email})"
    return name[:LONGEST_NAME].strip()
