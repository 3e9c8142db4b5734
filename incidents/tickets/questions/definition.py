"""What a form asks: questions in their order, and the conditions under which each is asked. Values only, no database.

A condition looks at the answers to earlier questions, so there are no circles. A question that is not asked counts as
not answered for those that look at it. `static/js/questions.js` decides the same in the browser; one table of cases
tests both.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.tickets.questions.values import (
    Answer,
    canonical_date,
    canonical_number,
    is_empty,
)

MOST_QUESTIONS = 40
MOST_OPTIONS = 100
MOST_TICKS = 300
"""Boxes to tick in a whole form: a request has room for 800 fields, and a ticket may be asked two forms."""
MOST_FILE_QUESTIONS = 3
MOST_COMPARISONS = 20
DEEPEST = 4
LONGEST_LABEL = 200
LONGEST_HELP = 500
LONGEST_DEFAULT = 500
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
TODAY = "today"
"""The default of a date that is the day on which the form is filled in."""


class QuestionKind(TextChoices):
    """Stored in forms for ever: never rename a value."""

    TEXT = "text", gettext_lazy("Text, one line")
    LONG_TEXT = "long_text", gettext_lazy("Text, several lines")
    NUMBER = "number", gettext_lazy("Number")
    DATE = "date", gettext_lazy("Date")
    CHOICE = "choice", gettext_lazy("One choice of a list")
    CHOICES = "choices", gettext_lazy("Several choices of a list")
    YES_NO = "yes_no", gettext_lazy("Yes or no")
    PERSON = "person", gettext_lazy("Person")
    SERVICE = "service", gettext_lazy("Service")
    FILE = "file", gettext_lazy("Files")


WITH_OPTIONS = {QuestionKind.CHOICE, QuestionKind.CHOICES}
WITHOUT_DEFAULT = {QuestionKind.PERSON, QuestionKind.SERVICE, QuestionKind.FILE}
Relation = Literal["is", "is_not", "has"]
RELATIONS: tuple[Relation, ...] = ("is", "is_not", "has")
Answered = Mapping[str, Answer]


class Condition(Protocol):
    def holds(self, answered: Answered) -> bool: ...

    def looks_at(self) -> set[str]: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Compare:
    """One answer held against a value. `None` is “not answered”."""

    question: str
    relation: Relation
    value: Answer

    def holds(self, answered: Answered) -> bool:
        given = answered.get(self.question)
        if self.relation == "has":
            return isinstance(given, list | tuple) and self.value in given
        same = is_empty(given) if self.value is None else _same(given, self.value)
        return same if self.relation == "is" else not same

    def looks_at(self) -> set[str]:
        return {self.question}

    def to_json(self) -> dict[str, Any]:
        return {"question": self.question, self.relation: self.value}


def _same(given: Answer, value: Answer) -> bool:
    """Yes is not the number 1."""
    return type(given) is type(value) and given == value


@dataclass(frozen=True)
class Every:
    parts: tuple[Condition, ...]

    def holds(self, answered: Answered) -> bool:
        return all(part.holds(answered) for part in self.parts)

    def looks_at(self) -> set[str]:
        return set().union(*(part.looks_at() for part in self.parts))

    def to_json(self) -> dict[str, Any]:
        return {"all": [part.to_json() for part in self.parts]}


@dataclass(frozen=True)
class Some:
    parts: tuple[Condition, ...]

    def holds(self, answered: Answered) -> bool:
        return any(part.holds(answered) for part in self.parts)

    def looks_at(self) -> set[str]:
        return set().union(*(part.looks_at() for part in self.parts))

    def to_json(self) -> dict[str, Any]:
        return {"any": [part.to_json() for part in self.parts]}


@dataclass(frozen=True)
class Question:
    """One thing that a form asks. `key` names it in all versions of the form; the words may change."""

    key: str
    kind: QuestionKind
    label: str
    help: str = ""
    required: bool = False
    default: Answer = None
    options: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    show_when: Condition | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is stored: what it has not is left out."""
        told: dict[str, Any] = {
            "help": self.help,
            "required": self.required,
            "default": self.default,
            "options": list(self.options),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "show_when": self.show_when and self.show_when.to_json(),
        }
        told = {name: value for name, value in told.items() if value not in ("", None, [], False)}
        if self.default is False:
            told["default"] = False
        return {"key": self.key, "kind": self.kind.value, "label": self.label, **told}


def asked(questions: Iterable[Question], answered: Answered) -> list[Question]:
    """The questions that are asked after these answers; what was answered to the others does not count."""
    heard: dict[str, Answer] = {}
    found = []
    for question in questions:
        if question.show_when is None or question.show_when.holds(heard):
            found.append(question)
            heard[question.key] = answered.get(question.key)
    return found


