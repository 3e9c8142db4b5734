"""A question as search weighs it: which words, how much each counts, and in what other forms it may stand. Pure.

A `Term` is one word of the question. Its forms are what is looked up: the word's stems, words that mean the same, words
that it begins, the word that was meant. A form of several stems (`virtual private network` for `vpn`) needs all of them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from knowledge.search import query, stems, weights
from knowledge.search.query import Word

MOST_TERMS = 120
MOST_QUOTING = 12
"""Longer texts that hold quotes tell of something; they don't ask for the quoted words."""

MOST_FILLERS = 24
LONGEST_SYNONYM = 5
"""Words that one synonym may have."""

Form = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    word: str
    worth: float
    """How much it counts before it is known how rare it is."""

    forms: Mapping[Form, float] = field(default_factory=dict)
    is_filler: bool = False
    is_prefix: bool = False

    def with_forms(self, more: Mapping[Form, float]) -> "Term":
        return replace(self, forms={**more, **self.forms})


@dataclass(frozen=True)
class Asked:
    words: tuple[Word, ...]
    """As they are shown marked."""

    terms: tuple[Term, ...]
    phrases: tuple[str, ...] = ()
    """What stood in quotes: tokens that must stand side by side."""

    is_quote: bool = False
    """Nothing else was asked. Who also says other words may as well quote a message that an article words otherwise."""

    @property
    def telling(self) -> list[Term]:
        return [term for term in self.terms if not term.is_filler]


def read(text: str, *, prefix: bool) -> Asked:
    """The question's words, each once, in their order."""
    words = query.parse(text, prefix=prefix, most=MOST_TERMS)
    if not words:
        return Asked((), ())
    said = Counter(query.tokens(text[: query.LONGEST_TEXT]))
    terms: dict[str, Term] = {}
    for word in words:
        for token in word.tokens:
            if token in terms or (len(word.tokens) > 1 and token in query.STOP_WORDS):
                continue
            terms[token] = Term(
                token,
                _repeated(said[token]) * _early(len(terms)),
                _as_written(word, token),
                is_prefix=word.is_prefix and token == word.tokens[-1],
            )
            if len(terms) >= MOST_TERMS:
                break
    fillers = [token for token in said if token in query.STOP_WORDS and token not in terms]
    for token in fillers[:MOST_FILLERS]:
        terms[token] = Term(token, weights.FILLER, _stems(token), is_filler=True)
    phrases = query.phrases(text) if len(words) <= MOST_QUOTING else ()
    quoted = {token for phrase in phrases for token in phrase.split()}
    return Asked(words, tuple(terms.values()), phrases, bool(phrases) and quoted.issuperset(terms))


def _as_written(word: Word, token: str) -> dict[Form, float]:
    """The word's stems; one of a hyphenated word may as well stand in the joined one."""
    joined = _stems(word.joined) if len(word.tokens) > 1 and word.joined != token else {}
    return {**joined, **_stems(token)}


def _stems(token: str) -> dict[Form, float]:
    return {(form,): 1.0 for form in stems.forms(token)}


def _repeated(times: int) -> float:
    return times * (1 + weights.REPEATED) / (times + weights.REPEATED)


def _early(place: int) -> float:
    return 1 + weights.EARLY / (1 + place / weights.EARLY_WORDS)


# Words that mean the same ----------------------------------------------------------------------------------


def with_synonyms(asked: Asked, groups: Iterable[Sequence[str]]) -> Asked:
    """Each word that is one of a group may stand in the others' forms. Words of several must stand side by side."""
    order = {term.word: at for at, term in enumerate(asked.terms)}
    line = [stems.english(term.word) for term in asked.terms if not term.is_filler]
    more: dict[int, dict[Form, float]] = {}
    also: list[str] = []
    for group in groups:
        known = [tuple(query.tokens(one))[:LONGEST_SYNONYM] for one in group]
        for one in known:
            for start in _places(line, [stems.english(token) for token in one]):
                others = [other for other in known if other and other != one]
                also += ["".join(other) for other in others if len(other) == 1]
                for at in range(start, start + len(one)):
                    given = more.setdefault(order[asked.telling[at].word], {})
                    for other in others:
                        given |= dict.fromkeys(spelt(other), weights.SYNONYM)
    if not more:
        return asked
    terms = [term.with_forms(more.get(at, {})) for at, term in enumerate(asked.terms)]
    shown = (*asked.words, *(Word((word,)) for word in dict.fromkeys(also)))
    return replace(asked, words=shown, terms=tuple(terms))


def _places(line: Sequence[str], sought: Sequence[str]) -> list[int]:
    if not sought:
        return []
    return [
        at
        for at in range(len(line) - len(sought) + 1)
        if list(line[at : at + len(sought)]) == list(sought)
    ]


def spelt(tokens: Sequence[str]) -> list[Form]:
    """Words as they may stand in the index, in either language."""
    english = tuple(stems.english(token) for token in tokens)
    return [english, tuple(stems.GERMAN + stems.german(token) for token in tokens)]


# What each is worth ------------------------------------------------------------------------------------------


def rarity(term: Term, counts: Mapping[str, int], articles: int) -> float:
    """How telling a word is, by how few articles have it; nothing where none has."""
    own = [counts.get(form[0], 0) for form in stems_of(term)]
    many = sum(own) or max(
        (min(counts.get(part, 0) for part in form) for form in term.forms), default=0
    )
    if not many:
        return 0.0
    seldom = math.log(1 + (max(articles, many) - many + 0.5) / (many + 0.5))
    return float(term.worth * seldom**weights.RARITY)


def stems_of(term: Term) -> list[Form]:
    return [form for form, factor in term.forms.items() if factor == 1.0]
