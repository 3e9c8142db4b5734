"""Take words, files and people out of a ticket for good. What happened, when and how often stays, for the figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets import search
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import (
    Answers,
    Attachment,
    DeskReading,
    Event,
    FormerAnswers,
    Message,
    Original,
    Ticket,
)

CODE = re.compile(r"[A-Za-z0-9_.:+-]{0,40}")
"""Strings in an event that name a state, a time, an address of ours: no words."""
WORDS = frozenset({"title", "reason", "comment", "note", "text", "label", "words", "body"})
"""Keys of an event's data whose value somebody typed, however short it is."""
SHARED = frozenset({"tags", "external_id"})
"""What is the house's vocabulary, or names the ticket elsewhere."""


@dataclass
class Left:
    """What is put in place of what somebody wrote, in the house's language: everybody reads the same."""

    at: datetime
    message: str = field(init=False)
    line: str = field(init=False)
    title: str = field(init=False)

    def __post_init__(self) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            day = date_format(timezone.localtime(self.at), "DATE_FORMAT")
            self.message = _("Text removed on %(day)s.") % {"day": day}
            self.line = _("Text removed")
            self.title = _("Title removed")


@transaction.atomic
def erase_words_of(person: User, ticket: Ticket, *, by: User, at: datetime | None = None) -> bool:
    """Blank what `person` wrote on the ticket, and on a ticket of theirs also its title, description and answers.

    Nothing to blank changes and records nothing. Whether anything was.

    Raises:
        NotAllowed: `by` may not erase.
    """
    ticket = _lock(ticket, by)
    is_theirs = person.pk in {ticket.requester_id, ticket.reporter_id}
    said = Q(author=person)
    sent = Q(uploaded_by=person) | Q(message__author=person)
    if is_theirs:
        said |= Q(kind=Message.Kind.DESCRIPTION)
        sent |= Q(message__kind=Message.Kind.DESCRIPTION)
    left = Left(at or timezone.now())
    texts = _blank_messages(ticket, said, left)
    texts += _blank_beside(ticket, person, left)
    if is_theirs:
        texts += _forget_answers(ticket)
    gone = _remove_files(ticket, sent)
    changed = _blank_events(ticket, person.pk, left, is_theirs=is_theirs)
    return _note(ticket, changed, by=by, at=at, texts=texts, gone=gone, why="person", of=person.pk)


@transaction.atomic
def erase_for_age(ticket: Ticket, *, stand_in: User, by: User, at: datetime | None = None) -> bool:
    """Blank everything that anybody wrote on a closed ticket, and put `stand_in` in the place of whose it was.

    Raises:
        NotAllowed: `by` may not erase.
        Refused: the ticket is not closed.
    """
    ticket = _lock(ticket, by)
    if not ticket.is_closed:
        raise Refused(_("Only closed tickets are old enough."))
    left = Left(at or timezone.now())
    parties = {ticket.requester_id, ticket.reporter_id} - {stand_in.pk}
    texts = _blank_messages(ticket, Q(), left) + _blank_beside(ticket, None, left)
    texts += _forget_answers(ticket)
    gone = _remove_files(ticket, Q())
    ticket.messages.filter(author__in=parties).update(author=stand_in)
    ticket.ratings.filter(by__in=parties).update(by=stand_in)
    changed = _blank_events(
        ticket, None, left, is_theirs=True, parties=dict.fromkeys(parties, stand_in.pk)
    )
    if parties:
        ticket.requester = ticket.reporter = stand_in
        ticket.save(update_fields=["requester", "reporter"])
    return _note(ticket, changed, by=by, at=at, texts=texts, gone=gone, why="age")


@transaction.atomic
def rename_mentions(person: User, start: int, end: int, *, by: User) -> int:
    """Put the person's name as it is now into notes that name them (“@”), with keys after `start` up to `end`."""
    require(by.permits.anywhere(Permission.PEOPLE_ERASE), _(NO_RIGHT))
    place = f"](person:{person.pk})"
    named = Message.objects.filter(pk__gt=start, pk__lte=end, body__contains=place)
    found = list(named.select_for_update(of=("self",)).order_by("pk"))
    pattern = re.compile(r"@\[[^\[\]\n]{1,120}" + re.escape(place))
    for message in found:
        message.body = pattern.sub(lambda _m: f"@[{person.display_name}{place}", message.body)
    Message.objects.bulk_update(found, ["body"])
    search.purge({message.ticket_id for message in found})
    return len(found)


NO_RIGHT = "You may not erase what people wrote."


def _lock(ticket: Ticket, by: User) -> Ticket:
    require(by.permits.anywhere(Permission.PEOPLE_ERASE), _(NO_RIGHT))
    return steps.lock(ticket, even_merged=True)


# What stands beside the log ---------------------------------------------------------------------------------