# Reading a form -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """What is wrong with a form, and where: the question's place in it (-1: the form as a whole) and the field."""

    place: int
    field: str
    words: str


class WrongForm(ValueError):
    """Questions that can't be asked like this; `problems` say why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.words for problem in problems))
        self.problems = tuple(problems)


def parse(stored: Any) -> tuple[Question, ...]:
    """Questions from their JSON form.

    Raises:
        WrongForm: with every problem there is, in words for who made it.
    """
    if not isinstance(stored, list):
        raise WrongForm([Problem(-1, "", _("A form is a list of questions."))])
    reader = _Reader()
    for place, entry in enumerate(stored):
        reader.read(place, entry)
    reader.weigh()
    if reader.problems:
        raise WrongForm(reader.problems)
    return tuple(reader.questions)


FIELDS = {
    "key", "kind", "label", "help", "required", "default", "options", "minimum", "maximum", "show_when",
}  # fmt: skip


class _NotSo(ValueError):
    """A condition that can't be read, in words."""


class _Reader:
    """Reads one question after the other, and knows what was asked before."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.problems: list[Problem] = []
        self.before: dict[str, Question] = {}
        self.place = 0

    def read(self, place: int, entry: Any) -> None:
        self.place = place
        if not isinstance(entry, dict):
            return self.wrong("", _("A question has a key, a kind and a label."))
        if unknown := set(entry) - FIELDS:
            self.wrong("", _("A question has no “%s”.") % min(map(str, unknown)))
        before = len(self.problems)
        kind = self.kind(entry.get("kind"))
        question = Question(
            key=self.key(entry.get("key")),
            kind=kind,
            label=self.label(entry.get("label")),
            help=self.text("help", entry.get("help"), LONGEST_HELP),
            required=entry.get("required") is True,
            options=self.options(kind, entry.get("options")),
            minimum=self.limit("minimum", kind, entry.get("minimum")),
            maximum=self.limit("maximum", kind, entry.get("maximum")),
            show_when=self.condition(entry.get("show_when")),
        )
        question = self.with_default(question, entry.get("default"))
        if (
            question.minimum
            and question.maximum
            and float(question.minimum) > float(question.maximum)
        ):
            self.wrong("maximum", _("The largest number is smaller than the smallest."))
        if len(self.problems) == before:
            self.questions.append(question)
        if question.key:
            self.before.setdefault(question.key, question)
        return None

    def weigh(self) -> None:
        """Limits of the form as a whole."""
        self.place = -1
        if len(self.questions) > MOST_QUESTIONS:
            self.wrong("", _("A form has at most %s questions.") % MOST_QUESTIONS)
        several = (one for one in self.questions if one.kind == QuestionKind.CHOICES)
        if sum(len(one.options) for one in several) > MOST_TICKS:
            self.wrong(
                "", _("All lists of several choices together have at most %s options.") % MOST_TICKS
            )
        if sum(one.kind == QuestionKind.FILE for one in self.questions) > MOST_FILE_QUESTIONS:
            self.wrong("", _("At most %s questions can ask for files.") % MOST_FILE_QUESTIONS)

    def wrong(self, field: str, words: str) -> None:
        self.problems.append(Problem(self.place, field, words))

    # Its parts ---------------------------------------------------------------------------------------------

    def key(self, given: Any) -> str:
        if not isinstance(given, str) or not KEY.fullmatch(given):
            self.wrong(
                "key", _("A key is made of small letters, digits and _, and begins with a letter.")
            )
            return ""
        if given in self.before:
            self.wrong("key", _("Another question has the key “%s” already.") % given)
        return given

    def kind(self, given: Any) -> QuestionKind:
        if given not in QuestionKind.values:
            self.wrong("kind", _("Choose the kind of answer."))
            return QuestionKind.TEXT
        return QuestionKind(given)

    def label(self, given: Any) -> str:
        words = self.text("label", given, LONGEST_LABEL)
        if not words:
            self.wrong("label", _("Write the question."))
        return words

    def text(self, field: str, given: Any, longest: int) -> str:
        if given is None:
            return ""
        if not isinstance(given, str):
            self.wrong(field, _("This must be text."))
            return ""
        words = " ".join(given.replace("\x00", "").split())
        if len(words) > longest:
            self.wrong(field, _("Keep this under %s characters.") % longest)
        return words

    def options(self, kind: QuestionKind, given: Any) -> tuple[str, ...]:
        if kind not in WITH_OPTIONS:
            if given:
                self.wrong("options", _("Only choices have options."))
            return ()
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            self.wrong("options", _("Write the options, one on each line."))
            return ()
        options = [" ".join(one.replace("\x00", "").split()) for one in given]
        options = [one for one in options if one]
        if len(options) < 2:
            self.wrong("options", _("Write at least two options, one on each line."))
        if len(options) > MOST_OPTIONS:
            self.wrong("options", _("A list has at most %s options.") % MOST_OPTIONS)
        if twice := next((one for one in options if options.count(one) > 1), ""):
            self.wrong("options", _("“%s” is there twice.") % twice)
        if any(len(one) > LONGEST_LABEL for one in options):
            self.wrong("options", _("Keep each option under %s characters.") % LONGEST_LABEL)
        return tuple(options)

    def limit(self, field: str, kind: QuestionKind, given: Any) -> str | None:
        if given is None or given == "":
            return None
        number = canonical_number(given)
        if kind != QuestionKind.NUMBER:
            self.wrong(field, _("Only numbers have limits."))
        elif number is None:
            self.wrong(field, _("Enter a number."))
        return number

    def with_default(self, question: Question, given: Any) -> Question:
        if is_empty(given):
            return question
        default = (
            None if question.kind in WITHOUT_DEFAULT else fitting(question, given, default=True)
        )
        if default is None or (isinstance(default, str) and len(default) > LONGEST_DEFAULT):
            self.wrong("default", _("This can’t be the answer to begin with."))
        return replace(question, default=default)

    # Conditions ----------------------------------------------------------------------------------------------

    def condition(self, given: Any) -> Condition | None:
        if given is None:
            return None
        self.compared = 0
        try:
            return self.part(given, 1)
        except _NotSo as reason:
            self.wrong("show_when", str(reason))
            return None

    def part(self, given: Any, depth: int) -> Condition:
        if not isinstance(given, dict):
            raise _NotSo(_("This is no condition."))
        if depth > DEEPEST:
            raise _NotSo(_("Conditions stand in at most %s groups.") % DEEPEST)
        if set(given) == {"all"}:
            return Every(self.parts(given["all"], depth))
        if set(given) == {"any"}:
            return Some(self.parts(given["any"], depth))
        return self.compare(given)

    def parts(self, given: Any, depth: int) -> tuple[Condition, ...]:
        if not isinstance(given, list) or not given:
            raise _NotSo(_("A group has at least one condition."))
        return tuple(self.part(one, depth + 1) for one in given)

    def compare(self, given: dict[str, Any]) -> Condition:
        self.compared += 1
        if self.compared > MOST_COMPARISONS:
            raise _NotSo(_("At most %s comparisons decide about one question.") % MOST_COMPARISONS)
        relation = next((one for one in RELATIONS if set(given) == {"question", one}), None)
        key = given.get("question")
        if relation is None or not isinstance(key, str):
            raise _NotSo(_("This is no condition."))
        if not key:
            raise _NotSo(_("Choose the question that this depends on."))
        seen = self.before.get(key)
        if seen is None:
            raise _NotSo(
                _("A condition can only look at questions above it, and “%s” is not there.") % key
            )
        value = given[relation]
        if value is None and relation != "has":
            return Compare(key, relation, None)
        if (relation == "has") != (seen.kind == QuestionKind.CHOICES):
            raise _NotSo(_("“%s” can’t be compared like this.") % seen.label)
        fits = fitting(seen, value)
        if fits is None:
            raise _NotSo(_("“%s” can’t have this answer.") % seen.label)
        return Compare(key, relation, fits)


def fitting(question: Question, given: Any, *, default: bool = False) -> Answer:
    """The value as an answer to this question would have it; None where it can't be one.

    For several choices that is one of them in a comparison, and all that are ticked in a default.
    """
    match question.kind:
        case QuestionKind.NUMBER:
            return canonical_number(given)
        case QuestionKind.DATE:
            return TODAY if default and given == TODAY else canonical_date(given)
        case QuestionKind.CHOICE:
            return given if given in question.options else None
        case QuestionKind.CHOICES if default:
            ticked = given if isinstance(given, list) else []
            return ticked if ticked and all(one in question.options for one in ticked) else None
        case QuestionKind.CHOICES:
            return given if given in question.options else None
        case QuestionKind.YES_NO:
            return given if isinstance(given, bool) else None
        case QuestionKind.SERVICE:
            return given if isinstance(given, int) and not isinstance(given, bool) else None
        case QuestionKind.TEXT | QuestionKind.LONG_TEXT:
            return given.strip() or None if isinstance(given, str) else None
    return None
