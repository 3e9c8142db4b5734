"""Search: one module, two engines chosen by the database."""

from knowledge.search.articles import find, forget, index

__all__ = ["find", "forget", "index"]
