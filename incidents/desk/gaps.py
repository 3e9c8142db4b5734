"""What people look for or report again and again that no article answers, ranked by how many people that is.

`look` finds it by the clock, over searches without a good hit and tickets that were resolved without an article.
Tickets of private teams and of confidential categories are never part of it. Of the others each reader counts, and
reads the words of, only those that they see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Permission
from incidents.desk.clusters import Key, cluster, key_of
from incidents.desk.models import Gap, GapTicket
from incidents.tickets.models import Ticket, TicketArticle, kept_apart
from incidents.workflow.states import Resolution
from knowledge.models import ClosedGap, Search

SEARCHED_WITHIN = timedelta(days=90)
RESOLVED_WITHIN = timedelta(days=180)
MOST_SEARCHES = 100_000
MOST_TICKETS = 50_000
MOST_GAPS = 1_000
MOST_SHOWN = 50
MOST_WORDINGS = 8
MOST_KEYS = 200
EXAMPLES = 3
MOST_WRITERS = 200
FEWEST = 2
"""People: what one person looked for once is no gap yet."""

TELLS_NOTHING = (
    Resolution.DUPLICATE, Resolution.WITHDRAWN, Resolution.NO_FAULT_FOUND, Resolution.NO_ANSWER,
)  # fmt: skip


@dataclass
class _Found:
    """All of one wording."""

    words: Counter[str] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    searches: int = 0
    tickets: list[int] = field(default_factory=list)
    requesters: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Shown:
    """A gap as one reader sees it."""

    gap: Gap
    people: int
    tickets: int
    examples: Sequence[Ticket]

    @property
    def title(self) -> str:
        said = [*self.gap.words, *(one.title for one in self.examples)]
        return str(said[0]) if said else _("(no words)")


def look(now: datetime) -> int:
    """Find the gaps anew; how many there are."""
    found = _wordings(now)
    people = {key: len(one.people | one.requesters) for key, one in found.items()}
    clusters = [(sum(people[key] for key in keys), keys) for keys in cluster(people)]
    clusters = [one for one in clusters if one[0] >= FEWEST]
    clusters.sort(key=lambda one: (-one[0], one[1][0]))
    with transaction.atomic():
        Gap.objects.all().delete()
        kept = [_gap(keys, found, now) for _n, keys in clusters[:MOST_GAPS]]
        unique = {gap.key: (gap, tickets) for gap, tickets in reversed(kept)}
        Gap.objects.bulk_create([gap for gap, _tickets in unique.values()])
        rows = [GapTicket(gap=gap, ticket_id=key) for gap, keys in unique.values() for key in keys]
        GapTicket.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(unique)


def shown_to(user: User) -> list[Shown]:
    """The gaps that most people are affected by, as far as this reader may know."""
    closed = ClosedGap.objects.values("key")
    gaps = {gap.pk: gap for gap in Gap.objects.exclude(key__in=closed)}
    counts = _counts_for(user)
    ranked = sorted(
        gaps.values(), key=lambda gap: (-(gap.people + counts.get(gap.pk, (0, 0))[1]), gap.key)
    )
    top = [gap for gap in ranked if gap.people + counts.get(gap.pk, (0, 0))[1] >= FEWEST]
    top = top[:MOST_SHOWN]
    examples = _examples(top, user)
    return [
        Shown(
            gap,
            gap.people + counts.get(gap.pk, (0, 0))[1],
            counts.get(gap.pk, (0, 0))[0],
            examples[gap.pk],
        )
        for gap in top
    ]


def one_for(user: User, pk: int) -> Shown | None:
    """This gap as the list shows it to the reader, where it would: open still, and of enough people that they know."""
    gap = Gap.objects.exclude(key__in=ClosedGap.objects.values("key")).filter(pk=pk).first()
    if gap is None:
        return None
    tickets = seen_tickets(user).filter(pk__in=gap.tickets.values("ticket"))
    people = gap.people + tickets.aggregate(n=Count("requester", distinct=True))["n"]
    if people < FEWEST:
        return None
    return Shown(gap, people, tickets.count(), list(tickets.order_by("-pk")[:EXAMPLES]))


def seen_tickets(user: User) -> Any:
    """Again at the moment of looking: a ticket may have been moved to a private team since."""
    return Ticket.objects.seen_as_staff_by(user).exclude(kept_apart())


def told_to_writers(tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those of these that everybody who may read a new draft sees: every writer. Where that is too many to ask, none."""
    writers = list(User.objects.people().holding_anywhere(Permission.ARTICLES_WRITE)[: MOST_WRITERS + 1])  # fmt: skip
    if len(writers) > MOST_WRITERS:
        return []
    told = {one.pk for one in tickets}
    alike = {
        (one.permits.everywhere, frozenset(one.permits.by_team.items())): one for one in writers
    }
    for writer in alike.values():
        if not told:
            return []
        told &= set(seen_tickets(writer).filter(pk__in=told).values_list("pk", flat=True))
    return [one for one in tickets if one.pk in told]


