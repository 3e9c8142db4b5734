"""Every number that search ranks by, in one place.

They were tuned on samples of the development question sets (`make relevance`, 200 questions and 2,000 texts each): one
value changed at a time, and kept when the mean reciprocal rank rose on most sets and fell on none by more than a
hundredth. The question sets know no votes, no solved tickets and no dates: those weights are set so that all of them
together turn the order of articles that fit about equally well, never of one that fits and one that does not.
"""

# How much one occurrence counts, by where it stands -----------------------------------------------------

TITLE = 4.0
KEYWORDS = 2.5
FILES = 1.5
SUMMARY = 1.5
BODY = 1.0

USUAL = {"title": 8, "keywords": 4, "files": 4, "summary": 20, "body": 150}
"""Words that a field has usually: in longer ones each counts less."""

BY_LENGTH = {"title": 0.5, "keywords": 0.3, "files": 0.3, "summary": 0.5, "body": 0.9}
"""How much less: 0 is not at all, 1 in proportion (BM25's `b`)."""

SATURATION = 2.0
"""How soon further occurrences add little (BM25's `k1`)."""

# How much a word of the question counts --------------------------------------------------------------------

RARITY = 1.2
"""The power to which a word's rarity (its inverse document frequency) counts."""

REPEATED = 3.0
"""How far it counts that the question says a word again."""

EARLY, EARLY_WORDS = 2.0, 5
"""How much more the first words of a question count, and after how many words half of that is gone."""

FILLER = 0.3
"""What is left of a word that says nothing (`how`, `not`): it decides between titles that share all others."""

TITLED = 0.5
"""How much it counts that a word of the question stands in the title: all of them there make the rank half again."""

TITLE_EXPLAINED = 1.0
"""How much it counts that the question has what the title says: all of it doubles the rank."""

UNASKED = 4.0
"""What a word of the title that is not in the question weighs against those that are (about a middling rarity)."""

SYNONYM = 0.8
BEGINNING = 0.8
CORRECTION = 0.8
SUSPECTED = 0.5
"""Against the word itself: another word for it, one that it begins, the one that was meant by an unknown one, and the
one that was perhaps meant by a word that nearly nobody else writes."""

# What is left out ---------------------------------------------------------------------------------------------

ALL_OF, ENOUGH_WHOLE = 3, 5
"""Up to so many telling words, articles that have all of them are shown alone when there are so many of them."""

WORTH_SHOWING = 0.15
"""What has less than this share of the rarity of the question's words is not shown."""

GOOD = 0.35
"""An article is a good hit when the rarity of the question's words that it has is at least this share of all."""

# Besides the text ---------------------------------------------------------------------------------------------

VOTES = 0.08
"""At most so much more (or less) by what readers said; few votes say little."""

FEW_VOTES = 5
SOLVED = 0.03
"""More for every doubling of the tickets that it solved, up to `MOST_SOLVED` times."""

MOST_SOLVED = 3.0
FRESH = 0.04
"""More for one that changed today; half of it after `HALF_FRESH` days."""

HALF_FRESH = 180
