"""The sign-in page's buttons."""

from django import template
from django.db.models import QuerySet

from accounts.sso.models import Provider

register = template.Library()


@register.simple_tag
def sign_in_providers() -> "QuerySet[Provider]":
    """Those that are on. Nobody is asked anything: a provider that is away keeps no page from showing."""
    return Provider.objects.on().only("name", "slug", "kind")
