"""What happens to articles by the clock. Every job may run twice, or at the same time as another.

One transaction for each article, so that one that can't be done stops no other and a stopped worker loses nothing: what
it had not reached is found again by the next run.
"""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_q.tasks import async_task

from accounts.errors import Refused
from accounts.models import User
from knowledge import actions, links, searches
from knowledge.importing import waiting
from knowledge.models import (
    Article,
    ArticleDraft,
    ArticleFile,
    ArticleQuerySet,
    BrokenLink,
    ReviewTask,
)
from knowledge.unsaved import LONG_AGO

log = logging.getLogger("firebreak.knowledge")

AT_ONCE = 200
LONGEST_RUN = 60.0
"""Seconds; then a next job goes on, so that none is taken for one that hangs."""


def on_time() -> int:
    """Every minute: publish what was planned for now, archive what expired; how many articles changed."""
    now = timezone.now()
    planned = Article.objects.filter(publish_at__lte=now).order_by("publish_at", "pk")
    over = Article.objects.exclude(state=Article.State.ARCHIVED).filter(expires_at__lte=now)
    return _each(planned, lambda article: actions.publish_planned(article, at=now)) + _each(
        over.order_by("expires_at", "pk"), lambda article: actions.expire(article, at=now)
    )


def raise_due() -> int:
    """Every night: ask the owners of what is due for review; how many were asked."""
    now = timezone.now()
    asked = ReviewTask.objects.filter(reason=ReviewTask.Reason.DUE, done_at=None)
    due = Article.objects.due_for_review(now).exclude(pk__in=asked.values("article"))
    return _each(
        due.order_by("review_due_at", "pk"), lambda article: actions.raise_due(article, at=now)
    )


def check_links(after: int = 0) -> int:
    """Look at the links of every published article, one transaction each; how many have broken ones."""
    desk, found, began = User.objects.system(), 0, time.monotonic()
    while batch := _published(after):
        for article in batch:
            broken = bool(links.broken_in(article))
            if broken or article.was_broken:  # type: ignore[attr-defined]  # annotated
                actions.check_links(article, by=desk)
            found += broken
        after = batch[-1].pk
        if time.monotonic() - began > LONGEST_RUN:
            async_task("knowledge.jobs.check_links", after, task_name="check links", save=False)
            break
    return found


def tidy_writing() -> None:
    """Forget what nobody came back to: text that was never saved, files for articles that never came, zips looked at."""
    since = timezone.now() - LONG_AGO
    ArticleDraft.objects.filter(changed_at__lt=since).delete()
    for file in ArticleFile.objects.filter(article=None, created_at__lt=since)[:AT_ONCE]:
        file.file.delete(save=False)
        file.delete()
    waiting.forget_old()


def _each(articles: ArticleQuerySet, do: Callable[[Article], bool]) -> int:
    done = 0
    for article in articles.only("pk")[:AT_ONCE]:
        try:
            done += do(article)
        except (Refused, DatabaseError):
            log.exception("article %s could not be done; the next run tries again", article.pk)
    return done


def _published(after: int) -> list[Article]:
    known = Exists(BrokenLink.objects.filter(article=OuterRef("pk")))
    rows = Article.objects.published().filter(pk__gt=after).annotate(was_broken=known)
    return list(rows.order_by("pk")[:AT_ONCE])


def forget_searches() -> int:
    """Every night: forget what people looked for long ago; how many searches went."""
    return searches.forget_old()
