"""What the editor of a form shows: a card for each question, and the conditions of the one that stands open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.tickets.questions.definition import (
    TODAY,
    WITH_OPTIONS,
    Problem,
    QuestionKind,
)
from incidents.tickets.questions.draft import (
    DEEPEST_SHOWN,
    ROOT,
    Draft,
    Entry,
    grouped,
    options_of,
    relations_of,
)
from incidents.tickets.questions.words import only_if

Words = str | Promise
Offers = Sequence[tuple[str, Words]]
RELATION_WORDS: dict[str, Words] = {
    "is": _("is"),
    "is_not": _("is not"),
    "has": _("has"),
    "filled": _("is answered"),
    "empty": _("is not answered"),
}
YES_NO: Offers = (("yes", _("Yes")), ("no", _("No")))
INPUTS = {QuestionKind.NUMBER: "number", QuestionKind.DATE: "date"}


@dataclass(frozen=True)
class Node:
    """A condition in the editor: a group with its parts, or one comparison."""

    path: str
    is_group: bool
    op: str = "all"
    parts: Sequence["Node"] = ()
    may_nest: bool = False
    question: str = ""
    questions: Offers = ()
    relation: str = ""
    relations: Offers = ()
    control: str = ""
    value: str = ""
    values: Offers = ()


@dataclass(frozen=True)
class Card:
    """One question of the draft."""

    place: int
    entry: Entry
    kind: Words
    only_if: str
    is_open: bool
    is_first: bool
    is_last: bool
    problems: Mapping[str, list[str]]
    defaults: Offers = ()
    chosen: Sequence[str] = ()
    conditions: Node | None = None
    may_depend: bool = False
    has: Mapping[str, bool] = field(default_factory=dict)


def cards(draft: Draft, services: Sequence[tuple[int, str]]) -> list[Card]:
    kinds = dict(QuestionKind.choices)
    told = _told(draft, dict(services))
    last = len(draft.entries) - 1
    return [
        Card(
            place=place,
            entry=entry,
            kind=kinds.get(str(entry.get("kind")), ""),
            only_if=told.get(place, ""),
            is_open=place == draft.opened,
            is_first=place == 0,
            is_last=place == last,
            problems=_problems(draft, place),
            **(_opened(draft, entry, services) if place == draft.opened else {}),
        )
        for place, entry in enumerate(draft.entries)
    ]


def _opened(draft: Draft, entry: Entry, services: Sequence[tuple[int, str]]) -> dict[str, Any]:
    kind = entry.get("kind")
    default = entry.get("default")
    before = {str(one["key"]): one for one in draft.before_open()}
    group = grouped(entry.get("show_when"))
    return {
        "defaults": _defaults(entry),
        "chosen": default if isinstance(default, list) else [_word(default)],
        "conditions": _node(group, ROOT, before, services) if group else None,
        "may_depend": bool(before),
        "has": {
            "options": kind in WITH_OPTIONS,
            "limits": kind == QuestionKind.NUMBER,
            "default_text": kind
            in {QuestionKind.TEXT, QuestionKind.LONG_TEXT, QuestionKind.NUMBER},
            "default_choice": kind in {QuestionKind.CHOICE, QuestionKind.YES_NO, QuestionKind.DATE},
            "default_choices": kind == QuestionKind.CHOICES and bool(options_of(entry)),
        },
    }


def _defaults(entry: Entry) -> Offers:
    nothing: tuple[str, Words] = ("", _("Nothing"))
    match entry.get("kind"):
        case QuestionKind.YES_NO:
            return [nothing, *YES_NO]
        case QuestionKind.DATE:
            day = str(entry.get("default") or "")
            fixed = [(day, day)] if day not in {"", TODAY} else []
            return [nothing, (TODAY, _("The day it is filled in")), *fixed]
        case QuestionKind.CHOICE:
            return [nothing, *((one, one) for one in options_of(entry))]
    return [(one, one) for one in options_of(entry)]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _node(
    condition: Any, path: str, before: Mapping[str, Entry], services: Sequence[tuple[int, str]]
) -> Node:
    for op in ("all", "any"):
        if op in condition:
            found = condition[op] if isinstance(condition[op], list) else []
            parts = [
                _node(part, f"{path}-{place}", before, services)
                for place, part in enumerate(found)
                if isinstance(part, dict)
            ]
            return Node(path, True, op, parts, may_nest=path.count("-") < DEEPEST_SHOWN - 1)
    return _comparison(condition, path, before, services)


def _comparison(
    condition: Entry, path: str, before: Mapping[str, Entry], services: Sequence[tuple[int, str]]
) -> Node:
    key = str(condition.get("question", ""))
    relation = next((one for one in ("is", "is_not", "has") if one in condition), "is")
    value = condition.get(relation)
    if value is None and relation != "has":
        relation = "empty" if relation == "is" else "filled"
    seen = before.get(key)
    questions: list[tuple[str, Words]] = [(k, one.get("label") or k) for k, one in before.items()]
    if seen is None:
        return Node(path, False, question="", questions=[("", _("Choose a question")), *questions])
    values: Offers = ()
    match seen.get("kind"):
        case QuestionKind.CHOICE | QuestionKind.CHOICES:
            values = [(one, one) for one in options_of(seen)]
        case QuestionKind.YES_NO:
            values = YES_NO
        case QuestionKind.SERVICE:
            values = [(str(pk), name) for pk, name in services]
    control = "select" if values else INPUTS.get(str(seen.get("kind")), "text")  # type: ignore[call-overload]
    return Node(
        path,
        False,
        question=key,
        questions=questions,
        relation=relation,
        relations=[(one, RELATION_WORDS[one]) for one in relations_of(seen)],
        control="" if relation in {"empty", "filled"} else control,
        value=_word(value),
        values=values,
    )


def _problems(draft: Draft, place: int) -> dict[str, list[str]]:
    """What is wrong with this question, by field; of the one that is being written only once somebody wants to save."""
    if place == draft.opened and not draft.tells:
        return {}
    return _by_field(one for one in draft.problems if one.place == place)


def _by_field(problems: Iterable[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field or "form", []).append(problem.words)
    return found


def _told(draft: Draft, services: Mapping[int, str]) -> dict[int, str]:
    """Conditions in words, of those questions that are complete."""
    places = {entry.get("key"): place for place, entry in enumerate(draft.stored)}
    questions = draft.askable()
    by_key = {question.key: question for question in questions}
    return {
        places[question.key]: only_if(question.show_when, by_key, services)
        for question in questions
        if question.show_when
    }
