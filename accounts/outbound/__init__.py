"""Every request that the portal makes to an address somebody typed: one guarded client (security row I8).

A person may write any address into a form, and the portal stands inside the house's network, so it must not become
their way to what listens there. `targets` says which addresses may be asked for, `addresses` to which a name may
lead, `client` asks: it resolves once and connects to exactly what was checked. `session` is the same for libraries
that speak through requests.
"""

from django.conf import settings

from .client import Answer, addresses_of, send
from .errors import Forbidden, NotSent, Unreachable
from .session import session
from .targets import check_url, require_not_nearby

__all__ = [
    "Answer",
    "Forbidden",
    "NotSent",
    "Unreachable",
    "addresses_of",
    "check_url",
    "is_outgoing_on",
    "require_not_nearby",
    "send",
    "session",
]


def is_outgoing_on() -> bool:
    """Whether the portal may reach people and machines outside.

    Off in a copy that was restored to be looked at: it must not tell the same things a second time.
    """
    return bool(settings.OUTGOING)
