"""Change what the form of a category or of a type asks."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_changed
from accounts.errors import EditConflict, Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets.models import Category, QuestionForm, Service
from incidents.tickets.questions import asking
from incidents.tickets.questions.definition import Problem, Question, WrongForm, parse
from incidents.tickets.questions.words import only_if
from incidents.workflow.models import IncidentType


class NoForm(Refused):
    """These questions can't be asked; `problems` say why and where."""

    status = 422

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].words)
        self.problems = problems


@transaction.atomic
def change_questions(
    owner: Category | IncidentType,
    questions: list[Any],
    *,
    by: User,
    expected: int | None = None,
) -> QuestionForm:
    """Make these the questions of the category or type (in their JSON form), as the next version of its form.

    No row is ever changed: tickets keep the version that they were answered with. An empty list asks nothing from now
    on, also where a category above asks something. The same questions again make no version.

    Raises:
        NotAllowed: `by` may not manage categories, or for a type's form how incidents are handled.
        NoForm: the questions can't be asked like this.
        EditConflict: there is a version after `expected` already.
    """
    if isinstance(owner, Category):
        require(
            by.permits.anywhere(Permission.CATEGORIES_MANAGE),
            _("You may not change forms. Ask somebody who manages categories."),
        )
    else:
        require(
            by.permits.anywhere(Permission.PROCESS_MANAGE),
            _("You may not change how incidents are handled."),
        )
    try:
        asked = parse(questions)
    except WrongForm as wrong:
        raise NoForm(wrong.problems) from wrong
    rows: Any = type(owner)._default_manager
    owner = rows.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)
    whose: dict[str, Any] = {"category" if isinstance(owner, Category) else "type": owner}
    before = QuestionForm.objects.filter(**whose).order_by("-number").first()
    number = before.number if before else 0
    if expected is not None and expected != number:
        raise EditConflict(_("Somebody saved this form while you were changing it."))
    stored = [question.to_json() for question in asked]
    if before and before.questions == stored:
        return before
    form = QuestionForm.objects.create(**whose, number=number + 1, questions=stored, made_by=by)
    asking.renew()
    record_changed(
        owner,
        by=by,
        before={"questions": _told(parse(before.questions)) if before else []},
        after={"questions": _told(asked)},
    )
    return form


def _told(questions: tuple[Question, ...]) -> list[str]:
    """A line for each question, for the log of administration."""
    by_key = {question.key: question for question in questions}
    services = dict(Service.objects.values_list("pk", "name")) if questions else {}
    return [_line(question, by_key, services) for question in questions]


def _line(question: Question, by_key: dict[str, Question], services: dict[int, str]) -> str:
    parts = [f"{question.label} [{question.key}: {question.kind}]"]
    if question.required:
        parts.append("*")
    if question.options:
        parts.append(f"({', '.join(question.options)})")
    if question.show_when:
        parts.append(only_if(question.show_when, by_key, services))
    return " ".join(parts)
