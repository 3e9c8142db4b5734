"""Search over articles: one set of words, two engines chosen by the database.

`query` reads what was typed, `articles` finds, `words` corrects, `excerpts` shows; `postgres` and `sqlite` are the two
engines, `engine` what they share. `incidents.tickets.search` is built from the same parts.
"""

from knowledge.search.articles import Hit, Results, find, forget, index, index_all, reindex

__all__ = ["Hit", "Results", "find", "forget", "index", "index_all", "reindex"]
