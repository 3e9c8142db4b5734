"""What somebody typed into a search box, as words that either engine can look for. Pure: no database.

Only letters and digits reach an engine, quoted, so nothing typed can be read as an operator of its query language
(`C++`, `AND`, `a@b.c`, `"`, `*`, `:` are words or nothing). Never raises.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

LONGEST_TEXT = 6_000
"""Characters of a question that are read: whoever pastes a whole error report is answered by its beginning."""

MOST_WORDS = 64
LONGEST_TOKEN = 60
MOST_PHRASES = 4
LONGEST_COMPOUND = 6
"""`192.168.1.1` is one word of four tokens that stand together; a longer chain is taken apart."""

_CHUNK = re.compile(r"""[^\s,;|/\\()\[\]{}<>"“”„«»]+""")
_QUOTED = re.compile(r"""["“”„«]([^"“”„«»]{2,200})["“”»]""")
_TOKEN = re.compile(r"[^\W_]+")
_RUN = re.compile(r"[^\W_]+(?:[-‑][^\W_]+)*")

_STOP_WORDS = """
    a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot cant could couldn couldnt d did didn didnt do does doesn doesnt doing don
    dont down during each every few for from further get gets getting got had hadn has hasn have haven having he
    hello help her here hers herself hi him himself his how i if in into is isn isnt it its itself just keep
    keeps ll m me more most mustn my myself no nor not now of off on once only or other ought our ours ourselves
    out over own please re s same shan she should shouldn so some such t than thank thanks that the their theirs
    them themselves then there these they this those through to too tried trying under until up us very was wasn
    wasnt we were weren what when where which while who whom why will with won wont would wouldn you your yours
    yourself yourselves
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that say nothing about the trouble. Those that PostgreSQL's English dictionary drops, and some politeness."""


@dataclass(frozen=True)
class Word:
    """One word to look for: its tokens stand side by side (`wi-fi`: wi, fi)."""

    tokens: tuple[str, ...]
    is_prefix: bool = False
    """The person may still be typing it: longer words that begin so match too."""

    is_phrase: bool = False
    """Just these tokens in this order: not written as one word, either."""

    also: tuple[str, ...] = ()
    """Other words that count as this one: the ends that a half-typed word may get."""

    @property
    def text(self) -> str:
        return " ".join(self.tokens)

    @property
    def joined(self) -> str:
        return "".join(self.tokens)


def fold(text: str) -> str:
    """Lower case, without accents: as both engines compare."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def tokens(text: str) -> list[str]:
    return [token[:LONGEST_TOKEN] for token in _TOKEN.findall(fold(text))]


def compounds(text: str) -> list[str]:
    """The words that are written with a hyphen, joined: who looks for `wifi` means `Wi-Fi`."""
    runs = {run for run in _RUN.findall(text) if not run.isalnum()}
    joined = {"".join(tokens(run)) for run in runs}
    return sorted(word for word in joined if len(word) <= LONGEST_TOKEN)


def parse(text: str, *, prefix: bool = True, most: int = MOST_WORDS) -> tuple[Word, ...]:
    """The words of a text in their order, each once, without those that say nothing (unless there are no others).

    With `prefix` the last one may be the beginning of a word.
    """
    text = text[:LONGEST_TEXT]
    words: list[Word] = []
    for chunk in _CHUNK.findall(text):
        found = tuple(tokens(chunk))
        apart = [found] if len(found) <= LONGEST_COMPOUND else [(token,) for token in found]
        words += [Word(each) for each in apart if each]
    if not words:
        return ()
    last = words[-1]
    telling = [word for word in words if not STOP_WORDS.issuperset(word.tokens)] or words
    kept = list(dict.fromkeys(telling))[:most]
    is_typing = prefix and text[-1:].isalnum() and len(last.tokens[-1]) > 1
    return tuple(replace(word, is_prefix=is_typing and word is last) for word in kept)


def phrases(text: str) -> tuple[str, ...]:
    """What stands in quotes, as tokens with blanks between them. A quote that is never closed is none."""
    quoted = (" ".join(tokens(found.group(1))) for found in _QUOTED.finditer(text[:LONGEST_TEXT]))
    return tuple(dict.fromkeys(phrase for phrase in quoted if phrase))[:MOST_PHRASES]


def swap(text: str, better: Mapping[str, str]) -> str:
    """The text with some of its words replaced."""

    def instead(found: re.Match[str]) -> str:
        return better.get(" ".join(tokens(found.group())), found.group())

    return " ".join(_CHUNK.sub(instead, text[:LONGEST_TEXT]).split())


# In the engines' languages ---------------------------------------------------------------------------


def for_fts5(words: Sequence[Word], *, any_of: bool = False) -> str:
    """An FTS5 expression: every token a quoted string, in which only a quote could do harm, and tokens have none."""
    return (" OR " if any_of else " AND ").join(_fts5(word) for word in words)


def _fts5(word: Word) -> str:
    star = " *" if word.is_prefix else ""
    forms = [f'"{word.text}"{star}']
    if len(word.tokens) > 1 and not word.is_phrase:
        forms.append(f'"{word.joined}"{star}')
    forms += [f'"{other}"' for other in word.also]
    return f"({' OR '.join(forms)})"


def for_tsquery(word: Word) -> str:
    """Text for PostgreSQL's `to_tsquery`: every token a quoted lexeme, `<->` where they stand side by side."""
    star = ":*" if word.is_prefix else ""
    *before, last = [f"'{token}'" for token in word.tokens]
    forms = [" <-> ".join([*before, last + star])]
    if before and not word.is_phrase:
        forms.append(f"'{word.joined}'{star}")
    forms += [f"'{other}'" for other in word.also]
    return f"({' | '.join(forms)})"
