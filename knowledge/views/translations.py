"""An article in several languages: starting a translation, tying versions together, and the source beside the text."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.errors import InvalidInput, Refused, require
from accounts.http import UserRequest, for_editors, go
from knowledge import actions, languages, policies
from knowledge.models import Article

PAGE = "knowledge/shelf/translations.html"


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def translations(request: UserRequest, slug: str) -> HttpResponse:
    """The versions of one answer, and what can be done about them: each button is one verb."""
    article = _written(request, slug)
    if request.method != "POST":
        return _show(request, article)
    do = DOING.get(request.POST.get("do", ""))
    if do is None:
        return _show(request, article, status=400)
    try:
        to = do(request, article)
    except (InvalidInput, Refused) as refusal:
        return _show(request, article, refusal=refusal, status=refusal.status)
    return go(request, to)


@for_editors
@require_GET
def source(request: UserRequest, slug: str) -> HttpResponse:
    """What a translation follows, to be read beside it."""
    article = _written(request, slug)
    root = get_object_or_404(_seen(request), pk=article.translation_of_id)
    context = {"article": article, "source": root, "spoken": languages.name_of(root.language)}
    return render(request, "knowledge/shelf/_source_text.html", context)


def _translate(request: UserRequest, article: Article) -> str:
    made = actions.translate(article, language=request.POST.get("language", ""), by=request.user)
    messages.success(request, _("The translation is a draft. Its source stands beside it."))
    return reverse("knowledge:edit", args=[made.slug])


def _link(request: UserRequest, article: Article) -> str:
    root = _seen(request).filter(slug=request.POST.get("source", "").strip()).first()
    if root is None:
        raise InvalidInput(_("No article has this address."), field="source")
    actions.link_translation(article, source=root, by=request.user)
    messages.success(request, _("It is a translation of “%(title)s” now.") % {"title": root.title})
    return _back(article)


def _unlink(request: UserRequest, article: Article) -> str:
    actions.unlink_translation(article, by=request.user)
    messages.success(request, _("It stands alone now."))
    return _back(article)


def _match(request: UserRequest, article: Article) -> str:
    actions.match_source(article, by=request.user)
    messages.success(request, _("It says what its source says now."))
    return _back(article)


def _say_language(request: UserRequest, article: Article) -> str:
    actions.set_language(article, language=request.POST.get("language", ""), by=request.user)
    messages.success(request, _("Saved."))
    return _back(article)


DOING: dict[str, Callable[[UserRequest, Article], str]] = {
    "translate": _translate,
    "link": _link,
    "unlink": _unlink,
    "match": _match,
    "language": _say_language,
}


def _back(article: Article) -> str:
    return reverse("knowledge:translations", args=[article.slug])


def _seen(request: UserRequest) -> "languages.ArticleQuerySet":
    return Article.objects.visible_to(request.user)


def _written(request: UserRequest, slug: str) -> Article:
    article = get_object_or_404(_seen(request).select_related("section"), slug=slug)
    require(policies.can_write(request.user, article), _("Others look after this article."))
    return article


def _show(
    request: UserRequest, article: Article, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    article.refresh_from_db()
    others = languages.versions(article, _seen(request))
    root = next((one for one in others if one.pk == article.translation_of_id), None)
    taken = {article.language, *(one.language for one in others)}
    behind = root.published_number if root else None
    context = {
        "nav": "kb",
        "article": article,
        "spoken": languages.name_of(article.language),
        "versions": [(one, languages.name_of(one.language), _is_behind(one, article)) for one in others],
        "source": root,
        "is_behind": bool(root) and article.translated_number != behind,
        "languages": languages.choices(),
        "free": [pair for pair in languages.choices() if pair[0] not in taken],
        "refusal": refusal,
        "field": getattr(refusal, "field", ""),
    }  # fmt: skip
    return render(request, PAGE, context, status=status)


def _is_behind(one: Article, source: Article) -> bool:
    """Is it a translation of this article that says something older?"""
    of_this = one.translation_of_id == source.pk
    return of_this and one.translated_number != source.published_number
