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

    Only public messages go into it: an internal note never becomes part of an article by itself.

    Raises:
        NotAllowed: `by` may not work on this ticket, or not write articles.
    """
    ticket = steps.lock(ticket)
    require(policies.can_work(by, ticket), _("You may not write up this ticket."))
    said = list(ticket.messages.filter(is_public=True).order_by("pk"))
    symptom = next((m.body for m in said if m.kind == Message.Kind.DESCRIPTION), "")
    fix = next((m.body for m in reversed(said) if m.kind == Message.Kind.RESOLUTION), "")
    body = "\n\n".join(
        [
            "## " + _("What goes wrong"),
            symptom,
            "## " + _("What to do"),
            fix or _("(not known yet)"),
        ]
    )
    article = knowledge.draft(ticket.title, by=by, body=body, note=ticket.ref)
    TicketArticle.objects.create(ticket=ticket, article=article)
    record(ticket, Kind.ARTICLE_DRAFTED, by=by, origin=Ticket.Origin.DESK, article=article.pk)
    return article
