"""Which identity elsewhere opens an account here."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, occasions, policies
from accounts.actions.deactivate import NO_RIGHT
from accounts.audit.kinds import Kind
from accounts.errors import Refused, require
from accounts.models import User
from accounts.sessions import end_all
from accounts.sso import letters
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
    """Let the identity open nothing any more. Where it is gone already, nothing happens a second time.

    Where somebody else does it, there is a reason to: the person is signed out everywhere, and told by mail.

    Raises:
        NotAllowed: it is somebody else's, and `by` may not manage people.
        Refused: nothing would be left for oneself to sign in with.
    """
    person = _lock(account.user)
    is_own = person == by
    require(is_own or policies.can_manage_people(by), _(NO_RIGHT))
    found = SocialAccount.objects.filter(pk=account.pk, user=person).first()
    if found is None:
        return
    is_last = is_last_way(found, person)
    if is_own and is_last:
        raise Refused(
            _(
                "You would have nothing left to sign in with. Choose a password first, with “Forgot your password?”."
            )
        )
    provider = Provider.objects.filter(issuer=found.provider).first()
    name = provider.name if provider else found.provider
    audit.note(Kind.SIGN_IN_UNLINKED, by=by, about=person, provider=name)
    found.delete()
    if is_own:
        return
    end_all(person)
    if person.is_active:
        occasions.post(letters.UNLINKED, person, provider=name, was_last=is_last)


def is_last_way(account: SocialAccount, person: User) -> bool:
    """Whether its person has neither a password nor another identity that is linked."""
    others = SocialAccount.objects.filter(user=person).exclude(pk=account.pk)
    return not (person.has_usable_password() or others.exists())


def _lock(person: User) -> User:
    return User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