def _counts_for(user: User) -> dict[int, tuple[int, int]]:
    """How many tickets of each gap this reader sees, and of how many people they are."""
    rows = GapTicket.objects.filter(ticket__in=seen_tickets(user).values("pk")).values("gap")
    told = rows.annotate(n=Count("pk"), people=Count("ticket__requester", distinct=True))
    return {one["gap"]: (one["n"], one["people"]) for one in told.order_by()}


def _examples(gaps: Iterable[Gap], user: User) -> dict[int, list[Ticket]]:
    found: dict[int, list[Ticket]] = defaultdict(list)
    rows = GapTicket.objects.filter(gap__in=[gap.pk for gap in gaps])
    rows = rows.filter(ticket__in=seen_tickets(user).values("pk")).annotate(
        place=Window(RowNumber(), partition_by=F("gap"), order_by=F("ticket").desc())
    )
    for row in rows.filter(place__lte=EXAMPLES).select_related("ticket"):
        found[row.gap_id].append(row.ticket)
    for tickets in found.values():
        tickets.sort(key=lambda one: -one.pk)
    return found


# Finding them --------------------------------------------------------------------------------------------


def _wordings(now: datetime) -> dict[Key, _Found]:
    found: dict[Key, _Found] = defaultdict(_Found)
    for words, user in _searches(now):
        one = found[key_of(words)]
        one.words[" ".join(words.split())] += 1
        one.searches += 1
        one.people.add(user or 0)  # all who did not sign in count as one
    for ticket, title, requester in _tickets(now):
        one = found[key_of(title)]
        one.tickets.append(ticket)
        one.requesters.add(requester)
    found.pop((), None)
    for key in ClosedGap.objects.values_list("key", flat=True).iterator():
        found.pop(tuple(key.split()), None)
    return found


def _searches(now: datetime) -> Iterator[tuple[str, int | None]]:
    missed = Search.objects.filter(found=0, opened=None, at__gte=now - SEARCHED_WITHIN)
    yield from missed.order_by("-pk").values_list("words", "user")[:MOST_SEARCHES]


def _tickets(now: datetime) -> Iterator[tuple[int, str, int]]:
    written_up = TicketArticle.objects.values("ticket")
    solved = (
        Ticket.objects.filter(resolved_at__gte=now - RESOLVED_WITHIN, is_open=False)
        .filter(solved_with=None, merged_into=None)
        .exclude(Q(resolution_code__in=TELLS_NOTHING) | Q(pk__in=written_up))
        .exclude(kept_apart())
    )
    yield from solved.order_by("-resolved_at", "-pk").values_list("pk", "title", "requester")[
        :MOST_TICKETS
    ]


def _gap(keys: Sequence[Key], found: dict[Key, _Found], now: datetime) -> tuple[Gap, list[int]]:
    words: Counter[str] = Counter()
    people: set[int] = set()
    for key in keys:
        words += found[key].words
        people |= found[key].people
    said = sorted(words, key=lambda one: (-words[one], one))
    gap = Gap(
        key=_said(keys[0]),
        keys=[_said(key) for key in keys[:MOST_KEYS]],
        words=said[:MOST_WORDINGS],
        searches=sum(found[key].searches for key in keys),
        people=len(people),
        found_at=now,
    )
    return gap, [ticket for key in keys for ticket in found[key].tickets]


def _said(key: Key) -> str:
    return " ".join(key)[:200]
