"""What people say of themselves: their name, where to reach them, and how pages speak to them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_changed
from accounts.bidi import is_plain
from accounts.errors import InvalidInput
from accounts.models import Team, User, check_time_zone

LONGEST_NAME = 120
LONGEST_PHONE = 40


@transaction.atomic
def change_profile(
    *, by: User, display_name: str, phone: str, time_zone: str, language: str
) -> User:
    """Keep what `by` says of themselves. An empty zone is the house's, an empty language the browser's.

    A change of name is noted in the log of administration, since others know people by it.

    Raises:
        InvalidInput: the name is empty, too long, somebody else's or hides something; the rest is not what it should be.
    """
    name, phone = _name(display_name), _phone(phone)
    try:
        check_time_zone(time_zone)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="time_zone") from error
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose a language from the list."), field="language")
    person = User.objects.get_queryset().select_for_update(no_key=True).get(pk=by.pk)
    before = person.display_name
    if name != before:
        _refuse_namesakes(name, person)
    person.display_name, person.phone = name, phone
    person.time_zone, person.language = time_zone, language
    person.save(update_fields=["display_name", "phone", "time_zone", "language"])
    record_changed(person, by=by, before={"display_name": before}, after={"display_name": name})
    return person


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not is_plain(name):
        raise InvalidInput(
            _("This name holds signs that can’t be seen. Type it afresh."), field="display_name"
        )
    if not any(sign.isalnum() for sign in name):
        raise InvalidInput(_("Type the name that others know you by."), field="display_name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(
            _("Keep your name under %(most)s characters.") % {"most": LONGEST_NAME + 1},
            field="display_name",
        )
    return name


def _refuse_namesakes(name: str, person: User) -> None:
    """Nobody takes a colleague's or a team's name by themselves; true namesakes are named by an administrator."""
    others = User.objects.people().exclude(pk=person.pk).filter(display_name__iexact=name)
    if others.exists() or Team.objects.filter(name__iexact=name).exists():
        raise InvalidInput(
            _("Somebody else here has this name. Ask IT if it is yours, too."), field="display_name"
        )


def _phone(given: str) -> str:
    phone = " ".join(given.split())
    if phone and not (is_plain(phone) and any(sign.isdigit() for sign in phone)):
        raise InvalidInput(_("Type a phone number, or leave this empty."), field="phone")
    if len(phone) > LONGEST_PHONE:
        raise InvalidInput(
            _("Keep the phone number under %(most)s characters.") % {"most": LONGEST_PHONE + 1},
            field="phone",
        )
    return phone
