"""The words of published articles, to find the one that was meant by a misspelt one.

The table says which word stands in which article, so a better word is only ever taken from articles that this reader
may read, by the same predicate as every other page. Nearness is worked out here, the same for both databases and
without an extension: short words by trying every single slip, longer ones by the three-letter pieces they share.
"""

# ruff: noqa: S608 (names and expressions put together are constants of ours; what people type is always bound)

import re
from collections.abc import Collection, Iterable, Mapping

from knowledge.search import engine, query

SHORTEST, LONGEST = 3, 40
SHORT = 5
"""Up to this length one slip is forgiven; it is found by trying all."""

PIECED = 4
"""From this length on words are kept in pieces, too."""

MOST_WORDS = 5_000
MOST_SLIPPED = 24
"""Unknown words of one question for which near ones are looked up."""

SELDOM, OFTEN = 2, 20
"""A word that so few articles have was perhaps meant to be one that so many times more have."""
CANDIDATES = 200
_DOUBLED = re.compile(r"(.)\1+")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def words_of(*parts: Iterable[str]) -> set[str]:
    """What of these words is worth knowing for correcting others': no numbers, no words that say nothing."""
    kept = {
        word
        for word in set().union(*parts)
        if SHORTEST <= len(word) <= LONGEST and not word.isdigit() and word not in query.STOP_WORDS
    }
    return kept if len(kept) <= MOST_WORDS else set(sorted(kept)[:MOST_WORDS])


def put(article: int, words: Iterable[str]) -> None:
    """Keep these words of an article, and no others.

    Rows go in in order, so that two who publish at once wait for each other rather than lock each other out.
    """
    had = engine.rows("SELECT word FROM article_word WHERE article_id = %s", [article])
    before, now = {word for (word,) in had}, set(words)
    if gone := sorted(before - now):
        engine.run(
            f"DELETE FROM article_word WHERE article_id = %s AND word IN ({engine.marks(gone)})",
            [article, *gone],
        )
    if new := sorted(now - before):
        known = engine.rows(
            f"SELECT DISTINCT word FROM article_word WHERE word IN ({engine.marks(new)})", new
        )
        engine.insert("article_word", [(word, article) for word in new])
        _take_apart(now - before - {word for (word,) in known})


def put_new(words_by_article: Mapping[int, Iterable[str]]) -> None:
    """The same for many articles of which none are kept yet."""
    rows = sorted((word, article) for article, words in words_by_article.items() for word in words)
    new = sorted({word for word, _article in rows})
    known: set[str] = set()
    for at in range(0, len(new), engine.INSERTED):
        chunk = new[at : at + engine.INSERTED]
        found = engine.rows(
            f"SELECT DISTINCT word FROM article_word WHERE word IN ({engine.marks(chunk)})", chunk
        )
        known |= {word for (word,) in found}
    engine.insert("article_word", rows)
    _take_apart(set(new) - known)


def remove(article: int) -> None:
    """The pieces of its words stay: they name nothing that is not in `article_word`."""
    engine.run("DELETE FROM article_word WHERE article_id = %s", [article])


def mend(published: engine.Sql) -> None:
    """Drop what is left of articles and words that are gone, and take apart the words that are not yet."""
    kept, params = published
    engine.run(f"DELETE FROM article_word WHERE article_id NOT IN ({kept})", params)
    for table in ("article_trigram", "article_slip"):
        engine.run(
            f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM article_word w WHERE w.word = {table}.word)"
        )
    whole = engine.rows(
        "SELECT DISTINCT word FROM article_word EXCEPT SELECT DISTINCT word FROM article_slip"
    )
    _take_apart({word for (word,) in whole})


def _take_apart(words: Iterable[str]) -> None:
    words = set(words)
    engine.insert(
        "article_slip",
        sorted((piece, word) for word in words if len(word) >= PIECED for piece in shortened(word)),
    )
    pieces = ((piece, word) for word in words if len(word) >= PIECED for piece in trigrams(word))
    engine.insert("article_trigram", sorted(pieces))


def beginning_with(beginning: str, readable: engine.Sql) -> list[str]:
    """Words that a half-typed one may become."""
    allowed, params = readable
    found = engine.rows(
        f"SELECT DISTINCT word FROM article_word WHERE word >= %s AND word < %s AND article_id IN ({allowed}) LIMIT 8",
        [beginning, beginning + "\U0010ffff", *params],
    )
    return [word for (word,) in found]


