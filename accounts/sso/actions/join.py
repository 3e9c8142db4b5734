"""A new account, made because the provider vouches for the person."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added
from accounts.errors import InvalidInput
from accounts.models import User
from accounts.sso.actions.link import link
from accounts.sso.claims import Claims
from accounts.sso.models import Provider


@transaction.atomic
def join(claims: Claims, *, provider: Provider) -> User:
    """Make the account and let the identity open it, in the desk's own name.

    Raises:
        InvalidInput: address or name can't be used, or somebody has the address.
    """
    name = claims.name or claims.email.partition("@")[0]
    desk = User.objects.system()
    try:
        person = User.objects.create_user(
            claims.email,
            None,
            display_name=name,
            department=provider.department,
            language=provider.language,
        )
    except ValidationError as error:
        raise InvalidInput(_("This account can't be made here. Ask IT.")) from error
    record_added(person, by=desk)
    link(person, claims=claims, provider=provider, by=desk)
    return person
