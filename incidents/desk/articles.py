"""Articles beside a ticket: what may help, and the one that a ticket was solved with."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.tickets.models import Ticket
from knowledge import search
from knowledge.models import Article, ArticleQuerySet, Audience
from knowledge.search import Hit

MOST = 6
FOR_THE_DESK = (Audience.EVERYBODY, Audience.EMPLOYEES, Audience.STAFF)


def suggested(ticket: Ticket, user: User) -> Sequence[Hit]:
    """Articles that may help with it, by the words of its title, as this person may read them."""
    return search.find(ticket.title, user=user, limit=MOST, prefix=False).hits


def closed_to(person: User, hits: Sequence[Hit]) -> set[int]:
    """The keys of those that this person could not open."""
    keys = {hit.article.pk for hit in hits}
    theirs = Article.objects.readable_by(person).filter(pk__in=keys)
    return keys.difference(theirs.values_list("pk", flat=True))


def named(words: str, *, by: User) -> Article:
    """The article that is meant by its address, also one that it had, its link or its exact title.

    Raises:
        InvalidInput: `by` can read none that is called so.
    """
    words = words.replace("\x00", "").strip()
    slug = words.rstrip("/").rpartition("/")[2]
    readable = Article.objects.readable_by(by)
    found = _at(slug, readable) or readable.filter(title__iexact=words).first()
    if found is None:
        raise InvalidInput(
            _("Choose one of the articles, or leave it empty: there is none called “%s”.")
            % words[:80],
            field="article",
        )
    return found


def reads(slug: str, *, by: User) -> bool:
    """Does this person find an article at this address?"""
    return _at(slug, Article.objects.readable_by(by)) is not None


def told(slug: str) -> str:
    """What an article is called where others of the desk read it: by its title only if all of them may open it."""
    for_all = Article.objects.published().filter(audience__in=FOR_THE_DESK)
    found = _at(slug, for_all)
    return found.title if found else _("(for some people only)")


def _at(slug: str, among: ArticleQuerySet) -> Article | None:
    """The article of this address, or that had it and has another one now."""
    return among.filter(slug=slug).first() or among.filter(former_slugs__slug=slug).first()
