"""Change the text of an article: the next revision. Readers see it once it is published."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import EditConflict, InvalidInput, require
from accounts.models import User
from knowledge import policies
from knowledge.models import Article, Revision


def lock(article: Article) -> Article:
    return Article.objects.select_for_update().get(pk=article.pk)


@transaction.atomic
def revise(
    article: Article,
    *,
    by: User,
    title: str,
    body: str,
    summary: str = "",
    tags: Sequence[str] = (),
    expected: int | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Article:
    """Save the next revision. Saving what is there already changes and records nothing.

    `expected` is the number of the revision that the writer started from.

    Raises:
        NotAllowed: `by` may not write articles.
        InvalidInput: there is no title.
        EditConflict: somebody saved a revision meanwhile; it is the error's `changes`.
    """
    article = lock(article)
    require(policies.can_write(by), _("You may not write articles. Ask a knowledge editor."))
    title = " ".join(title.split())
    if not title:
        raise InvalidInput(_("Give the article a title."), field="title")
    latest = article.revisions.select_related("author").order_by("-number").first()
    if expected is not None and expected != article.revision_number:
        raise EditConflict(_("Somebody saved this article while you were writing."), [latest])
    same = latest and (latest.title, latest.summary, latest.body, latest.tags) == (
        title,
        summary,
        body,
        list(tags),
    )
    if same:
        return article

    article.revision_number += 1
    Revision.objects.create(
        article=article, number=article.revision_number, title=title, summary=summary, body=body, tags=list(tags),
        author=by, note=note,
    )  # fmt: skip
    if not article.is_published:
        article.title, article.summary, article.body, article.tags = (
            title,
            summary,
            body,
            list(tags),
        )
    article.updated_at = at or timezone.now()
    article.save()
    return article
