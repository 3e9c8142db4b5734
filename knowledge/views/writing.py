"""What the editor asks for while somebody writes: preview, keeping, who else writes, outlines, links, files."""

from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import files
from accounts.digits import whole
from accounts.errors import InvalidInput, Refused
from accounts.http import UserRequest, answer, for_editors, go
from knowledge import actions, outlines, policies, prose, unsaved
from knowledge.forms import LONGEST_BODY
from knowledge.models import Article, ArticleFile
from knowledge.search import find

MOST_CHOICES = 8
MOST_AT_ONCE = 5
LONGEST_QUESTION = 200


@for_editors
@require_POST
def preview(request: UserRequest) -> HttpResponse:
    """The text as its readers will see it. Changes nothing; POST, since texts are long."""
    text = request.POST.get("body", "")
    context: dict[str, Any] = {"is_too_long": len(text) > LONGEST_BODY, "most": LONGEST_BODY}
    if text.strip() and not context["is_too_long"]:
        context["prose"] = prose.shown(text, request.user, writing=True)
    return render(request, "knowledge/shelf/_preview.html", context)


@for_editors
@require_POST
def draft_new(request: UserRequest) -> HttpResponse:
    """Keep what is being typed for a new article, or drop it."""
    return _kept(request, None)


@for_editors
@require_POST
def draft(request: UserRequest, slug: str) -> HttpResponse:
    return _kept(request, find_article(request, slug))


@for_editors
@require_GET
def writers(request: UserRequest, slug: str) -> HttpResponse:
    """Who else writes this article now, and whether somebody saved it since."""
    article = find_article(request, slug)
    expected = request.GET.get("expected", "")
    return render(request, "knowledge/shelf/_writers.html", around(request, article, expected))


@for_editors
@require_GET
def outline(request: UserRequest) -> HttpResponse:
    """What an article of this kind begins with, as plain text."""
    kind = request.GET.get("kind", "")
    if not outlines.is_kind(kind):
        raise SuspiciousOperation("no such kind")
    text = outlines.empty(kind, get_language() or "")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@for_editors
@require_GET
def links(request: UserRequest) -> HttpResponse:
    """Articles to link to, found while somebody types."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION]
    hits = find(words, user=request.user, limit=MOST_CHOICES).hits if words else []
    return render(request, "knowledge/shelf/_links_found.html", {"words": words, "hits": hits})


@for_editors
@require_POST
def links_check(request: UserRequest, slug: str) -> HttpResponse:
    """Look at all links of the published text now."""
    article = find_article(request, slug)
    actions.check_links(article, by=request.user)
    context = {"article": article, "broken": article.broken_links.all(), "is_checked": True}
    to = reverse("knowledge:edit", args=[article.slug])
    return answer(request, "knowledge/shelf/_links.html", context, or_go_to=to)


# Files -----------------------------------------------------------------------------------------------------


@for_editors
@require_http_methods(["GET", "POST"])
def files_new(request: UserRequest) -> HttpResponse:
    """The files that wait for a new article; POST brings more."""
    return _files(request, None)


@for_editors
@require_http_methods(["GET", "POST"])
def article_files(request: UserRequest, slug: str) -> HttpResponse:
    return _files(request, find_article(request, slug))


@for_editors
@require_POST
def file_remove(request: UserRequest, token: str) -> HttpResponse:
    """Readers get it no more; what is being typed is kept."""
    file = get_object_or_404(ArticleFile.objects.visible_to(request.user), token=token)
    _keep_words(request, file.article)
    actions.remove_file(file, by=request.user)
    return answer(request, "knowledge/shelf/_files.html", shelf_files(request, file.article), or_go_to=_page(file.article))  # fmt: skip


def shelf_files(request: UserRequest, article: Article | None) -> dict[str, Any]:
    """What the list of files needs."""
    mine = ArticleFile.objects.filter(article=article, removed_at=None)
    rows = mine if article else mine.filter(uploaded_by=request.user)
    may_change = policies.can_settle(request.user, article) if article else True
    url = reverse("knowledge:files", args=[article.slug]) if article else reverse("knowledge:files-new")  # fmt: skip
    return {
        "article": article, "files": rows, "files_url": url, "may_change_files": may_change,
        "accept": files.ACCEPT, "most_bytes": settings.ATTACHMENT_MAX_BYTES,
    }  # fmt: skip


def around(request: UserRequest, article: Article, expected: str) -> dict[str, Any]:
    """Who else is at it, and what they saved since revision `expected`."""
    newer = None
    seen = whole(expected, 8)
    if seen is not None:
        since = article.revisions.filter(number__gt=seen).exclude(author=request.user)
        newer = since.select_related("author").order_by("-number").first()
    return {
        "article": article,
        "others": unsaved.others(article, request.user),
        "newer": newer,
        "expected": expected,
    }


def find_article(request: UserRequest, slug: str) -> Article:
    return get_object_or_404(Article.objects.on_shelf_of(request.user), slug=slug)


def _kept(request: UserRequest, article: Article | None) -> HttpResponse:
    if "drop" in request.POST:
        unsaved.forget(request.user, article)
        return go(request, _page(article))
    is_kept = unsaved.keep(request.user, article, request.POST)
    return HttpResponse(status=204 if is_kept else 413)


def _files(request: UserRequest, article: Article | None) -> HttpResponse:
    if request.method == "POST":
        _keep_words(request, article)
        if "application/json" in request.headers.get("Accept", ""):
            return _brought_one(request, article)
        for one in request.FILES.getlist("files")[:MOST_AT_ONCE]:
            upload = files.check(one)
            actions.bring_file(upload, by=request.user, article=article, is_listed=True)
    context = shelf_files(request, article)
    return answer(request, "knowledge/shelf/_files.html", context, or_go_to=_page(article))


def _brought_one(request: UserRequest, article: Article | None) -> JsonResponse:
    """A script brings one file at a time, and wants to know what to put into the text, or why it was refused."""
    is_listed = request.POST.get("place") != "text"
    try:
        upload = files.check(request.FILES["files"]) if "files" in request.FILES else None
        if upload is None:
            raise InvalidInput(_("Choose a file."), field="files")
        file = actions.bring_file(upload, by=request.user, article=article, is_listed=is_listed)
    except Refused as refused:
        return JsonResponse({"message": refused.message}, status=refused.status)
    return JsonResponse({"text": file.in_text, "name": file.name})


def _keep_words(request: UserRequest, article: Article | None) -> None:
    """Without scripts the whole form comes along with a file: none of it may be lost."""
    if "body" in request.POST:
        unsaved.keep(request.user, article, request.POST)


def _page(article: Article | None) -> str:
    return reverse("knowledge:edit", args=[article.slug]) if article else reverse("knowledge:new")
