"""Changes to tickets: each property by its verb, each refused where somebody changed the ticket since it was read."""

from collections.abc import Callable
from typing import Annotated

from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Router
from pydantic import Field

from accounts.access import Scope
from accounts.errors import InvalidInput
from accounts.models import Team, User
from incidents.api import schemas, showing
from incidents.api.answers import key_of, require_match
from incidents.api.gate import TokenRequest
from incidents.api.routes.tickets import (
    Ref,
    category_named,
    checked,
    person_of,
    service_named,
)
from incidents.api.scopes import acts, changes, creates
from incidents.tickets import actions, policies, questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket
from knowledge.models import Article

router = Router(tags=["Changes to tickets"])
Change = Callable[[Ticket, User], object]
WRITE = Scope.TICKETS_WRITE
PersonKey = Annotated[int, Field(ge=1, le=2_000_000_000)]


def _hold(ticket: Ticket, user: User) -> None:
    actions.hold_ticket(ticket, by=user)


def _hold_family(ticket: Ticket, _user: User) -> None:
    actions.hold_family(ticket)


def _changed(
    request: TokenRequest,
    ref: str,
    change: Change,
    *,
    hold: Callable[[Ticket, User], None] = _hold,
) -> HttpResponse:
    """Do it, and answer with the ticket as it is then. With `If-Match` it is held and looked at before."""
    user = request.user
    with transaction.atomic():
        ticket = showing.find(user, ref)
        if request.headers.get("If-Match"):
            hold(ticket, user)
            ticket = showing.find(user, ref)
            as_staff = policies.can_see_as_staff(user, ticket)
            mark = str(ticket.version) if as_staff else f"p{ticket.public_version}"
            require_match(request, mark)
        change(ticket, user)
    return showing.answer(request, ticket.number, user)


@router.put("/tickets/{ref}/title", response=schemas.TicketOut, url_name="title", **changes(WRITE))
def title(request: TokenRequest, ref: Path[Ref], given: schemas.SetTitle) -> HttpResponse:
    return _changed(
        request, ref, lambda ticket, user: actions.retitle(ticket, given.title, by=user)
    )


@router.put("/tickets/{ref}/assignee", response=schemas.TicketOut, url_name="assignee", **changes(WRITE))  # fmt: skip
def assignee(request: TokenRequest, ref: Path[Ref], given: schemas.SetAssignee) -> HttpResponse:
    """Make somebody responsible, or with null nobody."""

    def change(ticket: Ticket, user: User) -> object:
        if given.person is None:
            return actions.release(ticket, by=user)
        return actions.assign(ticket, to=person_of(given.person, "person", by=user), by=user)

    return _changed(request, ref, change)


@router.put("/tickets/{ref}/team", response=schemas.TicketOut, url_name="team", **changes(WRITE))
def team(request: TokenRequest, ref: Path[Ref], given: schemas.SetTeam) -> HttpResponse:
    """Put the ticket into another team's queue. The account may lose sight of it by that: then the answer is 404."""

    def change(ticket: Ticket, user: User) -> object:
        to = Team.objects.filter(slug=given.team, is_retired=False).first()
        if to is None or not user.is_agent:
            raise InvalidInput(_("There is no such team."), field="team")
        return actions.move(ticket, to=to, by=user)

    return _changed(request, ref, change)


@router.put("/tickets/{ref}/priority", response=schemas.TicketOut, url_name="priority", **changes(WRITE))  # fmt: skip
def priority(request: TokenRequest, ref: Path[Ref], given: schemas.SetPriority) -> HttpResponse:
    """Set impact and urgency, from which priority follows; or priority by hand, with a reason."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.set_priority(
            ticket,
            by=user,
            impact=given.impact,
            urgency=given.urgency,
            override=given.priority,
            reason=given.reason,
        ),
    )


@router.put("/tickets/{ref}/category", response=schemas.TicketOut, url_name="category", **changes(WRITE))  # fmt: skip
def category(request: TokenRequest, ref: Path[Ref], given: schemas.SetCategory) -> HttpResponse:
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.categorise(
            ticket, category=category_named(given.category, Tree.load()), by=user
        ),
    )


@router.put("/tickets/{ref}/service", response=schemas.TicketOut, url_name="service", **changes(WRITE))  # fmt: skip
def service(request: TokenRequest, ref: Path[Ref], given: schemas.SetService) -> HttpResponse:
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.set_service(
            ticket, service=service_named(given.service) if given.service else None, by=user
        ),
    )


@router.put("/tickets/{ref}/type", response=schemas.TicketOut, url_name="type", **changes(WRITE))
def type_(request: TokenRequest, ref: Path[Ref], given: schemas.SetType) -> HttpResponse:
    """Make it a ticket of another type, with answers to what that asks."""

    def change(ticket: Ticket, user: User) -> object:
        form = questions.form_of_type(given.type) if given.answers else None
        answers = checked(form, given.answers, user, "answers")
        return actions.set_type(ticket, type=given.type, by=user, answers=answers)

    return _changed(request, ref, change)


@router.patch("/tickets/{ref}/tags", response=schemas.TicketOut, url_name="tags", **acts(WRITE))
def tags(request: TokenRequest, ref: Path[Ref], given: schemas.ChangeTags) -> HttpResponse:
    """Put tags on and take tags off. Others' tags stay, so two programs never clash."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.tag(ticket, add=given.add, remove=given.remove, by=user),
    )


