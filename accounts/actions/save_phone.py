"""Keep the number under which somebody called."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import phones, policies
from accounts.actions.record import record_changed
from accounts.errors import InvalidInput, require
from accounts.models import User


@transaction.atomic
def save_phone(person: User, number: str, *, by: User) -> User:
    """Make this the person's phone number; who changed it from what stands in the log of administration.

    Raises:
        NotAllowed: `by` does not manage people.
        InvalidInput: it is no phone number.
    """
    require(policies.can_manage_people(by), _("You may not change other people."))
    number = " ".join(number.split())
    if not phones.is_number(number) or len(number) > phones.LONGEST:
        raise InvalidInput(_("This is not a phone number."), field="phone")
    person = User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
    before = person.phone
    if before != number:
        person.phone = number
        person.save(update_fields=["phone"])
        record_changed(person, by=by, before={"phone": before}, after={"phone": number})
    return person
