"""The banner that every portal page carries."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from incidents.portal.announcements import for_banner


def announcements(request: HttpRequest) -> dict[str, Any]:
    """Asked for only when a template shows them."""
    user = getattr(request, "user", None)
    if not user or not user.is_authenticated:
        return {}
    return {"announcements": SimpleLazyObject(lambda: for_banner(user))}
