"""File a ticket: somebody reports what is broken."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.files import Upload
from accounts.models import Team, User
from incidents.tickets import numbers, policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.answer import fitting_answers, keep_answers, uploads_of
from incidents.tickets.actions.link import connect_follow_up
from incidents.tickets.actions.record import record
from incidents.tickets.categories import Tree
from incidents.tickets.kinds import Kind
from incidents.tickets.mailed import Mailed
from incidents.tickets.models import Category, Event, Message, Service, Ticket
from incidents.tickets.questions import Checked, asked_of, filed_as
from incidents.workflow import priority, rulebook
from incidents.workflow.states import Status

LONGEST_TITLE = 200
UNASKED = {Ticket.Origin.IMPORT, Ticket.Origin.MAIL}
"""Nobody stood before the form."""


@transaction.atomic
@rulebook.asked_once()
def file(
    title: str,
    *,
    by: User,
    description: str,
    category: Category | None,
    requester: User | None = None,
    service: Service | None = None,
    impact: str = priority.Impact.ME,
    urgency: str = priority.Urgency.SLOW,
    priority_by_hand: int | None = None,
    type: str = "",
    team: Team | None = None,
    files: Sequence[Upload] = (),
    answers: Checked | None = None,
    type_answers: Checked | None = None,
    follows: Ticket | None = None,
    author: User | None = None,
    origin: str = Ticket.Origin.PORTAL,
    external_id: str | None = None,
    key: str = "",
    at: datetime | None = None,
    tree: Tree | None = None,
    is_taken: bool = False,
    mailed: Mailed | None = None,
) -> Ticket:
    """Make a ticket with its first message and return it.

    It goes to `team`, or the category's, or to nobody's queue. It is of `type`, or of the one that the category names. `key` makes a repeated call return the first ticket.
    `answers` are those to the questions that the category's form asks now, `type_answers` those to its type's; imports
    and mails know no questions.
    With `follows` it is linked as the follow-up of that ticket, of which `by` must be a party.
    With `author` it is made of something that they wrote elsewhere: nobody is asked anything, and `by` was allowed to.
    `at` is when it was reported, for imports. `tree` saves loading the categories again. With `is_taken` the caller
    takes it in the same breath, so it is given out to nobody.

    Raises:
        NotAllowed: `by` may not file for `requester`, follow up on that ticket, or make a ticket of this type.
        InvalidInput: title or description is missing, the category takes no tickets, or there is no such type.
        QuestionsChanged: category or type ask other questions than those that were answered.
        KeyReused: `key` was used for another ticket.
    """
    requester = requester or by
    require(
        requester == by or author is not None or policies.can_file_for_others(by),
        _("You may only report for yourself."),
    )
    if follows:
        require(
            policies.can_follow_up(by, follows),
            _("You may only follow up on tickets that you are on."),
        )
    title = " ".join(title.replace("\x00", "").split())
    if not title:
        raise InvalidInput(_("Say in a few words what the problem is."), field="title")
    if len(title) > LONGEST_TITLE:
        raise InvalidInput(
            _("Keep this under 200 characters; the details go below."), field="title"
        )
    description = steps.written(description, field="description")
    if category and category.is_retired and not author and origin != Ticket.Origin.IMPORT:
        raise InvalidInput(
            _("This category takes no new tickets. Choose another one."), field="category"
        )

    known = tree or (Tree.load() if category else Tree([]))
    home = team or (category and known.team_of(category)) or None
    rules = _type(type, category, known)
    # What stands in a category, an import or a split ticket was decided by whoever may.
    if type and rules.set_by and author is None and origin not in UNASKED:
        is_confined = category is not None and category.is_confined
        require(
            policies.may_set_type(by, rules.slug, home, confined=is_confined),
            _("You may not make a ticket “%(type)s”.") % {"type": rules.label},
        )
    moment = at or timezone.now()

    def do() -> Event:
        unasked = origin in UNASKED or author is not None
        forms = (None, None) if unasked else asked_of(category, rules.slug, known)
        form, type_form = forms
        given = fitting_answers(form, answers)
        given_to_type = fitting_answers(type_form, type_answers)
        first, second = uploads_of(given), uploads_of(given_to_type)
        changes = {
            "title": title,
            "type": rules.slug,
            "origin": origin,
            "external_id": external_id,
            "category_id": category and category.pk,
            "service_id": service and service.pk,
            "status": Status.NEW.value,
            "impact": str(impact),
            "urgency": str(urgency),
            "priority": int(priority_by_hand or rules.matrix.of(impact, urgency)),
            "priority_by_hand": priority_by_hand is not None,
            # Who is affected, but did not report it, was not asked whether others may read this.
            "is_offered": rules.is_incident
            and requester == by
            and impact != priority.Impact.ME
            and origin != Ticket.Origin.IMPORT,
            "team_id": home and home.pk,
            "requester_id": requester.pk,
            "reporter_id": requester.pk if origin == Ticket.Origin.IMPORT else by.pk,
        }
        # The row first, since message and event point at it; `record` then folds the event into it.
        ticket = Ticket(number=numbers.take(), created_at=moment, updated_at=moment, **changes)
        ticket.save(force_insert=True)
        ticket.team, ticket.category = home, category  # reactions ask them
        # What is imported was written by the requester, whoever brings it in.
        writer = author or (requester if origin == Ticket.Origin.IMPORT else by)
        said = steps.say(
            ticket,
            Message.Kind.DESCRIPTION,
            description,
            by=writer,
            files=[*files, *first, *second],
            at=moment,
            mailed=mailed,
        )
        attached = said.get("files", [])[len(files) :]
        if given:
            keep_answers(ticket, given, attached[: len(first)])
            said["form"] = given.form
        if given_to_type:
            keep_answers(ticket, given_to_type, attached[len(first) :], type=rules.slug)
            said["type_form"] = given_to_type.form
        if is_taken:
            said["is_taken"] = True
        filed = record(
            ticket,
            Kind.FILED,
            by=by,
            changes=changes,
            at=moment,
            origin=origin,
            **said,
        )
        if follows:
            connect_follow_up(ticket, follows, by=by, at=moment)
        return filed

    what = (
        "file",
        title,
        description,
        category and category.pk,
        requester.pk,
        service and service.pk,
        follows and follows.pk,
        impact,
        urgency,
        rules.slug,
        *steps.marks(files),
        *(one.mark() for one in (answers, type_answers) if one),
    )
    return steps.once(key, by=by, of=what, do=do).ticket


def _type(given: str, category: Category | None, known: Tree) -> rulebook.TypeRules:
    """What it is, see `filed_as`.

    Raises:
        InvalidInput: what was given is no type.
    """
    if given and not rulebook.is_type(given):
        raise InvalidInput(_("Choose one of the types."), field="type")
    return rulebook.type(filed_as(given, category, known))
