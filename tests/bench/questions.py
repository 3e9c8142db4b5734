"""The development question sets: texts, and questions with the texts that answer them. They lie beside the repository."""

import csv
import gzip
import html
import json
import os
import random
import re
import string
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("QUESTION_SETS") or Path(__file__).resolve().parents[3] / "shared/data")
EVERY = 4
"""Every so many words of five letters or more are misspelt, beginning with the first."""


@dataclass(frozen=True)
class Text:
    key: str
    title: str
    body: str


@dataclass(frozen=True)
class Question:
    words: str
    answers: frozenset[str]
    itself: str = ""
    """The text that the question is, where a text's duplicate is looked for: it counts as no answer."""


@dataclass(frozen=True)
class QuestionSet:
    texts: list[Text]
    questions: list[Question]

    def sample(self, questions: int, texts: int) -> "QuestionSet":
        """So many of each, always the same, with every text that answers a question."""
        asked = random.Random(7).sample(self.questions, min(questions, len(self.questions)))
        needed = {key for one in asked for key in (*one.answers, one.itself)}
        others = [text for text in self.texts if text.key not in needed]
        more = min(max(0, texts - len(needed)), len(others))
        kept = needed | {text.key for text in random.Random(3).sample(others, more)}
        return QuestionSet([text for text in self.texts if text.key in kept], asked)

    def misspelt(self) -> "QuestionSet":
        return replace(
            self, questions=[replace(one, words=misspell(one.words)) for one in self.questions]
        )


def misspell(text: str) -> str:
    """One slip in every fourth longer word: a letter missing, doubled, swapped with the next, or wrong."""
    seen = 0

    def one(found: re.Match[str]) -> str:
        nonlocal seen
        word = found.group()
        seen += 1
        if (seen - 1) % EVERY:
            return word
        chance = random.Random(word.lower())
        at = chance.randrange(1, len(word) - 1)
        before, letter, behind = word[:at], word[at], word[at + 1 :]
        slips = (
            before + behind,
            before + letter + letter + behind,
            before + behind[0] + letter + behind[1:],
            before + chance.choice(string.ascii_lowercase) + behind,
        )
        return slips[chance.randrange(4)]

    return re.sub(r"[A-Za-z]{5,}", one, text)


# The sets ---------------------------------------------------------------------------------------------


def stackfaq() -> QuestionSet:
    folder = DATA / "relevance/stackfaq"
    return QuestionSet(
        [
            Text(one["id"], one["question"], "\n\n".join(one["answers"]))
            for one in _lines(folder / "articles.jsonl.gz")
        ],
        [
            Question(one["query"], frozenset({one["relevant"]}))
            for one in _lines(folder / "queries_dev.jsonl.gz")
        ],
    )


def microsoft365() -> QuestionSet:
    folder = DATA / "kb/microsoft365-support"
    return QuestionSet(
        [
            Text(one["id"], one["title"], one["body"])
            for one in _lines(folder / "articles_without_symptoms.jsonl.gz")
        ],
        [
            Question(one["query"], frozenset({one["relevant"]}))
            for one in _lines(folder / "queries_dev.jsonl.gz")
        ],
    )


def hadoop() -> QuestionSet:
    folder = DATA / "relevance/gitbugs-hadoop"
    texts = {
        row["Issue id"]: Text(row["Issue id"], row["Summary"], row["Description"])
        for row in _rows(folder / "hadoop_bugs.csv.gz")
    }
    same: dict[str, set[str]] = {}
    for row in _rows(folder / "hadoop_bugs-combined.csv.gz"):
        one = row["Issue id"].strip()
        for other in map(str.strip, row["Duplicate id"].split(",")):
            if one in texts and other in texts and one != other:
                same.setdefault(one, set()).add(other)
                same.setdefault(other, set()).add(one)
    return QuestionSet(list(texts.values()), _duplicates(texts, same))


def askubuntu_titles() -> QuestionSet:
    return _pairs("train_titles.tsv.gz")


def askubuntu_bodies() -> QuestionSet:
    return _pairs("val_with_bodies.tsv.gz")


SETS: dict[str, Callable[[], QuestionSet]] = {
    one.__name__: one
    for one in (stackfaq, microsoft365, hadoop, askubuntu_titles, askubuntu_bodies)
}


def _pairs(name: str) -> QuestionSet:
    texts: dict[str, Text] = {}
    same: dict[str, set[str]] = {}
    with gzip.open(DATA / "relevance/askubuntu-duplicates" / name, "rt") as file:
        for line in file:
            label, *both = map(str.strip, line.rstrip("\n").split("\t"))
            one, other = (texts.setdefault(text, _from_html(len(texts), text)) for text in both)
            if label == "duplicate" and one.key != other.key:
                same.setdefault(one.key, set()).add(other.key)
                same.setdefault(other.key, set()).add(one.key)
    by_key = {text.key: text for text in texts.values()}
    return QuestionSet(list(by_key.values()), _duplicates(by_key, same))


def _from_html(number: int, text: str) -> Text:
    """The title stands before the first tag."""
    title, tag, body = text.partition("<")
    return Text(f"d{number}", title.strip(), html.unescape(re.sub(r"<[^>]+>", " ", tag + body)))


def _duplicates(texts: dict[str, Text], same: dict[str, set[str]]) -> list[Question]:
    return [
        Question(f"{texts[key].title}\n{texts[key].body}".strip(), frozenset(others), key)
        for key, others in same.items()
    ]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)
