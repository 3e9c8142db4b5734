"""`python -m tests.bench.articles`: what search, suggestions and saving cost with 20,000 articles, on each database.

The texts of the development question sets are the articles; what is asked are their questions, cut to what a search box
takes, their first words, and their beginnings while they are typed. Then as many articles are imported from files.
"""
# ruff: noqa: T201 (Django is set up before its models are imported; printing is what it is for)

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.library import on_each, stocked
from tests.bench.questions import SETS, Text

BOX = 200
"""Letters that the search box takes."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.articles", description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=60, help="of each kind and set")
    parser.add_argument("--imported", type=int, default=5_000, help="files; 0: no import")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        here(options)
        return
    on_each(options.databases, "tests.bench.articles")


def here(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    print(f"\n{connection.display_name}\n", flush=True)
    texts = _texts(options.articles)
    began = time.perf_counter()
    reader = stocked(texts)
    print(f"{len(texts):,} articles put in and indexed in {time.perf_counter() - began:.0f} s\n")
    print("| what | asked | p50 ms | p95 ms |\n| --- | --- | --- | --- |", flush=True)
    _searches(reader, options.questions)
    _saves(reader, options.questions)
    if options.imported:
        _import([text for text in texts if text.body.strip()][: options.imported])


def _texts(most: int) -> list[Text]:
    """Of all sets; what two sets have is told apart by its key."""
    every = [
        replace(text, key=f"{name}/{text.key}")
        for name, given in SETS.items()
        for text in given().texts
    ]
    random.Random(5).shuffle(every)
    return every[:most]


def _searches(reader: Any, most: int) -> None:
    from incidents.portal import deflection
    from knowledge import search

    for name, given in SETS.items():
        asked = [one.words[:BOX] for one in given().sample(most, 1).questions]
        _row(f"search, {name}", asked, lambda words: search.find(words, user=reader, limit=30))
        short = [" ".join(words.split()[:3]) for words in asked]
        _row(f"its first three words, {name}", short, lambda words: search.find(words, user=reader))
        for letters in (9, 25):
            typed = [words[:letters] for words in asked]
            _row(
                f"suggestions at {letters} letters, {name}",
                typed,
                lambda words: deflection.answers(reader, title=words),
            )


def _saves(reader: Any, most: int) -> None:
    from knowledge import search
    from knowledge.models import Article

    def save(article: Article) -> None:
        article.body += "\n\nOne more sentence."
        search.index(article)

    _row("indexing a save", list(Article.objects.filter(author=reader).order_by("?")[:most]), save)


def _row(what: str, asked: Sequence[Any], ask: Callable[[Any], Any]) -> None:
    for one in asked[:3]:
        ask(one)  # what is slow once only
    took = sorted(_timed(ask, asked))
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"| {what} | {len(took)} | {statistics.median(took):.1f} | {p95:.1f} |", flush=True)


def _timed(ask: Callable[[Any], Any], asked: Iterable[Any]) -> Iterable[float]:
    for one in asked:
        began = time.perf_counter()
        ask(one)
        yield (time.perf_counter() - began) * 1_000


def _import(texts: Sequence[Text]) -> None:
    from accounts.models import User
    from knowledge.importing import Manner, Plan, carry_out, folder

    with tempfile.TemporaryDirectory(prefix="firebreak-articles-") as place:
        for at, text in enumerate(texts):
            words = f"# {text.title[:150] or 'Untitled'} {at}\n\n{text.body}"
            Path(place, f"{at}.md").write_text(words)
        began = time.perf_counter()
        manner = Manner(by=User.objects.system(), name="bench", audience="employees", publish=True)
        what = Counter(outcome.what for outcome in carry_out(Plan(folder(Path(place)), manner)))
    took = time.perf_counter() - began
    print(f"\n{what.total():,} files imported in {took:.0f} s: {dict(what)}", flush=True)


if __name__ == "__main__":
    main()
