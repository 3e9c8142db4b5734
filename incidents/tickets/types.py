"""Types as somebody may choose them."""

from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets import policies
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.rulebook import TypeRules


def offered(by: User, ticket: Ticket | None = None) -> list[tuple[str, str]]:
    """Those that `by` may set, on this ticket or on any; what the ticket is now is among them in any case."""
    return [
        (one.slug, one.label)
        for one in rulebook.types(even_retired=True)
        if (ticket and one.slug == ticket.type) or (not one.is_retired and _may(by, one, ticket))
    ]


def _may(by: User, one: TypeRules, ticket: Ticket | None) -> bool:
    if ticket is not None:
        return policies.can_leave_type(by, ticket) and policies.can_set_type(by, ticket, one.slug)
    return not one.set_by or by.permits.anywhere(Permission(one.set_by))
