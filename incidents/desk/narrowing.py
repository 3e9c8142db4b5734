"""From what was asked by operators to filters on tickets: names become rows here, for somebody who searches.

Teams are those whose tickets this person sees; people are found by name alone. A name that means nothing is a problem
to be told, and leaves its operator out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from incidents.desk.operators import ME, NOBODY, OPERATORS, Asked, Problem, Term
from incidents.desk.sidebar import queues_of
from incidents.tickets import places
from incidents.tickets.categories import Tree
from incidents.tickets.models import DeskReading, Service, Tagging, confined
from incidents.tickets.search import Question
from incidents.workflow import rulebook
from incidents.workflow.states import OPEN_STATUSES

MOST_PEOPLE = 50
"""People of one name; who types “a” means nobody."""

MOST_SHOWN = 8
"""Values that a hint names."""


@dataclass(frozen=True)
class Narrowed:
    """The question for the engine, and what was not understood, in words."""

    question: Question
    hints: tuple[str, ...] = ()


def narrow(asked: Asked, user: User) -> Narrowed:
    among, problems = Q(), list(asked.problems)
    for term in asked.terms:
        condition = _condition(term, user, problems)
        if condition is not None:
            among &= ~condition if term.is_not else condition
    question = Question(asked.words, asked.phrases, asked.without, among)
    return Narrowed(question, tuple(map(told, dict.fromkeys(problems))))


def told(problem: Problem) -> str:
    """A problem as a sentence for whoever typed it."""
    if problem.is_operator:
        return _("“%(name)s:” is nothing to search by, so it was looked for as words.") % {
            "name": problem.name
        }
    operator = OPERATORS[problem.name]
    if operator.is_date:
        return _(
            "“%(name)s:” takes a day like 2026-01-31, a month like 2026-01, or a time like 7d, also with < or >. "
            "“%(value)s” was left out."
        ) % {"name": problem.name, "value": problem.value}
    if operator.values:
        known = ", ".join(list(operator.values)[:MOST_SHOWN])
        return _("“%(name)s:” knows %(known)s. “%(value)s” was left out.") % {
            "name": problem.name,
            "known": known,
            "value": problem.value,
        }
    return _("“%(name)s:” knows no “%(value)s”, so it was left out.") % {
        "name": problem.name,
        "value": problem.value,
    }


# One operator each ---------------------------------------------------------------------------------------

Find = Callable[[str, User], Q | None]
"""From a name to a filter; nothing where it means nothing."""


def _condition(term: Term, user: User, problems: list[Problem]) -> Q | None:
    if term.name in FIXED:
        return FIXED[term.name](term, user)
    found = Q()
    for value in term.values:
        one = NAMED[term.name](value, user)
        if one is None:
            problems.append(Problem(term.name, value))
        else:
            found |= one
    return found or None


def _is(term: Term, user: User) -> Q:
    read = DeskReading.objects.filter(
        ticket=OuterRef("pk"), user=user.pk, version__gte=OuterRef("version")
    )
    meanings: dict[str, Q | Exists] = {
        "open": Q(is_open=True),
        "closed": Q(is_open=False),
        "unassigned": Q(assignee=None),
        "mine": Q(assignee=user.pk),
        "unread": ~Q(Exists(read)),
        "merged": Q(merged_into__isnull=False),
        "confidential": confined(),
    }
    return _any(meanings[value] for value in term.values)


def _has(term: Term, user: User) -> Q:
    meanings: dict[str, Q | Exists] = {
        "files": Q(file_count__gt=0),
        "replies": Q(message_count__gt=0),
        "tags": Q(Exists(Tagging.objects.filter(ticket=OuterRef("pk")))),
        "service": Q(service__isnull=False),
    }
    return _any(meanings[value] for value in term.values)


def _status(term: Term, user: User) -> Q:
    if set(term.values) == OPEN_STATUSES:
        return Q(is_open=True)  # what the indexes know
    return Q(status__in=term.values)


def _priority(term: Term, user: User) -> Q:
    return Q(priority__in=[int(value) for value in term.values])


def _type(name: str, user: User) -> Q | None:
    """By its address or its name, or a part of that; also a retired one."""
    wanted, types = name.lower(), rulebook.types(even_retired=True)
    found = [one.slug for one in types if wanted in {one.slug, one.label.lower()}]
    found = found or [one.slug for one in types if wanted in one.label.lower()]
    return Q(type__in=found) if found else None


def _step(name: str, user: User) -> Q | None:
    """By its address, alone or behind its workflow’s, or by its name, or a part of that; in every workflow that has it."""
    wanted = name.lower()
    steps = [(flow, place) for flow in rulebook.flows(even_retired=True) for place in flow.places]
    found = [
        (flow, place)
        for flow, place in steps
        if wanted in {place.slug, places.name_of(flow, place), place.label.lower()}
    ] or [(flow, place) for flow, place in steps if wanted in place.label.lower()]
    return _any(places.at(flow, [place]) for flow, place in found) if found else None


def _created(term: Term, user: User) -> Q:
    since = Q(created_at__gte=_start(term.since)) if term.since else Q()
    return since & Q(created_at__lt=_start(term.until)) if term.until else since


def _updated(term: Term, user: User) -> Q:
    since = Q(updated_at__gte=_start(term.since)) if term.since else Q()
    return since & Q(updated_at__lt=_start(term.until)) if term.until else since


def _resolved(term: Term, user: User) -> Q:
    since = Q(resolved_at__gte=_start(term.since)) if term.since else Q(resolved_at__isnull=False)
    return since & Q(resolved_at__lt=_start(term.until)) if term.until else since


def _start(day: date) -> datetime:
    """The beginning of a day where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _team(name: str, user: User) -> Q | None:
    if name.lower() in {NOBODY, "none"}:
        return Q(team=None)
    teams = queues_of(user)
    keys = list(
        teams.filter(Q(slug=name.lower()) | Q(name__iexact=name)).values_list("pk", flat=True)
    )
    keys = keys or list(teams.filter(name__icontains=name).values_list("pk", flat=True))
    return Q(team__in=keys) if keys else None


