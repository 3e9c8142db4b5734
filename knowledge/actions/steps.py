"""Steps that several verbs take once they hold the article's lock and nothing speaks against it."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import EditConflict, InvalidInput, Refused
from accounts.models import User
from knowledge import hooks, search
from knowledge.models import Article, Review, ReviewTask, Revision


def latest_of(article: Article) -> Revision:
    return article.revisions.select_related("author").get(number=article.revision_number)


def require_seen(article: Article, expected: int | None) -> None:
    """Refuse to decide about a text that somebody changed since it was looked at.

    Raises:
        EditConflict: the newest revision is another; it is the error's `changes`.
    """
    if expected is None or expected == article.revision_number:
        return
    latest = latest_of(article)
    raise EditConflict(
        _(
            "%(who)s saved revision %(n)s meanwhile. Look at it, then decide again: nothing was done."
        )
        % {"who": latest.author.display_name, "n": latest.number},
        [latest],
    )


def require_in_use(article: Article) -> None:
    if article.is_archived:
        raise Refused(_("This article is in the archive. Bring it back first."))


def require_text(revision: Revision) -> None:
    if not revision.body.strip():
        raise InvalidInput(_("Write the text before you publish."), field="body")


def release(article: Article, revision: Revision, *, by: User, at: datetime) -> Article:
    """Show this revision to the article's readers. A review of it ends with that, and so do a plan and tasks."""
    first = article.published_number is None
    put_on_row(article, revision)
    article.state = Article.State.PUBLISHED
    article.published_number = revision.number
    article.published_at = article.updated_at = at
    looked_after(article, at)
    drop_plan(article)
    article.save()
    waiting = article.reviews.filter(decision=Review.Decision.OPEN, number__lte=revision.number)
    waiting.update(decision=Review.Decision.APPROVED, decided_by=by, decided_at=at)
    finish(article, by=by, at=at)
    search.index(article)
    hooks.tell(hooks.What.PUBLISHED, article, by=by, at=at, number=revision.number, first=first)
    return article


def put_on_row(article: Article, revision: Revision) -> None:
    article.title, article.summary = revision.title, revision.summary
    article.body, article.tags = revision.body, revision.tags


def looked_after(article: Article, at: datetime) -> None:
    """Its interval begins again."""
    article.reviewed_at = at
    article.review_due_at = due(article)


def due(article: Article) -> datetime | None:
    """When it is to be reviewed again; never, while nobody reads it."""
    if not (article.is_published and article.reviewed_at and article.interval):
        return None
    return article.reviewed_at + timedelta(days=article.interval)


PLAN = ("publish_at", "publish_by", "publish_number")
"""The fields that a planned publication is kept in."""


def drop_plan(article: Article) -> None:
    article.publish_at = article.publish_by = article.publish_number = None


def end_plan(article: Article) -> None:
    """Nothing goes out by itself any more, and nothing else changes."""
    drop_plan(article)
    article.save(update_fields=PLAN)


def hide(article: Article, *, by: User, state: str, at: datetime) -> Article:
    """Take it from its readers: in no list, search or suggestion. What waited for somebody waits no more.

    What was saved last is its text from now on: there is no published one beside it any more.
    """
    put_on_row(article, latest_of(article))
    article.state = state
    article.published_number = article.published_at = article.review_due_at = None
    article.updated_at = at
    drop_plan(article)
    article.save()
    article.tasks.filter(done_at=None).update(done_at=at, done_by=by)
    search.forget(article)
    return article


def raise_task(
    article: Article, reason: str, details: dict[str, Any], at: datetime
) -> tuple[ReviewTask, bool]:
    """The open task of this reason, with what is known now; whether it is new."""
    task, is_new = ReviewTask.objects.get_or_create(
        article=article,
        reason=reason,
        done_at=None,
        defaults={"details": details, "created_at": at},
    )
    if not is_new and task.details != details:
        task.details = details
        task.save(update_fields=["details"])
    return task, is_new


LOOKED_THROUGH = (
    ReviewTask.Reason.DUE,
    ReviewTask.Reason.LOW_SCORE,
    ReviewTask.Reason.NOT_OUT,
)
"""What is done once somebody looked through the article."""


def finish(article: Article, *, by: User, at: datetime, reasons: tuple[str, ...] = ()) -> int:
    """The tasks that somebody looked through the article for are done; how many there were."""
    waiting = article.tasks.filter(done_at=None, reason__in=reasons or LOOKED_THROUGH)
    return waiting.update(done_at=at, done_by=by)
