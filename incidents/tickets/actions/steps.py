"""Steps that verbs share: lock the row, refuse, keep what was written, do a thing once."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import formats
from accounts.errors import EditConflict, InvalidInput, KeyReused, NotAllowed
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import merged, policies, ways
from incidents.tickets.errors import IllegalTransition, Merged, NotFilledIn, Overtaken
from incidents.tickets.kinds import Kind
from incidents.tickets.mailed import Mailed
from incidents.tickets.models import (
    Attachment,
    Event,
    IdempotencyKey,
    Message,
    Original,
    Ticket,
    TicketQuerySet,
)
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import Status

LONGEST_TEXT = 100_000
LOCKED_AT_ONCE = 500


def lock(ticket: Ticket, *, by: User | None = None, even_merged: bool = False) -> Ticket:
    """The ticket's row as it is now, held until the transaction ends.

    Raises:
        Merged: it was merged into another one, and the verb does not say that it copes with that. `by` is told where
            it goes on, if they are staff here.
    """
    locked = _rows().get(pk=ticket.pk)
    if not even_merged:
        require_unmerged(locked, by)
    return locked


def lock_all(keys: Iterable[int]) -> dict[int, Ticket]:
    """Several rows, merged or not: always in the same order, so that two people can't block each other."""
    wanted = sorted(set(keys))
    locked: dict[int, Ticket] = {}
    for at in range(0, len(wanted), LOCKED_AT_ONCE):
        rows = _rows().filter(pk__in=wanted[at : at + LOCKED_AT_ONCE]).order_by("pk")
        locked |= {row.pk: row for row in rows}
    return locked


def lock_found(find: Callable[[], Iterable[int]]) -> dict[int, Ticket]:
    """The rows that belong together as `find` says, which may be tied to others until they are held.

    Whoever ties or parts two of them holds both, so once all are held nothing is added any more. Where something was
    added before, all are let go (their locks end with the savepoint) and held anew, for none may be waited for out of
    order.
    """
    while True:
        with transaction.atomic():
            held = lock_all(find())
            if held.keys() >= set(find()):
                return held
            transaction.set_rollback(True)


def require_unmerged(ticket: Ticket, by: User | None) -> None:
    if ticket.merged_into_id:
        raise merged_away(ticket, by)


def _rows() -> TicketQuerySet:
    return Ticket.objects.select_for_update(of=("self",)).select_related("team", "category")


def merged_away(ticket: Ticket, by: User | None) -> Merged:
    """The refusal of everything on a merged ticket, in words that lead on. Only staff learn the other's number."""
    if by is None or not policies.can_see_as_staff(by, ticket):
        return Merged(
            _("We handle this together with another report, so nothing can be changed here.")
        )
    end = Ticket.objects.get(pk=merged.end_of(ticket))
    return Merged(_("This ticket was merged into %(ref)s. Go on there.") % {"ref": end.ref})


def require_open(ticket: Ticket) -> None:
    if ticket.is_closed:
        raise IllegalTransition(
            _("This ticket is closed. File a new one if something is still wrong.")
        )


def require_fresh(ticket: Ticket, expected: int | None, *kinds: Kind) -> None:
    """Refuse when one of these kinds happened since the version that the person saw; other changes don't clash.

    Raises:
        EditConflict: with those events.
    """
    if expected is None or expected >= ticket.version:
        return
    since = ticket.events.filter(number__gt=expected, kind__in=[*kinds, Kind.UNDONE])
    clashes = [
        event
        for event in since.select_related("actor").order_by("number")
        if event.kind != Kind.UNDONE or _undid(event, kinds)
    ]
    if clashes:
        raise EditConflict(_("Somebody changed this while you were looking at it."), clashes)


def _undid(event: Event, kinds: Sequence[Kind]) -> bool:
    """Did it set back something of these kinds?"""
    undone = event.ticket.events.filter(number__in=event.data["of"])
    return undone.filter(kind__in=kinds).exists()


def require_heard(ticket: Ticket, seen: int | None, *, by: User) -> None:
    """Refuse public words when somebody else spoke in public since the version that the person had read.

    Raises:
        Overtaken: with the events of what was said.
    """
    if seen is None or seen >= ticket.version:
        return
    since = ticket.events.aloud().filter(number__gt=seen).exclude(actor=by)
    said = list(since.select_related("actor").order_by("number"))
    if said:
        names = {event.actor.display_name for event in said}
        raise Overtaken(
            _("%(who)s wrote while you were typing.") % {"who": names.pop()}
            if len(names) == 1
            else _("Several people wrote while you were typing."),
            said,
        )


def require_transition(ticket: Ticket, to: Status | str, *, by: User, origin: str = "") -> Way:
    """The way on to this step, or to a step of this status, which `by` may go now.

    What happened in another tool once is told as it was, whatever the workflow says.

    Raises:
        IllegalTransition: the workflow of its type has no such way.
        NotAllowed: it is not for `by`.
        NotFilledIn: something has to be filled in first.
    """
    here = ways.standing(ticket)
    leading = [way for way in ways.out_of(ticket) if _leads_to(way, to)]
    if not leading:
        if by.is_system and origin == Ticket.Origin.IMPORT:
            return Way(here, place(ticket, to))
        raise IllegalTransition(
            _("A ticket that is “%(here)s” can't become “%(there)s”.")
            % {"here": here.label, "there": place(ticket, to).label}
        )
    way = ways.best([way for way in leading if ways.may_go(by, way, ticket)], *Status.values)
    if way is None:
        raise NotAllowed(
            _("You may not set this ticket to “%(there)s”.") % {"there": leading[0].there.label}
        )
    if not (by.is_system or ways.goes_as_requester(by, way, ticket)):
        require_filled_in(ticket, way)
    return way


