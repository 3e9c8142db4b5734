"""Parts of pages that are drawn once and then taken as they were: `{% load once %}`.

    {% once nav=nav may_log=sidebar.may_log with number=ticket.number %} … {% endonce %}

What stands between the tags sees the values that are named, and nothing else of the page: no reader, no request, no
token. So what was drawn for one person can be given to the next who has the same values in the same language. A part
with times in words, or with what only one reader may see, does not belong in one.

Values named after `with` are put in each time: a ticket's number, a name, a token, something drawn already. They may
be put out, in addresses where they are fit for one, but not asked about: what depends on whether there is one, or on
which it is, needs a value in front of `with`.
"""

import re
import secrets
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context, make_context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST = 1024
"""How many ways one part is kept in one process."""


class Once(Node):
    child_nodelists = ("nodelist",)

    def __init__(
        self,
        nodelist: NodeList,
        named: dict[str, FilterExpression],
        put_in: dict[str, FilterExpression],
    ) -> None:
        self.nodelist = nodelist
        self.named = named
        self.put_in = put_in
        self.places = [_Place() for _name in put_in]
        self.drawn: dict[Hashable, _Drawn] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.named.items()}
        filled = [value.resolve(context) for value in self.put_in.values()]
        key = (get_language(), *((type(value), value) for value in values.values()))
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            found = self.drawn[key] = _Drawn(self._draw(values, filled, context), self.places)
        return found.with_values(filled)

    def _draw(self, values: dict[str, Any], filled: list[Any], context: Context) -> SafeString:
        standing = {
            name: place.number if isinstance(value, int) else place.text
            for name, value, place in zip(self.put_in, filled, self.places, strict=True)
        }
        alone = make_context(values | standing, autoescape=context.autoescape)
        page: Any = context.template
        with alone.bind_template(page), alone.render_context.push_state(page):
            return self.nodelist.render(alone)


@dataclass(frozen=True)
class _Place:
    """What stands for a value while the part is drawn: nobody can guess it, so nobody can write it."""

    number: int = field(default_factory=lambda: secrets.randbelow(9 * 10**13) + 10**13)
    text: str = field(default_factory=lambda: f"place{secrets.token_hex(8)}")


class _Drawn:
    """A part with the places where values are put in."""

    def __init__(self, text: SafeString, places: Sequence[_Place]) -> None:
        self.whole = text
        known = {str(one): at for at, place in enumerate(places) for one in (place.number, place.text)}  # fmt: skip
        self.parts: list[str] = re.split(f"({'|'.join(known)})", text) if known else [text]
        self.places = [(at, known[self.parts[at]]) for at in range(1, len(self.parts), 2)]

    def with_values(self, filled: list[Any]) -> SafeString:
        if not self.places:
            return self.whole
        shown = [_shown(value) for value in filled]
        parts = self.parts.copy()
        for at, place in self.places:
            parts[at] = shown[place]
        return mark_safe("".join(parts))  # noqa: S308  # templates drew the parts, and values are escaped


def _shown(value: Any) -> str:
    if type(value) is SafeString:
        return value
    return str(conditional_escape(value))


@register.tag
def once(parser: Parser, token: Token) -> Once:
    bits = token.split_contents()[1:]
    at = bits.index("with") if "with" in bits else len(bits)
    put_in = token_kwargs(bits[at + 1 :], parser)
    named = token_kwargs(bits[:at], parser)
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(nodelist, named, put_in)
