"""A message that offers to take back what it tells of."""

from django import template
from django.urls import reverse

register = template.Library()

MARK = "undo"


def mark(number: int, events: list[int]) -> str:
    """Extra tags of a message, which are words that a session can keep."""
    return f"{MARK} {number} {','.join(map(str, events))}"


@register.simple_tag
def undo_of(tags: str | None) -> dict[str, str]:
    """Where a message's undo is sent, with what; nothing where it offers none."""
    match (tags or "").split(" "):
        case [name, number, events] if name == MARK:
            return {"to": reverse("desk:ticket-undo", args=[int(number)]), "of": events}
    return {}