# The life of a ticket ------------------------------------------------------------------------------------


@router.post("/tickets/{ref}/transitions", response=schemas.TicketOut, url_name="transition", **changes(WRITE))  # fmt: skip
def transition(request: TokenRequest, ref: Path[Ref], given: schemas.Transition) -> HttpResponse:
    """Bring it to another step of its workflow, or to a status. Resolving, reopening and confirming have their own."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.transition(
            ticket,
            to=given.to,
            text=given.text,
            by=user,
            key=key_of(request),
            origin=Ticket.Origin.API,
        ),
    )


@router.post("/tickets/{ref}/resolution", response=schemas.TicketOut, url_name="resolution", **changes(WRITE))  # fmt: skip
def resolution(request: TokenRequest, ref: Path[Ref], given: schemas.Resolve) -> HttpResponse:
    """Say what restored the service. The requester reads it and is asked to check."""

    def change(ticket: Ticket, user: User) -> object:
        article = None
        if given.article:
            article = Article.objects.readable_by(user).filter(slug=given.article).first()
            if article is None:
                raise InvalidInput(_("There is no such article for you."), field="article")
        return actions.resolve(
            ticket,
            given.text,
            code=given.code,
            to=given.to,
            article=article,
            by=user,
            key=key_of(request),
            origin=Ticket.Origin.API,
        )

    return _changed(request, ref, change, hold=_hold_family)


@router.post("/tickets/{ref}/reopening", response=schemas.TicketOut, url_name="reopening", **changes(WRITE))  # fmt: skip
def reopening(request: TokenRequest, ref: Path[Ref], given: schemas.Reopen) -> HttpResponse:
    """Open a resolved ticket again, with what is still wrong."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.reopen(
            ticket, given.text, by=user, key=key_of(request), origin=Ticket.Origin.API
        ),
    )


@router.post("/tickets/{ref}/confirmation", response=schemas.TicketOut, url_name="confirmation", **changes(WRITE))  # fmt: skip
def confirmation(request: TokenRequest, ref: Path[Ref]) -> HttpResponse:
    """As its requester: it works again, so the ticket is closed."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.confirm(ticket, by=user, origin=Ticket.Origin.API),
    )


@router.post("/tickets/{ref}/withdrawal", response=schemas.TicketOut, url_name="withdrawal", **changes(WRITE))  # fmt: skip
def withdrawal(request: TokenRequest, ref: Path[Ref], given: schemas.Withdraw) -> HttpResponse:
    """As its requester: it is no longer needed."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.withdraw(
            ticket, by=user, reason=given.reason, key=key_of(request), origin=Ticket.Origin.API
        ),
    )


# What it is tied to ----------------------------------------------------------------------------------------


@router.put("/tickets/{ref}/followers/{person}", response=schemas.TicketOut, url_name="follow", **acts(WRITE))  # fmt: skip
def follow(request: TokenRequest, ref: Path[Ref], person: Path[PersonKey]) -> HttpResponse:
    """Let somebody see the ticket and get its public updates."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.follow(ticket, who=_follower(person, user), by=user),
    )


@router.delete("/tickets/{ref}/followers/{person}", response={204: None}, url_name="unfollow", **acts(WRITE))  # fmt: skip
def unfollow(request: TokenRequest, ref: Path[Ref], person: Path[PersonKey]) -> HttpResponse:
    ticket = showing.find(request.user, ref)
    who = ticket.followers.filter(pk=person).first()
    if who is None:
        raise Http404
    actions.unfollow(ticket, who=who, by=request.user)
    return HttpResponse(status=204)


@router.post("/tickets/{ref}/links", response=schemas.TicketOut, url_name="link", **creates(WRITE))
def link(request: TokenRequest, ref: Path[Ref], given: schemas.LinkTo) -> HttpResponse:
    """Link the ticket to another one. A link that is there already changes nothing."""
    return _changed(
        request,
        ref,
        lambda ticket, user: actions.link(
            ticket, to=_other(given.to, user), kind=given.kind, is_synced=given.is_synced, by=user
        ),
    )


@router.delete("/tickets/{ref}/links/{kind}/{other}", response={204: None}, url_name="unlink", **acts(WRITE))  # fmt: skip
def unlink(
    request: TokenRequest,
    ref: Path[Ref],
    kind: Path[Annotated[str, Field(max_length=16)]],
    other: Path[Ref],
) -> HttpResponse:
    user = request.user
    actions.unlink(showing.find(user, ref), to=showing.find(user, other), kind=kind, by=user)
    return HttpResponse(status=204)


def _follower(key: int, by: User) -> User:
    return by if key == by.pk else person_of(key, "person", by=by)


def _other(ref: str, user: User) -> Ticket:
    try:
        return showing.find(user, ref)
    except Http404:
        raise InvalidInput(
            _("There is no ticket of this number that you can see."), field="to"
        ) from None
