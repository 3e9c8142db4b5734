"""What a reader is shown of a text that was found: its matches between \\x02 and \\x03. Pure: no database.

The same for both databases. Highlights come from the text that is shown and the words that were looked for, from
nothing else. A match is told by a light stemmer: where it misses one that the engine saw, a word is not marked.
"""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from knowledge.search.query import Word, fold
from knowledge.search.stems import cuts_beginnings, forms, stem

START, END = "\x02", "\x03"
LONGEST_READ = 10_000
"""Characters of a text in which an excerpt is looked for."""

MOST_MATCHES = 200
HEAD = 2

_TOKEN = re.compile(r"([^\W_]+)")
_MARKERS = str.maketrans("", "", START + END)
_HYPHENS = "-‑"
_HYPHEN = re.compile(f"[{_HYPHENS}]")


def clean(text: str) -> str:
    """Without the two characters that mark matches."""
    return text.translate(_MARKERS) if START in text or END in text else text


def highlight(text: str, words: Sequence[Word], *, language: str = "en") -> str:
    """The whole text, its matches marked."""
    text = clean(text)
    return _marked(text, _matches(text, words, language), 0, len(text))


def snippet(text: str, words: Sequence[Word], *, length: int = 200, language: str = "en") -> str:
    """The stretch of the text that has most of the words, on one line, its matches marked; empty where it has none."""
    text = " ".join(clean(text[:LONGEST_READ]).split())
    matches = _matches(text, words, language)
    if not matches:
        return ""
    first = _richest(matches, length * 3 // 4)
    start = 0 if first.start < length // 2 else text.rfind(" ", 0, first.start - length // 4) + 1
    end = len(text)
    if start + length < len(text):
        end = max(text.rfind(" ", start, start + length), first.end)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return before + _marked(text, matches, start, end) + after


def beginning(text: str, *, length: int = 200) -> str:
    """How the text begins, on one line."""
    text = " ".join(clean(text[: length * 4]).split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


@dataclass(frozen=True)
class _Match:
    start: int
    end: int
    word: Word


class _Wanted:
    """The words, made ready for comparing a long text with them."""

    def __init__(self, words: Sequence[Word], language: str) -> None:
        self.language = language
        self.by_stem: dict[str, Word] = {}
        self.chains: dict[str, list[Word]] = {}
        self.beginnings: list[Word] = []
        self.heads: set[str] = set()
        """How all these begin: most tokens begin otherwise, and need no look."""
        self.bright: set[str] = set()
        """Tokens that may begin a match."""
        self.dull: set[str] = set()
        """Tokens that begin none."""
        for word in words:
            for form in (word.joined, *word.also):
                for written in forms(form):
                    self.by_stem.setdefault(written, word)
            if len(word.tokens) > 1:
                self.chains.setdefault(word.tokens[0], []).append(word)
            if word.is_prefix:
                self.beginnings.append(word)
        begun = (word.joined for word in self.beginnings)
        self.heads |= {one[:HEAD] for one in (*self.by_stem, *self.chains, *begun)}

    def sort_out(self, tokens: Sequence[str]) -> None:
        """Tell bright tokens from dull ones: each is looked at once, in however many texts it stands."""
        begun = tuple(word.joined for word in self.beginnings)
        new = set(tokens).difference(self.bright, self.dull)
        likely = new
        if not cuts_beginnings(self.language):
            likely = {token for token in new if token[:HEAD] in self.heads}
        self.bright |= {
            token
            for token in likely
            if self._of(token) or token in self.chains or token.startswith(begun)
        }
        self.dull |= new - self.bright

    def at(
        self, tokens: Sequence[str], place: int, hyphens: Container[int]
    ) -> tuple[Word, int] | None:
        """The word that stands at this place, and how many tokens it takes."""
        token = tokens[place]
        if place in hyphens and (word := self._of(token + tokens[place + 1])):
            return word, 2
        for word in self.chains.get(token, ()):
            if tuple(tokens[place : place + len(word.tokens)]) == word.tokens:
                return word, len(word.tokens)
        if word := self._of(token):
            return word, 1
        return next(((w, 1) for w in self.beginnings if token.startswith(w.joined)), None)

    def _of(self, token: str) -> Word | None:
        return self.by_stem.get(stem(token, self.language))


@lru_cache(maxsize=16)
def _wanted(words: tuple[Word, ...], language: str) -> _Wanted:
    """The same words are looked for in every text that was found."""
    return _Wanted(words, language)


def _matches(text: str, words: Sequence[Word], language: str) -> list[_Match]:
    """Where the words stand in the text, in order, none over another."""
    wanted = _wanted(tuple(words), language)
    # Between the tokens, which stand at every other place, stands what is none: so the lengths say where each is.
    parts = _TOKEN.split(text.lower() if text.isascii() else text)
    tokens = parts[1::2] if text.isascii() else [fold(token) for token in parts[1::2]]
    wanted.sort_out(tokens)
    bright = wanted.bright
    places = {place for place, token in enumerate(tokens) if token in bright}
    has_hyphens = any(hyphen in text for hyphen in _HYPHENS)
    if not places and not has_hyphens:
        return []
    ends = list(accumulate(map(len, parts)))
    starts, ends = ends[::2], ends[1::2]
    hyphens = _hyphens(text, starts, ends) if has_hyphens else set()
    found: list[_Match] = []
    free = 0
    for place in sorted(places | hyphens):
        if place < free or len(found) == MOST_MATCHES:
            continue
        if match := wanted.at(tokens, place, hyphens):
            word, size = match
            free = place + size
            found.append(_Match(starts[place], ends[free - 1], word))
    return found


def _hyphens(text: str, starts: Sequence[int], ends: Sequence[int]) -> set[int]:
    """The tokens that a hyphen joins to the next one."""
    found = set()
    for hyphen in _HYPHEN.finditer(text):
        after = bisect(starts, hyphen.start())
        is_joined = 0 < after < len(ends) and ends[after - 1] == hyphen.start()
        if is_joined and starts[after] == hyphen.end():
            found.add(after - 1)
    return found


def _richest(matches: Sequence[_Match], length: int) -> _Match:
    """The first match from which on most different words, and then most of all, stand in a stretch of this length."""
    near: dict[int, int] = defaultdict(int)
    best, richest, end = matches[0], (0, 0), 0
    for at, match in enumerate(matches):
        while end < len(matches) and matches[end].start < match.start + length:
            near[id(matches[end].word)] += 1
            end += 1
        if (len(near), end - at) > richest:
            best, richest = match, (len(near), end - at)
        near[id(match.word)] -= 1
        if not near[id(match.word)]:
            del near[id(match.word)]
    return best


def _marked(text: str, matches: Sequence[_Match], start: int, end: int) -> str:
    parts, at = [], start
    for match in matches:
        if match.start >= start and match.end <= end:
            parts += [text[at : match.start], START, text[match.start : match.end], END]
            at = match.end
    return "".join([*parts, text[at:end]])