def one_slip_away(
    wrong: Iterable[str], readable: engine.Sql, *, known: Mapping[str, int]
) -> dict[str, str]:
    """For each of these words the one of these articles that is one slip away, all in one question.

    Two words are one slip apart only if they have a spelling in common, each with at most one letter left out. Of
    words that are `known` (in how many articles) only those count that far more articles have.
    """
    pieces: dict[str, list[str]] = {}
    for word in [word for word in wrong if PIECED <= len(word) <= LONGEST and not word.isdigit()][
        :MOST_SLIPPED
    ]:
        for piece in shortened(word):
            pieces.setdefault(piece, []).append(word)
    if not pieces:
        return {}
    sharing = engine.rows(
        f"SELECT DISTINCT word FROM article_slip WHERE slip IN ({engine.marks(pieces)})", [*pieces]
    )
    near: dict[str, list[str]] = {}
    for (word,) in sharing:
        for old in {old for piece in shortened(word) for old in pieces.get(piece, ())} - {word}:
            if distance(old, word) == 1:
                near.setdefault(word, []).append(old)
    best: dict[str, tuple[bool, bool, int, str]] = {}
    for word, articles in _counts(near, readable).items():
        for old in near[word]:
            if articles >= OFTEN * known.get(old, 0):
                is_doubled = undoubled(old) == undoubled(word)
                rank = (old[0] == word[0], is_doubled, articles, word)
                best[old] = max(best.get(old, rank), rank)
    return {old: word for old, (*_rank, word) in best.items()}


def nearest(sought: query.Word, readable: engine.Sql) -> str | None:
    """The word that was probably meant; none where no word is near.

    Of equally near ones that with the same first letter, then one that is not shorter, then one that differs
    in doubled letters alone, then that of more articles. A half-typed word may be the beginning of the one that was meant.
    """
    wrong, is_prefix = sought.text, sought.is_prefix and len(sought.text) >= PIECED
    if not SHORTEST <= len(wrong) <= LONGEST or wrong.isdigit() or says_nothing(wrong):
        return None
    near = {}
    for word in _candidates(wrong, is_prefix=is_prefix):
        slips = distance(wrong, word)
        if is_prefix and slips > 1:
            starts = (word[: len(wrong) + more] for more in (-1, 0, 1))
            slips = min(slips, 1 if any(distance(wrong, start) == 1 for start in starts) else slips)
        # Of three letters a missing one is another word: `log` is not `long`.
        if slips <= forgiven(wrong) and (len(wrong) > SHORTEST or len(word) == SHORTEST):
            near[word] = (
                slips + (wrong[0] != word[0]) / 2,
                len(word) < len(wrong),
                undoubled(word) != undoubled(wrong),
            )
    counts = _counts(near, readable)
    return min(counts, key=lambda word: (*near[word], -counts[word], word), default=None)


def _candidates(wrong: str, *, is_prefix: bool) -> list[str]:
    """Words that may be near, whoever may read them."""
    if len(wrong) <= SHORT and not is_prefix:
        values: list[str | int] = [*sorted(slips_of(wrong))]
        near = f"SELECT DISTINCT word FROM article_word WHERE word IN ({engine.marks(values)})"
    else:
        pieces = sorted(trigrams(wrong, whole=not is_prefix))
        shared = max(2, len(pieces) - 3 * forgiven(wrong))
        lengths = [
            len(wrong) - forgiven(wrong),
            LONGEST if is_prefix else len(wrong) + forgiven(wrong),
        ]
        values = [*pieces, *lengths, shared]
        near = f"""
            SELECT word FROM article_trigram WHERE trigram IN ({engine.marks(pieces)}) AND length(word) BETWEEN %s AND %s
            GROUP BY word HAVING count(*) >= %s ORDER BY count(*) DESC, length(word), word LIMIT {CANDIDATES}"""
    return [word for (word,) in engine.rows(near, values)]


def _counts(words: Collection[str], readable: engine.Sql) -> dict[str, int]:
    """In how many of these articles each of these words stands: only of words in any of them is known that they are."""
    if not words:
        return {}
    allowed, params = readable
    return dict(
        engine.rows(
            f"""
            SELECT word, count(*) FROM article_word w WHERE word IN ({engine.marks(words)})
            AND EXISTS (SELECT 1 FROM ({allowed}) a WHERE a.pk = w.article_id) GROUP BY word""",
            [*words, *params],
        )
    )


# Nearness ----------------------------------------------------------------------------------------------


def forgiven(word: str) -> int:
    """How many slips a word of this length may have."""
    return 1 if len(word) <= SHORT else 2 if len(word) <= 9 else 3


def undoubled(word: str) -> str:
    """Each letter once where it stands twice: there people slip most (`ofline`, `acount`)."""
    return _DOUBLED.sub(r"\1", word)


def says_nothing(word: str) -> bool:
    """Is it one of the words that say nothing, with two letters swapped (`teh`)?"""
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return not query.STOP_WORDS.isdisjoint(swapped)


def trigrams(word: str, *, whole: bool = True) -> set[str]:
    """The three-letter pieces of a word, with its beginning and (when it is whole) its end marked."""
    marked = f"  {word} " if whole else f"  {word}"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


def shortened(word: str) -> set[str]:
    """The word, and what is left of it without one letter."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def slips_of(word: str) -> set[str]:
    """Every word that is one slip away: a letter too many, missing, wrong, or two swapped."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return (
        {left + right[1:] for left, right in cuts if right}
        | {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
        | {left + letter + right[1:] for left, right in cuts if right for letter in LETTERS}
        | {left + letter + right for left, right in cuts for letter in LETTERS}
    )


def distance(one: str, other: str) -> int:
    """How many slips lead from one word to the other (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
