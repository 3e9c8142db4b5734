"""Sessions in the database, as Django keeps them, with their query put together once: every request asks it."""

from django.contrib.sessions.backends.db import SessionStore as Store
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import kept


class SessionStore(Store):
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
