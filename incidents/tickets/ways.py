"""Where a ticket stands in the workflow of its type, and which ways lead on from there, for whom.

Verbs ask here, and so does whatever offers them, so that both agree. What has to be filled in first is asked of staff
only: who has the trouble can't look after the desk's fields.
"""

from collections.abc import Collection

from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.needs import Need
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import OPEN_STATUSES, Status


def flow_of(ticket: Ticket) -> Flow:
    return rulebook.flow(ticket.type)


def standing(ticket: Ticket) -> Place:
    return flow_of(ticket).at(ticket.status, ticket.step)


def out_of(ticket: Ticket) -> list[Way]:
    """All ways on, whoever may go them."""
    flow = flow_of(ticket)
    return flow.ways_from(flow.at(ticket.status, ticket.step))


def open_to(user: User, ticket: Ticket) -> list[Way]:
    """Those that this person may go."""
    return [way for way in out_of(ticket) if may_go(user, way, ticket)]


def may_go(user: User, way: Way, ticket: Ticket) -> bool:
    return goes_as_staff(user, way, ticket) or goes_as_requester(user, way, ticket)


def goes_as_requester(user: User, way: Way, ticket: Ticket) -> bool:
    return way.by_requester and policies.is_party(user, ticket)


def goes_as_staff(user: User, way: Way, ticket: Ticket) -> bool:
    if user.is_system:
        return True
    return (
        way.by_staff
        and policies.can_work(user, ticket)
        and (not way.permission or policies.is_permitted(user, way.permission, ticket))
    )


def best(ways: Collection[Way], *statuses: str) -> Way | None:
    """Of several ways to one of these statuses: to its default step, else to the first."""
    fitting = [way for way in ways if way.there.status in statuses]
    return next((way for way in fitting if way.there.is_default), next(iter(fitting), None))


def by_answer(ticket: Ticket) -> Way | None:
    """How an answer of the requester's side lets work go on, if it does."""
    ways = [way for way in out_of(ticket) if way.by_requester]
    return best(ways, Status.OPEN) or best(ways, *sorted(OPEN_STATUSES - {ticket.status}))


def as_type(ticket: Ticket, kind: str) -> dict[str, str]:
    """What else changes on a ticket that becomes one of this type: it keeps its status, and stands at the step of the
    same name or the usual one of that. Where the other workflow has none, work goes on, or what is settled stays settled.
    """
    flow = rulebook.flow(kind)
    if flow.default(ticket.status):
        there = flow.at(ticket.status, ticket.step)
    else:
        there = flow.at(Status.OPEN if ticket.is_open else Status.RESOLVED)
    changes = {} if there.status == ticket.status else {"status": there.status.value}
    step = "" if there.is_default else there.slug
    return {**changes, "step": step} if step != ticket.step else changes


def missing(way: Way, ticket: Ticket) -> list[Need]:
    """What has to be filled in before the ticket goes this way."""
    return [need for need in Need if need in way.needs_fields and not _has(ticket, need)]


def _has(ticket: Ticket, need: Need) -> bool:
    if need == Need.CHECKLIST:
        return not ticket.checklist.filter(done_at=None).exists()
    found = {
        Need.SERVICE: ticket.service_id,
        Need.CATEGORY: ticket.category_id,
        Need.TEAM: ticket.team_id,
        Need.ASSIGNEE: ticket.assignee_id,
        Need.TAGS: ticket.tags,
        Need.TIME_SPENT: ticket.minutes_spent,
    }
    return bool(found[need])
