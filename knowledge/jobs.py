"""What happens to articles by the clock."""

import time

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from knowledge import actions, links
from knowledge.models import Article, ArticleDraft, ArticleFile, BrokenLink
from knowledge.unsaved import LONG_AGO

AT_ONCE = 200
LONGEST_RUN = 60.0
"""Seconds; then a next job goes on, so that none is taken for one that hangs."""


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
    """Forget what nobody came back to: text that was never saved, and files for articles that never came."""
    since = timezone.now() - LONG_AGO
    ArticleDraft.objects.filter(changed_at__lt=since).delete()
    for file in ArticleFile.objects.filter(article=None, created_at__lt=since)[:AT_ONCE]:
        file.file.delete(save=False)
        file.delete()


def _published(after: int) -> list[Article]:
    known = Exists(BrokenLink.objects.filter(article=OuterRef("pk")))
    rows = Article.objects.published().filter(pk__gt=after).annotate(was_broken=known)
    return list(rows.order_by("pk")[:AT_ONCE])
