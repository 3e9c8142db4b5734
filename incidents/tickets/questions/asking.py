"""Which forms a ticket is asked: its category's and then its type's, each in the newest version."""

from collections.abc import Iterable
from copy import copy

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, QuestionForm
from incidents.workflow import rulebook


def newest() -> QuerySet[QuestionForm]:
    """The newest version of each category and type that has a form of its own."""
    same = Q(category=OuterRef("category")) | Q(type=OuterRef("type"))
    later = QuestionForm.objects.filter(same, number__gt=OuterRef("number"))
    return QuestionForm.objects.exclude(Exists(later))


def nearest(category: Category | None, tree: Tree) -> QuestionForm | None:
    """The newest form of the category itself, or of the nearest one above it that has one; it may ask nothing."""
    if category is None:
        return None
    here = tree.by_pk[category.pk]
    return form_among(newest().filter(category__in=tree.path(here)), here, tree)


def form_of(category: Category | None, tree: Tree) -> QuestionForm | None:
    """As `nearest`; nothing where nothing is asked."""
    return _if_it_asks(nearest(category, tree))


def asked_of(
    category: Category | None, type: str, tree: Tree
) -> tuple[QuestionForm | None, QuestionForm | None]:
    """What the category and the type of this slug ask; nothing where nothing is asked."""
    found = forms()
    own = form_among(found, tree.by_pk[category.pk], tree) if category else None
    of_type = next((one for one in found if one.type and one.type.slug == type), None)
    return _if_it_asks(copy(own)), _if_it_asks(copy(of_type))


def _read() -> tuple[QuestionForm, ...]:
    return tuple(newest().select_related("type"))


forms = rulebook.Beside(_read).current
"""Every form in its newest version, of which others get copies: what they look up from one must not outlive their page."""


def renew() -> None:
    """Let every process read the forms anew. To be called in the transaction that changes one."""
    rulebook.renew()


def form_of_type(type: str) -> QuestionForm | None:
    """The newest form of the type of this slug; nothing where nothing is asked."""
    return _if_it_asks(newest().filter(type__slug=type).select_related("type").first())


def types_with_a_must() -> set[str]:
    """The slugs of types whose form has a question that must be answered."""
    return {
        one.type.slug for one in forms() if one.type and any(ask.get("required") for ask in one.questions)
    }  # fmt: skip


def _if_it_asks(form: QuestionForm | None) -> QuestionForm | None:
    return form if form and form.questions else None


def filed_as(given: str, category: Category | None, tree: Tree) -> str:
    """What a new ticket is, by its slug: the type that was `given`, or the one that its category names, or the usual one.

    A category that names a retired type names none.
    """
    named = given or (category and tree.type_of(category)) or ""
    rules = rulebook.current().kinds.get(named) if named else None
    return rulebook.USUAL if rules is None or (rules.is_retired and not given) else rules.slug


def form_among(
    forms: Iterable[QuestionForm], category: Category, tree: Tree
) -> QuestionForm | None:
    """As `nearest`, among forms that were loaded before."""
    own = {form.category_id: form for form in forms}
    return next((own[one.pk] for one in reversed(tree.path(category)) if one.pk in own), None)
