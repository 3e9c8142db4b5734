"""What people wrote, as pages show it. Built into every template, see `TEMPLATES`."""

from typing import Any

from django import template
from django.template.context import Context

from knowledge import markup, prose

register = template.Library()
register.filter("markdown", markup.to_html)
register.filter("line", markup.to_line)
register.filter("highlight", markup.highlight)


@register.simple_tag(takes_context=True)
def article_text(context: Context, text: str, *, as_of_then: bool = False) -> prose.Prose:
    """An article's text for whoever asks for the page: `{% article_text article.body as prose %}`."""
    return prose.shown(text, _reader(context), as_of_then=as_of_then)


def _reader(context: Context) -> Any:
    return context["request"].user
