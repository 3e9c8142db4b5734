"""Words without their endings, by language. Pure, and small enough to be read.

English and German, since those are the languages of the portal; a word of another language stands as it is.
"""

import re
from functools import lru_cache

GERMAN = "~"
"""Stands before German stems, so that `die` and `die` stay two words."""

_DOUBLED = re.compile(r"([bdfgmnprt])\1$")
_ENDINGS = ("ations", "ation", "ions", "ion", "ings", "ing", "ed", "ly", "es", "s", "e")
_PAIR = re.compile(r"(.)\1")
_SHORTENED = (("sch", "$"), ("ei", "%"), ("ie", "&"))


def forms(word: str) -> tuple[str, str]:
    """A word of a question as it may stand in the index: its reader's language is not that of every article."""
    return english(word), GERMAN + german(word)


def stem(word: str, language: str) -> str:
    """A word of an article in this language, as it stands in the index."""
    return GERMAN + german(word) if language.startswith("de") else english(word)


def cuts_beginnings(language: str) -> bool:
    """May stems of this language begin otherwise than their words (`gedruckt`)? English ones keep two letters."""
    return language.startswith("de")


@lru_cache(maxsize=50_000)
def english(word: str) -> str:
    """Equal for `drops`, `dropped` and `dropping`."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    if word.endswith(("ies", "ied")):
        return word[:-3] + "i"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    word = _DOUBLED.sub(r"\1", word)
    return word[:-1] + "i" if word.endswith("y") else word


@lru_cache(maxsize=50_000)
def german(word: str) -> str:
    """Equal for `Drucker`, `Druckern` and `Druckers`: CISTEM, by Weißweiler and Fraser (2017)."""
    if len(word) < 4 or not word.isalpha():
        return word
    word = word.replace("ß", "ss")
    if word.startswith("ge") and len(word) > 5:
        word = word[2:]
    for letters, sign in _SHORTENED:
        word = word.replace(letters, sign)
    word = _PAIR.sub(r"\1*", word)
    while len(word) > 3:
        if len(word) > 5 and word.endswith(("em", "er", "nd")):
            word = word[:-2]
        elif word[-1] in "tesn":
            word = word[:-1]
        else:
            break
    word = re.sub(r"(.)\*", r"\1\1", word)
    for letters, sign in _SHORTENED:
        word = word.replace(sign, letters)
    return word
