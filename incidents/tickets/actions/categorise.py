"""What it is about: category and service."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.categories import Tree
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Service, Ticket


@transaction.atomic
def categorise(
    ticket: Ticket,
    *,
    category: Category,
    by: User,
    expected: int | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Put the ticket into another category; its team stays. The present category changes and records nothing.

    Only what becomes confidential goes to the team of that category at once: until then the former team would read it.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        InvalidInput: the category is retired, or confidential and no team would handle it.
        IllegalTransition: the ticket is closed.
        EditConflict: the category changed after version `expected`.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the category of this ticket."))
    steps.require_open(ticket)
    steps.require_fresh(ticket, expected, Kind.CATEGORISED)
    if ticket.category_id == category.pk:
        return ticket
    if category.is_retired:
        raise InvalidInput(_("This category is retired. Choose another one."), field="category")
    closes = category.is_confined and not ticket.is_confined
    home = Tree.load().team_of(category) if closes else None
    if closes and (home or ticket.team) is None:
        raise InvalidInput(
            _("This category is confidential and no team handles it yet. Ask an administrator."),
            field="category",
        )
    record(
        ticket,
        Kind.CATEGORISED,
        by=by,
        changes={"category_id": category.pk},
        at=at,
        origin=Ticket.Origin.DESK,
    )
    ticket.category = category
    if home and home.pk != ticket.team_id:
        changes = {"team_id": home.pk, "assignee_id": None}
        record(ticket, Kind.MOVED, by=by, changes=changes, at=at, origin=Ticket.Origin.DESK)
        ticket.team = home
    return ticket


@transaction.atomic
def set_service(
    ticket: Ticket,
    *,
    service: Service | None,
    by: User,
    expected: int | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Name the service that is affected, or none.

    Raises: as `categorise`.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not change the service of this ticket."))
    steps.require_open(ticket)
    steps.require_fresh(ticket, expected, Kind.SERVICE_SET)
    chosen = service and service.pk
    if ticket.service_id == chosen:
        return ticket
    if service and service.is_retired:
        raise InvalidInput(_("This service is retired. Choose another one."), field="service")
    record(
        ticket,
        Kind.SERVICE_SET,
        by=by,
        changes={"service_id": chosen},
        at=at,
        origin=Ticket.Origin.DESK,
    )
    return ticket
