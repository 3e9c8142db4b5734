"""Access tokens: made, revoked, and ended with what they stood on; and the accounts of programs."""

from collections.abc import Collection
from datetime import timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts import access, policies
from accounts.access import Scope
from accounts.actions import rights
from accounts.actions.record import record_added
from accounts.audit.kinds import Kind
from accounts.audit.noting import note
from accounts.errors import InvalidInput, Refused, require
from accounts.models import SERVICE_DOMAIN, AccessToken, AccessTokenQuerySet, User, UserQuerySet

LONGEST_NAME = 80
MOST_ALIVE = 50
"""Of one person at a time."""


@transaction.atomic
def make_token(
    person: User, *, by: User, name: str, scopes: Collection[str], days: int
) -> tuple[AccessToken, str]:
    """A token that acts as `person` for so many days, and its secret, which is never shown again.

    Raises:
        NotAllowed: `by` may not make tokens for this person.
        InvalidInput: name, scopes or days can't be used.
        Refused: `by` must have a second factor first, or there are too many tokens.
    """
    if person.is_service:
        rights.lock_rights()  # its roles don't grow between this check and the token
    person = User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
    require(
        policies.can_make_token(by, person), _("You may not make access tokens for this account.")
    )
    if settings.REQUIRE_STAFF_MFA and by.is_on_staff and not is_mfa_enabled(by):
        raise Refused(_("Set up your second step first: a token opens as much as your password."))
    name = _named(name)
    chosen = [scope.value for scope in Scope if scope.value in set(scopes)]
    if not chosen or len(chosen) != len(set(scopes)):
        raise InvalidInput(_("Choose what the token is for."), field="scopes")
    if days not in access.LIFETIMES:
        raise InvalidInput(_("Choose how long it may be used."), field="days")
    now = timezone.now()
    if person.access_tokens.alive(now).count() >= MOST_ALIVE:
        raise Refused(_("There are too many tokens already. Revoke one that is not used."))
    secret = access.new_secret()
    token = AccessToken.objects.create(
        person=person, name=name, hint=secret[: access.HINT], digest=access.digest_of(secret),
        scopes=chosen, made_by=by, made_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    note(Kind.TOKEN_MADE, by=by, about=token, person=person.pk, hint=token.hint, scopes=chosen, days=days)  # fmt: skip
    return token, secret


@transaction.atomic
def revoke_token(token: AccessToken, *, by: User) -> AccessToken:
    """Let it open nothing any more, from the next request on. One that has ended stays as it is.

    Raises:
        NotAllowed: it is somebody else's.
    """
    require(policies.can_end_token(by, token), _("You may not revoke this token."))
    _end(AccessToken.objects.filter(pk=token.pk), by=by, why=AccessToken.End.REVOKED)
    token.refresh_from_db()
    return token


@transaction.atomic
def end_tokens(person: User, *, by: User, why: str) -> None:
    """All tokens of this person end, with what they stood on."""
    _end(person.access_tokens.all(), by=by, why=why)


@transaction.atomic
def end_outgrown_tokens(programs: UserQuerySet, *, by: User) -> None:
    """After programs were given rights: their tokens end whose makers could not make them now.

    Whoever made a token has its secret, and would have got rights by it that nobody gave them.
    """
    alive = AccessToken.objects.alive(timezone.now()).filter(
        person__in=programs.filter(is_service=True)
    )
    pairs = alive.order_by("person", "made_by").values_list("person", "made_by").distinct()
    people = User.objects.get_queryset().in_bulk({key for pair in pairs for key in pair})
    for program, maker in pairs:
        if not policies.can_make_token(people[maker], people[program]):
            outgrown = AccessToken.objects.filter(person=program, made_by=maker)
            _end(outgrown, by=by, why=AccessToken.End.OUTGROWN)


@transaction.atomic
def make_service_account(name: str, *, by: User) -> User:
    """An account for a program: without roles at first, without a password and an address for ever.

    Raises:
        NotAllowed: `by` may not manage connections.
        InvalidInput: it has no name.
    """
    require(policies.can_manage_channels(by), _("You may not set up connections."))
    address = f"{get_random_string(16).lower()}@{SERVICE_DOMAIN}"
    person = User.objects.create_user(address, None, display_name=_named(name), is_service=True)
    record_added(person, by=by)
    return person


def _end(tokens: AccessTokenQuerySet, *, by: User, why: str) -> None:
    now = timezone.now()
    for token in tokens.alive(now).select_for_update(no_key=True).order_by("pk"):
        token.ended_at, token.ended_why = now, why
        token.save(update_fields=["ended_at", "ended_why"])
        note(Kind.TOKEN_ENDED, by=by, about=token, person=token.person_id, hint=token.hint, why=str(why))  # fmt: skip


def _named(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(
            _("Give it a name of up to %(most)d characters.") % {"most": LONGEST_NAME}, field="name"
        )
    return name
