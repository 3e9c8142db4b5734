"""Who may do what to a ticket. Predicates only; `visible_to` and `seen_as_staff_by` are their twins for lists."""

from datetime import datetime, timedelta

from accounts.models import Team, User
from accounts.permissions import EXPLAINED, Permission
from incidents.tickets.models import Follower, PortalRules, Ticket, TimeEntry
from incidents.workflow import rulebook


def is_party(user: User, ticket: Ticket) -> bool:
    """Affected, or reported it."""
    return user.pk in {ticket.requester_id, ticket.reporter_id}


def _allows(user: User, permission: Permission, ticket: Ticket) -> bool:
    return user.permits.allows(permission, ticket.team, confined=ticket.is_confined)


def is_permitted(user: User, permission: str, ticket: Ticket) -> bool:
    """Has one of the permissions on this ticket, for what names it as data."""
    return permission in Permission and _allows(user, Permission(permission), ticket)


def can_see_as_staff(user: User, ticket: Ticket) -> bool:
    return _allows(user, Permission.TICKETS_SEE, ticket)


def may_have_told(user: User, team: Team | None) -> bool:
    """May let a machine or a room hear what only staff read, of this team's tickets or of everybody's: who reads that
    themselves, and who could give themselves the role to."""
    permits = user.permits
    if Permission.ROLES_MANAGE in permits.everywhere:
        return True
    if team is None:
        return Permission.TICKETS_SEE in permits.everywhere
    return permits.allows(Permission.TICKETS_SEE, team)


def is_colleague(user: User, ticket: Ticket) -> bool:
    """Of the requester's department, where that one shares its tickets: sees it, and can do nothing."""
    shared = user.sharing_department
    theirs = shared is not None and ticket.requester.department_id == shared
    return theirs and not ticket.is_kept_apart


def is_follower(user: User, ticket: Ticket) -> bool:
    """Was added, or came by themselves, which opens nothing that is kept apart since."""
    rows = Follower.objects.filter(ticket=ticket, user=user)
    return (rows.filter(is_chosen=True) if ticket.is_kept_apart else rows).exists()


def can_see(user: User, ticket: Ticket) -> bool:
    return (
        is_party(user, ticket)
        or can_see_as_staff(user, ticket)
        or is_colleague(user, ticket)
        or is_follower(user, ticket)
    )


def can_work(user: User, ticket: Ticket) -> bool:
    """Take it, write notes, categorise, hold and resolve."""
    return user.is_system or _allows(user, Permission.TICKETS_WORK, ticket)


def can_be_assigned(user: User, ticket: Ticket) -> bool:
    is_somebody = user.is_active and not (user.is_system or user.is_service)
    return is_somebody and _allows(user, Permission.TICKETS_WORK, ticket)


def can_set_type(user: User, ticket: Ticket, type: str) -> bool:
    """Make it one of this type: works on it, and holds what the type asks for."""
    return can_work(user, ticket) and may_set_type(
        user, type, ticket.team, confined=ticket.is_confined
    )


def can_leave_type(user: User, ticket: Ticket) -> bool:
    """Make it one of another type: what only some may set only they take away, and with it what it asks for."""
    return can_set_type(user, ticket, ticket.type)


def may_set_type(user: User, type: str, team: Team | None, *, confined: bool) -> bool:
    """Does this person hold what the type asks of whoever makes a ticket one, in this team?"""
    asked = rulebook.type(type).set_by
    if not asked or user.is_system:
        return True
    permission = Permission(asked)
    if EXPLAINED[permission].in_team:
        return user.permits.allows(permission, team, confined=confined)
    return user.permits.anywhere(permission)


def can_skip_tasks(user: User, ticket: Ticket) -> bool:
    """Let a required task be: who leads the team."""
    return _allows(user, Permission.TEAM_LEAD, ticket)


def can_assign(user: User, ticket: Ticket) -> bool:
    """Give it to somebody else or to another team."""
    return user.is_system or _allows(user, Permission.TICKETS_ASSIGN, ticket)


def can_prioritise(user: User, ticket: Ticket) -> bool:
    return user.is_system or _allows(user, Permission.TICKETS_PRIORITISE, ticket)


def can_reply(user: User, ticket: Ticket) -> bool:
    return can_work(user, ticket) or is_party(user, ticket) or is_follower(user, ticket)


def can_confirm(user: User, ticket: Ticket) -> bool:
    """Say that it works again."""
    return is_party(user, ticket) or user.is_system


def can_reopen(user: User, ticket: Ticket) -> bool:
    return is_party(user, ticket) or can_work(user, ticket)


def can_still_reopen(user: User, ticket: Ticket, *, at: datetime) -> bool:
    """As `can_reopen`, and in time: the requester's side has some days for it, who works on it has no end."""
    if can_work(user, ticket):
        return True
    if not can_reopen(user, ticket):
        return False
    if ticket.closes_at is not None and at <= ticket.closes_at:  # we asked them to
        return True
    days = timedelta(days=PortalRules.now().reopen_days)
    return ticket.resolved_at is None or at <= ticket.resolved_at + days


def can_withdraw(user: User, ticket: Ticket) -> bool:
    """Say that it is no longer needed; not while others have it, too."""
    return is_party(user, ticket) and ticket.affected_count <= 1


def can_follow_up(user: User, ticket: Ticket) -> bool:
    """Report it again, as a ticket that is linked to this one."""
    return is_party(user, ticket) or can_work(user, ticket) or is_follower(user, ticket)


def can_rate(user: User, ticket: Ticket) -> bool:
    """Say how it went: the person who had the problem, whoever reported it for them."""
    return user.is_active and user.pk == ticket.requester_id


def can_add_followers(user: User, ticket: Ticket) -> bool:
    return is_party(user, ticket) or can_work(user, ticket)


def can_join(user: User, ticket: Ticket) -> bool:
    """Say “me too”: the ticket is among those that are offered to everybody, and not their own."""
    offered = ticket.is_open and ticket.is_offered and not is_party(user, ticket)
    return offered and Ticket.objects.offered_to(user).filter(pk=ticket.pk).exists()


def can_offer(user: User, ticket: Ticket) -> bool:
    """Let others find and join it, or stop that."""
    is_secret = ticket.is_confined or (ticket.team is not None and ticket.team.is_private)
    is_incident = rulebook.type(ticket.type).is_incident
    return is_incident and ticket.is_open and not is_secret and can_work(user, ticket)


def can_merge(user: User, ticket: Ticket, into: Ticket) -> bool:
    """Works on both."""
    return can_work(user, ticket) and can_work(user, into)


def have_same_readers(ticket: Ticket, other: Ticket) -> bool:
    """Neither is kept apart, or both are and in the same team: words of the one may be read beside the other."""
    if not (ticket.is_kept_apart or other.is_kept_apart):
        return True
    return ticket.team_id == other.team_id and ticket.is_confined == other.is_confined


def can_split(user: User, ticket: Ticket) -> bool:
    """Make a ticket of its own of a message."""
    return can_work(user, ticket)


def can_take_back(user: User, ticket: Ticket, entry: TimeEntry) -> bool:
    """Undo an entry of time: one's own, or anybody's as who leads the team."""
    return entry.user_id == user.pk or _allows(user, Permission.TEAM_LEAD, ticket)


def speaks_for_itself(user: User, ticket: Ticket) -> bool:
    """What they write is about their own trouble: a party, or somebody who does not work on the ticket."""
    return is_party(user, ticket) or not can_work(user, ticket)


def can_file_for_others(user: User) -> bool:
    return user.permits.anywhere(Permission.TICKETS_FILE_FOR_OTHERS)
