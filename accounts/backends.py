"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class PeopleBackend(AuthenticationBackend):
    """allauth's, bringing the person's department along: nearly every page asks whether it shares its tickets."""

    def get_user(self, user_id: int) -> User | None:
        person = User.objects.select_related("department").filter(pk=user_id).first()
        return person if person and self.user_can_authenticate(person) else None
