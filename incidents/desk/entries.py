"""How a line or a message of a ticket's history looks on the desk, and the words that are put into it."""

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import linebreaksbr
from django.utils import timezone

from accounts.bidi import isolated
from accounts.templatetags import firebreak as looks
from incidents.tickets.timeline import Entry


@dataclass(frozen=True)
class EntryLook:
    kind: str
    role: str
    side: str
    """Whose words it has: internal, mine or public."""
    can_work: bool
    is_public: bool
    by_mail: bool
    has_sender: bool
    has_sentence: bool
    has_comment: bool
    new_day: bool
    new_before: bool
    """Whatever is new begins here."""
    new_after: bool
    """The same, where the newest stands first."""
    has_more: bool
    """Files, or what there is to a mail."""


@dataclass(frozen=True)
class Row:
    """One entry as the page has it."""

    entry: Entry
    look: EntryLook
    words: dict[str, Any]


def row(entry: Entry, *, can_work: bool, is_newest_first: bool, along: str) -> Row:
    message = entry.message
    is_note = entry.kind == "note"
    look = EntryLook(
        kind=entry.kind,
        role=entry.role if message else "",
        side="internal" if is_note else "mine" if entry.is_mine else "public",
        can_work=can_work,
        is_public=bool(message and message.is_public),
        by_mail=entry.is_by_mail,
        has_sender=entry.has_sender,
        has_sentence=bool(entry.sentence),
        has_comment=bool(entry.comment),
        new_day=entry.new_day,
        new_before=entry.is_first_new and not is_newest_first,
        new_after=entry.is_first_new and is_newest_first,
        has_more=bool(message and (entry.is_by_mail or message.attachments_list)),  # type: ignore[attr-defined]  # set by the timeline
    )
    return Row(entry, look, _words(entry, along))


def _words(entry: Entry, along: str) -> dict[str, Any]:
    at, message = timezone.localtime(entry.at), entry.message
    words = {
        "day": looks.weekday(at) if entry.new_day else "",
        "at": looks.when_exactly(at),
        "sentence": entry.sentence,
    }
    if message is None:
        comment = linebreaksbr(entry.comment) if entry.comment else ""
        return words | {"drawing": looks.draw(entry.icon), "comment": comment}
    author = message.author
    return words | {
        "face": looks.avatar(author, "md"),
        "name": author.display_name,
        "isolated": isolated(author.display_name),
        "department": author.department.name if author.department else "",
        "sender": isolated(message.sent_from),
        "elsewhere": entry.elsewhere,
        "text": entry.words,
        "along": along,
        "number": entry.event.ticket.number,
        "event": entry.event.number,
        "message": message.pk,
    }
