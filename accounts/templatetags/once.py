"""Parts of pages that are drawn once and then taken as they were: `{% load once %}`.

    {% once nav=nav may_log=sidebar.may_log %} … {% endonce %}

What stands between the tags sees the values that are named, and nothing else of the page: no reader, no request, no
token. So what was drawn for one person can be given to the next who has the same values in the same language. A part
with times in words, or with what only one reader may see, does not belong in one.
"""

from collections.abc import Hashable
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context, make_context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

MOST = 1024
"""How many ways one part is kept in one process."""


class Once(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, named: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.named = named
        self.drawn: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.named.items()}
        key = (get_language(), *((type(value), value) for value in values.values()))
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            found = self.drawn[key] = self._draw(values, context)
        return found

    def _draw(self, values: dict[str, Any], context: Context) -> SafeString:
        alone = make_context(values, autoescape=context.autoescape)
        page: Any = context.template
        with alone.bind_template(page), alone.render_context.push_state(page):
            return self.nodelist.render(alone)


@register.tag
def once(parser: Parser, token: Token) -> Once:
    named = token_kwargs(token.split_contents()[1:], parser)
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(nodelist, named)
