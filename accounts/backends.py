"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection
from django.db.models import QuerySet

from accounts import kept
from accounts.models import User, roles_held


class PeopleBackend(AuthenticationBackend):
    """allauth's, bringing the person's department along: nearly every page asks whether it shares its tickets."""

    def get_user(self, user_id: int) -> User | None:
        found = kept.instances("person of a session", _person, user=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None

    def user_can_authenticate(self, user: User) -> bool:
        """Active, more than somebody who once wrote to us, and no program: those act by tokens, never by a session."""
        return bool(super().user_can_authenticate(user)) and not (
            user.is_contact or user.is_service
        )


def _person() -> QuerySet[User]:
    """With the roles they hold, where the database can give a list: what they may do is asked of every page."""
    person = User.objects.select_related("department").filter(pk=kept.Hole("user"))
    if connection.vendor != "postgresql":
        return person
    return person.annotate(held=kept.gathered(roles_held().order_by(), "permissions", "team"))
