"""A reader's word on an article, following it, and what editors read and answer of it."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.digits import whole
from accounts.errors import InvalidInput, require
from accounts.http import UserRequest, answer, for_editors, for_everyone, for_public, go
from accounts.paging import page
from knowledge import actions, policies, trust, visitors
from knowledge.models import Article, Section, Subscription
from knowledge.reading import Reading

FEEDBACK = "knowledge/_feedback.html"
COMMENTS = "knowledge/shelf/feedback.html"
SIZE = 30


@for_public
@require_POST
def vote(request: UserRequest, slug: str) -> HttpResponse:
    """One click: it helped, or not. Who did not sign in says so once in a session, of what everybody may read."""
    article = _readable(request, slug)
    number = _number(request)
    is_helpful = request.POST.get("helpful") == "yes"
    if request.user.is_authenticated:
        actions.vote(article, is_helpful=is_helpful, by=request.user, number=number)
        return _said(request, article)
    if too_many := ratelimit.consume_or_429(request, action="visitor_vote"):
        return too_many
    number = number or article.read_number
    before = visitors.said(request, article) if number == article.read_number else None
    number = actions.vote_as_visitor(article, is_helpful=is_helpful, before=before, number=number)
    visitors.remember(request, article, number, is_helpful=is_helpful)
    return _said(request, article)


@for_everyone
@require_POST
def comment(request: UserRequest, slug: str) -> HttpResponse:
    """Why it did not help, and what else its owner should know."""
    article = _readable(request, slug)
    typed = {name: request.POST.get(name, "") for name in ("why", "comment")}
    try:
        actions.comment(article, by=request.user, number=_number(request) or 0, **typed)
    except InvalidInput as refusal:
        context = _context(request, article) | {"typed": typed, "refusal": refusal}
        whole = FEEDBACK if request.htmx else "knowledge/article.html"
        return render(request, whole, context, status=422)
    if not request.htmx:
        messages.success(request, _("Thank you. Whoever looks after this article reads it."))
    return _said(request, article)


@for_everyone
@require_POST
def follow_article(request: UserRequest, slug: str) -> HttpResponse:
    article = get_object_or_404(Article.objects.readable_by(request.user), slug=slug)
    _follow(request, article)
    return _followed(request, article, article.title, article.get_absolute_url())


@for_everyone
@require_POST
def follow_section(request: UserRequest, slug: str) -> HttpResponse:
    section = get_object_or_404(Section, slug=slug)
    _follow(request, section)
    back = f"{reverse('knowledge:search')}?section={section.slug}"
    return _followed(request, section, section.name, back)


@for_everyone
@require_GET
def following(request: UserRequest) -> HttpResponse:
    """What somebody follows, as far as they may still read it."""
    theirs = Subscription.objects.filter(user=request.user)
    readable = Article.objects.readable_by(request.user)
    articles = theirs.filter(article__in=readable).select_related("article")
    context = {
        "nav": "kb",
        "sections": [
            one.section for one in theirs.exclude(section=None).select_related("section").order_by("section__name")
        ],
        "page": page(articles, ("-id",), request.GET.get("after", ""), size=SIZE),
    }  # fmt: skip
    return render(request, "knowledge/following.html", context)


@for_editors
@require_GET
def comments(request: UserRequest, slug: str) -> HttpResponse:
    """What readers said of an article: how many it helped, by revision, and what they wrote."""
    return render(request, COMMENTS, _comments(request, _written(request, slug)))


@for_editors
@require_POST
def answer_comment(request: UserRequest, slug: str, pk: int) -> HttpResponse:
    article = _written(request, slug)
    word = get_object_or_404(article.feedback.exclude(comment=""), pk=pk)
    try:
        actions.answer_comment(word, answer=request.POST.get("answer", ""), by=request.user)
    except InvalidInput as refusal:
        context = _comments(request, article) | {"refusal": refusal, "refused": word.pk}
        return render(request, COMMENTS, context, status=422)
    messages.success(request, _("Answered. They hear of it."))
    return go(request, reverse("knowledge:feedback", args=[article.slug]))


def _readable(request: UserRequest, slug: str) -> Article:
    readable = Article.objects.readable_by(request.user).select_related(
        "section", "author", "owner"
    )
    return get_object_or_404(readable, slug=slug)


def _written(request: UserRequest, slug: str) -> Article:
    seen = Article.objects.visible_to(request.user).select_related("section", "author", "owner")
    article = get_object_or_404(seen, slug=slug)
    require(policies.can_write(request.user, article), _("Others look after this article."))
    return article


def _number(request: UserRequest) -> int | None:
    return whole(request.POST.get("number", ""), 8)


def _context(request: UserRequest, article: Article) -> dict[str, object]:
    article.refresh_from_db()
    said = visitors.said(request, article)
    return {"nav": "kb", "article": article, "reading": Reading(article, request.user, said=said)}


def _said(request: UserRequest, article: Article) -> HttpResponse:
    to = f"{article.get_absolute_url()}#feedback"
    return answer(request, FEEDBACK, _context(request, article), or_go_to=to)


def _follow(request: UserRequest, what: Article | Section) -> None:
    do = actions.follow if request.POST.get("wanted") == "yes" else actions.unfollow
    do(what, by=request.user)


def _followed(
    request: UserRequest, what: Article | Section, name: str, or_go_to: str
) -> HttpResponse:
    is_followed = request.POST.get("wanted") == "yes"
    if request.POST.get("from") == "list":
        messages.success(request, _("You no longer follow “%(name)s”.") % {"name": name})
        return go(request, reverse("knowledge:following"))
    kind = "article" if isinstance(what, Article) else "section"
    context = {"what": what, "kind": kind, "is_followed": is_followed, "is_new": True}
    return answer(request, "knowledge/_follow.html", context, or_go_to=or_go_to)


def _comments(request: UserRequest, article: Article) -> dict[str, object]:
    written = article.feedback.exclude(comment="").select_related("user", "answered_by")
    return {
        "nav": "kb",
        "article": article,
        "trust": trust.by_revision(article)[:SIZE],
        "overall": trust.overall(article),
        "visitors": article.visitor_votes.order_by("-number")[:SIZE],
        "page": page(written, ("-id",), request.GET.get("after", ""), size=SIZE),
    }
