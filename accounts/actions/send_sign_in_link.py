"""The mail with which somebody chooses a first password, or a new one."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import letters, occasions, policies
from accounts.actions.deactivate import NO_RIGHT
from accounts.actions.record import record_changed
from accounts.errors import Refused, require
from accounts.models import User


@transaction.atomic
def send_sign_in_link(person: User, *, by: User) -> None:
    """Owe the person a mail with a link to choose a password. It goes the way of all mail, and waits for a slow server.

    Raises:
        NotAllowed: `by` may not manage people.
        Refused: the person can't sign in.
    """
    require(policies.can_manage_people(by), _(NO_RIGHT))
    if person.is_system or person.is_service or not person.is_active:
        raise Refused(_("This person can't sign in. Make the person active first."))
    if person.is_contact:
        raise Refused(
            _(
                "Nobody made this person a member of the portal. Take “only known by mail” off first."
            )
        )
    occasions.post(letters.SIGN_IN_LINK, person)
    record_changed(person, by=by, before={}, after={"sign_in_link": "sent"})
