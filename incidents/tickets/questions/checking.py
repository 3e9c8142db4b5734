"""What was answered, held against what is asked. Pages, mail, API and bulk all come here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.files import Upload
from accounts.models import User
from incidents.tickets.models import QuestionForm
from incidents.tickets.questions.definition import Question, QuestionKind, asked, parse
from incidents.tickets.questions.fields import Picked, Unclear, field_of, glances
from incidents.tickets.questions.values import Answer, is_empty


class WrongAnswers(Refused):
    """Some answers can't be taken: `errors` by the question's key; `people` are those that a name may mean."""

    status = 422

    def __init__(self, errors: dict[str, list[str]], people: dict[str, list[User]]) -> None:
        first = next(iter(errors.values()))
        super().__init__(first[0] if len(errors) == 1 else _("Some answers can’t be taken."))
        self.errors = errors
        self.people = people


class QuestionsChanged(Refused):
    """The questions are others than those that were answered."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            _("The questions for this category changed while you were writing. Check them and send again.")
        )  # fmt: skip


class AnswersMissing(Refused):
    """A ticket can't become what it was asked to become before `questions` are answered."""

    def __init__(self, type: str, label: str, questions: Sequence[Question]) -> None:
        labels = "”, “".join(question.label for question in questions)
        super().__init__(
            _("“%(type)s” asks for answers that this ticket does not have: “%(questions)s”. Set the type on the ticket’s page and answer there.")
            % {"type": label, "questions": labels}
        )  # fmt: skip
        self.type = type
        self.questions = questions


@dataclass(frozen=True)
class Checked:
    """Answers fit to be kept, to the questions of one version of a form.

    `values` are plain JSON by the question's key: text and choices as written, a number as decimal digits, a day as
    2027-03-01, yes and no as a boolean, a person or service as its key. Files come apart, since they are kept later.
    `kept` are files answered earlier that stay.
    """

    form: int
    values: Mapping[str, Answer]
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    kept: Mapping[str, list[int]] = field(default_factory=dict)

    def mark(self) -> str:
        """Tells these answers from others, for verbs that do a thing once."""
        files = {
            key: [upload.sha256 for upload in uploads] for key, uploads in self.uploads.items()
        }
        return json.dumps([self.form, self.values, files, self.kept], sort_keys=True)


def check(
    form: QuestionForm,
    raw: Mapping[str, Any],
    files: Mapping[str, Sequence[Any]] | None = None,
    *,
    by: User | None = None,
    kept: Mapping[str, list[int]] | None = None,
) -> Checked:
    """The answers in `raw` (by the question's key) and the uploaded `files` as they can be kept.

    What is not asked under these answers is dropped, whatever was sent. A person is given by name or by key; `by` is
    who asks for them by name, and may not do so without end.
    `kept`: files that stand there already, and stay unless others come.

    Raises:
        TooManyLookups: `by` looked for many people.
        WrongAnswers: an answer is missing or does not fit, or there is no such question.
    """
    questions, files, kept = parse(form.questions), files or {}, kept or {}
    errors = {
        key: [_("There is no such question.")]
        for key in {*raw, *files} - {question.key for question in questions}
    }
    people: dict[str, list[User]] = {}
    values: dict[str, Answer] = {}
    uploads: dict[str, Sequence[Upload]] = {}
    stay: dict[str, list[int]] = {}
    for question in asked(questions, glances(questions, raw, {**kept, **_sent(files)})):
        key = question.key
        try:
            if question.kind == QuestionKind.FILE:
                uploads[key] = _files(question, files.get(key) or (), kept.get(key) or [])
                if not uploads[key] and kept.get(key):
                    stay[key] = kept[key]
            else:
                values[key] = _value(question, raw.get(key), by)
        except ValidationError as wrong:
            errors[key] = list(wrong.messages)
            if isinstance(wrong, Unclear):
                people[key] = wrong.people
    if errors:
        raise WrongAnswers(errors, people)
    return Checked(
        form.pk,
        {key: value for key, value in values.items() if not is_empty(value)},
        {key: sent for key, sent in uploads.items() if sent},
        stay,
    )


def lacking(form: QuestionForm, given: Mapping[str, Any]) -> list[Question]:
    """Questions that must be answered and are not, where a ticket's answers are `given`."""
    questions = parse(form.questions)
    heard = glances(questions, given, given)
    return [
        question
        for question in asked(questions, heard)
        if question.required and is_empty(heard.get(question.key))
    ]


def _sent(files: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    return {key: given for key, given in files.items() if given}


def _files(question: Question, sent: Sequence[Any], kept: list[int]) -> Sequence[Upload]:
    taken: Sequence[Upload] = field_of(question).clean(list(sent))
    if question.required and not (taken or kept):
        raise ValidationError(_("Add a file."))
    return taken


def _value(question: Question, raw: Any, by: User | None) -> Answer:
    several = question.kind == QuestionKind.CHOICES
    if raw is not None and not isinstance(
        raw, list | tuple if several else str | int | float | Picked
    ):
        raise ValidationError(_("This is no answer to the question."))
    if isinstance(raw, str) and question.kind in {QuestionKind.TEXT, QuestionKind.LONG_TEXT}:
        raw = raw.replace("\r\n", "\n")
    return field_of(question, by=by).clean(raw)  # type: ignore[no-any-return]
