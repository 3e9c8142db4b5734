"""From what somebody typed to one person: by name, as people without the picker do it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import User

FEWEST_LETTERS = 3
MOST_CHOICES = 8


class NotOnePerson(Refused):
    """Nobody or several people have this name; `choices` are those to choose from, if they are few."""

    status = 422

    def __init__(self, message: str, choices: Sequence[User] = ()) -> None:
        super().__init__(message)
        self.choices = choices


def find_one(name: str, chosen: str = "") -> User:
    """The one person called `name`, or the `chosen` one (a key) among several of that name.

    Raises:
        NotOnePerson: with words for the person who typed.
    """
    name = " ".join(name.split())
    if len(name) < FEWEST_LETTERS:
        raise NotOnePerson(_("Type their name: at least three letters."))
    found = list(User.objects.people().found_by(name)[: MOST_CHOICES + 1])
    if not found:
        raise NotOnePerson(_("We can’t find anybody called “%s”. Check the spelling.") % name)
    exact = [person for person in found if person.display_name.casefold() == name.casefold()]
    for likely in ([p for p in found if str(p.pk) == chosen], exact, found):
        if len(likely) == 1:
            return likely[0]
    if len(found) > MOST_CHOICES:
        raise NotOnePerson(_("Many people match “%s”. Type more of the name.") % name)
    raise NotOnePerson(_("Several people match “%s”. Choose one.") % name, found)
