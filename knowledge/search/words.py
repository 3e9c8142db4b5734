"""The words of published articles, to find the one that was meant by a misspelt one.

The table says which word stands in which article, so a better word is only ever taken from articles that this reader
may read, by the same predicate as every other page. Nearness is worked out here, the same for both databases and
without an extension: short words by trying every single slip, longer ones by the three-letter pieces they share.
"""

from collections.abc import Iterable, Sequence

from knowledge.search import engine, query

SHORTEST, LONGEST = 3, 40
SHORT = 5
"""Up to this length one slip is forgiven; it is found by trying all."""

PIECED = 4
"""From this length on words are kept in pieces, too."""

MOST_WORDS = 5_000
CANDIDATES = 60
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def words_of(*texts: str) -> set[str]:
    """What is worth knowing of a text for correcting others' words: no numbers, no words that say nothing."""
    found: set[str] = set()
    for text in texts:
        found.update(query.tokens(text), query.compounds(text))
    kept = {
        word
        for word in found
        if SHORTEST <= len(word) <= LONGEST and not word.isdigit() and word not in query.STOP_WORDS
    }
    return kept if len(kept) <= MOST_WORDS else set(sorted(kept)[:MOST_WORDS])


def put(article: int, words: Iterable[str]) -> None:
    """Keep the words of an article instead of those it had."""
    words = sorted(words)
    remove(article)
    # In order, so that two who publish at once wait for each other rather than lock each other out.
    engine.run_many(
        "INSERT INTO article_word (word, article_id) VALUES (%s, %s)",
        [(word, article) for word in words],
    )
    engine.run_many(
        "INSERT INTO article_trigram (trigram, word) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        sorted((piece, word) for word in words if len(word) >= PIECED for piece in trigrams(word)),
    )


def remove(article: int) -> None:
    """The pieces of its words stay: they name nothing that is not in `article_word`."""
    engine.run("DELETE FROM article_word WHERE article_id = %s", [article])


def clear() -> None:
    engine.run("DELETE FROM article_word")
    engine.run("DELETE FROM article_trigram")


def articles(readable: engine.Sql) -> int:
    """How many articles there are at all for this reader."""
    allowed, params = readable
    return int(engine.rows(f"SELECT count(*) FROM ({allowed}) a", params)[0][0])


def beginning_with(beginning: str, readable: engine.Sql) -> list[str]:
    """Words that a half-typed one may become."""
    allowed, params = readable
    found = engine.rows(
        f"SELECT DISTINCT word FROM article_word WHERE word >= %s AND word < %s AND article_id IN ({allowed}) LIMIT 8",
        [beginning, beginning + "\U0010ffff", *params],
    )
    return [word for (word,) in found]


def nearest(sought: query.Word, readable: engine.Sql) -> str | None:
    """The word that was probably meant; none where no word is near.

    Of equally near ones that with the same first letter, then that of more articles. A half-typed word may be the
    beginning of the one that was meant.
    """
    wrong, is_prefix = sought.text, sought.is_prefix
    if not SHORTEST <= len(wrong) <= LONGEST or wrong.isdigit():
        return None
    near = []
    for word, articles in _candidates(wrong, readable, is_prefix=is_prefix):
        slips = distance(wrong, word)
        if is_prefix and len(wrong) > SHORT:
            slips = min(slips, *(distance(wrong, word[: len(wrong) + more]) for more in (-1, 0, 1)))
        if slips <= forgiven(wrong):
            near.append((slips + (wrong[0] != word[0]) / 2, -articles, word))
    return min(near)[2] if near else None


def _candidates(wrong: str, readable: engine.Sql, *, is_prefix: bool) -> list[tuple[str, int]]:
    """Words that may be near, and in how many articles they stand (counted up to 50)."""
    allowed, params = readable
    count = f"(SELECT count(*) FROM (SELECT 1 FROM article_word w WHERE w.word = c.word AND w.article_id IN ({allowed}) LIMIT 50) few)"
    if len(wrong) <= SHORT:
        tries = sorted(slips_of(wrong))
        marks = ", ".join(["%s"] * len(tries))
        sql = f"SELECT c.word, {count} FROM (SELECT DISTINCT word FROM article_word WHERE word IN ({marks})) c"
        found = engine.rows(sql, [*params, *tries])
    else:
        pieces = sorted(trigrams(wrong, whole=not is_prefix))
        marks = ", ".join(["%s"] * len(pieces))
        longest = LONGEST if is_prefix else len(wrong) + 3
        # May this reader see it? That is asked before the best are taken, or secret words would crowd out the others.
        sql = f"""
            SELECT c.word, {count} FROM (
                SELECT t.word FROM article_trigram t WHERE t.trigram IN ({marks})
                AND length(t.word) BETWEEN %s AND %s
                GROUP BY t.word HAVING count(*) >= %s
                AND EXISTS (SELECT 1 FROM article_word w WHERE w.word = t.word AND w.article_id IN ({allowed}))
                ORDER BY count(*) DESC, length(t.word), t.word LIMIT {CANDIDATES}
            ) c"""
        least = max(2, len(pieces) // 4)
        found = engine.rows(sql, [*params, *pieces, len(wrong) - 3, longest, least, *params])
    return [(word, articles) for word, articles in found if articles]


# Nearness ----------------------------------------------------------------------------------------------


def forgiven(word: str) -> int:
    """How many slips a word of this length may have."""
    return 1 if len(word) <= SHORT else 2 if len(word) <= 9 else 3


def trigrams(word: str, *, whole: bool = True) -> set[str]:
    """The three-letter pieces of a word, with its beginning and (when it is whole) its end marked."""
    marked = f"  {word} " if whole else f"  {word}"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


def slips_of(word: str) -> set[str]:
    """Every word that is one slip away: a letter too many, missing, wrong, or two swapped."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return (
        {left + right[1:] for left, right in cuts if right}
        | {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
        | {left + letter + right[1:] for left, right in cuts if right for letter in LETTERS}
        | {left + letter + right for left, right in cuts for letter in LETTERS}
    )


def distance(one: Sequence[str] | str, other: Sequence[str] | str) -> int:
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
