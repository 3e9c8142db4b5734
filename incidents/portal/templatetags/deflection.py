"""How often an article made a report needless, for pages of the desk and of the shelf, which know no portal."""

from datetime import timedelta

from django import template
from django.utils import timezone

from incidents.portal.models import Avoided
from knowledge.models import Article

register = template.Library()
PERIOD = timedelta(days=30)


@register.simple_tag
def readers_helped(article: Article) -> int:
    """How many readers said that this article solved it."""
    return Avoided.objects.filter(article=article).values("user").distinct().count()


@register.simple_tag
def reports_avoided() -> int:
    """Reports that articles made needless in the last 30 days."""
    return Avoided.objects.filter(day__gt=timezone.localdate() - PERIOD).count()
