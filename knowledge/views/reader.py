"""What readers see: the sections, search, one article. What somebody may not read is not there."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.http import for_public
from accounts.paging import page
from knowledge import policies, search
from knowledge.models import Article, Section

MOST_FEATURED = 6
MOST_RELATED = 5
MOST_HITS = 30
LONGEST_QUESTION = 200


@for_public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "nav": "kb",
        "sections": _sections(request.user),
        "featured": Article.objects.readable_by(request.user).featured()[:MOST_FEATURED],
    }
    return render(request, "knowledge/home.html", context)


@for_public
@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """The best answers to `q`; without a question the articles of a section, or all, by title."""
    words = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    sections = _sections(request.user)
    section = next((one for one in sections if one.slug == request.GET.get("section")), None)
    context: dict[str, Any] = {
        "nav": "kb",
        "words": words,
        "sections": sections,
        "section": section,
    }
    if words:
        context["results"] = search.find(words, user=request.user, limit=MOST_HITS, section=section)
    else:
        readable = Article.objects.readable_by(request.user)
        listed = readable.filter(section=section) if section else readable
        context["listed"] = page(listed, ("title", "id"), request.GET.get("after", ""))
    only_results = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "knowledge/search.html" + ("#results" if only_results else ""), context)


@for_public
@require_GET
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article. Writers see drafts, too, marked as such. `?report=1`: its reader was about to report something."""
    article = get_object_or_404(
        Article.objects.visible_to(request.user).select_related("section", "author"), slug=slug
    )
    related = Article.objects.readable_by(request.user).filter(section=article.section)
    context = {
        "nav": "kb",
        "article": article,
        "related": related.exclude(pk=article.pk).order_by("-is_featured", "title")[:MOST_RELATED]
        if article.section
        else (),
        "is_from_report": request.user.is_authenticated and request.GET.get("report") == "1",
        "can_write": request.user.is_authenticated and policies.can_write(request.user),
    }
    return render(request, "knowledge/article.html", context)


def _sections(user: Any) -> list[Section]:
    """Sections in which this reader finds something, with how many articles (`readable`)."""
    theirs = Q(articles__in=Article.objects.readable_by(user))
    counted = Section.objects.annotate(readable=Count("articles", filter=theirs))
    return list(counted.filter(readable__gt=0))
