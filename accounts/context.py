"""What every page knows of the install it belongs to."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str | bool]:
    return {
        "site_name": settings.SITE_NAME,
        "site_phone": settings.SITE_PHONE,
        "site_hours": settings.SITE_HOURS,
        "demo": settings.DEMO,
    }
