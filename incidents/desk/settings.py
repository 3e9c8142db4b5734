"""How one person has the desk, for every page of it."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import kept
from accounts.models import User
from incidents.desk.models import DeskSettings


def uses_keys(user: User) -> bool:
    """Do single keys do anything? Asked by every page of the desk."""
    off = kept.rows(
        ("desk.keys", user.pk),
        lambda: DeskSettings.objects.filter(user=user.pk, uses_keys=False).values_list("pk"),
    )
    return not off


def desk_settings(request: HttpRequest) -> dict[str, object]:
    """For templates: `uses_keys`, asked only where it is shown."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"uses_keys": SimpleLazyObject(lambda: uses_keys(user))}
