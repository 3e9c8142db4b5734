"""The text of an article as one reader sees it: links lead where articles are now, pictures that are gone say so.

    {% article_text article.body as prose %}  {{ prose.html }}  {% for heading in prose.contents %} … {% endfor %}

At most one query each for articles, former addresses, pictures and tickets, and only where the text names some.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from knowledge import markup
from knowledge.marks import Heading
from knowledge.models import Article, ArticleFile, FormerSlug

MOST = 200
"""Articles, pictures and tickets each that are looked up for one text; others stay plain words."""
NUMBERED = markup.NAMES_IN_HTML
Tickets = Callable[[Any, Collection[str]], dict[str, str]]
_tickets: list[Tickets] = []


def register_tickets(find: Tickets) -> None:
    """`find(reader, numbers)` gives the addresses of those tickets that the reader may open."""
    if find not in _tickets:
        _tickets.append(find)


@dataclass(frozen=True)
class Prose:
    html: SafeString
    contents: tuple[Heading, ...]
    """Its headings of the first two levels, to be linked as `#s-anchor`, see `Heading.target`."""
    is_as_typed: bool
    """Too long or too intricate to be rendered: shown as it was typed."""


def shown(text: str, reader: Any, *, as_of_then: bool = False, writing: bool = False) -> Prose:
    """What `reader`, signed in or not, sees of an article's text.

    `as_of_then`: an older revision, with the pictures it had. `writing`: what leads nowhere is marked.
    """
    draft = markup.draft_of(text)
    links = _Links.of(draft, reader, as_of_then=as_of_then)
    html = markup.dressed(draft, links, writing=writing)
    return Prose(html, _top(draft), draft.is_as_typed)


def shown_apart(
    text: str, reader: Any, *, first: Callable[[str], bool]
) -> tuple[Prose | None, Prose]:
    """The section below a heading that is `first`, if there is one, and the rest.

    Read as one text: what the one refers to, such as a footnote, may stand in the other, and no anchor is there twice.
    """
    draft = markup.draft_of(text, first)
    above, below = markup.dressed_apart(draft, _Links.of(draft, reader, as_of_then=False))
    rest = Prose(below, _top(draft), draft.is_as_typed)
    return Prose(above, (), is_as_typed=False) if above else None, rest


def _top(draft: markup.Draft) -> tuple[Heading, ...]:
    return tuple(one for one in draft.found.headings if one.level <= 3)


@dataclass
class _Links:
    """What a text names, looked up."""

    articles: dict[str, tuple[str, str]] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: markup.Draft, reader: Any, *, as_of_then: bool) -> "_Links":
        found = cls()
        slugs = _some(slug for slug, _at in draft.found.articles if slug)
        if slugs:
            found.articles = articles_at(slugs, Article.objects.visible_to(reader))
        if tokens := _some(draft.found.pictures):
            files = ArticleFile.objects.visible_to(reader).filter(token__in=tokens)
            if not as_of_then:
                files = files.filter(removed_at=None)
            found.pictures = {one.token: one.get_absolute_url() for one in files}
        if numbers := _some(NUMBERED.findall(draft.html)):
            for find in _tickets:
                found.records |= find(reader, numbers)
        return found

    def article(self, slug: str) -> tuple[str, str] | None:
        return self.articles.get(slug)

    def picture(self, token: str) -> str | None:
        return self.pictures.get(token)

    def record(self, number: str) -> str | None:
        return self.records.get(number)


def articles_at(slugs: Collection[str], readable: Any) -> dict[str, tuple[str, str]]:
    """Address and title of the articles that are, or once were, at these addresses."""
    found = {
        one.slug: (one.get_absolute_url(), one.title)
        for one in readable.filter(slug__in=slugs).only("slug", "title")
    }
    if missing := [slug for slug in slugs if slug not in found]:
        former = FormerSlug.objects.filter(slug__in=missing, article__in=readable)
        for one in former.select_related("article"):
            found[one.slug] = (one.article.get_absolute_url(), one.article.title)
    return found


def _some(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))[:MOST]