def _category(name: str, user: User) -> Q | None:
    tree = Tree.load()
    wanted = name.lower()
    found = [one for one in tree.by_pk.values() if wanted in {one.slug, one.name.lower()}]
    found = found or [one for one in tree.by_pk.values() if wanted in one.name.lower()]
    keys: set[int] = set().union(*(tree.subtree(one) for one in found))
    return Q(category__in=sorted(keys)) if keys else None


def _service(name: str, user: User) -> Q | None:
    named = Service.objects.filter(Q(slug=slugify(name)) | Q(name__icontains=name))
    keys = list(named.values_list("pk", flat=True))
    return Q(service__in=keys) if keys else None


def _assignee(name: str, user: User) -> Q | None:
    if name.lower() in {NOBODY, "none"}:
        return Q(assignee=None)
    people = _people(name, user)
    return Q(assignee__in=people) if people else None


def _requester(name: str, user: User) -> Q | None:
    people = _people(name, user)
    return Q(requester__in=people) if people else None


def _people(name: str, user: User) -> list[int]:
    """People called so, also those who left: their tickets stay."""
    if name.lower() == ME:
        return [user.pk]
    found = User.objects.filter(display_name__iexact=name).order_by("pk")
    keys = list(found.values_list("pk", flat=True)[:MOST_PEOPLE])
    if keys:
        return keys
    matching = User.objects.all()
    for word in name.split()[:4]:
        matching = matching.filter(display_name__icontains=word)
    keys = list(matching.order_by("pk").values_list("pk", flat=True)[: MOST_PEOPLE + 1])
    return keys if len(keys) <= MOST_PEOPLE else []


def _tag(name: str, user: User) -> Q | None:
    tag = "-".join(name.lstrip("#").lower().split())
    return Q(Exists(Tagging.objects.filter(ticket=OuterRef("pk"), name=tag)))


def _any(conditions: Iterable[Q | Exists]) -> Q:
    return reduce(or_, (Q(condition) for condition in conditions))


FIXED: dict[str, Callable[[Term, User], Q]] = {
    "is": _is,
    "has": _has,
    "status": _status,
    "priority": _priority,
    "created": _created,
    "updated": _updated,
    "resolved": _resolved,
}
NAMED: dict[str, Find] = {
    "team": _team,
    "category": _category,
    "service": _service,
    "assignee": _assignee,
    "requester": _requester,
    "tag": _tag,
    "type": _type,
    "step": _step,
}
