"""Parts of pages that are drawn once and then taken as they were: `{% load once %}`.

    {% once nav=nav may_log=sidebar.may_log with number=ticket.number %} … {% endonce %}

What stands between the tags sees the values that are named, and nothing else of the page: no reader, no request, no
token. So what was drawn for one person can be given to the next who has the same values in the same language. A part
with times in words, or with what only one reader may see, does not belong in one.

Values named after `with` are put in each time: a ticket's number, a name, a token, something drawn already. They may
be put out, in addresses where they are fit for one, but not asked about: what depends on whether there is one, or on
which it is, needs a value in front of `with`.

A large part may be given what a page knows as a whole: a bare name after `with` is a mapping, whose values are put in
under their keys. Among them may be lists of words, as tuples, which the part runs through.
"""

import re
import secrets
from collections.abc import Hashable, Iterator, Mapping, Sequence
from html import escape
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
        mappings: list[FilterExpression],
        put_in: dict[str, FilterExpression],
    ) -> None:
        self.nodelist = nodelist
        self.named = named
        self.mappings = mappings
        self.put_in = put_in
        self.drawn: dict[Hashable, _Drawn] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.named.items()}
        filled: dict[str, Any] = {}
        for mapping in self.mappings:
            given = mapping.resolve(context) or {}
            filled = {**filled, **given} if filled else given
        if self.put_in:
            named = {name: value.resolve(context) for name, value in self.put_in.items()}
            filled = {**filled, **named}
        key = (
            get_language(),
            *[(type(value), value) for value in values.values()],
            *[(name, len(value)) for name, value in filled.items() if type(value) is tuple],
        )
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            found = self.drawn[key] = self._draw(values, filled, context)
        return found.with_values(filled)

    def _draw(
        self, values: dict[str, Any], filled: Mapping[str, Any], context: Context
    ) -> "_Drawn":
        standing = {name: _standing_for(value) for name, value in filled.items()}
        alone = make_context(values | standing, autoescape=context.autoescape)
        page: Any = context.template
        with alone.bind_template(page), alone.render_context.push_state(page):
            return _Drawn(self.nodelist.render(alone), standing)


def _standing_for(value: Any) -> Any:
    """What stands for a value while a part is drawn: nobody can guess it, so nobody can write it."""
    if type(value) is tuple:
        return tuple(_standing_for(one) for one in value)
    if isinstance(value, int):
        return secrets.randbelow(9 * 10**13) + 10**13
    return f"place{secrets.token_hex(8)}"


class _Drawn:
    """A part with the places where values are put in."""

    def __init__(self, text: SafeString, standing: Mapping[str, Any]) -> None:
        self.whole = text
        known = dict(_places(standing))
        self.parts: list[str] = re.split(f"({'|'.join(known)})", text) if known else [text]
        self.places: dict[tuple[str, int | None], list[int]] = {}
        for at in range(1, len(self.parts), 2):
            self.places.setdefault(known[self.parts[at]], []).append(at)

    def with_values(self, filled: Mapping[str, Any]) -> SafeString:
        if not self.places:
            return self.whole
        parts = self.parts.copy()
        for (name, which), places in self.places.items():
            value = filled[name]
            shown = _shown(value if which is None else value[which])
            for at in places:
                parts[at] = shown
        return mark_safe("".join(parts))  # noqa: S308  # templates drew the parts, and values are escaped


def _places(standing: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, int | None]]]:
    """What stands for each value, with the value's name and, where it is one of a list, which."""
    for name, place in standing.items():
        if type(place) is tuple:
            yield from ((str(one), (name, which)) for which, one in enumerate(place))
        else:
            yield str(place), (name, None)


def _shown(value: Any) -> str:
    if type(value) is str:
        return escape(value)
    return value if type(value) is SafeString else str(conditional_escape(value))


@register.tag
def once(parser: Parser, token: Token) -> Once:
    bits = token.split_contents()[1:]
    at = bits.index("with") if "with" in bits else len(bits)
    given = bits[at + 1 :]
    put_in = token_kwargs([bit for bit in given if "=" in bit], parser)
    mappings = [parser.compile_filter(bit) for bit in given if "=" not in bit]
    named = token_kwargs(bits[:at], parser)
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(nodelist, named, mappings, put_in)


@register.filter
def beside(these: Sequence[Any], those: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs of what a part asks about and the words that are put in for it."""
    return list(zip(these, those, strict=True))
