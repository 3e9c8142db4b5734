"""Which form a category asks, and in which version."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, QuestionForm


def newest() -> QuerySet[QuestionForm]:
    """The newest version of each category that has a form of its own."""
    later = QuestionForm.objects.filter(
        category=OuterRef("category"), number__gt=OuterRef("number")
    )
    return QuestionForm.objects.exclude(Exists(later))


def nearest(category: Category | None, tree: Tree) -> QuestionForm | None:
    """The newest form of the category itself, or of the nearest one above it that has one; it may ask nothing."""
    if category is None:
        return None
    path = [one.pk for one in tree.path(tree.by_pk[category.pk])]
    own = {form.category_id: form for form in newest().filter(category__in=path)}
    return next((own[pk] for pk in reversed(path) if pk in own), None)


def form_of(category: Category | None, tree: Tree) -> QuestionForm | None:
    """As `nearest`; nothing where nothing is asked."""
    form = nearest(category, tree)
    return form if form and form.questions else None


def form_among(
    forms: Iterable[QuestionForm], category: Category, tree: Tree
) -> QuestionForm | None:
    """As `nearest`, among forms that were loaded before."""
    own = {form.category_id: form for form in forms}
    return next((own[one.pk] for one in reversed(tree.path(category)) if one.pk in own), None)
