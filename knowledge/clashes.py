"""An article that somebody saved while another one wrote it: what differs, and what both texts are as one.

Nothing here saves. Of where the article stands and who reads it, the writer's choice stays in the form, and what else
the other one chose is named: saving would undo it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django import forms
from django.utils.translation import gettext as _

from knowledge import compare, places
from knowledge.compare import Comparison, Piece
from knowledge.forms import LONGEST_BODY, PLACE, ArticleForm, tags_in
from knowledge.merging import Merged, merge
from knowledge.models import Article, Revision


class Wording(NamedTuple):
    """What a writer fills in, as it would be saved."""

    title: str
    summary: str
    tags: tuple[str, ...]
    body: str

    @classmethod
    def of(cls, revision: Revision) -> "Wording":
        return cls(revision.title, revision.summary, tuple(revision.tags), _body(revision.body))

    @classmethod
    def typed(cls, form: forms.Form) -> "Wording":
        """What stands in the form, be it right or not."""
        said = {
            name: str(form[name].value() or "") for name in ("title", "summary", "tags", "body")
        }
        title = " ".join(said["title"].split())
        tags = tuple(tags_in(said["tags"]))
        return cls(title, said["summary"].strip(), tags, _body(said["body"]))

    @property
    def fields(self) -> dict[str, str]:
        """As the form takes it."""
        return {**self._asdict(), "tags": ", ".join(self.tags)}


class Fact(NamedTuple):
    """Title, summary, tags, or where the article stands, where two differ."""

    name: str
    left: Sequence[Piece]
    right: Sequence[Piece]
    is_contested: bool = False
    """Both say something else than the text that they began with."""


@dataclass(frozen=True)
class Clash:
    """Left is what the other one saved, right what stands in the form: what to save it would change."""

    theirs: Revision
    facts: list[Fact]
    text: Comparison | None
    """None where the writer's is longer than any that can be saved."""
    contested: int = 0
    """In so many places both changed the same."""
    began: int = 0
    """The revision that the writer started from; 0 where nobody knows."""
    merged: Wording | None = None
    """The writer's text with what only the other one changed; None where that adds nothing."""


def find(article: Article, form: ArticleForm, theirs: Revision, began: int | None) -> Clash:
    """What stands in the form against what `theirs` says; `began` is the revision that the form was filled from."""
    mine, other = Wording.typed(form), Wording.of(theirs)
    if any(len(value) > LONGEST_BODY for value in mine.fields.values()):
        return Clash(theirs, [], None)
    moved = _moved(article, form)
    text = compare.texts(other.body, mine.body)
    base = article.revisions.filter(number=began or 0, number__lt=theirs.number).first()
    if base is None:
        return Clash(theirs, [*differences(other, mine), *moved], text)
    before = Wording.of(base)
    found = merge(before.body, mine.body, other.body)
    facts = differences(other, mine, before)
    both = Wording(
        _either(before.title, mine.title, other.title),
        _either(before.summary, mine.summary, other.summary),
        _tags(before.tags, mine.tags, other.tags),
        found.text,
    )
    return Clash(
        theirs,
        [*facts, *moved],
        _marked(text, found),
        contested=len(found.contested) + sum(fact.is_contested for fact in facts),
        began=base.number,
        merged=both if both != mine else None,
    )


def differences(old: Wording, new: Wording, before: Wording | None = None) -> list[Fact]:
    """Title, summary and tags, where they differ. Tags are never contested: each is there or not."""
    lines = (
        (_("Title"), old.title, new.title, before and before.title),
        (_("Summary"), old.summary, new.summary, before and before.summary),
        (_("Tags"), ", ".join(old.tags), ", ".join(new.tags), None),
    )
    return [
        Fact(name, *compare.words(was, now), began is not None and began not in (was, now))
        for name, was, now, began in lines
        if was != now
    ]


def _moved(article: Article, form: ArticleForm) -> list[Fact]:
    """What readers and category the form would give it, where that is not what was saved."""
    if not form.may_settle:
        return []
    said = ArticleForm(form.data if form.is_bound else form.initial, initial=form.initial)
    said.is_valid()
    if any(name not in said.cleaned_data for name in PLACE):
        return []  # the form says what is wrong with it
    asked = places.given(**{name: said.cleaned_data[name] for name in PLACE})
    moves = places.between(places.latest(article), asked)
    return [Fact(one.name, *compare.words(one.before, one.after)) for one in moves]


def _body(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _either(before: str, mine: str, other: str) -> str:
    return other if mine == before else mine


def _tags(before: Sequence[str], mine: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    kept = [tag for tag in mine if tag in other or tag not in before]
    return (*kept, *(tag for tag in other if tag not in before and tag not in mine))


def _marked(text: Comparison, found: Merged) -> Comparison:
    """The rows of lines that both changed say so."""
    lefts = [place[:2] for place in found.contested]
    rights = [place[2:] for place in found.contested]
    rows = [
        row
        if row.is_same
        else replace(row, contested=_at(lefts, row.left) or _at(rights, row.right))
        for row in text.rows
    ]
    return replace(text, rows=rows)


def _at(places: Sequence[tuple[int, int]], line: compare.Line | None) -> int:
    """Which of these places the line is in, from 1; 0: none."""
    if line is None:
        return 0
    nth = bisect_right(places, line.number - 1, key=lambda place: place[0])
    return nth if nth and line.number - 1 < places[nth - 1][1] else 0
