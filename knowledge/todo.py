"""What editors have to do, in lists: reviews, changes asked for, and tasks of published articles."""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, TextChoices, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from knowledge.models import (
    Article,
    Review,
    ReviewTask,
    for_publishers,
    for_writers,
)

CAP = 100


class Kind(TextChoices):
    """The lists, in the order of their tabs. Tasks are called as their reasons."""

    REVIEWS = "reviews", _("To review")
    CHANGES = "changes", _("Changes asked for")
    DUE = ReviewTask.Reason.DUE.value, _("Due")
    LOW_SCORE = ReviewTask.Reason.LOW_SCORE.value, _("Did not help")
    LINKS = ReviewTask.Reason.LINKS.value, _("Broken links")
    OUTDATED = ReviewTask.Reason.OUTDATED.value, _("Outdated translations")
    NOT_OUT = ReviewTask.Reason.NOT_OUT.value, _("Did not go out")


@dataclass(frozen=True)
class Tab:
    kind: Kind
    count: str


def reviews(user: User, *, everybody: bool) -> QuerySet[Review]:
    """Reviews that wait for this person; or all of them, where they may write."""
    waiting = Review.objects.filter(decision=Review.Decision.OPEN)
    if everybody:
        return waiting.filter(article__in=_of_writers(user))
    theirs = Article.objects.filter(for_publishers(user))
    asked = Q(reviewer=user) | Q(reviewer=None)
    return waiting.filter(asked, article__in=theirs).exclude(asked_by=user)


def changes(user: User, *, everybody: bool) -> QuerySet[Review]:
    """Drafts that came back, until somebody asks again or publishes."""
    later = Review.objects.filter(article=OuterRef("article"), pk__gt=OuterRef("pk"))
    came_back = Review.objects.filter(~Exists(later), decision=Review.Decision.CHANGES).exclude(
        article__state=Article.State.ARCHIVED
    )
    new = Q(article__published_number=None) | ~Q(
        article__published_number=F("article__revision_number")
    )
    came_back = came_back.filter(new)
    came_back = came_back.filter(article__in=_of_writers(user))
    return came_back if everybody else came_back.filter(asked_by=user)


def tasks(user: User, reason: str, *, everybody: bool) -> QuerySet[ReviewTask]:
    """Articles that somebody should look at: this person's own and what they planned, or all where they may write."""
    waiting = ReviewTask.objects.filter(done_at=None, reason=reason)
    if everybody:
        return waiting.filter(article__in=_of_writers(user))
    theirs = Q(article__in=_kept(user))
    if reason == ReviewTask.Reason.NOT_OUT:
        theirs |= Q(details__planned_by=user.pk, article__in=_of_writers(user))
    return waiting.filter(theirs)


def rows(user: User, kind: Kind, *, everybody: bool) -> tuple[QuerySet[Any], tuple[str, str]]:
    """One list, and the keys that it is paged by: what waits longest comes first."""
    if kind == Kind.REVIEWS:
        found = reviews(user, everybody=everybody).select_related("reviewer")
    elif kind == Kind.CHANGES:
        found = changes(user, everybody=everybody).select_related("decided_by")
    else:
        listed = tasks(user, kind, everybody=everybody)
        return _with_article(listed), ("created_at", "id")
    return _with_article(found.select_related("asked_by")), ("asked_at", "id")


def tabs(user: User, *, everybody: bool) -> list[Tab]:
    """Every list with its number, which stops at a hundred."""
    lists = {kind: rows(user, kind, everybody=everybody)[0] for kind in Kind}
    return [
        Tab(kind, _shown(found.select_related(None).order_by()[:CAP].count()))
        for kind, found in lists.items()
    ]


def waiting(user: User) -> str:
    """How much waits for this person, for the button on the shelf; nothing where nothing does."""
    parts = [_marked(rows(user, kind, everybody=False)[0], kind) for kind in Kind]
    number = parts[0].union(*parts[1:], all=True)[: CAP + 1].count()
    return _shown(number) if number else ""


def _shown(number: int) -> str:
    return f"{CAP - 1}+" if number >= CAP else str(number)


def _marked(found: QuerySet[Any], kind: str) -> QuerySet[Any, Any]:
    plain = found.select_related(None).order_by()
    return plain.values_list(Value(kind, output_field=CharField()), flat=True)


def _with_article(found: QuerySet[Any]) -> QuerySet[Any]:
    return found.select_related("article__section", "article__owner", "article__author").defer(
        "article__body"
    )


def _of_writers(user: User) -> QuerySet[Article]:
    return Article.objects.filter(for_writers(user))


def _kept(user: User) -> QuerySet[Article]:
    return Article.objects.filter(Q(owner=user) | Q(owner=None, author=user)).filter(
        for_writers(user)
    )
