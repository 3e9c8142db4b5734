"""Which identity elsewhere opens an account here."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit.kinds import Kind
from accounts.errors import Refused
from accounts.models import User
from accounts.sso.claims import Claims
from accounts.sso.models import Provider


@transaction.atomic
def link(person: User, *, claims: Claims, provider: Provider, by: User) -> SocialAccount:
    """Let this identity open the account.

    Raises:
        Refused: it opens somebody else's, or the account is switched off.
    """
    person = _lock(person)
    if not person.is_active or person.is_system or person.is_contact or person.is_erased:
        raise Refused(_("This account is switched off. Ask IT."))
    found, new = SocialAccount.objects.get_or_create(
        provider=claims.issuer, uid=claims.subject,
        defaults={"user": person, "extra_data": claims.kept},
    )  # fmt: skip
    if found.user_id != person.pk:
        raise Refused(_("This sign-in opens another account here already."))
    if new:
        audit.note(Kind.SIGN_IN_LINKED, by=by, about=person, provider=provider.name)
    return found


@transaction.atomic
def unlink(account: SocialAccount, *, by: User) -> None:
    """Let the identity open nothing any more.

    Raises:
        Refused: nothing would be left to sign in with.
    """
    person = _lock(account.user)
    others = SocialAccount.objects.filter(user=person).exclude(pk=account.pk)
    if person == by and not (person.has_usable_password() or others.exists()):
        raise Refused(
            _(
                "You would have nothing left to sign in with. Choose a password first, with “Forgot your password?”."
            )
        )
    provider = Provider.objects.filter(issuer=account.provider).first()
    audit.note(
        Kind.SIGN_IN_UNLINKED,
        by=by,
        about=person,
        provider=provider.name if provider else account.provider,
    )
    account.delete()


def _lock(person: User) -> User:
    return User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
