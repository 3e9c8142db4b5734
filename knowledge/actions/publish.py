"""Make the latest revision readable for its audience, now or at a time, or take the article back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from knowledge import hooks, policies
from knowledge.actions import steps
from knowledge.actions.revise import lock
from knowledge.models import Article, ReviewTask

NOT_OUT = ReviewTask.Reason.NOT_OUT
OVERTAKEN = "overtaken"
"""Readers see this text or a newer one already, so nothing is left to do."""

NO_RIGHT = steps.MAY_NOT_PUBLISH
ALONE = gettext_noop("Only you wrote this. Somebody else has to approve it: ask for a review.")


@transaction.atomic
def publish(
    article: Article, *, by: User, expected: int | None = None, at: datetime | None = None
) -> Article:
    """Show the latest revision to its audience and put it into search. What readers see already changes nothing.

    `expected` is the number of the revision that `by` looked at, `at` is when, for imports.

    Raises:
        NotAllowed: `by` may not publish here, or not alone what only they wrote.
        EditConflict: somebody saved a revision meanwhile; it is the error's `changes`.
        InvalidInput: the article has no text yet.
        Refused: it is in the archive; or it is to stand where nobody reads it, or where `by` may not put it.
    """
    article = lock(article)
    _require_release(article, by, expected)
    if article.is_published and not article.has_newer_draft:
        return article
    return steps.release(article, steps.latest_of(article), by=by, at=at or timezone.now())


@transaction.atomic
def plan(article: Article, *, by: User, at: datetime, expected: int | None = None) -> Article:
    """Let the latest revision go out by itself at `at`. What is saved until then waits for its own publication.

    Raises:
        NotAllowed, EditConflict, InvalidInput, Refused: as for `publish`; also when `at` is over.
    """
    article = lock(article)
    _require_release(article, by, expected)
    if at <= timezone.now():
        raise InvalidInput(_("Choose a time to come."), field="publish_at")
    if article.is_published and not article.has_newer_draft:
        raise Refused(_("Readers see this revision already: there is nothing to publish."))
    planned = (at, by.pk, article.revision_number)
    if (article.publish_at, article.publish_by_id, article.publish_number) == planned:
        return article
    article.publish_at, article.publish_by, article.publish_number = at, by, planned[2]
    article.save(update_fields=steps.PLAN)
    steps.finish(article, by=by, at=timezone.now(), reasons=(NOT_OUT,))
    return article


@transaction.atomic
def drop_plan(article: Article, *, by: User) -> Article:
    """Let nothing go out by itself. Without a plan this changes nothing.

    Raises:
        NotAllowed: `by` may not publish here.
    """
    article = lock(article)
    require(policies.can_publish(by, article), _(NO_RIGHT))
    if article.publish_at:
        steps.end_plan(article, by=by)
    return article


@transaction.atomic
def publish_planned(article: Article, *, at: datetime) -> bool:
    """Publish what was planned for a time that is over now; whether it went out.

    All that publishing checks is checked again, by the rights that whoever planned it has now. When a rule says no, the
    plan ends, they hear of it, and it waits for its editors as a task that says why. Running twice publishes once.
    """
    article = lock(article)
    if not article.publish_at or article.publish_at > at:
        return False
    by, number = article.publish_by, article.publish_number or 0
    refusal = _refusal(article, by, number)
    if by and not refusal:
        steps.release(article, article.revisions.get(number=number), by=by, at=at)
        return True
    desk = User.objects.system()
    steps.end_plan(article, by=by or desk)
    if refusal != OVERTAKEN:
        details = {"why": refusal, "number": number, "planned_by": by and by.pk}
        steps.raise_task(article, NOT_OUT, details, at)
    hooks.tell(hooks.What.NOT_PUBLISHED, article, by=desk, planned_by=by and by.pk, reason=refusal)
    return False


@transaction.atomic
def withdraw(article: Article, *, by: User) -> Article:
    """Take a published article back: a draft again, in no list, search or suggestion of its readers.

    Raises:
        NotAllowed: `by` may not publish here.
    """
    article = lock(article)
    require(policies.can_publish(by, article), _(NO_RIGHT))
    if not article.is_published:
        return article
    return steps.hide(article, by=by, state=Article.State.DRAFT, at=timezone.now())


def _require_release(article: Article, by: User, expected: int | None) -> None:
    require(policies.can_publish(by, article), _(NO_RIGHT))
    steps.require_in_use(article)
    steps.require_seen(article, expected)
    if article.is_published and not article.has_newer_draft:
        return
    steps.require_text(steps.latest_of(article))
    require(policies.can_release(by, article), _(ALONE))
    if refusal := steps.place_refusal(article, article.revision_number, by=by):
        raise Refused(_(steps.PLACE_REFUSED[refusal]))


def _refusal(article: Article, by: User | None, number: int) -> str:
    """Why it can't go out now, as a word that is kept; nothing when it can."""
    if by is None or not policies.can_publish(by, article):
        return "rights"
    if (article.published_number or 0) >= number:
        return OVERTAKEN
    if not article.revisions.get(number=number).body.strip():
        return "empty"
    if not policies.can_release(by, article, number):
        return "alone"
    return steps.place_refusal(article, number, by=by)
