"""The questions that a category's form asks besides title and description, and the answers to them.

`definition` says what a form is, `checking` what answers are taken, `form` draws it, `telling` reads old answers.
"""

from incidents.tickets.questions.asking import form_of, nearest, newest
from incidents.tickets.questions.checking import Checked, QuestionsChanged, WrongAnswers, check
from incidents.tickets.questions.definition import Question, QuestionKind, WrongForm, parse
from incidents.tickets.questions.telling import Former, Given, former, shown

__all__ = [
    "Checked", "Former", "Given", "Question", "QuestionKind", "QuestionsChanged", "WrongAnswers", "WrongForm", "check",
    "form_of", "former", "nearest", "newest", "parse", "shown",
]  # fmt: skip
