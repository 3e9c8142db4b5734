"""The demo's tickets: each step of `tickets/*.toml` replayed through the verbs, all in order of time."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from accounts.models import User
from incidents.demo import desk
from incidents.demo.company import FOLDER, Company
from incidents.demo.pictures import uploads
from incidents.notify.models import Channel, Delivery
from incidents.notify.rules import hearers
from incidents.tickets import actions
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import Event, QuestionForm, Reading, Ticket
from incidents.tickets.questions import (
    Checked,
    QuestionKind,
    check,
    filed_as,
    form_of,
    form_of_type,
    parse,
)
from incidents.workflow.states import Status
from knowledge.models import Article

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
AFTER = re.compile(r"(\d+(?:\.\d+)?)([mhd])")
RUNG = 400
"""Newest events that are asked whether they would have rung one of the demo accounts' bells."""
UNREAD, READ = 4, 8
SOON = timedelta(minutes=4)
"""After the last step, agents keep something beside a ticket."""
STILL_NEW = timedelta(hours=48)


@dataclass(frozen=True)
class Step:
    """One thing that happens at one time."""

    at: datetime
    do: Callable[[], Any]


class History:
    """Tickets by the place they have in the files, while their story is told."""

    def __init__(self, company: Company, *, now: datetime) -> None:
        self.company = company
        self.now = now
        self.tree = Tree.load()
        self.beside = {kept["title"]: kept for kept in desk.told()["ticket"]}
        self.tickets: dict[int, Ticket] = {}

    def replay(self) -> list[Ticket]:
        """Tell all stories at once, so that the log is in order of time."""
        told = (
            ticket
            for path in sorted((FOLDER / "tickets").glob("*.toml"))
            for ticket in tomllib.loads(path.read_text(encoding="utf-8"))["ticket"]
        )
        steps = [step for place, ticket in enumerate(told) for step in self._steps(place, ticket)]
        steps += [Step(self._since(form), partial(self._ask, form)) for form in _forms()]
        for step in sorted(steps, key=attrgetter("at")):
            step.do()
        return list(self.tickets.values())

    def _steps(self, place: int, told: dict[str, Any]) -> Iterator[Step]:
        at = self.now - timedelta(days=told["days_ago"])
        by = self.company.people[told.get("reporter", told["requester"])]
        yield Step(at, partial(self._file, place, told, by, at))
        for step in told.get("steps", ()):
            at += _duration(step["after"])
            yield Step(at, partial(self._do, place, step, self.company.people[step["by"]], at))
        if kept := self.beside.get(told["title"]):
            later = min(at + SOON, self.now)
            yield Step(later, lambda: desk.keep(self.company, self.tickets[place], kept, at=later))

    def _file(self, place: int, told: dict[str, Any], by: User, at: datetime) -> None:
        self.tickets[place] = actions.file(
            told["title"], by=by, description=told["description"], category=self.company.categories[told["category"]],
            requester=self.company.people[told["requester"]], service=self.company.services.get(told.get("service", "")),
            impact=told["impact"], urgency=told["urgency"], files=uploads(told.get("files", ())), at=at, tree=self.tree,
            follows=self._titled(told["follows"]) if "follows" in told else None, answers=self._answers(told),
            type_answers=self._type_answers(told),
        )  # fmt: skip

    def _since(self, form: dict[str, Any]) -> datetime:
        return self.now - timedelta(days=form["days_ago"])

    def _ask(self, form: dict[str, Any]) -> None:
        """From now on the category asks these questions."""
        category, by = self.company.categories[form["category"]], self.company.people[form["by"]]
        made = change_questions(category, form["questions"], by=by)
        QuestionForm.objects.filter(pk=made.pk).update(made_at=self._since(form))

    def _answers(self, told: dict[str, Any]) -> Checked | None:
        form = form_of(self.company.categories[told["category"]], self.tree)
        if form is None:
            return None
        return self._checked(form, told.get("answers", {}))

    def _type_answers(self, told: dict[str, Any]) -> Checked | None:
        type = filed_as("", self.company.categories[told["category"]], self.tree)
        form = form_of_type(type)
        return self._checked(form, told.get("type_answers", {})) if form else None

    def _checked(self, form: QuestionForm, answers: dict[str, Any]) -> Checked:
        given = dict(answers)
        for question in parse(form.questions):
            if question.kind == QuestionKind.SERVICE and question.key in given:
                given[question.key] = self.company.services[given[question.key]].pk
        return check(form, given)

    def _titled(self, title: str) -> Ticket:
        return next(ticket for ticket in self.tickets.values() if ticket.title == title)

    def _do(self, place: int, told: dict[str, Any], by: User, at: datetime) -> None:
        ticket, text, value = self.tickets[place], told.get("text", ""), told.get("value", "")
        files = uploads(told.get("files", ()))
        party = by.pk in {ticket.requester_id, ticket.reporter_id}
        origin = Ticket.Origin.PORTAL if party else Ticket.Origin.DESK
        match told["do"]:
            case "take":
                actions.take(ticket, by=by, at=at)
            case "reply":
                actions.reply(ticket, text, by=by, files=files, at=at, origin=origin)
            case "note":
                actions.note(ticket, text, by=by, files=files, at=at)
            case "wait_requester":
                actions.transition(
                    ticket, to=Status.WAITING_REQUESTER, by=by, text=text, files=files, at=at
                )
            case "wait_other":
                actions.transition(
                    ticket, to=Status.WAITING_OTHER, by=by, text=text, files=files, at=at
                )
            case "step":
                actions.transition(ticket, to=value, by=by, text=text, files=files, at=at)
            case "resume":
                actions.transition(ticket, to=Status.OPEN, by=by, at=at)
            case "priority":
                actions.set_priority(ticket, by=by, override=int(value[1]), reason=text, at=at)
            case "categorise":
                actions.categorise(ticket, category=self.company.categories[value], by=by, at=at)
            case "move":
                actions.move(ticket, to=self.company.teams[value], by=by, at=at)
            case "follow":
                # Somebody on the ticket adds them; nobody can let themselves in.
                actions.follow(ticket, who=by, by=ticket.requester, at=at)
            case "join":
                actions.join(ticket, by=by, at=at)
            case "offer":
                actions.offer(ticket, on=True, by=by, at=at)
            case "resolve":
                article = Article.objects.filter(slug=told.get("article", "")).first()
                actions.resolve(
                    ticket, text, code=told["code"], by=by, files=files, article=article, at=at
                )
            case "reopen":
                actions.reopen(ticket, text, by=by, at=at)
            case "confirm":
                actions.confirm(ticket, by=by, at=at)
            case "rate":
                actions.rate(ticket, score=int(value), comment=text, by=by, at=at)
            case "withdraw":
                actions.withdraw(ticket, by=by, reason=text, at=at)
            case unknown:
                raise ValueError(f"“{ticket.title}”: nobody can do “{unknown}”.")


