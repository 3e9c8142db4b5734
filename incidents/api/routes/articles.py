"""Articles: what readers find, and for writers the draft behind it."""

from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Router
from pydantic import Field

from accounts.access import Scope
from accounts.errors import InvalidInput
from accounts.models import User
from incidents.api import once, schemas
from incidents.api.answers import key_of, onward, page, require_match, say
from incidents.api.gate import TokenRequest
from incidents.api.routes.tickets import After, Limit
from incidents.api.scopes import changes, creates, reads
from knowledge import actions, places, policies
from knowledge.marks import without_comments
from knowledge.models import Article, Section

router = Router(tags=["Articles"])
SlugInPath = Annotated[str, Field(max_length=120)]


@router.get("/articles", response=schemas.ArticlePage, url_name="articles", **reads(Scope.ARTICLES_READ))  # fmt: skip
def articles(
    request: TokenRequest,
    section: Annotated[str, Field(max_length=60)] = "",
    kind: Literal["", "how_to", "known_error", "faq", "runbook", "policy"] = "",
    after: After = "",
    limit: Limit = 50,
) -> HttpResponse:
    """Published articles that the account may read, by title."""
    seen = Article.objects.readable_by(request.user).select_related("section")
    narrowing = Q()
    if section:
        narrowing &= Q(section__slug=section)
    if kind:
        narrowing &= Q(kind=kind)
    found = page(request, seen.filter(narrowing).defer("body"), ("title", "id"), after=after, limit=limit)  # fmt: skip
    url, headers = onward(request, found.next)
    items = [schemas.ArticleLine(**_line(one)) for one in found.rows]
    return say(request, schemas.ArticlePage(items=items, next=url), headers=headers)


@router.get("/articles/{slug}", response=schemas.ArticleOut, url_name="article", **reads(Scope.ARTICLES_READ))  # fmt: skip
def article(request: TokenRequest, slug: Path[SlugInPath]) -> HttpResponse:
    """One article, Markdown as written, but for `<!-- … -->` where its writers alone read that.

    `draft`: its newest revision, for those who may write it.
    """
    return _shown(request, _find(request.user, slug), request.user)


@router.post("/articles", response={201: schemas.ArticleOut}, url_name="article-start", **creates(Scope.ARTICLES_WRITE))  # fmt: skip
def article_start(request: TokenRequest, given: schemas.StartArticle) -> HttpResponse:
    """Start an article as a draft, for employees. Nobody but its writers reads it before somebody publishes it."""
    user = request.user

    def do() -> str:
        made = actions.draft(
            given.title,
            by=user,
            body=given.body,
            summary=given.summary,
            tags=given.tags,
            section=_section(given.section) if given.section else None,
            kind=given.kind,
            note=given.note,
        )
        return made.slug

    slug = once.do(key_of(request), by=user, of=given.model_dump_json(), do=do)
    where = f"/api/v1/articles/{slug}"
    return _shown(request, _find(user, slug), user, status=201, Location=where)


@router.put("/articles/{slug}/draft", response=schemas.ArticleOut, url_name="article-draft", **changes(Scope.ARTICLES_WRITE))  # fmt: skip
def article_draft(
    request: TokenRequest, slug: Path[SlugInPath], given: schemas.WriteArticle
) -> HttpResponse:
    """Save the next revision. Readers of a published article see it once somebody publishes it."""
    user, found = request.user, _find(request.user, slug)
    saved = actions.revise(
        found,
        by=user,
        title=given.title,
        body=given.body,
        summary=given.summary,
        tags=given.tags,
        note=given.note,
        expected=_expected(request, found),
    )
    return _shown(request, saved, user)


@router.post("/articles/{slug}/publication", response=schemas.ArticleOut, url_name="article-publication", **changes(Scope.ARTICLES_WRITE))  # fmt: skip
def article_publication(request: TokenRequest, slug: Path[SlugInPath]) -> HttpResponse:
    """Let readers see the newest revision, where the account may publish it.

    Who reads the article from then on is what its `draft` says of audience, departments and teams.
    """
    user, found = request.user, _find(request.user, slug)
    saved = actions.publish(found, by=user, expected=_expected(request, found))
    return _shown(request, saved, user)


def _find(user: User, slug: str) -> Article:
    found = Article.objects.visible_to(user).select_related("section").filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _expected(request: HttpRequest, article: Article) -> int | None:
    """The revision that the program read, where it insists on that."""
    if request.headers.get("If-Match", "").strip() in {"", "*"}:
        return None
    require_match(request, str(article.revision_number))
    return article.revision_number


def _shown(
    request: HttpRequest, article: Article, user: User, *, status: int = 200, **headers: str
) -> HttpResponse:
    draft = None
    if policies.can_write(user, article):
        latest = article.revisions.get(number=article.revision_number)
        place = places.coming(article) or places.of(article)
        draft = schemas.DraftOut(
            number=latest.number,
            title=latest.title,
            summary=latest.summary,
            body=latest.body,
            tags=latest.tags,
            section=_named(place.section),
            audience=place.audience,
            departments=sorted(one.name for one in place.departments),
            teams=sorted(one.slug for one in place.teams),
            kind=place.kind,
        )
    body = schemas.ArticleOut(
        **_line(article),
        state=article.state,  # type: ignore[arg-type]  # one of these, says the table
        audience=article.audience,
        body=article.body if draft else without_comments(article.body),
        tags=article.tags,
        draft=draft,
    )
    mark = str(article.revision_number) if draft else f"p{article.published_number}"
    return say(request, body, status=status, mark=mark, headers=headers)


def _line(article: Article) -> dict[str, Any]:
    return {
        "slug": article.slug,
        "url": settings.SITE_URL + article.get_absolute_url(),
        "title": article.title,
        "summary": article.summary,
        "kind": article.kind,
        "language": article.language,
        "section": _named(article.section),
        "updated_at": article.text_changed_at,
    }


def _named(section: Section | None) -> schemas.Named | None:
    return schemas.Named(slug=section.slug, name=section.name) if section else None


def _section(slug: str) -> Section:
    found = Section.objects.filter(slug=slug).first()
    if found is None:
        raise InvalidInput(_("There is no such category of articles."), field="section")
    return found
