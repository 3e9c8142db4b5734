"""Search over articles: one set of words, one index, one order, on either database.

`query` reads what was typed, `asked` weighs its words, `understanding` says what the unknown ones mean, `postings` finds,
`ranking` puts in order by the numbers of `weights`, `excerpts` shows; `articles` is all of that together. `words` corrects,
`likeness` compares, `frequent` remembers counts, `stems` knows languages, `engine` is what raw SQL shares. `incidents.tickets.search` is built
from some of the same parts.
"""

from knowledge.search.articles import (
    Hit,
    Results,
    find,
    forget,
    index,
    index_all,
    is_empty,
    reindex,
)
from knowledge.search.likeness import like

__all__ = ["Hit", "Results", "find", "forget", "index", "index_all", "is_empty", "like", "reindex"]
