"""Time left on pages: `{% load countdown %}`, `{% due_chip ticket.due_at %}`, and the words for the script that counts."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from incidents.desk import due

register = template.Library()


@register.simple_tag
def due_chip(moment: datetime) -> SafeString:
    return due.chip(moment, timezone.now())


@register.simple_tag
def countdown_words() -> str:
    return due.words(timezone.now())
