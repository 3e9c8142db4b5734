"""What is told to machines: feeds of new articles, the sitemap, and what search engines should leave alone.

All of it is as a visitor sees it, whoever asks: what is not for everybody is in none of it.
"""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.http import for_public
from knowledge import languages
from knowledge.markup import to_line
from knowledge.models import Article, ArticleQuerySet, Section

MOST_IN_FEED = 40
MOST_IN_SITEMAP = 50_000
"""As sitemaps.org allows in one file."""
A_QUARTER = 15 * 60
FEEDS = {"rss": Rss201rev2Feed, "atom": Atom1Feed}
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
NOT_FOR_ENGINES = ("/desk/", "/admin/", "/accounts/", "/tickets/", "/notifications/", "/live/", "/kb/search/", "/suggest/")  # fmt: skip
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def public() -> ArticleQuerySet:
    """What a visitor may read."""
    return Article.objects.readable_by(AnonymousUser())


@for_public
@require_safe
@cache_control(public=True, max_age=A_QUARTER)
def feed(request: HttpRequest, kind: str) -> HttpResponse:
    """The newest articles for everybody, of one topic with `?section=`, in the language of this site."""
    found = languages.one_each(public(), settings.LANGUAGE_CODE.partition("-")[0])
    title, at = settings.SITE_NAME, reverse("knowledge:home")
    if wanted := request.GET.get("section"):
        section = get_object_or_404(Section.objects.filter(articles__in=public()).distinct(), slug=wanted)  # fmt: skip
        found, title = found.filter(section=section), f"{section.name} · {settings.SITE_NAME}"
        at = f"{reverse('knowledge:search')}?section={section.slug}"
    told = FEEDS[kind](
        title=xml_safe(title),
        link=settings.SITE_URL + at,
        description=_("New and changed help articles"),
        language=settings.LANGUAGE_CODE,
        feed_url=settings.SITE_URL + request.get_full_path(),
    )
    for article in found.select_related("section").order_by("-published_at", "-pk")[:MOST_IN_FEED]:
        url = settings.SITE_URL + article.get_absolute_url()
        told.add_item(
            title=xml_safe(article.title),
            link=url,
            unique_id=url,
            unique_id_is_permalink=True,
            description=xml_safe(article.summary or to_line(article.body, 300)),
            categories=[xml_safe(article.section.name)] if article.section else [],
            pubdate=article.published_at,
            updateddate=article.text_changed_at,
        )
    answer = HttpResponse(content_type=f"{TYPES[kind]}; charset=utf-8")
    told.write(answer, "utf-8")
    return answer


@for_public
@require_safe
@cache_control(public=True, max_age=A_QUARTER)
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_sitemap(), content_type="application/xml; charset=utf-8")


@for_public
@require_safe
@cache_control(public=True, max_age=A_QUARTER)
def robots(request: HttpRequest) -> HttpResponse:
    rules = "".join(f"Disallow: {path}\n" for path in NOT_FOR_ENGINES)
    at = settings.SITE_URL + reverse("knowledge:sitemap")
    said = f"User-agent: *\n{rules}\nSitemap: {at}\n"
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


def _sitemap() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    yield f"<url><loc>{escape(settings.SITE_URL + reverse('knowledge:home'))}</loc></url>\n"
    rows = public().order_by("pk").only("slug", "text_changed_at")[:MOST_IN_SITEMAP]
    for article in rows.iterator(chunk_size=2_000):
        url = escape(settings.SITE_URL + article.get_absolute_url())
        changed = article.text_changed_at.date().isoformat()
        yield f"<url><loc>{url}</loc><lastmod>{changed}</lastmod></url>\n"
    yield "</urlset>\n"


def xml_safe(text: str) -> str:
    """Without what XML can't hold."""
    return _NOT_XML.sub("", text)
