"""Tickets: lists as on the desk and on the portal, one of them, filing, what was said and what happened."""

from html import unescape
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from accounts import files as uploads
from accounts.access import Scope
from accounts.errors import InvalidInput, require
from accounts.models import User
from incidents.api import reading, schemas, showing
from incidents.api.answers import key_of, onward, page, say
from incidents.api.gate import TokenRequest
from incidents.api.scopes import creates, reads
from incidents.desk.listings import narrowed
from incidents.portal import mine
from incidents.tickets import actions, questions, timeline
from incidents.tickets.categories import Tree
from incidents.tickets.models import (
    Attachment,
    Category,
    Event,
    Follower,
    Link,
    Message,
    Service,
    Ticket,
)
from incidents.tickets.people import known_to

router = Router(tags=["Tickets"])
Ref = Annotated[str, Field(max_length=24, description="The ticket’s number, such as INC-1042.")]
After = Annotated[str, Field(max_length=400, description="Where the page before ended.")]
Limit = Annotated[int, Field(ge=1, le=100)]
OF_PAGES = {"after", "limit"}
Several = Annotated[list[str], Field(max_length=25)]


class DeskQuery(BaseModel):
    """As the address of a list of the desk has them. Without a status or step: the open ones."""

    q: str = Field("", max_length=200, description="Words that stand on the ticket.")
    status: Several = []
    step: Several = []
    priority: Several = []
    type: Several = []
    team: Several = Field([], description="By address; none for tickets of no team.")
    assignee: Several = Field([], description="By id; me, or nobody.")
    category: Several = []
    service: Several = []
    requester: Several = Field([], description="By id.")
    requester_name: str = Field("", max_length=120)
    department: Several = []
    tag: Several = []
    due: Several = Field([], description="late, or within so many hours: 1, 4, 24, 168.")
    created: str = Field(
        "", description="last-1, last-7, last-30, over-1, over-3, over-7, over-30."
    )
    created_from: str = Field("", description="A day such as 2027-03-01.")
    created_to: str = ""
    updated: str = Field("", description="As for created.")
    updated_from: str = ""
    updated_to: str = ""
    marked: Several = Field([], description="by-hand, proposed, review.")
    unread: str = Field("", description="1: only what is new to the account.")
    sort: str = Field("", description="priority, due, created, updated or number; “-” before it turns it round.")  # fmt: skip


@router.get("/tickets", response=schemas.TicketPage, url_name="tickets", **reads(Scope.TICKETS_READ))  # fmt: skip
def tickets(
    request: TokenRequest,
    filters: Query[DeskQuery],
    after: After = "",
    limit: Limit = 50,
) -> HttpResponse:
    """Tickets that the account sees as staff, narrowed and sorted as the lists of the desk."""
    require(request.user.is_agent, _("The desk is for people who work on tickets."))
    found = narrowed(request.GET, request.user, also=OF_PAGES)
    keys = found.order.keys
    rows = page(request, showing.values(found.tickets), keys, after=after, limit=limit)
    return _listed(request, rows.rows, rows.next, as_staff=True)


@router.get("/my/tickets", response=schemas.TicketPage, url_name="my-tickets", **reads(Scope.TICKETS_READ))  # fmt: skip
def my_tickets(
    request: TokenRequest,
    state: Literal["open", "closed", "following", "department"] = "open",
    q: Annotated[str, Field(max_length=200)] = "",
    after: After = "",
    limit: Limit = 50,
) -> HttpResponse:
    """The account's own tickets, as the portal lists them: what it reported, follows, or its department shares."""
    tab = next((one for one in mine.tabs(request.user) if one.state == state), None)
    if tab is None:
        raise Http404
    seen = showing.values(mine.search(tab.tickets(request.user), q))
    rows = page(request, seen, ("-id",), after=after, limit=limit)
    return _listed(request, rows.rows, rows.next, as_staff=False)


@router.post("/tickets", response={201: schemas.TicketOut}, url_name="ticket-file", **creates(Scope.TICKETS_WRITE))  # fmt: skip
def ticket_file(request: TokenRequest, given: schemas.FileTicket) -> HttpResponse:
    """File a ticket, for the account itself or for somebody else."""
    return _filed(request, given, [])


