"""Correct or add the answers to the questions of the form of a ticket's category, or of its type."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.categories import Tree
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Answers, FormerAnswers, Message, QuestionForm, Ticket
from incidents.tickets.questions import Checked, QuestionsChanged, form_of, form_of_type


@transaction.atomic
def answer(
    ticket: Ticket,
    *,
    answers: Checked,
    by: User,
    expected: int | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Put these answers in place of those the ticket has, to the questions that its category or its type asks now.

    The log says who changed which questions, by key; what was answered stands in no event, since it may be personal.
    The former answers stay readable as `FormerAnswers`, which can be erased without touching the log. New files go
    with the description, where whoever sees the ticket sees them. The same answers again change and record nothing.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        IllegalTransition: the ticket is closed.
        EditConflict: somebody changed the answers, the category or the type after version `expected`.
        QuestionsChanged: other questions are asked than those that were answered.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the answers of this ticket."))
    steps.require_open(ticket)
    steps.require_fresh(ticket, expected, Kind.ANSWERED, Kind.CATEGORISED, Kind.TYPE_CHANGED)
    of_type = form_of_type(ticket.type)
    is_of_type = of_type is not None and of_type.pk == answers.form
    form = of_type if is_of_type else form_of(ticket.category, Tree.load())
    if fitting_answers(form, answers) is None:
        raise QuestionsChanged
    put_answers(ticket, answers, type=ticket.type if is_of_type else "", by=by, at=at)
    return ticket


# What `file` and `set_type` share ---------------------------------------------------------------------------


def put_answers(
    ticket: Ticket, checked: Checked, *, type: str, by: User, at: datetime | None = None
) -> None:
    """Put answers in place of those that the ticket has to the form of this type, or, without one, of its category."""
    before = Answers.objects.filter(ticket=ticket, type=type).first()
    new_files = uploads_of(checked)
    same = before and before.form_id == checked.form
    now = {**checked.values, **checked.kept}
    if before and same and before.given == now and not new_files:
        return

    moment = at or timezone.now()
    added = _attach(ticket, new_files, by=by, at=moment)
    was, was_form = (before.given, before.form_id) if before else ({}, None)
    row = keep_answers(ticket, checked, added, type=type, row=before)
    changed = sorted(key for key in {*was, *row.given} if was.get(key) != row.given.get(key))
    with_files: dict[str, Any] = {"files": added} if added else {}
    event = record(
        ticket,
        Kind.ANSWERED,
        by=by,
        at=moment,
        public=False,
        origin=Ticket.Origin.DESK,
        form=checked.form,
        changed=changed,
        **with_files,
    )
    if was_form:
        FormerAnswers.objects.create(ticket=ticket, form_id=was_form, given=was, until=event)


def fitting_answers(form: QuestionForm | None, answers: Checked | None) -> Checked | None:
    """The answers, if they are to the questions that are asked now.

    Raises:
        QuestionsChanged: they are not, or there are none and something is asked.
    """
    if (form and form.pk) != (answers and answers.form):
        raise QuestionsChanged
    return answers


def uploads_of(answers: Checked | None) -> list[Upload]:
    """All new files, question by question."""
    return [one for sent in answers.uploads.values() for one in sent] if answers else []


def keep_answers(
    ticket: Ticket,
    answers: Checked,
    attachments: Sequence[int],
    *,
    type: str = "",
    row: Answers | None = None,
) -> Answers:
    """Write the answers, in place of those of `row`; `attachments` are the keys of `uploads_of`, in its order."""
    left = list(attachments)
    files: dict[str, list[int]] = {}
    for key, sent in answers.uploads.items():
        files[key], left = left[: len(sent)], left[len(sent) :]
    row = row or Answers(ticket=ticket, type=type)
    row.form_id = answers.form
    row.given = {**answers.values, **answers.kept, **files}
    row.save()
    return row


def _attach(ticket: Ticket, uploads: Sequence[Upload], *, by: User, at: datetime) -> list[int]:
    if not uploads:
        return []
    message = ticket.messages.filter(kind=Message.Kind.DESCRIPTION).earliest("pk")
    return steps.attach(message, uploads, by=by, at=at)