def require_filled_in(ticket: Ticket, way: Way) -> None:
    if missed := ways.missing(way, ticket):
        raise NotFilledIn(missed, way)


def stand(ticket: Ticket, way: Way) -> dict[str, str]:
    """What changes on a ticket that goes this way."""
    there = way.there
    step = "" if there.is_default else there.slug
    changes = {"status": there.status.value}
    return {**changes, "step": step} if step != ticket.step else changes


def _leads_to(way: Way, to: Status | str) -> bool:
    return way.there.status == to if isinstance(to, Status) else way.there.slug == to


def place(ticket: Ticket, to: Status | str) -> Place:
    """Where this leads, whether or not there is a way."""
    flow = ways.flow_of(ticket)
    if isinstance(to, Status):
        return flow.at(to)
    return flow.place(to) or ways.standing(ticket)


def step_named(ticket: Ticket, name: Status | str) -> Status | str:
    """What a name means: one of the workflow's steps, else a status.

    Raises:
        InvalidInput: neither.
    """
    if isinstance(name, Status):
        return name
    if ways.flow_of(ticket).place(name):
        return name
    if name in Status.values:
        return Status(name)
    raise InvalidInput(_("There is no such status here. Choose one of those offered."), field="to")


def written(text: str, *, field: str = "body", missing: str = "") -> str:
    """The text as it is kept; `missing` names what has to be written, where that is known.

    Raises:
        InvalidInput: nothing was written, or too much.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise InvalidInput(missing or _("Write something first."), field=field)
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(
            _("This is longer than %(most)s characters. Put the long part into a file.")
            % {"most": formats.grouped(LONGEST_TEXT)},
            field=field,
        )
    return text


def say(
    ticket: Ticket,
    kind: str,
    text: str,
    *,
    by: User,
    files: Sequence[Upload] = (),
    at: datetime | None = None,
    mailed: Mailed | None = None,
) -> dict[str, Any]:
    """Keep a message and its files. Returns what the verb's event says of them: their keys."""
    at = at or timezone.now()
    came: dict[str, Any] = {}
    if mailed:
        came = {
            "format": Message.Format.PLAIN,
            "whole": mailed.whole,
            "sent_from": mailed.sent_from,
        }
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        author=by,
        body=text,
        is_public=kind != Message.Kind.NOTE,
        created_at=at,
        **came,
    )
    named: dict[str, Any] = {"message": message.pk}
    if files:
        named["files"] = attach(message, files, by=by, at=at)
    if mailed and mailed.html:
        _keep_original(message, mailed, named.get("files", []))
    return named


def _keep_original(message: Message, mailed: Mailed, files: list[int]) -> None:
    shown = {files[index]: cid for cid, index in mailed.pictures.items() if index < len(files)}
    tokens = Attachment.objects.filter(pk__in=shown).values_list("pk", "token")
    pictures = {shown[key]: token for key, token in tokens}
    Original.objects.create(message=message, html=mailed.html, pictures=pictures)


def attach(message: Message, files: Sequence[Upload], *, by: User, at: datetime) -> list[int]:
    """Keep files with a message; their keys, in the order of the files."""
    attachments = [
        Attachment.of(upload, by=by, at=at, ticket_id=message.ticket_id, message=message)
        for upload in files
    ]
    Attachment.objects.bulk_create(attachments)
    return [attachment.pk for attachment in attachments]


def fingerprint(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def marks(files: Sequence[Upload]) -> list[str]:
    """What tells these files from others, for `once`."""
    return [upload.sha256 for upload in files]


def once(key: str, *, by: User, of: Iterable[object], do: Callable[[], Event]) -> Event:
    """Do a thing once for one key: a repeat gets the event of the first time.

    The key's row is written first, so a second request at the same moment waits for the first and then finds it.

    Raises:
        KeyReused: the key was used for something else.
    """
    if not key:
        return do()
    mark, key = fingerprint(*of), key[:64]
    used = IdempotencyKey.objects.filter(actor=by, key=key)
    if not _claim(key, mark, by=by):
        seen = used.select_related("event__ticket").get()
        if seen.fingerprint != mark or seen.event is None:
            raise KeyReused(_("This form was sent before with other words. Open it again."))
        return seen.event
    event = do()
    used.update(event=event)
    return event


def _claim(key: str, mark: str, *, by: User) -> bool:
    """Write the key's row; false where there is one. One statement, and no savepoint to go back to."""
    table = connection.ops.quote_name(IdempotencyKey._meta.db_table)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (actor_id, key, fingerprint, created_at) VALUES (%s, %s, %s, %s)"  # noqa: S608 (our own table's name)
            " ON CONFLICT DO NOTHING",
            [by.pk, key, mark, now],
        )
        return bool(cursor.rowcount == 1)
