"""Who looked at pages of administration that show people: one entry a person, page and hour."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

from accounts.audit.kinds import Kind
from accounts.audit.noting import note
from accounts.models import User

AN_HOUR = 60 * 60

_pages: set[str] = set()


def shows_people(*url_names: str) -> None:
    """Note who opens these pages of administration."""
    _pages.update(url_names)


def note_opened(request: HttpRequest, response: HttpResponseBase) -> None:
    """Called for every page of administration. Whoever opens one again within the hour costs a look into the cache."""
    match = request.resolver_match
    if (
        match is None
        or match.url_name not in _pages
        or request.method != "GET"
        or response.status_code != 200
    ):
        return
    user: User = request.user  # type: ignore[assignment]  # nobody else comes through the door
    place = f"audit:opened:{user.pk}:{request.path}"
    if cache.get(place) or not cache.add(
        place, 1, AN_HOUR
    ):  # reading costs one query, adding several
        return
    key = match.kwargs.get("object_id") or match.kwargs.get("person")
    person = User.objects.filter(pk=key).first() if match.url_name in _OF_ONE and key else None
    note(Kind.OPENED, by=user, about=person, page=request.path)


_OF_ONE = {"accounts_user_change", "erase"}
"""Pages about one person, by the name of their address."""
