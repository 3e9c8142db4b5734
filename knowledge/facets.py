"""Narrowing what was found: by category, kind, service, and when it changed. Only these keys, only values that exist."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.models import Article, ArticleQuerySet, Section

UPDATED: Mapping[str, tuple[int, Promise]] = {
    "week": (7, gettext_lazy("In the last week")),
    "month": (31, gettext_lazy("In the last month")),
    "year": (366, gettext_lazy("In the last year")),
}
KEYS = ("section", "kind", "service", "updated")
BESIDES = {"q", "after", "page"}
MOST_SHOWN = 8

Naming = Callable[[Iterable[str]], Mapping[str, str]]
_namings: list[Naming] = []


def register_services(naming: Naming) -> None:
    """Who knows how services are called: they belong to tickets, which this package knows nothing of."""
    _namings[:] = [naming]


@dataclass(frozen=True)
class Option:
    label: str
    url: str
    count: int = 0
    is_chosen: bool = False


@dataclass(frozen=True)
class Facet:
    key: str
    title: str
    every: Option
    """The way back to all of them."""
    options: Sequence[Option]


@dataclass(frozen=True)
class Narrowed:
    """What the address asks for, checked."""

    words: str
    chosen: Mapping[str, str]
    labels: Mapping[str, str]
    section: Section | None

    @property
    def q(self) -> Q | None:
        return _q(self.chosen) if self.chosen else None

    def url(self, **changes: str) -> str:
        chosen = {key: value for key, value in {**self.chosen, **changes}.items() if value}
        return f"?{urlencode({'q': self.words, **chosen})}"

    @property
    def chips(self) -> list[Option]:
        """Each with the address without it."""
        return [Option(self.labels[key], self.url(**{key: ""})) for key in KEYS if key in self.chosen]  # fmt: skip

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """What a new question keeps."""
        return list(self.chosen.items())

    @property
    def rest(self) -> str:
        """The address of this list up to where its next page begins."""
        return f"{self.url()}&after="


def read(
    given: QueryDict, words: str, sections: Iterable[Section], readable: ArticleQuerySet
) -> Narrowed:
    """Raises BadRequest for a key or a value that is none of ours."""
    if not set(given) <= {*KEYS, *BESIDES}:
        raise BadRequest("no such filter")
    chosen = {key: value for key in KEYS if (value := given.get(key, ""))}
    by_slug = {section.slug: section for section in sections}
    known: dict[str, Mapping[str, Any]] = {
        "section": {slug: section.name for slug, section in by_slug.items()},
        "kind": dict(Article.Kind.choices),
        "updated": {key: label for key, (_days, label) in UPDATED.items()},
        "service": {},
    }
    service = chosen.get("service", "").replace("\x00", "")
    if service and readable.filter(service_slug=service).exists():
        known["service"] = _services([service])
    if any(value not in known[key] for key, value in chosen.items()):
        raise BadRequest("no such value")
    labels = {key: str(known[key][value]) for key, value in chosen.items()}
    return Narrowed(words, chosen, labels, by_slug.get(chosen.get("section", "")))


def of(
    keys: Sequence[int], narrowed: Narrowed, sections: Iterable[Section], readable: ArticleQuerySet
) -> list[Facet]:
    """How many of what was found each choice would show, the other choices kept."""
    rows = list(
        readable.filter(pk__in=keys)
        .order_by()
        .values("section__slug", "kind", "service_slug", "text_changed_at")
    )
    names: dict[str, Mapping[str, Any]] = {
        "section": {section.slug: section.name for section in sections},
        "kind": dict(Article.Kind.choices),
        "service": _services({row["service_slug"] for row in rows if row["service_slug"]}),
        "updated": {key: label for key, (_days, label) in UPDATED.items()},
    }
    titles = {
        "section": (_("Topic"), _("All topics")),
        "kind": (_("Kind"), _("All kinds")),
        "service": (_("Service"), _("All services")),
        "updated": (_("Updated"), _("Any time")),
    }
    facets = []
    for key in KEYS:
        others = {name: value for name, value in narrowed.chosen.items() if name != key}
        counts = Counter(value for row in rows if _fits(row, others) for value in _values(row)[key])
        chosen = narrowed.chosen.get(key, "")
        shown = [value for value in names[key] if counts[value] or value == chosen]
        if key in {"section", "service"}:
            shown.sort(key=lambda value: (value != chosen, -counts[value]))
        options = [
            Option(str(names[key][value]), narrowed.url(**{key: value}), counts[value], value == chosen)
            for value in shown[:MOST_SHOWN]
        ]  # fmt: skip
        title, every = titles[key]
        if options:
            back = Option(every, narrowed.url(**{key: ""}), is_chosen=not chosen)
            facets.append(Facet(key, title, back, options))
    return facets


def _q(chosen: Mapping[str, str]) -> Q:
    """What `chosen` means to the database; `_fits` is its twin for rows."""
    q = Q()
    if "section" in chosen:
        q &= Q(section__slug=chosen["section"])
    if "kind" in chosen:
        q &= Q(kind=chosen["kind"])
    if "service" in chosen:
        q &= Q(service_slug=chosen["service"])
    if "updated" in chosen:
        q &= Q(text_changed_at__gte=_since(chosen["updated"]))
    return q


def _fits(row: Mapping[str, Any], chosen: Mapping[str, str]) -> bool:
    values = _values(row)
    return all(value in values[key] for key, value in chosen.items())


def _values(row: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        "section": [row["section__slug"]],
        "kind": [row["kind"]],
        "service": [row["service_slug"]],
        "updated": [key for key in UPDATED if row["text_changed_at"] >= _since(key)],
    }


def _since(updated: str) -> datetime:
    """Midnights, so that the same page counts the same."""
    days, _label = UPDATED[updated]
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


def _services(slugs: Iterable[str]) -> Mapping[str, str]:
    wanted = sorted(slugs)
    named = _namings[0](wanted) if _namings and wanted else {}
    return {slug: named.get(slug, slug) for slug in wanted}
