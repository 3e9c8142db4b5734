"""Names and titles of any script among other words: each keeps its own direction and turns nobody else's."""

import unicodedata

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
JOINERS = frozenset("\u200c\u200d")
"""They shape Persian words and join emoji; every other invisible mark only hides or turns text."""
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_NO_TURNS = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def isolated(text: object) -> str:
    """The text as it may stand in a sentence, where no `<bdi>` can be: a page's title, a label, a mail."""
    plain = str(text).translate(_NO_TURNS)
    if any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in plain):
        return f"{FIRST_STRONG_ISOLATE}{plain}{POP_ISOLATE}"
    return plain


def is_plain(text: str) -> bool:
    """Holds nothing that can't be seen: no controls, no marks that turn text, no halves of letters."""
    return all(sign in JOINERS or unicodedata.category(sign)[0] != "C" for sign in text)
