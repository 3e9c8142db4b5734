"""What kind of matter it is: what somebody filed as something else."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies, ways
from incidents.tickets.actions import required, steps
from incidents.tickets.actions.answer import fitting_answers, put_answers
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Answers, Ticket
from incidents.tickets.questions import AnswersMissing, Checked, form_of_type, lacking
from incidents.workflow import rulebook
from incidents.workflow.rulebook import TypeRules


@transaction.atomic
def set_type(
    ticket: Ticket,
    *,
    type: str,
    by: User,
    answers: Checked | None = None,
    expected: int | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Make it a ticket of another type. The present one changes and records nothing.

    Priority follows by the new type's matrix, unless it was set by hand; the step is that of the same name in the new
    workflow, or the default one of the status; where that workflow has no such status, work goes on. Only incidents are offered to others to join,
    so what becomes something else no longer is. What the type asks to be done follows, see `required`; proposals that
    were open are settled by it, see `proposals`. `answers` are those to what the new type's form asks; without them
    those count that the ticket has from an earlier time as this type.

    Raises:
        NotAllowed: `by` may not work on this ticket, not make it one of this type, or not make the present type another.
        InvalidInput: there is no such type, or it is retired.
        IllegalTransition: the ticket is closed.
        TasksLeft: the present type asks for something that is not done, and `by` does not lead the team.
        AnswersMissing: the new type's form asks something that must be answered, and is not.
        QuestionsChanged: it asks other questions than those that were answered.
        EditConflict: the type changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the type of this ticket."))
    steps.require_open(ticket)
    if not rulebook.is_type(type):
        raise InvalidInput(_("Choose one of the types."), field="type")
    steps.require_fresh(ticket, expected, Kind.TYPE_CHANGED)
    if ticket.type == type:
        return ticket
    new = rulebook.type(type)
    if new.is_retired:
        raise InvalidInput(
            _("“%(type)s” is retired. Choose another type.") % {"type": new.label}, field="type"
        )
    require(
        policies.can_leave_type(by, ticket),
        _("You may not make a ticket “%(type)s” anything else.")
        % {"type": rulebook.type(ticket.type).label},
    )
    require(
        policies.can_set_type(by, ticket, type),
        _("You may not make a ticket “%(type)s”.") % {"type": new.label},
    )
    required.require_may_leave(ticket, by=by, at=at or timezone.now())
    _require_answers(ticket, new, answers)
    changes: dict[str, Any] = {"type": new.slug}
    by_matrix = int(new.matrix.of(ticket.impact, ticket.urgency))
    if by_matrix != ticket.priority and not ticket.priority_by_hand:
        changes["priority"] = by_matrix
    changes |= ways.as_type(ticket, new.slug)
    if ticket.is_offered and not new.is_incident:
        changes["is_offered"] = False
    record(ticket, Kind.TYPE_CHANGED, by=by, changes=changes, at=at, origin=Ticket.Origin.DESK)
    if answers:
        put_answers(ticket, answers, type=new.slug, by=by, at=at)
    return ticket


def _require_answers(ticket: Ticket, new: TypeRules, answers: Checked | None) -> None:
    form = form_of_type(new.slug)
    if answers:
        fitting_answers(form, answers)
    elif form:
        row = Answers.objects.filter(ticket=ticket, type=new.slug).first()
        if missing := lacking(form, row.given if row else {}):
            raise AnswersMissing(new.slug, new.label, missing)
