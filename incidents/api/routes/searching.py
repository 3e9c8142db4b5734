"""Search, as the desk's and the knowledge base's."""

from typing import Annotated

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from accounts.access import Scope
from accounts.errors import require
from incidents.api import schemas
from incidents.api.answers import Unclear, onward, say
from incidents.api.gate import TokenRequest
from incidents.api.routes.tickets import After
from incidents.api.scopes import reads
from incidents.desk import operators
from incidents.desk.narrowing import narrow
from incidents.tickets.search import Hit, Place, find
from knowledge.search import find as find_articles

router = Router(tags=["Search"])
SALT = "api.search"
MARKS = str.maketrans("", "", "\x02\x03")
"""Between which matches stand on pages."""
Words = Annotated[str, Field(min_length=1, max_length=operators.LONGEST)]
Few = Annotated[int, Field(ge=1, le=50)]


@router.get("/search/tickets", response=schemas.FoundTickets, url_name="search-tickets", **reads(Scope.TICKETS_READ))  # fmt: skip
def search_tickets(
    request: TokenRequest, q: Query[Words], after: After = "", limit: Few = 25
) -> HttpResponse:
    """Tickets that the account sees as staff, best first. Words such as `status:open team:network` narrow it, as on the desk."""
    require(request.user.is_agent, _("The desk is for people who work on tickets."))
    narrowed = narrow(operators.parse(q, today=timezone.localdate()), request.user)
    found = find(narrowed.question, user=request.user, limit=limit, after=_place(after))
    url, headers = onward(request, signing.dumps(found.more, salt=SALT) if found.more else "")
    items = [_hit(one) for one in found.hits]
    body = schemas.FoundTickets(
        items=items, total=found.total_label, hints=list(narrowed.hints), next=url
    )
    return say(request, body, headers=headers)


@router.get("/search/articles", response=schemas.FoundArticles, url_name="search-articles", **reads(Scope.ARTICLES_READ))  # fmt: skip
def search_articles(request: TokenRequest, q: Query[Words], limit: Few = 20) -> HttpResponse:
    """The articles that answer a question, best first."""
    found = find_articles(q, user=request.user, limit=limit)
    items = [
        schemas.FoundArticle(
            slug=one.article.slug,
            url=settings.SITE_URL + one.article.get_absolute_url(),
            title=one.article.title,
            snippet=one.snippet.translate(MARKS),
        )
        for one in found.hits
    ]
    return say(request, schemas.FoundArticles(items=items, corrected=found.corrected))


def _place(token: str) -> Place | None:
    if not token:
        return None
    try:
        rank, key = signing.loads(token, salt=SALT)
        return float(rank), int(key)
    except (signing.BadSignature, TypeError, ValueError):
        raise Unclear(_("“after” is not from this search. Begin again without it.")) from None


def _hit(hit: Hit) -> schemas.FoundTicket:
    return schemas.FoundTicket(
        ref=hit.ref,
        title=hit.title.translate(MARKS),
        status=hit.status,  # type: ignore[arg-type]  # one of these, says the table
        status_name=hit.get_status_display(),
        priority=hit.priority,
        team=hit.team,
        requester=hit.requester,
        updated_at=hit.updated_at,
        snippet=hit.snippet.translate(MARKS),
    )
