"""How the last word in the search box may go on: operators, and the values that this person may ask for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import User
from incidents.desk.operators import ALIASES, OPERATORS, Operator
from incidents.desk.sidebar import queues_of
from incidents.tickets.categories import Tree
from incidents.tickets.models import Service, Tagging, Ticket
from incidents.workflow import rulebook

MOST = 8
MOST_TAGGINGS = 500
"""Taggings that are read for names of tags."""

_LAST = re.compile(r'(?P<minus>-?)(?P<name>[A-Za-z]+):(?P<value>"[^"]*|[^\s"]*)$')
_BEGUN = re.compile(r"(?:^|\s)(?P<minus>-?)(?P<name>[A-Za-z]*)$")


@dataclass(frozen=True)
class Completion:
    """`text` is the whole box once this was chosen."""

    shown: str
    text: str
    note: str | Promise = ""


def is_in_operator(typed: str) -> bool:
    """Is a value of an operator being typed?"""
    last = _LAST.search(typed)
    return bool(last and _operator(last["name"]))


def of(typed: str, user: User) -> list[Completion]:
    if (last := _LAST.search(typed)) and (operator := _operator(last["name"])):
        before = f"{typed[: last.start()]}{last['minus']}{operator.name}:"
        done, _comma, begun = last["value"].rpartition(",") if '"' not in last["value"] else ("", "", last["value"])  # fmt: skip
        before += f"{done}," if done else ""
        wanted = begun.lstrip('"').lower()
        values = [(value, note) for value, note in _values(operator, wanted, user) if value.lower() != wanted]  # fmt: skip
        return [
            Completion(f"{operator.name}:{value}", f"{before}{_quoted(value)} ", note)
            for value, note in values[:MOST]
        ]
    begun_name = _BEGUN.search(typed)
    if not begun_name or (typed and not begun_name["name"]):
        return []
    before, start = typed[: begun_name.start("minus")], begun_name["name"].lower()
    return [
        Completion(f"{one.name}:", f"{before}{begun_name['minus']}{one.name}:", one.help)
        for one in OPERATORS.values()
        if one.name.startswith(start)
    ][:MOST]


def _operator(name: str) -> Operator | None:
    return OPERATORS.get(ALIASES.get(name.lower(), name.lower()))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def _values(operator: Operator, begun: str, user: User) -> list[tuple[str, str]]:
    """Values of the operator that begin so, or whose name does, each with its name in words."""
    if operator.values:
        return [(value, "") for value in operator.values if value.startswith(begun)]
    if operator.is_date:
        return [(value, "") for value in ("today", "yesterday", "7d", "30d") if value.startswith(begun)]  # fmt: skip
    special = [(value, "") for value in operator.special if value.startswith(begun)]
    return special + list(NAMES[operator.name](begun, user))


def _teams(begun: str, user: User) -> Iterable[tuple[str, str]]:
    for team in queues_of(user).order_by("name"):
        if team.slug.startswith(begun) or begun in team.name.lower():
            yield team.slug, team.name


def _categories(begun: str, user: User) -> Iterable[tuple[str, str]]:
    tree = Tree.load()
    for _depth, node in tree.walk():
        if node.category.slug.startswith(begun) or begun in node.category.name.lower():
            yield node.category.slug, tree.label(node.category)


def _services(begun: str, user: User) -> Iterable[tuple[str, str]]:
    return Service.objects.filter(is_retired=False, name__icontains=begun).values_list("slug", "name")[:MOST]  # fmt: skip


def _people(begun: str, user: User) -> Iterable[tuple[str, str]]:
    if len(begun) < 2:
        return []
    return [(one.display_name, "") for one in User.objects.people().found_by(begun)[:MOST]]


def _tags(begun: str, user: User) -> Iterable[tuple[str, str]]:
    """Tags of tickets that this person sees, those used last."""
    seen = Ticket.objects.seen_as_staff_by(user).order_by().values("pk")
    found = Tagging.objects.filter(name__startswith=begun, ticket__in=seen).order_by("-pk")
    names = dict.fromkeys(found.values_list("name", flat=True)[:MOST_TAGGINGS])
    return [(name, "") for name in names]


def _types(begun: str, user: User) -> Iterable[tuple[str, str]]:
    for one in rulebook.types():
        if one.slug.startswith(begun) or begun in one.label.lower():
            yield one.slug, one.label


def _steps(begun: str, user: User) -> Iterable[tuple[str, str]]:
    """Of workflows in use, each name once."""
    places = [place for flow in rulebook.flows() for place in flow.places]
    named = {place.slug: place.label for place in reversed(places)}
    for slug, label in reversed(named.items()):
        if slug.startswith(begun) or begun in label.lower():
            yield slug, label


NAMES = {
    "team": _teams,
    "category": _categories,
    "service": _services,
    "assignee": _people,
    "requester": _people,
    "tag": _tags,
    "type": _types,
    "step": _steps,
}
