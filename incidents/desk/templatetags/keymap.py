"""The key map on pages: `{% load keymap %}`, then `{% key_hints "list" %}` in the foot of a list."""

from typing import Any

from django import template

from incidents.desk import keys

register = template.Library()


@register.inclusion_tag("desk/_hints.html")
def key_hints(where: keys.Where) -> dict[str, Any]:
    """The keys that such a page reminds of, and the button for all of them."""
    return {"hints": keys.hints(where)}
