"""Change the text of an article: the next revision. Readers see it once it is published."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.errors import EditConflict, InvalidInput, require
from accounts.models import User
from knowledge import places, policies
from knowledge.actions import steps
from knowledge.models import Article, Review, Revision
from knowledge.places import Place

NO_RIGHT = gettext_noop("You may not write articles here. Ask a knowledge editor.")


def lock(article: Article) -> Article:
    rows = Article.objects.select_related("section").select_for_update(of=("self",))
    return rows.get(pk=article.pk)


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
    place: Place | None = None,
    placed_by: User | None = None,
    at: datetime | None = None,
) -> Article:
    """Save the next revision. Saving what is there already changes and records nothing.

    `expected` is the number of the revision that the writer started from. `place` is where it is to stand from the
    moment that readers see this revision, and at once where they see none; without it, what was planned stays planned.
    `placed_by` decides about that, where it is not the writer.

    Raises:
        NotAllowed: `by` may not write articles here; or whoever decides about it not change where this one is to stand.
        InvalidInput: there is no title.
        EditConflict: somebody saved a revision meanwhile; it is the error's `changes`.
        Refused: it is in the archive.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    steps.require_in_use(article)
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
    planned = places.coming(article)
    before = planned or places.of(article)
    place = place or before
    if place != before:
        steps.require_move(article, before, place, by=placed_by or by)
        if not article.is_for_readers:
            steps.stand(article, place)
    elif same:
        return article
    article.updated_at = at or timezone.now()
    if same and not article.is_for_readers:
        article.save()
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
        article.text_changed_at = article.updated_at
    article.save()
    if planned or (article.is_for_readers and place != before):
        steps.keep_place(article, place)
    # What waits for review is what was saved last: who decides says which revision they read.
    article.reviews.filter(decision=Review.Decision.OPEN).update(number=article.revision_number)
    return article