def _forms() -> list[dict[str, Any]]:
    """The forms of `forms.toml`."""
    forms: list[dict[str, Any]] = tomllib.loads(
        (FOLDER / "forms.toml").read_text(encoding="utf-8")
    )["form"]
    for question in (question for form in forms for question in form["questions"]):
        question["show_when"] = _with_nothing(question.get("show_when"))
    return forms


def _with_nothing(condition: Any) -> Any:
    if isinstance(condition, list):
        return [_with_nothing(part) for part in condition]
    if isinstance(condition, dict):
        return {name: _with_nothing(value) for name, value in condition.items()}
    return None if condition == "nothing" else condition


def _duration(text: str) -> timedelta:
    match = AFTER.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is no duration.")
    return timedelta(**{UNITS[match[2]]: float(match[1])})


def ring(company: Company, tickets: Iterable[Ticket]) -> None:
    """Let the demo accounts' bells have rung for what happened last; no mail goes out for any of it."""
    of_ours = [ticket.pk for ticket in tickets]
    Delivery.objects.filter(event__ticket__in=of_ours).delete()
    rows: dict[int, list[Delivery]] = {person.pk: [] for person, _role in company.accounts}
    newest = Event.objects.filter(ticket__in=of_ours).select_related("ticket__team", "actor")
    for event in newest.order_by("-occurred_at")[:RUNG]:
        for person, channel in hearers(event):
            heard = rows.get(person)
            if channel == Channel.BELL and heard is not None and len(heard) < UNREAD + READ:
                heard.append(_heard(event, person, read=len(heard) >= UNREAD))
    Delivery.objects.bulk_create(
        sorted((row for heard in rows.values() for row in heard), key=attrgetter("due_at"))
    )


def read_along(tickets: Iterable[Ticket], *, now: datetime) -> None:
    """Everybody has read what is older than a day or so; the rest is new to them."""
    read = Reading.objects.filter(ticket__in=[ticket.pk for ticket in tickets])
    rows = list(read.filter(ticket__updated_at__lt=now - STILL_NEW).select_related("ticket"))
    for row in rows:
        row.version = row.ticket.public_version
    Reading.objects.bulk_update(rows, ["version"])


def _heard(event: Event, person: int, *, read: bool) -> Delivery:
    row = Delivery.of(event, person, Channel.BELL, at=event.occurred_at)
    row.read_at = event.occurred_at if read else None
    return row
