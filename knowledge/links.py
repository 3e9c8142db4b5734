"""Which links of an article lead nowhere. Nothing is fetched: what is ours is looked up, what is elsewhere is only read.

Fetching from the server would let whoever writes reach into the network (SSRF), and most installations have no way out;
so of an outside address only its form is judged.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_noop

from knowledge import markup, prose
from knowledge.marks import PICTURE
from knowledge.models import Article, ArticleFile, Audience, FormerSlug

NO_ARTICLE = gettext_noop("There is no article at this address.")
NOT_PUBLISHED = gettext_noop("That article is not published.")
OTHER_READERS = gettext_noop("That article is for fewer readers than this one.")
NO_ANCHOR = gettext_noop("There is no such heading.")
NO_PICTURE = gettext_noop("This picture was removed, or is not there.")
FROM_ELSEWHERE = gettext_noop("Pictures from elsewhere are not shown. Paste the picture instead.")
OF_A_TICKET = gettext_noop("This file belongs to a ticket: readers can’t open it. Attach it here instead.")  # fmt: skip
NO_TICKET = gettext_noop("There is no ticket of this number.")
NO_PAGE = gettext_noop("There is no page at this address.")
NO_ADDRESS = gettext_noop("This is no address that a browser can follow.")
LONGEST = 500
MOST = 200
"""Links of one article that are noted."""
WIDTH = {
    Audience.EVERYBODY: 3, Audience.EMPLOYEES: 2, Audience.DEPARTMENTS: 1, Audience.STAFF: 1, Audience.TEAMS: 0,
}  # fmt: skip
Numbers = Callable[[Collection[str]], set[str]]
_known: list[Numbers] = []


def register_numbers(known: Numbers) -> None:
    """`known(numbers)` gives those of which there is a ticket."""
    if known not in _known:
        _known.append(known)


@dataclass(frozen=True)
class Broken:
    address: str
    problem: str
    """Untranslated: it is kept, and read in the language of whoever reads it."""


def broken_in(article: Article) -> list[Broken]:
    """Every link, anchor, picture and number in the published text that leads nowhere, each once."""
    draft = markup.draft_of(article.body)
    found = draft.found
    broken = dict.fromkeys(
        [
            *_articles(article, found.articles, {one.anchor for one in found.headings}),
            *_pictures([*found.pictures, *map(_token, found.links)]),
            *(Broken(address, FROM_ELSEWHERE) for address in found.elsewhere),
            *_numbers(prose.NUMBERED.findall(draft.html)),
            *_pages(found.links),
        ]
    )
    by_address = {one.address[:LONGEST]: one for one in reversed(broken)}
    return sorted(by_address.values(), key=lambda one: one.address)[:MOST]


def _articles(
    article: Article, targets: Collection[tuple[str, str]], own: set[str]
) -> list[Broken]:
    slugs = list(dict.fromkeys(slug for slug, _at in targets if slug))[:MOST]
    found = {one.slug: one for one in Article.objects.filter(slug__in=slugs)} if slugs else {}
    if missing := [slug for slug in slugs if slug not in found]:
        former = FormerSlug.objects.filter(slug__in=missing).select_related("article")
        found |= {one.slug: one.article for one in former}
    broken = []
    for slug, at in dict.fromkeys(targets):
        address = (f"/kb/{slug}/" if slug else "") + (f"#{at}" if at else "")
        target = found.get(slug) if slug else article
        problem = ""
        if target is None:
            problem = NO_ARTICLE
        elif not target.is_published:
            problem = NOT_PUBLISHED
        elif WIDTH[Audience(target.audience)] < WIDTH[Audience(article.audience)]:
            problem = OTHER_READERS
        elif at and not _has(own if target.pk == article.pk else _anchors(target), at):
            problem = NO_ANCHOR
        if problem:
            broken.append(Broken(address, problem))
    return broken


def _has(anchors: set[str], at: str) -> bool:
    return at.removeprefix(markup.ANCHOR) in anchors or at in anchors


def _anchors(article: Article) -> set[str]:
    return {one.anchor for one in markup.draft_of(article.body).found.headings}


def _pictures(tokens: Collection[str]) -> list[Broken]:
    wanted = [token for token in dict.fromkeys(tokens) if token][:MOST]
    if not wanted:
        return []
    there = ArticleFile.objects.filter(token__in=wanted, removed_at=None)
    known = set(there.values_list("token", flat=True))
    return [Broken(f"/kb/files/{token}/", NO_PICTURE) for token in wanted if token not in known]


def _token(link: str) -> str:
    """Of a file of an article that is linked to, not shown."""
    found = PICTURE.match(link.removeprefix(settings.SITE_URL))
    return found["token"] if found else ""


def _numbers(numbers: Collection[str]) -> list[Broken]:
    wanted = list(dict.fromkeys(numbers))[:MOST]
    if not wanted or not _known:
        return []
    there: set[str] = set().union(*(known(wanted) for known in _known))
    ours = [one for one in wanted if one.startswith("INC-")]
    return [Broken(number, NO_TICKET) for number in ours if number not in there]


def _pages(links: Collection[str]) -> list[Broken]:
    broken = []
    for link in dict.fromkeys(links):
        path = link.removeprefix(settings.SITE_URL) if link.startswith(settings.SITE_URL) else link
        if path.startswith("/files/"):
            broken.append(Broken(link, OF_A_TICKET))
        elif path.startswith("/") and not path.startswith("//"):
            if not _is_page(path):
                broken.append(Broken(link, NO_PAGE))
        elif not path.startswith("#") and not _is_address(link):
            broken.append(Broken(link, NO_ADDRESS))
    return broken


def _is_page(path: str) -> bool:
    try:
        resolve(urlsplit(path).path)
    except (Resolver404, ValueError):
        return False
    return True


def _is_address(link: str) -> bool:
    """An outside address, by its form alone. One without a scheme leads to a place below this article."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    if parts.scheme.lower() in {"http", "https"}:
        return bool(parts.hostname)
    return parts.scheme.lower() in {"mailto", "tel"} and bool(parts.path)