@router.post("/tickets/with-files", response={201: schemas.TicketOut}, url_name="ticket-file-with-files", **creates(Scope.TICKETS_WRITE))  # fmt: skip
def ticket_file_with_files(
    request: TokenRequest, ticket: Form[schemas.TicketPart], files: File[list[UploadedFile]]
) -> HttpResponse:
    """File a ticket with files, in one request. `ticket` is what `POST /tickets` takes, as JSON.

    A question that asks for files is answered by their names: `{"answers": {"photo": ["desk.png"]}}`. All other files
    come with the description. Kinds and sizes are those that our forms take, too.
    """
    return _filed(request, reading.part(schemas.FileTicket, ticket, "ticket"), files)


def _filed(request: TokenRequest, given: schemas.FileTicket, sent: list[Any]) -> HttpResponse:
    user, tree = request.user, Tree.load()
    category = category_named(given.category, tree)
    kind = questions.filed_as(given.type or "", category, tree)
    form, type_form = questions.asked_of(category, kind, tree)
    answers = checked(form, given.answers, user, "answers", sent)
    type_answers = checked(type_form, given.type_answers, user, "type_answers", sent)
    ticket = actions.file(
        given.title,
        by=user,
        description=given.description,
        category=category,
        service=service_named(given.service) if given.service else None,
        requester=person_of(given.requester, "requester", by=user) if given.requester else None,
        impact=given.impact,
        urgency=given.urgency,
        type=given.type or "",
        follows=showing.find(user, given.follows) if given.follows else None,
        answers=answers,
        type_answers=type_answers,
        files=_taken(sent),
        origin=Ticket.Origin.API,
        key=key_of(request),
        tree=tree,
    )
    where = f"/api/v1/tickets/{ticket.ref}"
    return showing.answer(request, ticket.number, user, status=201, Location=where)


@router.get("/tickets/{ref}", response=schemas.TicketOut, url_name="ticket", **reads(Scope.TICKETS_READ))  # fmt: skip
def ticket(request: TokenRequest, ref: Path[Ref]) -> HttpResponse:
    """One ticket that the account may know of. What only staff see is under `staff`, or null."""
    return showing.answer(request, showing.number_of(ref), request.user)


# What was said -----------------------------------------------------------------------------------------


@router.get("/tickets/{ref}/messages", response=schemas.MessagePage, url_name="messages", **reads(Scope.TICKETS_READ))  # fmt: skip
def messages(
    request: TokenRequest, ref: Path[Ref], after: After = "", limit: Limit = 50
) -> HttpResponse:
    """What was said on a ticket, oldest first; internal notes for staff alone. Texts are Markdown, as they were typed."""
    ticket = showing.find(request.user, ref)
    seen = Message.objects.visible_to(request.user).filter(ticket=ticket).select_related("author")
    found = page(request, seen, ("id",), after=after, limit=limit)
    url, headers = onward(request, found.next)
    items = showing.messages(found.rows, request.user)
    return say(request, schemas.MessagePage(items=items, next=url), headers=headers)


@router.post("/tickets/{ref}/replies", response={201: schemas.MessageOut}, url_name="reply", **creates(Scope.TICKETS_WRITE))  # fmt: skip
def reply(request: TokenRequest, ref: Path[Ref], given: schemas.Say) -> HttpResponse:
    """Write to the requester, or as the requester to the desk. Everybody on the ticket reads it."""
    return _said(request, ref, "reply", given.body)


@router.post("/tickets/{ref}/notes", response={201: schemas.MessageOut}, url_name="note", **creates(Scope.TICKETS_WRITE))  # fmt: skip
def note(request: TokenRequest, ref: Path[Ref], given: schemas.Say) -> HttpResponse:
    """Write an internal note. Only staff read it."""
    return _said(request, ref, "note", given.body)


