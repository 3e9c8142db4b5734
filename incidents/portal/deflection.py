"""What may make a report needless: incidents that others reported already, known errors, and articles.

All of it is asked again while somebody types, so each part is one bounded question: the newest offered incidents are
compared here, and articles are found by the search that readers use, as this reader may read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, When

from accounts.digits import whole
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Follower, Ticket, TicketQuerySet
from knowledge import search
from knowledge.models import Article
from knowledge.search import query

MOST = 5
MOST_INCIDENTS = 3
MOST_KNOWN = 3
FEWEST_LETTERS = 2
LONGEST_TITLE = 200
LONGEST_STORY = 1_000
"""Characters of a description that are read: what matters is said early."""

CANDIDATES = 100
"""Newest offered incidents that are compared with what is typed."""

SHORTEST_WORD, STEM = 3, 5
"""Words that have the first five letters in common count as one, so that `printing` meets `printer`."""

ENOUGH_SHARED = 2
"""A word of the title is worth two, one of the description one. The very same word goes before one alike."""

MOST_WORDS = 8
"""Telling words of title and description that are looked for in articles: each costs, and the first say most."""

AHEAD = 2
"""Places by which a known error goes before other articles."""

ENOUGH_PEOPLE = 3
"""So many have an incident before the home page tells everybody of it."""


@dataclass(frozen=True)
class Offered:
    """An open incident that others may join. `is_on_it`: this reader joined, follows or reported it."""

    ticket: Ticket
    is_on_it: bool


@dataclass(frozen=True)
class Answers:
    """What to show beside the words of a title or a question; at most five in all."""

    words: str = ""
    incidents: Sequence[Offered] = ()
    hits: Sequence[search.Hit] = ()

    @property
    def total(self) -> int:
        return len(self.incidents) + len(self.hits)


# While somebody types --------------------------------------------------------------------------------


def answers(user: User, *, title: str, story: str = "", service: int | None = None) -> Answers:
    """Incidents on the same service or in similar words first, then articles, best first."""
    title, story = _clean(title, LONGEST_TITLE), _clean(story, LONGEST_STORY)
    incidents = _incidents(user, title, story, service) if title or story or service else []
    return Answers(title, incidents, _articles(user, title, story)[: MOST - len(incidents)])


def service_key(given: str) -> int | None:
    """The key of a service as a form sends it."""
    return whole(given, 9)


def _clean(text: str, longest: int) -> str:
    text = text[:longest].replace("\x00", "").strip()
    return text if len(text) >= FEWEST_LETTERS else ""


def _incidents(user: User, title: str, story: str, service: int | None) -> list[Offered]:
    """Those on the service that was chosen, then those that share a word with the title or two with the story."""
    asked, told = _Words.of(title), _Words.of(story)
    newest = Ticket.objects.offered_to(user).order_by("-created_at", "-pk")
    if service:
        first = Case(When(service=service, then=0), default=1, output_field=IntegerField())
        newest = newest.order_by(first, "-created_at", "-pk")
    ranked = []
    for place, one in enumerate(_told(newest[:CANDIDATES], user)):
        ticket = one.ticket
        words = _words_of_offer(f"{ticket.title} {ticket.service.name if ticket.service else ''}")
        alike = 2 * len(asked.stems & words.stems) + len((told.stems - asked.stems) & words.stems)
        same = len((asked.whole | told.whole) & words.whole)
        is_here = service is not None and ticket.service_id == service
        if is_here or alike >= ENOUGH_SHARED:
            ranked.append((not is_here, -alike - same, -ticket.affected_count, place, one))
    return [one for *_rank, one in sorted(ranked, key=lambda row: row[:4])[:MOST_INCIDENTS]]


@dataclass(frozen=True)
class _Words:
    """The telling words of a text, and how they begin."""

    whole: frozenset[str]
    stems: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Words":
        words = (word.joined for word in query.parse(text, prefix=False))
        whole = frozenset(word for word in words if len(word) >= SHORTEST_WORD)
        return cls(whole, frozenset(word[:STEM] for word in whole))


_words_of_offer = lru_cache(maxsize=4 * CANDIDATES)(_Words.of)
"""The same titles are compared at every key that somebody presses."""


def _articles(user: User, title: str, story: str) -> list[search.Hit]:
    """What the title finds, and with less weight what title and story find together."""
    score: dict[int, float] = {}
    found: dict[int, search.Hit] = {}
    for words, weight in ((title, 2), (_beginning(f"{title} {story}") if story else "", 1)):
        hits = search.find(words, user=user, limit=MOST + AHEAD).hits if words else ()
        for place, hit in enumerate(hits, 1):
            key = hit.article.pk
            score[key] = score.get(key, 0) + weight / place
            found.setdefault(key, hit)
    ranked = sorted(found, key=lambda key: -score[key])

    def place_of(key: int) -> tuple[int, bool]:
        is_known = found[key].article.kind == Article.Kind.KNOWN_ERROR
        return ranked.index(key) - AHEAD * is_known, not is_known

    return [found[key] for key in sorted(ranked, key=place_of)]


def _beginning(text: str) -> str:
    return " ".join(word.text for word in query.parse(text)[:MOST_WORDS])


# Without typing --------------------------------------------------------------------------------------


def known_problems(user: User, *, most: int = MOST_KNOWN) -> list[Offered]:
    """What many have right now, or what the desk itself wants people to know of."""
    by_desk = Exists(Event.objects.filter(ticket=OuterRef("pk"), kind=Kind.OFFERED))
    telling = Q(affected_count__gte=ENOUGH_PEOPLE) | Q(by_desk)
    found = Ticket.objects.offered_to(user).filter(telling)
    return _told(found.order_by("-affected_count", "-created_at", "-pk")[:most], user)


def _told(found: TicketQuerySet, user: User) -> list[Offered]:
    follows = Exists(Follower.objects.filter(ticket=OuterRef("pk"), user=user.pk))
    shown = found.select_related("service").only(
        "number", "title", "type", "status", "step", "is_open", "merged_into_id", "affected_count", "created_at", "requester_id", "reporter_id",
        "service__name",
    )  # fmt: skip
    return [
        Offered(ticket, follows or policies.is_party(user, ticket))
        for ticket, follows in ((row, row.follows) for row in shown.annotate(follows=follows))  # type: ignore[attr-defined]
    ]


# On the page of one ticket ---------------------------------------------------------------------------


def chosen_followers(ticket: Ticket, *, besides: User | None = None) -> QuerySet[User]:
    """Those whom somebody added, and `besides` if they follow. Who only joined is named to the desk alone."""
    chosen = Q(is_chosen=True) | Q(has_joined=False)
    if besides:
        chosen |= Q(user=besides)
    rows = Follower.objects.filter(chosen, ticket=ticket)
    return User.objects.filter(pk__in=rows.values("user")).order_by("display_name")


def affected(user: User, ticket: Ticket) -> dict[str, Any]:
    """How many others have it, and whether this reader may say “me too” or has said so."""
    joined = Follower.objects.filter(ticket=ticket, has_joined=True, user=user.pk)
    has_joined = ticket.affected_count > 1 and joined.exists()
    return {
        "has_joined": has_joined,
        "others_affected": ticket.affected_count - 1,
        "can_join": not has_joined and policies.can_join(user, ticket),
    }
