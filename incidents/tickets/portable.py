"""Categories with their forms, services, and the rules of the portal as configuration."""

from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy

from accounts.administration.portable import (
    Column,
    Part,
    Values,
    by_form,
    find,
    register,
)
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets.actions.categories import configure_category
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, PortalRules, QuestionForm, Service
from incidents.tickets.questions.definition import QuestionKind

P = Permission
RELATIONS = ("is", "is_not")
SERVICES = QuestionKind.SERVICE


def write_category(part: Part, row: Any, values: Values, *, by: User) -> Category:
    return configure_category(row, by=by, **values)


def live(_reader: User | None) -> "QuerySet[Category]":
    """Without those that were merged away: they are kept for old tickets, and mean nothing elsewhere."""
    return Category.objects.filter(merged_into=None)


def as_a_tree(categories: list[Any]) -> list[Any]:
    """Above before below, so that a file reads like the tree."""
    tree = Tree(sorted(categories, key=lambda one: (one.position, one.slug)))
    return [node.category for _depth, node in tree.walk()]


def write_form(part: Part, row: Any, values: Values, *, by: User) -> QuestionForm:
    return change_questions(values["category"], values["questions"], by=by)


def asked_now(_reader: User | None) -> "QuerySet[QuestionForm]":
    """The newest version of each category's form."""
    newest = QuestionForm.objects.filter(category=OuterRef("category")).order_by()
    number = newest.values("category").annotate(last=Max("number")).values("last")
    return QuestionForm.objects.filter(
        number=Subquery(number), category__merged_into=None
    ).order_by("category__slug")


def dump_questions(form: QuestionForm) -> list[Any]:
    """Services that conditions look at are named by their address."""
    slugs = dict(Service.objects.values_list("pk", "slug"))
    return _with_services(form.questions, lambda pk: slugs.get(pk, pk))


def load_questions(given: list[Any]) -> list[Any]:
    return _with_services(given, lambda slug: find(Service, slug).pk)


def _with_services(questions: list[Any], turn: Any) -> list[Any]:
    of_services = {one.get("key") for one in questions if one.get("kind") == SERVICES}

    def walk(condition: Any) -> Any:
        if not isinstance(condition, dict):
            return condition
        turned = {
            name: [walk(part) for part in value] if name in {"all", "any"} and isinstance(value, list) else value
            for name, value in condition.items()
        }  # fmt: skip
        if turned.get("question") in of_services:
            for name in RELATIONS:
                if turned.get(name) is not None:
                    turned[name] = turn(turned[name])
        return turned

    return [
        {**one, "show_when": walk(one["show_when"])} if one.get("show_when") else one
        for one in questions
    ]


def write_rules(part: Part, row: Any, values: Values, *, by: User) -> PortalRules:
    rules, _made = PortalRules.objects.get_or_create(pk=1)
    saved: Any = by_form(part, rules, values, by=by)
    written: PortalRules = saved
    return written


QUESTIONS = {
    "type": "array",
    "maxItems": 40,
    "items": {
        "type": "object",
        "required": ["key", "kind", "label"],
        "properties": {"key": {"type": "string"}, "kind": {"enum": list(QuestionKind.values)}},
    },
}

register(
    Part(
        "services", 40, Service, P.CATEGORIES_MANAGE, ("slug",),
        ("name", "description", "owner_team", "used_by", "is_retired"),
    ),
    Part(
        "categories", 50, Category, P.CATEGORIES_MANAGE, ("slug",),
        (
            "name", "description", "icon", "parent", "default_team", "is_confidential", "position", "is_retired",
        ),
        rows=live, order=as_a_tree, write=write_category,
    ),
    Part(
        "forms", 55, QuestionForm, P.CATEGORIES_MANAGE, ("category",), (),
        columns={"questions": Column(dump_questions, load_questions, QUESTIONS)},
        rows=asked_now, write=write_form, home="admin:forms", words=gettext_lazy("forms of categories"), page=lambda form: f"/admin/forms/{form.category_id}/",
    ),
    Part(
        "portal_rules", 60, PortalRules, P.CATEGORIES_MANAGE, (), ("reopen_days",),
        write=write_rules,
    ),
)  # fmt: skip
