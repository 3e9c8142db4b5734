"""Sessions in the database, as Django keeps them, with their query put together once: every request asks it."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore as Store
from django.contrib.sessions.models import Session
from django.dispatch import Signal
from django.utils import timezone

from accounts import kept
from accounts.models import User

moved = Signal()
"""A session goes on under another key: `former` and `session_key`."""


def end_all(person: User) -> None:
    """Sign the person out everywhere."""
    for session in UserSession.objects.filter(user=person):
        session.end()


class SessionStore(Store):
    def cycle_key(self) -> None:
        former = self.session_key
        super().cycle_key()
        if former:
            moved.send(type(self), former=former, session_key=self.session_key)

    def _get_session_from_db(self) -> Session | None:
        found = kept.instances(
            "session",
            lambda: Session.objects.filter(session_key=kept.Hole("session")),
            session=self.session_key,
        )
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None
        return None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session
