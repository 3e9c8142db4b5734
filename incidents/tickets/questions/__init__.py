"""The questions that the form of a category or type asks besides title and description, and the answers to them.

`definition` says what a form is, `checking` what answers are taken, `form` draws it, `telling` reads old answers.
"""

from incidents.tickets.questions.asking import (
    asked_of,
    filed_as,
    form_of,
    form_of_type,
    nearest,
    newest,
    types_with_a_must,
)
from incidents.tickets.questions.checking import (
    AnswersMissing,
    Checked,
    QuestionsChanged,
    WrongAnswers,
    check,
    lacking,
)
from incidents.tickets.questions.definition import Question, QuestionKind, WrongForm, parse
from incidents.tickets.questions.telling import Former, Given, former, shown

__all__ = [
    "AnswersMissing",
    "Checked",
    "Former",
    "Given",
    "Question",
    "QuestionKind",
    "QuestionsChanged",
    "WrongAnswers",
    "WrongForm",
    "asked_of",
    "check",
    "filed_as",
    "form_of",
    "form_of_type",
    "former",
    "lacking",
    "nearest",
    "newest",
    "parse",
    "shown",
    "types_with_a_must",
]  # fmt: skip
