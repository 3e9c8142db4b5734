"""The bar below a list that changes what is selected."""

from typing import Any

from django import template

from incidents.desk import runs

register = template.Library()

IN_THE_BAR = ("take", "assign", "status", "priority", "tags", "merge")
"""The rest is in its menu."""


@register.inclusion_tag("desk/bulk/_bar.html", takes_context=True)
def bulk_bar(context: Any, back: str) -> dict[str, Any]:
    """`back` is the address of the list. Nothing for those who may change no ticket."""
    offered = runs.offered(context["user"])
    return {
        "main": [act for act in offered if act.slug in IN_THE_BAR],
        "more": [act for act in offered if act.slug not in IN_THE_BAR],
        "back": back,
    }
