"""The address that a person signs in with."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.deactivate import NO_RIGHT, refuse_erased
from accounts.actions.record import record_changed, snapshot
from accounts.actions.tokens import end_tokens
from accounts.errors import InvalidInput, Refused, require
from accounts.models import ERASED_DOMAIN, SERVICE_DOMAIN, AccessToken, User

LONGEST = 254


@transaction.atomic
def change_email(person: User, *, to: str, by: User) -> User:
    """Give the person another address; the old one opens nothing any more.

    Raises:
        NotAllowed: `by` may not manage people, or lacks rights that this person holds.
        InvalidInput: it is no address, or somebody else has it.
        Refused: the person was erased.
    """
    person = User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
    require(policies.can_manage_people(by), _(NO_RIGHT))
    require(
        policies.can_change_email(by, person),
        _("%(person)s holds rights that you don't. Ask somebody who manages roles to change this address.")
        % {"person": person},
    )  # fmt: skip
    to = to.strip().lower()
    if person.email == to:
        return person
    refuse_erased(person)
    if person.is_service:
        raise Refused(_("A service account has no address: programs sign in by tokens alone."))
    _refuse_no_address(to)
    if User.objects.filter(email=to).exists():
        raise InvalidInput(_("Somebody has this e-mail address already."), field="email")
    before = snapshot(person)
    person.email, person.mail_returned_at = to, None
    person.save(update_fields=["email", "mail_returned_at"])
    # allauth would still take the old address for sign-in and for resetting the password.
    EmailAddress.objects.filter(user=person).delete()
    end_tokens(person, by=by, why=AccessToken.End.EMAIL)
    record_changed(person, by=by, before=before)
    return person


def _refuse_no_address(given: str) -> None:
    try:
        validate_email(given)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="email") from error
    if len(given) > LONGEST or given.endswith((f"@{ERASED_DOMAIN}", f"@{SERVICE_DOMAIN}")):
        raise InvalidInput(_("This address can't be used."), field="email")
