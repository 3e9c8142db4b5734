"""Categories and types with their forms, services, and the rules of the portal as configuration."""

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.record import record_changed
from accounts.administration.portable import (
    Column,
    Part,
    Values,
    by_form,
    find,
    register,
)
from accounts.errors import InvalidInput
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets.actions.categories import configure_category
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.actions.change_type import change_type
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.categories import Tree
from incidents.tickets.models import (
    Category,
    ClosingRule,
    PortalRules,
    ProposalRules,
    QuestionForm,
    Service,
)
from incidents.tickets.questions import newest
from incidents.tickets.questions.definition import QuestionKind
from incidents.workflow import rulebook
from incidents.workflow.actions import matrices, types, workflows
from incidents.workflow.models import IncidentType, Matrix, Workflow
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status

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
    return _ask(values.get("category"), values, by)


def write_type_form(part: Part, row: Any, values: Values, *, by: User) -> QuestionForm:
    return _ask(values.get("type"), values, by)


def _ask(owner: Category | IncidentType | None, values: Values, by: User) -> QuestionForm:
    if owner is None:
        raise InvalidInput(_("Say of what the form is."), field="questions")
    return change_questions(owner, values.get("questions", []), by=by)


def types_ask_now(_reader: User | None) -> "QuerySet[QuestionForm]":
    """The newest version of each type's form."""
    return newest().filter(category=None).order_by("type__slug")


def asked_now(_reader: User | None) -> "QuerySet[QuestionForm]":
    """The newest version of each category's form."""
    own = newest().filter(type=None, category__merged_into=None)
    return own.order_by("category__slug")


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


def write_only_row(part: Part, row: Any, values: Values, *, by: User) -> Model:
    """The row that a table has at most one of; until the first change the defaults hold."""
    only, _made = part.model._default_manager.get_or_create(pk=1)
    return by_form(part, only, values, by=by)


def write_closing(part: Part, row: Any, values: Values, *, by: User) -> ClosingRule:
    kind: IncidentType | None = values["type"]
    if kind is not None and not kind.closes_by_itself:
        raise InvalidInput(
            _("Tickets of the type “%(name)s” are never closed by themselves.") % {"name": kind},
            field="type",
        )
    saved: Any = by_form(part, row, values, by=by)
    rule: ClosingRule = saved
    return rule


def in_effect(_reader: User | None) -> "QuerySet[ClosingRule]":
    """Without rules of types that are no longer closed by themselves: they mean nothing, and no page would make them."""
    return ClosingRule.objects.filter(Q(type=None) | Q(type__closes_by_itself=True))


def write_matrix(part: Part, row: Any, values: Values, *, by: User) -> Matrix:
    if row is None:
        made = matrices.add_matrix(values["name"], values["cells"], by=by)
        return _at(values["slug"], made)  # type: ignore[return-value]
    return matrices.change_matrix(row, values["name"], values["cells"], by=by)


def write_type(part: Part, row: Any, values: Values, *, by: User) -> IncidentType:
    given = {name: values[name] for name in types.SETTABLE}
    if row is None:
        row = _at(values["slug"], types.add_type(by=by, nature=values["nature"], **given))
    elif values["nature"] != row.nature:
        raise InvalidInput(
            _("The nature of a type that is there can't be changed."), field="nature"
        )
    else:
        row = change_type(row, by=by, **given)
    if values["position"] != row.position:
        before, row.position = {"position": row.position}, values["position"]
        row.save(update_fields=["position"])
        record_changed(row, by=by, before=before, after={"position": row.position})
    if values["is_retired"] != row.is_retired:
        (types.retire_type if values["is_retired"] else types.restore_type)(row, by=by)
    rulebook.renew()
    row.refresh_from_db()
    found: IncidentType = row
    return found


def write_workflow(part: Part, row: Any, values: Values, *, by: User) -> Workflow:
    """As the editor of workflows does: checked as a whole, and open tickets are never left standing nowhere."""
    places = {one["slug"]: _place(one, at) for at, one in enumerate(values["steps"])}
    try:
        ways = tuple(_way(one, places) for one in values["transitions"])
    except KeyError as error:
        raise InvalidInput(_("There is no step “%s”.") % error.args[0]) from error
    is_seeded = row is not None and row.is_seeded and row.name == values["name"]
    flow = Flow(values["slug"], values["name"], is_seeded, tuple(places.values()), ways)
    if row is None:
        row = _at(values["slug"], workflows.add_workflow(values["name"], like=flow, by=by))
    else:
        shape_workflow(row, flow, by=by)
    row.refresh_from_db()
    if values["is_retired"] != row.is_retired:
        turn = workflows.retire_workflow if values["is_retired"] else workflows.restore_workflow
        turn(row, by=by)
    found: Workflow = row
    return found


def _at(slug: str, row: Any) -> Any:
    """What was just made, under the address that it has elsewhere."""
    if row.slug != slug:
        row.slug = slug
        row.full_clean()
        row.save(update_fields=["slug"])
        rulebook.renew()
    return row


def _place(said: dict[str, Any], position: int) -> Place:
    return Place(
        said["slug"], Status(said["status"]), said.get("name", ""), said.get("outside_name", ""),
        position, said.get("is_default", False),
    )  # fmt: skip


