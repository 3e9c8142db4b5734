"""Answers for reading: with the words of the version that was answered, in its order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from accounts import kept
from accounts.models import User
from incidents.tickets.models import (
    Answers,
    Attachment,
    FormerAnswers,
    QuestionForm,
    Service,
    Ticket,
)
from incidents.tickets.questions.definition import Question, QuestionKind, parse


@dataclass(frozen=True)
class Given:
    """One question and what was answered to it: words, or files."""

    label: str
    text: str = ""
    files: Sequence[Attachment] = field(default_factory=tuple)


@dataclass(frozen=True)
class Former:
    """Answers as they were until somebody changed them."""

    by: User
    at: datetime
    answers: list[Given]


def shown(ticket: Ticket) -> list[Given]:
    """The ticket's answers as they were given, whatever is asked now: its category's, then those of types that it is or
    was. At most four queries."""
    rows = kept.instances(
        "answers of a ticket",
        lambda: (
            Answers.objects.filter(ticket=kept.Hole("ticket"))
            .order_by("type")
            .select_related("form")
        ),
        ticket=ticket.pk,
    )
    told = _told(ticket, [(row.form, row.given) for row in rows])
    return [given for part in told for given in part]


def former(ticket: Ticket) -> list[Former]:
    """What was answered before somebody changed it, newest first."""
    rows = list(
        FormerAnswers.objects.filter(ticket=ticket)
        .select_related("form", "until__actor")
        .order_by("-pk")
    )
    told = _told(ticket, [(row.form, row.given) for row in rows])
    return [
        Former(row.until.actor, row.until.occurred_at, given)
        for row, given in zip(rows, told, strict=True)
    ]


def in_words(form: QuestionForm, given: Mapping[str, Any]) -> list[Given]:
    """Answers that belong to no ticket yet, without files."""
    return _told(None, [(form, given)])[0]


def several(rows: Sequence[Answers]) -> list[list[Given]]:
    """Answers of several tickets at once, without files, which are on their messages. At most two queries for all."""
    return _told(None, [(row.form, row.given) for row in rows])


def _told(
    ticket: Ticket | None, several: Sequence[tuple[QuestionForm, Mapping[str, Any]]]
) -> list[list[Given]]:
    read = [(parse(form.questions), given) for form, given in several]
    names = _Names.of(ticket, read)
    return [
        [
            names.put(question, given[question.key])
            for question in questions
            if question.key in given
        ]
        for questions, given in read
    ]


@dataclass
class _Names:
    """Whom and what the answers name, one query for each kind that there is."""

    people: Mapping[int, User]
    services: Mapping[int, Service]
    files: Mapping[int, Attachment]

    @classmethod
    def of(
        cls,
        ticket: Ticket | None,
        read: Iterable[tuple[Sequence[Question], Mapping[str, Any]]],
    ) -> "_Names":
        keys: dict[QuestionKind, set[int]] = {}
        for questions, given in read:
            for question in questions:
                if question.key in given and question.kind in NAMING:
                    value = given[question.key]
                    found = value if isinstance(value, list) else [value]
                    keys.setdefault(question.kind, set()).update(found)
        people, services, files = (keys.get(kind, set()) for kind in NAMING)
        return cls(
            User.objects.in_bulk(people) if people else {},
            Service.objects.in_bulk(services) if services else {},
            # A file is on a public message here; whoever reads the ticket reads it.
            ticket.attachments.filter(message__is_public=True).in_bulk(files)
            if ticket and files
            else {},
        )

    def put(self, question: Question, value: Any) -> Given:
        match question.kind:
            case QuestionKind.FILE:
                found = [self.files[key] for key in value if key in self.files]
                return Given(question.label, files=tuple(found))
            case QuestionKind.PERSON:
                person = self.people.get(value)
                return Given(question.label, person.display_name if person else _("somebody"))
            case QuestionKind.SERVICE:
                service = self.services.get(value)
                return Given(question.label, service.name if service else _("a service"))
            case QuestionKind.YES_NO:
                return Given(question.label, _("Yes") if value else _("No"))
            case QuestionKind.CHOICES:
                return Given(question.label, ", ".join(value))
            case QuestionKind.NUMBER:
                return Given(question.label, number_format(Decimal(value)))
            case QuestionKind.DATE:
                return Given(question.label, date_format(date.fromisoformat(value), "DATE_FORMAT"))
        return Given(question.label, value)


NAMING = (QuestionKind.PERSON, QuestionKind.SERVICE, QuestionKind.FILE)
