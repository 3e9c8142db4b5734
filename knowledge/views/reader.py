"""What readers see: the sections, search, one article. What somebody may not read is not there."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.digits import whole
from accounts.http import for_public
from accounts.paging import page
from knowledge import facets, languages, search, searches, visitors
from knowledge.models import Article, FormerSlug, Section, Subscription
from knowledge.reading import Reading

MOST_FEATURED = 6
HITS = 30
"""Of a page of what was found."""
MOST_PAGES = 5
"""So far down, search knows what fits best."""
LONGEST_QUESTION = 200


@for_public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    readable = Article.objects.readable_by(request.user)
    context = {
        "nav": "kb",
        "canonical": settings.SITE_URL + request.path,
        "sections": _sections(request.user),
        "featured": languages.one_each(readable).featured()[:MOST_FEATURED],
    }
    return render(request, "knowledge/home.html", context)


@for_public
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """The best answers to `q`; without a question the articles of a section, or all, by title. Narrowed by facets.

    A later `page` has those before it as well, unless the first one is on the screen and asks for what follows.
    """
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION]
    only_results = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    number = _page_of(request.GET)
    sections = _sections(request.user)
    readable = Article.objects.readable_by(request.user)
    narrowed = facets.read(request.GET, words, sections, readable)
    section = narrowed.section
    context: dict[str, Any] = {
        "nav": "kb",
        "words": words,
        "sections": sections,
        "section": section,
        "narrowed": narrowed,
        "is_followed": section and is_followed(request.user, section),
    }
    if words:
        is_more = bool(only_results) and number > 1
        start = (number - 1) * HITS if is_more else 0
        results = search.find(
            words, user=request.user, start=start, limit=number * HITS, among=narrowed.q
        )
        context |= {"results": results, "more": _more(results, number, narrowed)}
        if is_more:
            return render(request, "knowledge/search.html#more", context)
        context["facets"] = facets.of(results.keys, narrowed, sections, readable)
        if not narrowed.chosen and number == 1:
            searches.record(
                words, user=request.user, good=results.good, is_typing=bool(only_results)
            )
    else:
        listed = languages.one_each(readable)
        if narrowed.q:
            listed = listed.filter(narrowed.q)
        context["listed"] = page(listed, ("title", "id"), request.GET.get("after", ""))
    return render(request, "knowledge/search.html" + ("#results" if only_results else ""), context)


@for_public
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article. Writers see drafts, too, marked as such. `?report=1`: its reader was about to report something."""
    article = visible(request.user, slug)
    if article is None:
        return _moved(request, slug)
    reading = Reading(article, request.user, said=visitors.said(request, article))
    if words := request.GET.get("q", ""):
        searches.opened(article, words[:LONGEST_QUESTION], user=request.user)
    context = {
        "nav": "kb",
        "article": article,
        "reading": reading,
        "is_from_report": request.user.is_authenticated and request.GET.get("report") == "1",
    }
    answer = render(request, "knowledge/article.html", context)
    return for_engines(answer, reading)


def visible(reader: Any, slug: str) -> Article | None:
    """The article at this address, with what its page shows of it, if this reader may see it."""
    seen = Article.objects.visible_to(reader)
    return seen.select_related("section", "author", "owner").filter(slug=slug).first()


def for_engines(answer: HttpResponse, reading: Reading) -> HttpResponse:
    """Nothing that is not for everybody may be kept by search engines, whoever let them in."""
    if not reading.is_indexed:
        answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def is_followed(reader: Any, section: Section) -> bool:
    return Subscription.objects.filter(user=reader.pk, section=section).exists()


@dataclass(frozen=True)
class More:
    """What follows the articles that are shown."""

    left: int
    """How many come next; none where there are more than anybody is shown."""
    url: str


def _more(results: search.Results, number: int, narrowed: facets.Narrowed) -> More | None:
    left = results.total - number * HITS
    if left <= 0:
        return None
    return More(min(left, HITS) if number < MOST_PAGES else 0, narrowed.url(page=str(number + 1)))


def _page_of(given: QueryDict) -> int:
    """Raises BadRequest: there is no such page."""
    number = whole(given.get("page", "1"), 2)
    if not number or number > MOST_PAGES:
        raise BadRequest("no such page")
    return number


def _moved(request: HttpRequest, slug: str) -> HttpResponse:
    """To where it is now, for whoever may see it; to others it was never there."""
    seen = Article.objects.visible_to(request.user)
    former = get_object_or_404(FormerSlug.objects.select_related("article"), slug=slug, article__in=seen)  # fmt: skip
    query = request.META.get("QUERY_STRING", "")
    to = former.article.get_absolute_url()
    return HttpResponsePermanentRedirect(f"{to}?{query}" if query else to)


def _sections(user: Any) -> list[Section]:
    """Sections in which this reader finds something, with how many articles (`readable`)."""
    theirs = Q(articles__in=languages.one_each(Article.objects.readable_by(user)))
    counted = Section.objects.annotate(readable=Count("articles", filter=theirs))
    return list(counted.filter(readable__gt=0))
