"""A reader's word on an article, and what its editors answer. Votes belong to the revision that was read."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from knowledge import hooks, policies
from knowledge.actions.publish import NO_RIGHT
from knowledge.actions.revise import lock
from knowledge.actions.tasks import note_low_score
from knowledge.models import Article, Feedback, VisitorVotes

LONGEST_COMMENT = 2_000


@transaction.atomic
def vote(article: Article, *, is_helpful: bool, by: User, number: int | None = None) -> Feedback:
    """Say whether the article helped. `number` is the revision that was read; without one it is that of now.

    One word each: a second one about the same revision takes the place of the first.

    Raises:
        NotAllowed: `by` may not read it.
        InvalidInput: readers never saw that revision.
    """
    article = _readable(article, by)
    number = number or article.read_number
    _require_shown(article, number)
    word = Feedback.objects.filter(article=article, number=number, user=by).first()
    if word and word.is_helpful == is_helpful:
        return word
    if word is None:
        word = Feedback(article=article, number=number, user=by)
    word.is_helpful, word.why, word.created_at = is_helpful, "", timezone.now()
    word.save()
    _count(article)
    note_low_score(article)
    return word


@transaction.atomic
def vote_as_visitor(
    article: Article, *, is_helpful: bool, before: bool | None = None, number: int | None = None
) -> int:
    """Count what somebody said who did not sign in; the revision that it is about. Nothing is kept of who it was.

    `before` is what they said of this revision earlier, which this takes the place of. Such votes are told to editors
    apart and move no rank: nobody can say whose they are.

    Raises:
        NotAllowed: visitors may not read it.
        InvalidInput: readers never saw that revision.
    """
    article = _readable(article, AnonymousUser())
    number = number or article.read_number
    _require_shown(article, number)
    if before == is_helpful:
        return number
    votes, _new = VisitorVotes.objects.get_or_create(article=article, number=number)
    more, less = ("helpful", "unhelpful") if is_helpful else ("unhelpful", "helpful")
    setattr(votes, more, getattr(votes, more) + 1)
    if before is not None:
        setattr(votes, less, max(0, getattr(votes, less) - 1))
    votes.save()
    return number


@transaction.atomic
def comment(article: Article, *, why: str, comment: str, by: User, number: int) -> Feedback:
    """Say why it did not help, and more to its owner, who hears of it. What was said already is told once.

    Raises:
        NotAllowed: `by` may not read it.
        InvalidInput: they did not vote on this revision; or there is no such reason, or too much text.
    """
    article = _readable(article, by)
    word = Feedback.objects.filter(article=article, number=number, user=by).first()
    if word is None:
        raise InvalidInput(_("Say first whether it helped."))
    if why and why not in Feedback.Why.values:
        raise InvalidInput(_("Choose one of the reasons."), field="why")
    comment = comment.strip()
    if len(comment) > LONGEST_COMMENT:
        most = {"most": LONGEST_COMMENT}
        raise InvalidInput(_("Please use at most %(most)s characters.") % most, field="comment")
    if (word.why, word.comment) == (why, comment):
        return word
    is_new = bool(comment) and comment != word.comment
    word.why, word.comment = why, comment
    if is_new:
        word.answer, word.answered_at, word.answered_by = "", None, None
    word.save()
    if is_new:
        hooks.tell(hooks.What.COMMENTED, article, by=by, feedback=word.pk)
    return word


@transaction.atomic
def answer_comment(word: Feedback, *, answer: str, by: User) -> Feedback:
    """Answer what a reader wrote; they hear of it. The same answer again changes and tells nothing.

    Raises:
        NotAllowed: `by` may not write here.
        InvalidInput: there is no answer, or too much of it.
    """
    article = lock(word.article)
    word = Feedback.objects.select_for_update().get(pk=word.pk)
    require(policies.can_write(by, article), _(NO_RIGHT))
    answer = answer.strip()
    if not answer:
        raise InvalidInput(_("Write your answer."), field="answer")
    if len(answer) > LONGEST_COMMENT:
        most = {"most": LONGEST_COMMENT}
        raise InvalidInput(_("Please use at most %(most)s characters.") % most, field="answer")
    if word.answer == answer:
        return word
    word.answer, word.answered_by, word.answered_at = answer, by, timezone.now()
    word.save(update_fields=["answer", "answered_by", "answered_at"])
    hooks.tell(hooks.What.ANSWERED, article, by=by, feedback=word.pk)
    return word


def _readable(article: Article, by: User | AnonymousUser) -> Article:
    article = lock(article)
    is_theirs = Article.objects.readable_by(by).filter(pk=article.pk).exists()
    require(is_theirs, _("You may not read this article."))
    return article


def _require_shown(article: Article, number: int) -> None:
    shown = number <= (article.published_number or 0)
    if not shown or not article.revisions.filter(number=number).exists():
        raise InvalidInput(_("Readers never saw this version of the article."))


def _count(article: Article) -> None:
    """On its row, for ranking and lists: what each reader said last, of whichever revision."""
    later = Feedback.objects.filter(
        article=OuterRef("article"), user=OuterRef("user"), number__gt=OuterRef("number")
    )
    counted = article.feedback.filter(~Exists(later)).aggregate(
        helpful=Count("pk", filter=Q(is_helpful=True)),
        unhelpful=Count("pk", filter=Q(is_helpful=False)),
    )
    article.helpful_count, article.unhelpful_count = counted["helpful"], counted["unhelpful"]
    article.save(update_fields=["helpful_count", "unhelpful_count"])
