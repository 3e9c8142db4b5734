"""Articles as a folder of Markdown files with their pictures, as `knowledge.importing` takes them.

Brought into an empty place and exported again they are the same bytes: nothing in them depends on keys, tokens or the
moment of the export. What happened to an article (revisions, votes, reviews) is not in them.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from posixpath import relpath
from typing import IO, Any
from urllib.parse import quote, unquote

import yaml
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Length

from knowledge import places
from knowledge.actions.steps import latest_of, put_on_row
from knowledge.importing import waiting
from knowledge.importing.planning import CATEGORIES, DRAFTS
from knowledge.importing.reading import ENDINGS, FORMAT, trimmed
from knowledge.models import (
    Article,
    ArticleFile,
    NextPlace,
    Revision,
    Section,
    default_language,
)
from knowledge.places import Place

PORTION = 200
FILES = "files"
LAST_YEAR = (1980, 1, 1, 0, 0, 0)
"""The time that every file in a zip bears: the earliest that a zip can say."""

FILE = re.compile(r"/kb/files/(?P<token>[A-Za-z0-9_-]{16,40})/[^\s()<>\"']*")
ARTICLE = re.compile(r"\]\(/kb/(?P<slug>[-a-zA-Z0-9_]+)/(?P<part>#[^\s()]*)?\)")


@dataclass(frozen=True)
class Exported:
    """One file: where it goes and what is in it. With `missing` it should be here, and is not."""

    path: str
    content: bytes = b""
    missing: str = ""


def export(articles: Any) -> Iterator[Exported]:
    """The files of these articles (a queryset), pictures beside the texts."""
    chosen = articles.order_by("slug")
    paths = {
        slug: _path(slug, section) for slug, section in chosen.values_list("slug", "section__slug")
    }
    told_of = chosen.values("pk").order_by()
    planned = NextPlace.objects.filter(article__in=told_of, number=F("article__revision_number"))
    paths |= {
        slug: _path(slug, section)
        for slug, section in planned.exclude(article__state=Article.State.PUBLISHED).values_list(
            "article__slug", "section__slug"
        )
    }
    in_use = Q(articles__in=told_of) | Q(pk__in=planned.values("section"))
    sections = Section.objects.filter(in_use).distinct()
    if told := [_section(one) for one in sections.order_by("slug")]:
        yield Exported(CATEGORIES, _yaml(told).encode())
    last = ""
    while portion := list(_portion(chosen.filter(slug__gt=last))):
        for article in portion:
            yield from _Writer(article, paths).files()
        last = portion[-1].slug


def parts(articles: Any) -> list[list[int]]:
    """The keys of these articles as zips that the page for importing takes; what is translated before its translations."""
    is_text = Q()
    for ending in sorted(ENDINGS):
        is_text |= Q(files__name__iendswith=ending)
    measured = (
        articles.order_by()
        .annotate(
            n=Count("files"),
            as_texts=Count("files", filter=is_text),
            held=Sum("files__size", default=0),
            long=Length("body"),
        )
        .order_by(F("translation_of").asc(nulls_first=True), "slug")
    )
    told: list[list[int]] = []
    texts = others = size = 0
    for article in measured.only("pk", "state", "published_number", "revision_number"):
        own = 1 + article.has_newer_draft
        own_texts, own_others = own + article.as_texts, article.n - article.as_texts
        own_size = article.held + own * article.long
        texts, others, size = texts + own_texts, others + own_others, size + own_size
        is_too_much = (
            texts > waiting.MOST_ARTICLES
            or others > waiting.MOST_OTHERS
            or size > waiting.MOST_BYTES
        )
        if is_too_much or not told:
            told.append([])
            texts, others, size = own_texts, own_others + 1, own_size  # each has its categories
        told[-1].append(article.pk)
    return told


def to_zip(files: Iterable[Exported], target: IO[bytes]) -> list[Exported]:
    """Write them into a zip; what was missing."""
    missing: list[Exported] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in files:
            if one.missing:
                missing.append(one)
                continue
            info = zipfile.ZipInfo(one.path, LAST_YEAR)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100640 << 16
            packed.writestr(info, one.content)
    return missing


def _portion(articles: Any) -> Any:
    return articles.select_related("section", "owner", "translation_of").prefetch_related(
        "departments", "teams", "former_slugs", "files"
    )[:PORTION]


def _path(slug: str, section: str | None) -> str:
    return f"{section}/{slug}.md" if section else f"{slug}.md"


def _section(section: Section) -> dict[str, Any]:
    told = {
        "slug": section.slug,
        "name": section.name,
        "description": section.description,
        "icon": section.icon,
        "position": section.position,
        "review_days": section.review_days,
    }
    return {name: value for name, value in told.items() if value != ""}


def _yaml(value: Any) -> str:
    return yaml.safe_dump(
        value, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=False
    )


class _Writer:
    """One article and what goes with it."""

    def __init__(self, article: Article, paths: dict[str, str]) -> None:
        self._article, self._paths = article, paths
        self._path = paths[article.slug]
        self._names: dict[str, str] = {}
        """Where each of its files goes, by token."""
        files = list(article.files.all())
        self._files = {one.token: one for one in files}

    def files(self) -> Iterator[Exported]:
        article, coming = self._article, places.coming(self._article)
        place = places.of(article)
        if not article.is_published and article.revision_number > 1:
            put_on_row(article, latest_of(article))  # rows of imports may hold an older one
            place = coming or place
        text = self._text(article, article.body)
        attached = [
            self._place(one) for one in self._files.values() if one.is_listed and not one.removed_at
        ]
        front = _front_of(article, place, [self._relative(path) for path in attached])
        yield Exported(self._path, _file(front, text))
        if article.has_newer_draft:
            newer = Revision.objects.get(article=article, number=article.revision_number)
            first = PurePosixPath(self._path)
            yield Exported(
                str(first.with_name(f"{first.stem}{DRAFTS}.md")),
                _file(_front_of_draft(newer, coming), self._text(article, newer.body)),
            )
        for token, path in self._names.items():
            yield _content(self._files[token], path, article)

    def _text(self, article: Article, body: str) -> str:
        body = body.replace("\r\n", "\n")
        body = FILE.sub(self._file_address, body)
        return trimmed(ARTICLE.sub(self._article_address, body))

    def _file_address(self, match: re.Match[str]) -> str:
        """Files of other articles stay where they are: not everybody who reads this one may read those."""
        one = self._files.get(match["token"])
        return self._relative(self._place(one)) if one else match.group()

    def _article_address(self, match: re.Match[str]) -> str:
        path = self._paths.get(match["slug"])
        return f"]({self._relative(path)}{match['part'] or ''})" if path else match.group()

    def _place(self, one: ArticleFile) -> str:
        """Where the file goes; two of one name get a number."""
        if one.token not in self._names:
            stem, dot, ending = one.name.rpartition(".")
            stem, dot, ending = (stem, dot, ending) if dot else (one.name, "", "")
            folder, again = f"{FILES}/{self._article.slug}", 1
            path = f"{folder}/{one.name}"
            while path.casefold() in {taken.casefold() for taken in self._names.values()}:
                again += 1
                path = f"{folder}/{stem}-{again}{dot}{ending}"
            self._names[one.token] = path
        return self._names[one.token]

    def _relative(self, path: str) -> str:
        return quote(relpath(path, str(PurePosixPath(self._path).parent)))


def _content(one: ArticleFile, path: str, article: Article) -> Exported:
    try:
        with one.file.open("rb") as stored:
            return Exported(path, stored.read())
    except OSError:
        return Exported(
            path, missing=f"“{one.name}” of “{article.title}” is not on the disk any more"
        )


def _file(front: dict[str, Any], text: str) -> bytes:
    return f"---\n{_yaml(front)}---\n\n{text}\n".encode()


def _front_of(article: Article, place: Place, attachments: list[str]) -> dict[str, Any]:
    """What stands before the text, in an order that people read; what says nothing is left out."""
    source = article.translation_of
    behind = bool(source and (article.translated_number or 0) < (source.published_number or 0))
    told: dict[str, Any] = {
        "format": FORMAT,
        "title": article.title,
        "slug": article.slug,
        "summary": article.summary,
        "tags": list(article.tags),
        **_where(place),
        "language": "" if article.language == default_language() else article.language,
        "translation_of": source.slug if source else "",
        "outdated": behind,
        "owner": article.owner.email if article.owner else "",
        "service": article.service_slug,
        "state": article.state,
        "featured": place.is_featured,
        "date": _moment(article.published_at if article.is_published else None),
        "updated": _moment(article.text_changed_at),
        "reviewed": _moment(article.reviewed_at),
        "review_due": _moment(article.review_due_at if article.is_published else None),
        "expires": _moment(article.expires_at),
        "former_addresses": sorted(one.slug for one in article.former_slugs.all()),
        "attachments": [unquote(one) for one in attachments],
    }
    told = {name: value for name, value in told.items() if value not in ("", None, [], False)}
    if article.review_days is not None:
        told["review_days"] = article.review_days
    return told


def _where(place: Place) -> dict[str, Any]:
    return {
        "category": place.section.slug if place.section else "",
        "kind": place.kind,
        "audience": place.audience,
        "departments": sorted(one.name for one in place.departments),
        "teams": sorted(one.slug for one in place.teams),
    }


def _front_of_draft(newer: Revision, place: Place | None) -> dict[str, Any]:
    """With a place only where that is another one with this text."""
    told = {
        "format": FORMAT,
        "title": newer.title,
        "summary": newer.summary,
        "tags": list(newer.tags),
        **(_where(place) if place else {}),
        "state": Article.State.DRAFT.value,
        "featured": bool(place and place.is_featured),
    }
    return {name: value for name, value in told.items() if value}


def _moment(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=UTC) if moment else None
