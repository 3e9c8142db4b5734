"""Who may do what to a ticket. Predicates only; `visible_to` and `seen_as_staff_by` are their twins for lists."""

from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets.models import Follower, Ticket


def is_party(user: User, ticket: Ticket) -> bool:
    """Affected, or reported it."""
    return user.pk in {ticket.requester_id, ticket.reporter_id}


def can_see_as_staff(user: User, ticket: Ticket) -> bool:
    return user.permits.allows(Permission.TICKETS_SEE, ticket.team)


def can_see(user: User, ticket: Ticket) -> bool:
    return (
        is_party(user, ticket)
        or can_see_as_staff(user, ticket)
        or Follower.objects.filter(ticket=ticket, user=user).exists()
    )


def can_work(user: User, ticket: Ticket) -> bool:
    """Take it, write notes, categorise, hold and resolve."""
    return user.is_system or user.permits.allows(Permission.TICKETS_WORK, ticket.team)


def can_be_assigned(user: User, team: Team | None) -> bool:
    return (
        user.is_active and not user.is_system and user.permits.allows(Permission.TICKETS_WORK, team)
    )


def can_assign(user: User, ticket: Ticket) -> bool:
    """Give it to somebody else or to another team."""
    return user.is_system or user.permits.allows(Permission.TICKETS_ASSIGN, ticket.team)


def can_prioritise(user: User, ticket: Ticket) -> bool:
    return user.permits.allows(Permission.TICKETS_PRIORITISE, ticket.team)


def can_reply(user: User, ticket: Ticket) -> bool:
    return can_work(user, ticket) or is_party(user, ticket) or (
        Follower.objects.filter(ticket=ticket, user=user).exists()
    )  # fmt: skip


def can_confirm(user: User, ticket: Ticket) -> bool:
    """Say that it works again."""
    return is_party(user, ticket) or user.is_system


def can_reopen(user: User, ticket: Ticket) -> bool:
    return is_party(user, ticket) or can_work(user, ticket)


def can_add_followers(user: User, ticket: Ticket) -> bool:
    return is_party(user, ticket) or can_work(user, ticket)


def can_file_for_others(user: User) -> bool:
    return user.permits.anywhere(Permission.TICKETS_FILE_FOR_OTHERS)
