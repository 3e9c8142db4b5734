"""Tickets as the API shows them: one query for a list, and what staff alone see apart from what everybody on it sees."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from accounts.templatetags import firebreak as looks
from incidents.api import schemas
from incidents.api.answers import say
from incidents.desk.rows import TeamKey
from incidents.tickets import numbers
from incidents.tickets.models import NEVER, Attachment, Message, Ticket, TicketQuerySet
from incidents.workflow import rulebook

FIELDS = (
    "id", "number", "external_id", "origin", "type", "title", "status", "step", "impact", "urgency", "priority", "priority_by_hand",
    "created_at", "updated_at", "first_reply_at", "resolved_at", "closed_at", "closes_at", "due_at", "reopen_count",
    "message_count", "file_count", "affected_count", "tags", "minutes_spent", "version", "public_version", "resolution_code",
    "merged_into_id", "merged_into__number", "service__slug", "service__name",
    "team_id", "team__slug", "team__name", "team__is_private", "category__is_confined", "assignee_id", "assignee__display_name",
    "requester_id", "requester__display_name", "reporter_id", "reporter__display_name",
)  # fmt: skip


def values(tickets: TicketQuerySet) -> QuerySet[Any, dict[str, Any]]:
    """Everything that is shown of a ticket. A merged category goes by the name that it has now."""
    return tickets.annotate(
        category_slug=Coalesce(F("category__merged_into__slug"), F("category__slug")),
        category_name=Coalesce(F("category__merged_into__name"), F("category__name")),
    ).values(*FIELDS, "category_slug", "category_name")


def shown(row: Mapping[str, Any], *, as_staff: bool) -> schemas.TicketOut:
    """A ticket from its `values`. `as_staff`: whoever reads it sees it as staff."""
    place = rulebook.standing(row["type"], row["status"], row["step"])
    outside = place.outside_name or looks.plain_words(row["status"])
    ref = numbers.show(row["number"])
    return schemas.TicketOut(
        ref=ref,
        url=settings.SITE_URL + reverse("portal:ticket", args=[row["number"]]),
        title=row["title"],
        status=row["status"],
        status_name=place.label if as_staff else outside,
        category=_named(row["category_slug"], row["category_name"]),
        service=_named(row["service__slug"], row["service__name"]),
        team=_named(row["team__slug"], row["team__name"]),
        requester=_person(row, "requester"),
        reporter=_person(row, "reporter"),
        assignee=_person(row, "assignee") if row["assignee_id"] else None,
        impact=row["impact"],
        urgency=row["urgency"],
        affected_count=row["affected_count"],
        is_confidential=bool(row["category__is_confined"]),
        is_merged=row["merged_into_id"] is not None,
        created_at=row["created_at"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        closes_at=row["closes_at"],
        staff=_staff_part(row) if as_staff else None,
    )


def is_staff_of(row: Mapping[str, Any], user: User) -> bool:
    """The twin of `policies.can_see_as_staff`, on the values of a row."""
    team = TeamKey(row["team_id"], bool(row["team__is_private"])) if row["team_id"] else None
    confined = bool(row["category__is_confined"])
    return user.permits.allows(Permission.TICKETS_SEE, team, confined=confined)


def mark_of(row: Mapping[str, Any], *, as_staff: bool) -> str:
    """Which version it is, for `If-Match`. The requester's side counts only what it may know of."""
    return str(row["version"]) if as_staff else f"p{row['public_version']}"


def answer(
    request: HttpRequest, number: int, user: User, *, status: int = 200, **headers: str
) -> HttpResponse:
    """The ticket as it is now; 404 for who may not know of it."""
    row = values(Ticket.objects.visible_to(user).filter(number=number)).first()
    if row is None:
        raise Http404
    as_staff = is_staff_of(row, user)
    body, mark = shown(row, as_staff=as_staff), mark_of(row, as_staff=as_staff)
    return say(request, body, status=status, mark=mark, headers=headers)


def number_of(ref: str) -> int:
    number = numbers.read(ref) if ref.startswith(numbers.PREFIX) else None
    if number is None:
        raise Http404
    return number


def find(user: User, ref: str) -> Ticket:
    """A ticket that this person may know of, with what verbs ask of it."""
    seen = Ticket.objects.visible_to(user).select_related("team", "category", "requester")
    found = seen.filter(number=number_of(ref)).first()
    if found is None:
        raise Http404
    return found


def messages(rows: Iterable[Message], user: User) -> list[schemas.MessageOut]:
    """Messages with their files, in one further query. `rows` come with their authors."""
    rows = list(rows)
    files: dict[int, list[schemas.FileOut]] = {}
    attached = Attachment.objects.visible_to(user).filter(message__in=[one.pk for one in rows])
    for one in attached.order_by("pk") if rows else ():
        files.setdefault(one.message_id, []).append(file(one))
    return [
        schemas.MessageOut(
            id=one.pk,
            kind=one.kind,  # type: ignore[arg-type]  # one of these, says the table
            author=person(one.author),
            is_public=one.is_public,
            format=one.format,  # type: ignore[arg-type]  # one of these, says the table
            body=one.body,
            created_at=one.created_at,
            files=files.get(one.pk, []),
        )
        for one in rows
    ]


def file(one: Attachment) -> schemas.FileOut:
    return schemas.FileOut(
        name=one.name,
        content_type=one.content_type,
        size=one.size,
        sha256=one.sha256,
        url=reverse("api:attachment", args=[one.token]),
    )


def person(one: User) -> schemas.PersonOut:
    return schemas.PersonOut(id=one.pk, name=one.display_name)


def _named(slug: str | None, name: str | None) -> schemas.Named | None:
    return schemas.Named(slug=slug, name=name or "") if slug else None


def _person(row: Mapping[str, Any], who: str) -> schemas.PersonOut:
    return schemas.PersonOut(id=row[f"{who}_id"], name=row[f"{who}__display_name"])


def _staff_part(row: Mapping[str, Any]) -> schemas.StaffPart:
    merged = row["merged_into__number"]
    return schemas.StaffPart(
        type=row["type"],
        step=row["step"],
        priority=row["priority"],
        priority_by_hand=row["priority_by_hand"],
        tags=row["tags"],
        updated_at=row["updated_at"],
        due_at=None if row["due_at"] >= NEVER else row["due_at"],
        first_reply_at=row["first_reply_at"],
        origin=row["origin"],
        external_id=row["external_id"],
        merged_into=numbers.show(merged) if merged else None,
        resolution_code=row["resolution_code"],
        reopen_count=row["reopen_count"],
        message_count=row["message_count"],
        file_count=row["file_count"],
        minutes_spent=row["minutes_spent"],
        version=row["version"],
    )
