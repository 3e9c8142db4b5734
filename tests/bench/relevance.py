"""`make relevance`: does search put the right article first? Against BM25 and TF-IDF cosine of the same texts.

For each development question set, on each database: the mean reciprocal rank and the share of questions answered among
the first five, by the search that readers use; the same for misspelt versions of the questions; what a search costs.
"""
# ruff: noqa: T201 (Django is set up before its models are imported; printing is what it is for)

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.library import on_each, stocked
from tests.bench.questions import SETS, Question, QuestionSet

READ = 100
Rank = Callable[[str], Sequence[str]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make relevance", description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=200, help="of each set; 0: all")
    parser.add_argument("--texts", type=int, default=2_000, help="of each set; 0: all")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        ours(options)
        return
    print(
        "| set | how | texts | questions | MRR | hit@5 | misspelt MRR | p50 ms | p95 ms | CPU ms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for name in options.sets.split(","):
        given = _given(name, options)
        for how, rank in (("BM25", bm25(given)), ("TF-IDF cosine", tf_idf(given))):
            _print(name, how, given, rank)
    on_each(options.databases, "tests.bench.relevance")


def _given(name: str, options: argparse.Namespace) -> QuestionSet:
    every = SETS[name]()
    return every.sample(
        options.questions or len(every.questions), options.texts or len(every.texts)
    )


# The same texts by plain means ----------------------------------------------------------------------


def bm25(given: QuestionSet) -> Rank:
    """BM25 as `bm25s` has it: lower case, English stop words left out, k1 1.5, b 0.75."""
    import bm25s

    split = {"stopwords": "en", "show_progress": False}
    index = bm25s.BM25()
    index.index(bm25s.tokenize(_whole(given), **split), show_progress=False)
    most = min(READ + 1, len(given.texts))

    def rank(words: str) -> list[str]:
        asked = bm25s.tokenize([words], **split)
        if not asked.vocab:
            return []
        found, _scores = index.retrieve(asked, k=most, show_progress=False)
        return [given.texts[at].key for at in found[0]]

    return rank


def tf_idf(given: QuestionSet) -> Rank:
    """The cosine of TF-IDF vectors as scikit-learn has them, with its defaults."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer()
    matrix = vectors.fit_transform(_whole(given))

    def rank(words: str) -> list[str]:
        alike = (matrix @ vectors.transform([words]).T).toarray()[:, 0]
        return [given.texts[at].key for at in (-alike).argsort(kind="stable")[: READ + 1]]

    return rank


def _whole(given: QuestionSet) -> list[str]:
    return [f"{text.title} {text.body}" for text in given.texts]


# Ours ------------------------------------------------------------------------------------------------


def ours(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    for name in options.sets.split(","):
        given = _given(name, options)
        rank = searched(given)
        _print(name, f"Firebreak, {connection.display_name}", given, rank)


def searched(given: QuestionSet) -> Rank:
    """By the search of the help articles, as an employee searches. Replaces all articles."""
    from knowledge import search

    reader = stocked(given.texts)

    def rank(words: str) -> list[str]:
        hits = search.find(words, user=reader, limit=READ + 1, prefix=False).hits
        return [hit.article.source_path or "" for hit in hits]

    return rank


# What comes of it -----------------------------------------------------------------------------------------


def measure(given: QuestionSet, rank: Rank) -> tuple[float, float, list[float]]:
    """Mean reciprocal rank, share answered among the first five, and seconds of each question."""
    ranks, took = [], []
    for question in given.questions:
        began = time.perf_counter()
        found = rank(question.words)
        took.append(time.perf_counter() - began)
        ranks.append(_place(question, found))
    count = len(ranks)
    return (
        sum(1 / place for place in ranks if place) / count,
        sum(0 < place <= 5 for place in ranks) / count,
        took,
    )


def _place(question: Question, found: Sequence[str]) -> int:
    """Where the first answer stands, from 1; 0 where none does."""
    others = [key for key in found if key != question.itself][:READ]
    return next((at for at, key in enumerate(others, 1) if key in question.answers), 0)


def _print(name: str, how: str, given: QuestionSet, rank: Rank) -> None:
    began = time.process_time()
    mrr, hit, took = measure(given, rank)
    cpu = (time.process_time() - began) / len(took) * 1_000
    misspelt, _hit, _took = measure(given.misspelt(), rank)
    p50, p95 = statistics.median(took) * 1_000, statistics.quantiles(took, n=20)[-1] * 1_000
    cells = (
        name, how, len(given.texts), len(given.questions), f"{mrr:.3f}", f"{hit:.3f}", f"{misspelt:.3f}",
        f"{p50:.1f}", f"{p95:.1f}", f"{cpu:.1f}",
    )  # fmt: skip
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    if path := os.environ.get("RELEVANCE_JSON"):
        with Path(path).open("a") as file:
            file.write(json.dumps(cells) + "\n")


if __name__ == "__main__":
    main()
