"""What people wrote, as pages show it. Built into every template, see `TEMPLATES`."""

from django import template

from knowledge import markup

register = template.Library()
register.filter("markdown", markup.to_html)
register.filter("line", markup.to_line)
register.filter("highlight", markup.highlight)