def _blank_messages(ticket: Ticket, said: Q, left: Left) -> int:
    Original.objects.filter(message__in=ticket.messages.filter(said)).delete()
    return ticket.messages.filter(said, removed_at=None).update(
        body=left.message,
        format=Message.Format.MARKDOWN,
        whole="",
        sent_from="",
        removed_at=left.at,
    )


def _blank_beside(ticket: Ticket, person: User | None, left: Left) -> int:
    """Steps, causes, remarks to time and to ratings: those of one person, or all."""
    done = 0

    def of(field_name: str) -> Q:
        return Q((field_name, person)) if person else Q()

    steps_of = ticket.checklist.filter(of("added_by")).exclude(text=left.line)
    done += steps_of.update(text=left.line)
    skipped = ticket.checklist.filter(of("done_by")).exclude(skipped_because__in=["", left.line])
    done += skipped.update(skipped_because=left.line)
    causes = ticket.hypotheses.filter(of("stated_by")).exclude(text=left.line, evidence=[])
    done += causes.update(text=left.line, evidence=[])
    done += ticket.time_entries.filter(of("user")).exclude(note="").update(note="")
    done += ticket.ratings.filter(of("by")).exclude(comment="").update(comment="")
    return done


def _forget_answers(ticket: Ticket) -> int:
    done = Answers.objects.filter(ticket=ticket).exclude(given={}).update(given={})
    return done + FormerAnswers.objects.filter(ticket=ticket).exclude(given={}).update(given={})


def _remove_files(ticket: Ticket, sent: Q) -> int:
    """The rows now, the files themselves once that is certain."""
    found = list(Attachment.objects.filter(sent, ticket=ticket))
    for one in found:
        transaction.on_commit(lambda file=one.file: file.storage.delete(file.name))  # type: ignore[misc]
    Attachment.objects.filter(pk__in=[one.pk for one in found]).delete()
    return len(found)


# The log ----------------------------------------------------------------------------------------------------------


def _blank_events(
    ticket: Ticket, person: int | None, left: Left, *, is_theirs: bool,
    parties: Mapping[int, int] | None = None,
) -> dict[str, str]:  # fmt: skip
    """Blank what events say in words. By the number of each that changed, what it is now: see `Event.as_it_is`."""
    events = list(ticket.events.order_by("number"))
    instead = parties or {}
    titles = _titles(events, person, is_theirs=is_theirs)
    changed: dict[str, str] = {}
    for event in events:
        own = person is None or event.actor_id == person
        data = _blanked(event.data, left, titles, own=own, parties=instead)
        actor = instead.get(event.actor_id, event.actor_id)
        if event.kind == Kind.ERASED or (data, actor) == (event.data, event.actor_id):
            continue
        event.data, event.actor_id = data, actor
        changed[str(event.number)] = event.as_it_is(ticket.number)
        # Past the guard of the log, on purpose: see the module.
        models.QuerySet.update(Event.objects.filter(pk=event.pk), data=data, actor=actor)
    if ticket.title in titles:
        ticket.title = left.title
        ticket.save(update_fields=["title"])
    return changed


def _titles(events: list[Event], person: int | None, *, is_theirs: bool) -> set[str]:
    """Titles that go: all of a ticket of theirs, of others those that the person gave."""
    return {
        event.data["set"]["title"]
        for event in events
        if "title" in event.data.get("set", {})
        and (is_theirs or person is None or event.actor_id == person)
    }


def _blanked(
    value: Any,
    left: Left,
    titles: set[str],
    *,
    own: bool,
    parties: Mapping[int, int],
    key: str = "",
) -> Any:
    def inside(value: Any, key: str) -> Any:
        return _blanked(value, left, titles, own=own, parties=parties, key=key)

    if isinstance(value, dict):
        return {name: inside(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return value if key in SHARED else [inside(one, key) for one in value]
    if isinstance(value, int) and key in {"requester_id", "reporter_id"}:
        return parties.get(value, value)
    if not isinstance(value, str) or not value or key in SHARED:
        return value
    if key == "title":
        return left.title if value in titles else value
    is_word = key in WORDS or not CODE.fullmatch(value)
    return left.line if own and is_word else value


def _note(
    ticket: Ticket, changed: dict[str, str], *, by: User, at: datetime | None, texts: int, gone: int,
    why: str, **more: Any,
) -> bool:  # fmt: skip
    if not (texts or gone or changed):
        return False
    search.purge([ticket.pk])
    was = ticket.version
    record(
        ticket, Kind.ERASED, by=by, at=at, public=False, origin=Ticket.Origin.DESK,
        events=changed, texts=texts, gone=gone, why=why, **more,
    )  # fmt: skip
    # Nothing new for those who had read everything.
    DeskReading.objects.filter(ticket=ticket, version=was).update(version=ticket.version)
    return True
