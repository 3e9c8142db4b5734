"""A question as the articles of one reader can answer it: which of its words they know, and what the others may mean."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from knowledge.models import Synonym
from knowledge.search import asked as questions
from knowledge.search import engine, postings, weights
from knowledge.search import words as vocabulary
from knowledge.search.asked import Asked, Form, Term
from knowledge.search.query import Word

MOST_FOR_ALL = 12
"""Whoever writes more telling words than these describes: their words are corrected by one slip at most."""

MOST_BEGUN = 8
"""Words that a half-typed one may become."""

MANY = 100
"""With fewer articles than these a word that only one of them has is no sign of a slip."""

MOST_SYNONYMS = 2_000


@dataclass(frozen=True)
class Meant:
    asked: Asked
    counts: Mapping[str, int]
    """In how many of this reader's articles each stem stands."""

    articles: int
    better: Mapping[str, str]
    """Which words were misspelt, and what was meant."""

    @property
    def worth(self) -> dict[str, float]:
        """How much each word counts; nothing where no article has it."""
        return {
            term.word: questions.rarity(term, self.counts, self.articles)
            for term in self.asked.terms
        }

    @property
    def missing(self) -> float:
        """How much the words would count that no article has."""
        seldom = math.log(1 + self.articles) ** weights.RARITY
        return sum(term.worth * seldom for term in self.asked.telling if not self.how_many(term))

    def how_many(self, term: Term) -> int:
        return sum(min(self.counts.get(part, 0) for part in form) for form in term.forms)

    @property
    def guesses(self) -> set[str]:
        """Corrections of the shortest words: they hold only where they fit all others."""
        return {old for old in self.better if len(old) <= vocabulary.SHORTEST}

    def without_guesses(self) -> "Meant":
        guesses = self.guesses
        terms = tuple(
            replace(term, forms={}) if term.word in guesses else term for term in self.asked.terms
        )
        better = {old: new for old, new in self.better.items() if old not in guesses}
        return replace(self, asked=replace(self.asked, terms=terms), better=better)


def understand(asked: Asked, readable: engine.Sql, *, guesses: bool) -> Meant:
    asked = _with_beginnings(asked, readable)
    groups = Synonym.objects.values_list("words", flat=True)[:MOST_SYNONYMS]
    asked = questions.with_synonyms(asked, groups)
    counts, articles = postings.counts(asked.terms, readable)
    meant = Meant(asked, counts, articles, {})
    return _corrected(meant, readable) if guesses and articles else meant


def _with_beginnings(asked: Asked, readable: engine.Sql) -> Asked:
    """With what the last word may become, if it may be half typed."""
    terms = list(asked.terms)
    for at, term in enumerate(terms):
        if term.is_prefix:
            ends = postings.beginning_with(term.word, readable, MOST_BEGUN)
            ends = ends or vocabulary.beginning_with(term.word, readable)
            terms[at] = term.with_forms(_meaning(ends, weights.BEGINNING))
    return replace(asked, terms=tuple(terms))


def _corrected(meant: Meant, readable: engine.Sql) -> Meant:
    """With the nearest word for each that no article has, and for each that hardly any has."""
    telling = meant.asked.telling
    unknown = [term for term in telling if not meant.how_many(term)]
    seldom = {
        term.word: many
        for term in telling
        if 0 < (many := meant.how_many(term)) <= vocabulary.SELDOM and meant.articles >= MANY
    }
    near: dict[str, str] = {}
    if len(telling) <= MOST_FOR_ALL:
        for term in unknown:
            word = vocabulary.nearest(Word((term.word,), is_prefix=term.is_prefix), readable)
            near |= {term.word: word} if word else {}
        unknown = []
    if unknown or seldom:
        words = [*(term.word for term in unknown), *seldom]
        near |= vocabulary.one_slip_away(words, readable, known=seldom)
    if not near:
        return meant

    better = {old: new for old, new in near.items() if old not in seldom}
    terms = tuple(
        term.with_forms(
            _meaning(
                [near[term.word]],
                weights.SUSPECTED if term.word in seldom else weights.CORRECTION,
            )
        )
        if term.word in near
        else term
        for term in meant.asked.terms
    )
    shown = (*meant.asked.words, *(Word((word,)) for word in near.values()))
    counts = postings.counts_of([term for term in terms if term.word in near], readable)
    asked = replace(meant.asked, words=shown, terms=terms)
    return replace(meant, asked=asked, counts={**meant.counts, **counts}, better=better)


def _meaning(words: list[str], factor: float) -> dict[Form, float]:
    return {form: factor for word in words for form in questions.spelt([word])}