@router.post("/tickets/{ref}/attachments", response={201: schemas.MessageOut}, url_name="attach", **creates(Scope.TICKETS_WRITE))  # fmt: skip
def attach(
    request: TokenRequest,
    ref: Path[Ref],
    files: File[list[UploadedFile]],
    body: Form[schemas.Text],
    kind: Literal["reply", "note"] = Form("reply"),
) -> HttpResponse:
    """A reply or note with files. Kinds and sizes are those that our forms take, too."""
    return _said(request, ref, kind, body, files)


def _taken(sent: list[Any]) -> list[uploads.Upload]:
    """The files, looked at as those of our forms are: kind, size, what is inside."""
    if len(sent) > settings.ATTACHMENTS_PER_MESSAGE:
        raise InvalidInput(
            _("At most %(most)s files at once. Send the others with a second message.")
            % {"most": settings.ATTACHMENTS_PER_MESSAGE},
            field="files",
        )
    return [uploads.check(one) for one in sent]


def _said(
    request: TokenRequest, ref: str, kind: str, body: str, sent: list[Any] | None = None
) -> HttpResponse:
    ticket, key = showing.find(request.user, ref), key_of(request)
    taken = _taken(sent or [])
    verb: Any = actions.note if kind == "note" else actions.reply
    event = verb(ticket, body, by=request.user, files=taken, key=key, origin=Ticket.Origin.API)
    said = Message.objects.visible_to(request.user).select_related("author")
    message = said.filter(pk=event.data["message"]).first()
    if message is None:
        raise Http404
    return say(request, showing.messages([message], request.user)[0], status=201)


@router.get("/tickets/{ref}/attachments", response=schemas.FilePage, url_name="attachments", **reads(Scope.TICKETS_READ))  # fmt: skip
def attachments(
    request: TokenRequest, ref: Path[Ref], after: After = "", limit: Limit = 50
) -> HttpResponse:
    """The files of a ticket, oldest first: those of messages that the account may read."""
    ticket = showing.find(request.user, ref)
    seen = Attachment.objects.visible_to(request.user).filter(ticket=ticket)
    found = page(request, seen, ("id",), after=after, limit=limit)
    url, headers = onward(request, found.next)
    items = [schemas.TicketFile(**showing.file(one).model_dump(), message=one.message_id) for one in found.rows]  # fmt: skip
    return say(request, schemas.FilePage(items=items, next=url), headers=headers)


@router.get("/attachments/{token}", url_name="attachment", response={200: bytes}, **reads(Scope.TICKETS_READ))  # fmt: skip
def attachment(
    request: TokenRequest, token: Path[Annotated[str, Field(max_length=60)]]
) -> HttpResponseBase:
    """A file, to whoever sees the message that it came with."""
    found = Attachment.objects.visible_to(request.user).filter(token=token).first()
    if found is None:
        raise Http404
    return uploads.served(found, download=True)


# What happened --------------------------------------------------------------------------------------------------


@router.get("/tickets/{ref}/events", response=schemas.EventPage, url_name="events", **reads(Scope.TICKETS_READ))  # fmt: skip
def events(
    request: TokenRequest, ref: Path[Ref], after: After = "", limit: Limit = 50
) -> HttpResponse:
    """What happened on a ticket, oldest first, as far as the account may know. A page's `next` goes on where it ended."""
    user, ticket = request.user, showing.find(request.user, ref)
    as_staff = Ticket.objects.seen_as_staff_by(user).filter(pk=ticket.pk).exists()
    seen = Event.objects.visible_to(user).filter(ticket=ticket)
    if not as_staff:
        seen = seen.filter(is_public=True)
    found = page(request, seen.only("pk", "number"), ("id",), after=after, limit=limit)
    numbers = [one.number for one in found.rows]
    tell = timeline.for_staff if as_staff else timeline.for_requester
    entries = tell(ticket, user, numbers=numbers)
    url, headers = onward(request, found.next)
    items = [_told(entry) for entry in entries]
    return say(request, schemas.EventPage(items=items, next=url), headers=headers)


def _told(entry: timeline.Entry) -> schemas.EventOut:
    event = entry.event
    return schemas.EventOut(
        id=event.pk,
        kind=event.kind,
        at=entry.at,
        actor=showing.person(event.actor),
        is_public=event.is_public,
        sentence=unescape(strip_tags(timeline.told(entry))).strip(),
        message=entry.message.pk if entry.message else None,
    )