def _way(said: dict[str, Any], places: dict[str, Place]) -> Way:
    return Way(
        here=places[said["from"]],
        there=places[said["to"]],
        name=said.get("name", ""),
        by_staff=said.get("by_staff", True),
        by_requester=said.get("by_requester", False),
        permission=said.get("permission", ""),
        needs_text=said.get("needs_text", False),
        needs_fields=tuple(said.get("needs_fields", ())),
        effects=tuple(said.get("effects", ())),
    )


def dump_steps(workflow: Workflow) -> list[Any]:
    return logged_steps(workflows.as_logged(rulebook.current().flows[workflow.slug])["steps"])


def dump_ways(workflow: Workflow) -> list[Any]:
    return logged_ways(workflows.as_logged(rulebook.current().flows[workflow.slug])["transitions"])


def logged_steps(kept: list[Any]) -> list[Any]:
    """Steps as the log keeps them."""
    names = ("slug", "status", "outside_name", "is_default")
    return [{"name": one["own_name"], **{name: one[name] for name in names}} for one in kept]


def logged_ways(kept: list[Any]) -> list[Any]:
    names = ("by_staff", "by_requester", "permission", "needs_text", "needs_fields", "effects")
    found = [
        {"from": one["here"], "to": one["there"], "name": one["own_name"], **{n: one[n] for n in names}}
        for one in kept
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one["from"], one["to"]))


def _as_it_is(given: Any) -> Any:
    return given


STEPS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["slug", "status"],
        "additionalProperties": False,
        "properties": {
            "slug": {"type": "string", "maxLength": 40, "pattern": "^[-a-z0-9_]+$"},
            "status": {"enum": list(Status.values)},
            "name": {"type": "string", "maxLength": 40},
            "outside_name": {"type": "string", "maxLength": 60},
            "is_default": {"type": "boolean"},
        },
    },
}
TRANSITIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["from", "to"],
        "additionalProperties": False,
        "properties": {
            "from": {"type": "string"},
            "to": {"type": "string"},
            "name": {"type": "string", "maxLength": 40},
            "by_staff": {"type": "boolean"},
            "by_requester": {"type": "boolean"},
            "permission": {"enum": ["", *P.values]},
            "needs_text": {"type": "boolean"},
            "needs_fields": {"type": "array", "items": {"type": "string"}},
            "effects": {"type": "array", "items": {"type": "object"}},
        },
    },
}
CELLS = {
    "type": "object",
    "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}},
}
TASKS = {"type": "array", "items": {"type": "string"}}
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
        "matrices", 42, Matrix, P.PROCESS_MANAGE, ("slug",), ("name",),
        columns={"cells": Column(lambda one: one.cells, _as_it_is, CELLS, _as_it_is)}, write=write_matrix,
    ),
    Part(
        "workflows", 44, Workflow, P.PROCESS_MANAGE, ("slug",), ("name", "is_retired"),
        columns={
            "steps": Column(dump_steps, _as_it_is, STEPS, logged_steps),
            "transitions": Column(dump_ways, _as_it_is, TRANSITIONS, logged_ways),
        },
        write=write_workflow,
    ),
    Part(
        "types", 46, IncidentType, P.PROCESS_MANAGE, ("slug",),
        ("name", "description", "nature", "workflow", "matrix", "set_by", "review", "closes_by_itself", "position", "is_retired"),
        columns={"tasks": Column(lambda one: list(one.tasks), _as_it_is, TASKS, _as_it_is)}, write=write_type,
    ),
    Part(
        "closing_rules", 48, ClosingRule, P.PROCESS_MANAGE, ("type",),
        (
            "warn_after_days", "close_after_days", "words", "ask_after_days", "give_up_after_days", "ask_words",
        ),
        rows=in_effect, write=write_closing,
    ),
    Part(
        "signs", 49, ProposalRules, P.PROCESS_MANAGE, (),
        ("assignments", "teams", "reopenings", "age_days", "alike", "alike_days"),
        write=write_only_row,
    ),
    Part(
        "services", 40, Service, P.CATEGORIES_MANAGE, ("slug",),
        ("name", "description", "owner_team", "used_by", "is_retired"),
    ),
    Part(
        "categories", 50, Category, P.CATEGORIES_MANAGE, ("slug",),
        (
            "name", "description", "icon", "parent", "default_team", "type", "is_confidential", "position", "is_retired",
        ),
        rows=live, order=as_a_tree, write=write_category, heir=lambda category: category.merged_into or category,
    ),
    Part(
        "forms", 55, QuestionForm, P.CATEGORIES_MANAGE, ("category",), (),
        columns={"questions": Column(dump_questions, load_questions, QUESTIONS)},
        rows=asked_now, write=write_form, home="admin:forms", words=gettext_lazy("forms of categories"), page=lambda form: f"/admin/forms/{form.category_id}/",
    ),
    Part(
        "type_forms", 56, QuestionForm, P.PROCESS_MANAGE, ("type",), (),
        columns={"questions": Column(dump_questions, load_questions, QUESTIONS)},
        rows=types_ask_now, write=write_type_form, home="admin:types", words=gettext_lazy("forms of types"), page=lambda form: f"/admin/types/{form.type_id}/form/",
    ),
    Part(
        "portal_rules", 60, PortalRules, P.CATEGORIES_MANAGE, (), ("reopen_days",),
        write=write_only_row,
    ),
)  # fmt: skip
