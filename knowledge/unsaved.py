"""What somebody writes and has not saved: kept as they type, given back to them, and seen by others who open the editor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import typed
from accounts.digits import whole
from accounts.http import UserRequest
from accounts.models import User
from knowledge.models import Article, ArticleDraft

NOT_TEXT = {"csrfmiddlewaretoken", "kept_for", "files", "then", "merge", "drop", "expected"}
WORDS = ("title", "summary", "body", "tags", "note")
LATELY = timedelta(minutes=15)
"""Somebody whose text changed this long ago still writes."""
LONG_AGO = timedelta(days=90)
MOST_NAMED = 5


@dataclass(frozen=True)
class Unsaved:
    """`based_on` is the revision that it was written from, 0 for a new article."""

    form: dict[str, list[str]]
    based_on: int
    at: datetime | None = None
    """None: typed a moment ago, before the session ended."""


def restore(request: UserRequest, article: Article | None) -> Unsaved | None:
    """What this person typed; what waited for their sign-in wins over what was kept before."""
    if waited := typed.restore(request, form_name(article)):
        return Unsaved(waited, _number(waited.get("merge") or waited.get("expected") or ()))
    kept = ArticleDraft.objects.filter(article=article, user=request.user).first()
    return Unsaved(kept.form, kept.based_on, kept.changed_at) if kept else None


def keep(user: User, article: Article | None, posted: Any) -> bool:
    """Keep a form, without its files. Without words it ends what was kept; one far too long is not taken."""
    form = typed.words_of(posted, without=NOT_TEXT)
    if not any(form.get(name, [""])[-1].strip() for name in WORDS):
        forget(user, article)
        return True
    if typed.is_too_long(form):
        return False
    ArticleDraft.objects.update_or_create(
        article=article,
        user=user,
        defaults={
            "form": form,
            "based_on": _number(posted.getlist("expected")),
            "changed_at": timezone.now(),
        },
    )
    return True


def forget(user: User, article: Article | None) -> None:
    """It was saved, or is no longer wanted."""
    ArticleDraft.objects.filter(article=article, user=user).delete()


def others(article: Article, user: User) -> list[ArticleDraft]:
    """Who else writes this article now, the latest first."""
    drafts = article.drafts.filter(changed_at__gte=timezone.now() - LATELY).exclude(user=user)
    return list(drafts.select_related("user").order_by("-changed_at")[:MOST_NAMED])


def form_name(article: Article | None) -> str:
    return f"article:{article.slug if article else 'new'}"


def _number(given: Sequence[str]) -> int:
    return (whole(given[-1], 8) if given else None) or 0
