"""How one person has the desk, for every page of it."""

from accounts import kept
from accounts.models import User
from incidents.desk.models import DeskSettings


def uses_keys(user: User) -> bool:
    """Do single keys do anything? Pages with a sidebar ask that: it knows already."""
    off = kept.rows(
        ("desk.keys", user.pk),
        lambda: DeskSettings.objects.filter(user=user.pk, uses_keys=False).values_list("pk"),
    )
    return not off
