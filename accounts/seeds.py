"""What every install starts with: the seeded roles, the desk's own user, the cache table."""

from typing import Any

from django.core.management import call_command

from accounts.models import SYSTEM_EMAIL, Role, User
from accounts.permissions import SEEDED_ROLES


def plant(**_signal: Any) -> None:
    """Make what is missing; what administrators changed stays as they left it."""
    for seed in SEEDED_ROLES:
        Role.objects.get_or_create(
            slug=seed.slug,
            defaults={
                "name": seed.name,
                "description": seed.description,
                "permissions": list(seed.permissions),
                "is_everybody": seed.everybody,
                "is_seeded": True,
            },
        )
    User.objects.get_or_create(
        email=SYSTEM_EMAIL,
        defaults={
            "display_name": "Firebreak",
            "is_system": True,
            "is_active": False,
            "password": "!",
        },
    )
    call_command("createcachetable", verbosity=0)
