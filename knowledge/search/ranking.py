"""The second look at what was found: how well each article fits the question, and what else speaks for it. Pure."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from math import log2

from knowledge.search import query, stems, weights
from knowledge.search.asked import Term
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
    forms = [(worth[term.word], term) for term in meant.asked.terms if worth[term.word]]
    telling = meant.missing + sum(much for much, term in forms if not term.is_filler) or 1.0
    asked = {
        form[0]: much / term.worth for much, term in forms for form in term.forms if len(form) == 1
    }
    begun = {term.word: [form[0] for form in term.forms] for _much, term in forms}
    ranked = []
    for entry in entries:
        goodness = has = titled = 0.0
        title = set(entry.title)
        for much, term in forms:
            if fits := _fit(term, entry.postings):
                goodness += much * fits
                has += 0.0 if term.is_filler else much
                titled += 0.0 if title.isdisjoint(begun[term.word]) else much
        goodness *= 1 + weights.TITLED * min(1.0, titled / telling)
        goodness *= 1 + weights.TITLE_EXPLAINED * _explained(title, asked)
        ranked.append(Ranked(entry.article, goodness * _besides(entry, today), has / telling))
    return sorted(ranked, key=lambda one: (-one.rank, -one.article))


def _fit(term: Term, postings: Mapping[str, str]) -> float:
    """The best of a term's forms."""
    best = 0.0
    for form, factor in term.forms.items():
        if form[0] not in postings:
            continue
        much = min(int(postings.get(part, 0)) for part in form) if len(form) > 1 else int(postings[form[0]])  # fmt: skip
        if much * factor > best:
            best = much * factor
    return best / SCALE


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
