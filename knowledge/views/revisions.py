"""What an article said before: every save, two of them side by side, and going back to one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.digits import whole
from accounts.http import UserRequest, for_editors, go
from accounts.paging import page
from knowledge import actions, compare, policies
from knowledge.clashes import Wording, differences
from knowledge.models import Article, Revision
from knowledge.views.life import find

LAYOUTS = ("inline", "side")


@for_editors
@require_GET
def revisions(request: UserRequest, slug: str) -> HttpResponse:
    article = find(request, slug)
    listed = article.revisions.select_related("author").defer("body")
    here = page(listed, ("-number",), request.GET.get("after", ""), size=50)
    numbers = [revision.number for revision in here.rows]
    context = {
        "nav": "kb",
        "article": article,
        "page": here,
        "newer": numbers[0] if numbers else 0,
        "older": numbers[1] if len(numbers) > 1 else 0,
    }
    return render(request, "knowledge/shelf/revisions.html", context)


@for_editors
@require_GET
def revision(request: UserRequest, slug: str, number: int) -> HttpResponse:
    article = find(request, slug)
    one = get_object_or_404(article.revisions.select_related("author"), number=number)
    context = {
        "nav": "kb",
        "article": article,
        "revision": one,
        "previous": article.revisions.filter(number__lt=number).values_list("number", flat=True).first(),
        "can_restore": _can_restore(request, article, one),
    }  # fmt: skip
    return render(request, "knowledge/shelf/revision.html", context)


@for_editors
@require_GET
@vary_on_headers("HX-Request")
def comparison(request: UserRequest, slug: str) -> HttpResponse:
    """Two revisions: what was in the older one, what is in the newer one."""
    article = find(request, slug)
    old, new = sorted((_asked(request, article, "a"), _asked(request, article, "b")), key=_number)
    layout = request.GET.get("layout", "inline")
    context = {
        "nav": "kb",
        "article": article,
        "old": old,
        "new": new,
        "facts": differences(Wording.of(old), Wording.of(new)),
        "text": compare.texts(old.body, new.body, whole="whole" in request.GET),
        "layout": layout if layout in LAYOUTS else "inline",
        "whole": "whole" in request.GET,
        "can_restore": _can_restore(request, article, old),
    }
    part = "#what-changed" if request.htmx else ""
    return render(request, f"knowledge/shelf/compare.html{part}", context)


@for_editors
@require_POST
def restore(request: UserRequest, slug: str, number: int) -> HttpResponse:
    """Go on from this revision: it is saved again as the newest one."""
    article = find(request, slug)
    one = get_object_or_404(article.revisions, number=number)
    expected = whole(request.POST.get("expected", ""), 8)
    saved = actions.restore(article, one, by=request.user, expected=expected)
    if saved.is_published:
        words = _("Revision %(n)s is the newer draft now. Readers see it once it is published.")
    else:
        words = _("Revision %(n)s is the draft now.")
    messages.success(request, words % {"n": number})
    return go(request, reverse("knowledge:edit", args=[article.slug]))


def _asked(request: UserRequest, article: Article, name: str) -> Revision:
    number = whole(request.GET.get(name, ""), 8) or 0
    return get_object_or_404(article.revisions.select_related("author"), number=number)


def _number(revision: Revision) -> int:
    return revision.number


def _can_restore(request: UserRequest, article: Article, revision: Revision) -> bool:
    is_newest = revision.number == article.revision_number
    return not (is_newest or article.is_archived) and policies.can_write(request.user, article)
