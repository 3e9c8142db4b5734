"""Articles beside a ticket: what may help, and the one that a ticket was solved with."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.tickets.models import Ticket
from knowledge import search
from knowledge.models import Article
from knowledge.search import Hit

MOST = 6


def suggested(ticket: Ticket, user: User) -> Sequence[Hit]:
    """Articles that may help with it, by the words of its title, as this person may read them."""
    return search.find(ticket.title, user=user, limit=MOST, prefix=False).hits


def named(words: str, *, by: User) -> Article:
    """The article that is meant by its address, its link or its exact title.

    Raises:
        InvalidInput: `by` can read none that is called so.
    """
    words = words.replace("\x00", "").strip()
    slug = words.rstrip("/").rpartition("/")[2]
    readable = Article.objects.readable_by(by)
    found = readable.filter(slug=slug).first() or readable.filter(title__iexact=words).first()
    if found is None:
        raise InvalidInput(
            _("Choose one of the articles, or leave it empty: there is none called “%s”.")
            % words[:80],
            field="article",
        )
    return found
