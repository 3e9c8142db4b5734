"""Write down what was learnt: a draft article made from a ticket."""

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Hypothesis, Message, Ticket, TicketArticle
from knowledge import actions as knowledge
from knowledge import outlines
from knowledge.models import Article

MOST_TAGS = 12
MOST_CAUSES = 5


@transaction.atomic
def draft_article(ticket: Ticket, *, by: User) -> Article:
    """Start a draft with what was wrong and what fixed it; the editor removes names before publishing.

    It begins with the outline of a known error, or of a how-to where a fix is known and no cause is. Asked again, it is the
    draft that one has begun already. Internal notes never become part of it. A confirmed cause is internal, too, but is what
    a known error is about: it goes in as a marked call-out, which nobody overlooks before publishing.

    Raises:
        NotAllowed: `by` may not work on this ticket, or not write articles.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not write up this ticket."))
    begun = ticket.articles.filter(article__author=by, article__state=Article.State.DRAFT)
    if earlier := begun.select_related("article").first():
        return earlier.article
    kind, title, known = _words_of(ticket)
    body = outlines.filled(outlines.outline(kind, get_language() or ""), **known)
    tags = ticket.tags[:MOST_TAGS] if known else []
    service = ticket.service.slug if ticket.service and known else ""
    article = knowledge.draft(
        title, by=by, body=body, kind=kind, tags=tags, service_slug=service, note=ticket.ref
    )
    TicketArticle.objects.create(ticket=ticket, article=article)
    record(ticket, Kind.ARTICLE_DRAFTED, by=by, origin=Ticket.Origin.DESK, article=article.pk)
    return article


def _words_of(ticket: Ticket) -> tuple[str, str, dict[str, str]]:
    """Kind, title and what is known. Of a private team's or a confidential ticket nothing: every writer reads drafts, not everyone the ticket."""
    if ticket.is_confined or (ticket.team and ticket.team.is_private):
        return Article.Kind.HOW_TO, _("Article from %(ref)s") % {"ref": ticket.ref}, {}
    said = list(ticket.messages.filter(is_public=True).order_by("pk"))
    symptom = next((m.markdown for m in said if m.kind == Message.Kind.DESCRIPTION), "")
    fix = next((m.markdown for m in reversed(said) if m.kind == Message.Kind.RESOLUTION), "")
    confirmed = ticket.hypotheses.filter(state=Hypothesis.State.CONFIRMED)
    cause = "\n\n".join(_marked(ticket, one.text) for one in confirmed[:MOST_CAUSES])
    kind = Article.Kind.KNOWN_ERROR if cause or not fix else Article.Kind.HOW_TO
    return kind, ticket.title, {"symptom": symptom, "cause": cause, "fix": fix}


def _marked(ticket: Ticket, text: str) -> str:
    """Words that only the desk has read so far."""
    title = _("Internal, from %(ref)s: look at it before you publish") % {"ref": ticket.ref}
    return "\n".join([f"> [!WARNING] {title}", *(f"> {line}" for line in text.splitlines())])
