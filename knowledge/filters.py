"""Narrowing the shelf: text in the title, state, and kind."""

import django_filters

from knowledge.models import Article


class ShelfFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(choices=Article.State.choices)
    kind = django_filters.ChoiceFilter(choices=Article.Kind.choices)
