"""Have a draft looked at before readers see it: ask, approve, ask for changes, take back.

A review is of whatever was saved last: saving meanwhile moves it on, and who decides says which revision they read.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from knowledge import hooks, policies
from knowledge.actions import steps
from knowledge.actions.publish import ALONE, NO_RIGHT
from knowledge.actions.revise import NO_RIGHT as MAY_NOT_WRITE
from knowledge.actions.revise import lock
from knowledge.models import Article, Review


@transaction.atomic
def ask_review(
    article: Article,
    *,
    by: User,
    reviewer: User | None = None,
    message: str = "",
    expected: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Ask that the newest revision be looked at, by `reviewer` or whoever may publish here. `at` is when, for history.

    Asking again for the same changes and records nothing; asking somebody else moves the review to them.

    Raises:
        NotAllowed: `by` may not write here.
        EditConflict: somebody saved a revision meanwhile; it is the error's `changes`.
        InvalidInput: there is no text yet, or the reviewer may not publish here, or is `by`.
        Refused: it is in the archive, or readers see this revision already.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(MAY_NOT_WRITE))
    steps.require_in_use(article)
    steps.require_seen(article, expected)
    if article.is_published and not article.has_newer_draft:
        raise Refused(_("Readers see this revision already: there is nothing to review."))
    steps.require_text(steps.latest_of(article))
    if reviewer and (reviewer == by or not policies.can_publish(reviewer, article)):
        raise InvalidInput(_("Choose somebody else who may publish here."), field="reviewer")
    message = " ".join(message.split())

    review = _open(article) or Review(article=article)
    asked = (reviewer, message, article.revision_number)
    if review.pk and (review.reviewer, review.message, review.number) == asked:
        return review
    review.reviewer, review.message, review.number = asked
    review.asked_by, review.asked_at = by, at or timezone.now()
    review.save()
    hooks.tell(hooks.What.REVIEW_ASKED, article, by=by, at=at, review=review.pk)
    return review


@transaction.atomic
def approve(
    article: Article,
    *,
    by: User,
    comment: str = "",
    expected: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Say that readers may see the newest revision. Publishing it is a verb of its own; one approval is enough.

    Raises:
        NotAllowed: `by` may not publish here, or not alone what only they wrote.
        EditConflict: somebody saved a revision meanwhile; it is the error's `changes`.
        Refused: nobody asked for a review, or it is over.
    """
    article, review = _to_decide(article, by, expected)
    require(policies.can_approve(by, article), _(ALONE))
    _decide(review, Review.Decision.APPROVED, by, comment, at)
    hooks.tell(hooks.What.APPROVED, article, by=by, at=at, review=review.pk)
    return review


@transaction.atomic
def ask_changes(
    article: Article,
    *,
    by: User,
    comment: str,
    expected: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Give it back to its writer, with what is to be changed. A plan to publish ends with that.

    Raises:
        NotAllowed: `by` may not publish here.
        EditConflict: somebody saved a revision meanwhile; it is the error's `changes`.
        InvalidInput: there is no comment.
        Refused: nobody asked for a review, or it is over.
    """
    article, review = _to_decide(article, by, expected)
    if not comment.strip():
        raise InvalidInput(_("Say what should be changed."), field="comment")
    _decide(review, Review.Decision.CHANGES, by, comment, at)
    if article.publish_at:
        steps.end_plan(article, by=by)
    hooks.tell(hooks.What.CHANGES_ASKED, article, by=by, at=at, review=review.pk)
    return review


@transaction.atomic
def take_back(article: Article, *, by: User) -> Review:
    """End the review without a decision: the text is a draft again.

    Raises:
        NotAllowed: `by` neither asked for it nor may publish here.
        Refused: there is no open review.
    """
    article = lock(article)
    review = _require_open(article)
    require(
        policies.can_take_back(by, review),
        _("Only who asked for the review, or may publish here, takes it back."),
    )
    _decide(review, Review.Decision.TAKEN_BACK, by, "", None)
    return review


def _open(article: Article) -> Review | None:
    return article.reviews.filter(decision=Review.Decision.OPEN).first()


def _to_decide(article: Article, by: User, expected: int | None) -> tuple[Article, Review]:
    """The article, held, and its open review, where `by` may decide and saw the newest text."""
    article = lock(article)
    require(policies.can_publish(by, article), _(NO_RIGHT))
    review = _require_open(article)
    steps.require_seen(article, expected)
    return article, review


def _require_open(article: Article) -> Review:
    review = _open(article)
    if review:
        return review
    last = article.reviews.select_related("decided_by").first()
    if last and last.decided_by:
        raise Refused(
            _("%(who)s has ended this review already: %(decision)s. Nothing was done.")
            % {"who": last.decided_by.display_name, "decision": last.get_decision_display()}
        )
    raise Refused(_("Nobody asked for a review of this article."))


def _decide(review: Review, decision: str, by: User, comment: str, at: datetime | None) -> None:
    review.decision, review.decided_by = decision, by
    review.decided_at = at or timezone.now()
    review.comment = comment.strip()
    review.save()
