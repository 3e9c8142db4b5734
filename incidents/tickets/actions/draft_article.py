"""Write down what was learnt: a draft article made from a ticket."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message, Ticket, TicketArticle
from knowledge import actions as knowledge
from knowledge.models import Article


@transaction.atomic
def draft_article(ticket: Ticket, *, by: User) -> Article:
    """Start a draft with what was wrong and what fixed it; the editor removes names before publishing.

    Asked again, it is the draft that one has begun already. Only public messages go into it: an internal note never becomes part of an article by itself.

    Raises:
        NotAllowed: `by` may not work on this ticket, or not write articles.
    """
    ticket = steps.lock(ticket, by=by)
    require(policies.can_work(by, ticket), _("You may not write up this ticket."))
    begun = ticket.articles.filter(article__author=by, article__state=Article.State.DRAFT)
    if earlier := begun.select_related("article").first():
        return earlier.article
    title, symptom, fix = _words_of(ticket)
    body = "\n\n".join(["## " + _("What goes wrong"), symptom, "## " + _("What to do"), fix])
    article = knowledge.draft(title, by=by, body=body, note=ticket.ref)
    TicketArticle.objects.create(ticket=ticket, article=article)
    record(ticket, Kind.ARTICLE_DRAFTED, by=by, origin=Ticket.Origin.DESK, article=article.pk)
    return article


def _words_of(ticket: Ticket) -> tuple[str, str, str]:
    """Title, symptom and fix. Of a private team's or a confidential ticket none: every writer reads drafts, not everyone the ticket."""
    unknown = _("(not known yet)")
    if ticket.is_confined or (ticket.team and ticket.team.is_private):
        return _("Article from %(ref)s") % {"ref": ticket.ref}, unknown, unknown
    said = list(ticket.messages.filter(is_public=True).order_by("pk"))
    symptom = next((m.body for m in said if m.kind == Message.Kind.DESCRIPTION), unknown)
    fix = next((m.body for m in reversed(said) if m.kind == Message.Kind.RESOLUTION), unknown)
    return ticket.title, symptom, fix
