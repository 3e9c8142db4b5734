"""Steps that several verbs take once they hold the article's lock and nothing speaks against it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.errors import EditConflict, InvalidInput, Refused, require
from accounts.models import User
from knowledge import hooks, places, policies, search
from knowledge.models import Article, NextPlace, Review, ReviewTask, Revision
from knowledge.places import Place


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
    """Show this revision to the article's readers, where it is to stand. A review of it, a plan and tasks end with that.

    When it only moves, and says what it said before, nobody looked through it, nobody hears of news, what readers said
    of it stands, and its translations are not behind.
    """
    before, first = article.published_number, article.published_number is None
    is_news = not policies.says_the_same(article, revision)
    if place := places.with_revision(article, revision.number):
        stand(article, place)
    article.next_places.filter(number__lte=revision.number).delete()
    put_on_row(article, revision)
    article.state = Article.State.PUBLISHED
    article.text_number = None if is_news else article.read_number
    article.published_number = revision.number
    article.updated_at = at
    if is_news:
        article.published_at = article.text_changed_at = at
        looked_after(article, at)
    drop_plan(article)
    article.save()
    waiting = article.reviews.filter(decision=Review.Decision.OPEN, number__lte=revision.number)
    waiting.update(decision=Review.Decision.APPROVED, decided_by=by, decided_at=at)
    finish(article, by=by, at=at, reasons=() if is_news else (ReviewTask.Reason.NOT_OUT,))
    search.index(article)
    if is_news:
        hooks.tell(hooks.What.PUBLISHED, article, by=by, at=at, number=revision.number, first=first)
    else:
        current = article.translations.filter(translated_number=before)
        current.update(translated_number=revision.number)
    return article


# Where it stands ---------------------------------------------------------------------------------------------

MAY_NOT_PUBLISH = gettext_noop("You may not publish articles here. Ask a knowledge editor.")
PLACE = ("section", "audience", "kind", "is_featured")
"""The fields of a row that say it; whose people read it stands beside them."""


def require_move(article: Article, before: Place, place: Place, *, by: User) -> None:
    """Refuse to let `by` decide about where it stands, now or with the next publication.

    Raises:
        NotAllowed: readers find it there, and `by` may not publish; or others keep that category.
    """
    require(
        policies.can_settle(by, article),
        _("This article is published: only those who may publish change where it stands.")
        if article.is_published
        else _(MAY_NOT_PUBLISH),
    )
    if place.section != before.section:
        may = policies.can_fill(by, place.section, published=article.is_for_readers)
        require(may, _("Others keep that category. Choose another one."))


NOBODY, KEPT = "nobody", "kept"
PLACE_REFUSED = {
    NOBODY: gettext_noop(
        "Nobody could read it there: the departments or teams it is planned for are gone. Choose again who may read it, save, then publish."
    ),
    KEPT: gettext_noop(
        "It is to move to a category that others keep. Ask one of them to publish it, or choose another category."
    ),
}


def place_refusal(article: Article, number: int, *, by: User) -> str:
    """Why this revision can't go where it is to stand, as a word that is kept; nothing when it can."""
    place = places.with_revision(article, number) or places.of(article)
    if not place.has_readers:
        return NOBODY
    is_moved = place.section != article.section
    return KEPT if is_moved and not policies.can_fill(by, place.section, published=True) else ""


def stand(article: Article, place: Place) -> None:
    """Let it stand there. The row is for the caller to save."""
    article.section, article.audience = place.section, place.audience
    article.kind, article.is_featured = place.kind, place.is_featured
    article.departments.set(place.departments)
    article.teams.set(place.teams)
    article.review_due_at = due(article)


def keep_place(article: Article, place: Place) -> None:
    """Let it stand there once readers see what was saved last. Nothing is kept where it stands there and stays.

    Of what was planned before, only that remains which goes out by itself.
    """
    article.next_places.exclude(number=article.publish_number or 0).delete()
    if place == places.of(article) and not places.with_revision(article, article.publish_number):
        return
    row = NextPlace.objects.create(
        article=article, number=article.revision_number, section=place.section, audience=place.audience,
        kind=place.kind, is_featured=place.is_featured,
    )  # fmt: skip
    row.departments.set(place.departments)
    row.teams.set(place.teams)


def take_place(article: Article, *, by: User) -> None:
    """No reader sees it any more: where it was to stand with what was saved last is where it stands.

    It stays in its category where `by` may not put it into the other one.
    """
    if place := places.coming(article):
        is_open = place.section == article.section or policies.can_fill(by, place.section)
        stand(article, place if is_open else replace(place, section=article.section))
    article.next_places.all().delete()


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


def end_plan(article: Article, *, by: User) -> None:
    """Nothing goes out by itself any more, and nothing else changes for readers."""
    if not article.is_published:
        take_place(article, by=by)
    drop_plan(article)
    article.save(update_fields=[*PLAN, *PLACE, "review_due_at"])


def hide(article: Article, *, by: User, state: str, at: datetime) -> Article:
    """Take it from its readers: in no list, search or suggestion. What waited for somebody waits no more.

    What was saved last is its text from now on, and where that was to stand its place: there is no published one
    beside it any more.
    """
    take_place(article, by=by)
    put_on_row(article, latest_of(article))
    article.state = state
    article.published_number = article.text_number = None
    article.published_at = article.review_due_at = None
    article.updated_at = article.text_changed_at = at
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
