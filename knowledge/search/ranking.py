"""The second look at what was found: how well each article fits the question, and what else speaks for it. Pure."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from math import log2

from knowledge.search import query, stems, weights
from knowledge.search.asked import Form, Term
from knowledge.search.postings import SCALE, Entry
from knowledge.search.understanding import Meant

_FILLERS = frozenset(form for word in query.STOP_WORDS for form in stems.forms(word))


@dataclass(frozen=True)
class Ranked:
    article: int
    rank: float
    share: float
    """Of the rarity of the question's telling words, how much it has."""


def rank(entries: Iterable[Entry], meant: Meant, today: date) -> list[Ranked]:
    """Best first."""
    worth = meant.worth
    terms = [(worth[term.word], term) for term in meant.asked.terms if worth[term.word]]
    telling = meant.missing + sum(much for much, term in terms if not term.is_filler) or 1.0
    asked = {
        form[0]: much / term.worth for much, term in terms for form in term.forms if len(form) == 1
    }
    begun = [[form[0] for form in term.forms] for _much, term in terms]
    sought = _sought([term for _much, term in terms])
    ranked = []
    for entry in entries:
        goodness = has = titled = 0.0
        title = set(entry.title)
        for at, fits in sorted(_fits(sought, entry.postings).items()):
            much, term = terms[at]
            goodness += much * fits / SCALE
            has += 0.0 if term.is_filler else much
            titled += 0.0 if title.isdisjoint(begun[at]) else much
        goodness *= 1 + weights.TITLED * min(1.0, titled / telling)
        goodness *= 1 + weights.TITLE_EXPLAINED * _explained(title, asked)
        ranked.append(Ranked(entry.article, goodness * _besides(entry, today), has / telling))
    return sorted(ranked, key=lambda one: (-one.rank, -one.article))


Sought = Mapping[str, Sequence[tuple[int, Form, float]]]
"""By the first stems of their forms: the terms' places, the forms' other stems, and what each form counts."""


def _sought(terms: Iterable[Term]) -> Sought:
    sought: dict[str, list[tuple[int, Form, float]]] = {}
    for at, term in enumerate(terms):
        for form, factor in term.forms.items():
            sought.setdefault(form[0], []).append((at, form[1:], factor))
    return sought


def _fits(sought: Sought, postings: Mapping[str, str]) -> dict[int, float]:
    """For each term that the article has, the best of its forms. An article has few of all that is sought."""
    best: dict[int, float] = {}
    for stem in sought.keys() & postings.keys():
        weight = int(postings[stem])
        for at, others, factor in sought[stem]:
            least = min(weight, *[int(postings.get(part, 0)) for part in others]) if others else weight  # fmt: skip
            if least * factor > best.get(at, 0.0):
                best[at] = least * factor
    return best


def _explained(title: Set[str], asked: Mapping[str, float]) -> float:
    """How much of what the title says is in the question."""
    said = title - _FILLERS
    has = sum(asked[stem] for stem in said if stem in asked)
    return has / (has + weights.UNASKED * sum(stem not in asked for stem in said)) if has else 0.0


def _besides(entry: Entry, today: date) -> float:
    """What speaks for an article besides its text."""
    votes = entry.helpful + entry.unhelpful
    liked = weights.VOTES * (entry.helpful - entry.unhelpful) / (votes + weights.FEW_VOTES)
    solved = weights.SOLVED * min(log2(1 + entry.solved), weights.MOST_SOLVED)
    age = max(0, (today - entry.changed).days)
    return 1 + liked + solved + weights.FRESH * 0.5 ** (age / weights.HALF_FRESH)