@router.get("/tickets/{ref}/around", response=schemas.AroundOut, url_name="around", **reads(Scope.TICKETS_READ))  # fmt: skip
def around(request: TokenRequest, ref: Path[Ref]) -> HttpResponse:
    """Who follows a ticket, and for staff which tickets it is linked to, as far as the account sees those."""
    user, ticket = request.user, showing.find(request.user, ref)
    as_staff = Ticket.objects.seen_as_staff_by(user).filter(pk=ticket.pk).exists()
    followers = Follower.objects.filter(ticket=ticket).select_related("user").order_by("pk")
    if not as_staff:  # who came by themselves is a number to the others
        followers = followers.filter(is_chosen=True)
    links = _links(ticket, user) if as_staff else []
    people = [
        schemas.FollowerOut(id=one.user_id, name=one.user.display_name, has_joined=one.has_joined)
        for one in followers[:200]
    ]
    return say(request, schemas.AroundOut(followers=people, links=links))


def _links(ticket: Ticket, user: User) -> list[schemas.LinkOut]:
    seen = Ticket.objects.seen_as_staff_by(user)
    there: QuerySet[Link] = Link.objects.filter(ticket=ticket, other__in=seen)
    back: QuerySet[Link] = Link.objects.filter(other=ticket, ticket__in=seen)
    found = [
        *((one.kind, one.other, False) for one in there.select_related("other").order_by("pk")[:200]),
        *((one.kind, one.ticket, True) for one in back.select_related("ticket").order_by("pk")[:200]),
    ]  # fmt: skip
    return [
        schemas.LinkOut(kind=kind, ref=other.ref, title=other.title, is_back=is_back)  # type: ignore[arg-type]
        for kind, other, is_back in found
    ]


# Looking up what is named -------------------------------------------------------------------------------------------


def _listed(
    request: TokenRequest, rows: list[Any], next_place: str, *, as_staff: bool
) -> HttpResponse:
    url, headers = onward(request, next_place)
    items = [showing.shown(row, as_staff=as_staff) for row in rows]
    return say(request, schemas.TicketPage(items=items, next=url), headers=headers)


def checked(
    form: Any, given: dict[str, Any], by: User, field: str, sent: list[Any] | None = None
) -> questions.Checked | None:
    """The answers as they can be kept. Of the files that were sent, those that answer a question are taken out."""
    if form is None:
        if given:
            raise InvalidInput(_("Nothing is asked here."), field=field)
        return None
    kinds = {one.key: one.kind for one in questions.parse(form.questions)}
    of_files = {key for key in given if kinds.get(key) == questions.QuestionKind.FILE}
    files = {key: _named(given[key], sent or [], f"{field}.{key}") for key in of_files}
    words = {key: value for key, value in given.items() if key not in of_files}
    return questions.check(form, words, files, by=by)


def _named(names: Any, sent: list[Any], field: str) -> list[Any]:
    """The files of these names, each of which answers one question and is sent no second time."""
    found = []
    for name in names if isinstance(names, list) else [names]:
        one = next((one for one in sent if one.name == name), None)
        if one is None:
            raise InvalidInput(_("No file of this name was sent along."), field=field)
        sent.remove(one)
        found.append(one)
    return found


def category_named(slug: str, tree: Tree) -> Category:
    found = next((one for one in tree.by_pk.values() if one.slug == slug), None)
    if found is None or any(part.is_retired for part in tree.path(found)):
        raise InvalidInput(_("There is no such category, or it is retired."), field="category")
    return found


def service_named(slug: str) -> Service:
    found = Service.objects.filter(slug=slug, is_retired=False).first()
    if found is None:
        raise InvalidInput(_("There is no such service."), field="service")
    return found


def person_of(key: int, field: str, *, by: User) -> User:
    found = known_to(by).filter(pk=key).first()
    if found is None:
        raise InvalidInput(_("There is no such person."), field=field)
    return found
