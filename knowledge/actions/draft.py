"""Start an article."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from knowledge import policies
from knowledge.actions.revise import NO_RIGHT
from knowledge.models import Article, Audience, FormerSlug, Revision, Section

LONGEST_SLUG = 100
MOST_TRIES = 20
TAKEN = frozenset(
    {"search", "new", "files", "import", "export", "gaps", "following", "topics", "to-do"}
)
"""Addresses of pages."""


def free_slug(wanted: str) -> str:
    """`wanted` as an address, with a number behind it where it is taken."""
    stem = slugify(wanted)[:LONGEST_SLUG].strip("-") or "article"
    slug, again = stem, 1
    while _is_taken(slug):
        again += 1
        slug = f"{stem}-{again}"
    return slug


def _is_taken(slug: str) -> bool:
    """By a page, an article, or one that was there before: links to it must not lead elsewhere."""
    return (
        slug in TAKEN
        or Article.objects.filter(slug=slug).exists()
        or FormerSlug.objects.filter(slug=slug).exists()
    )


def _create(wanted: str, **fields: Any) -> Article:
    """An article at the first address that is free, also where others take one at the same moment."""
    for _again in range(MOST_TRIES):
        slug = free_slug(wanted)
        try:
            with transaction.atomic():
                return Article.objects.create(slug=slug, **fields)
        except IntegrityError:
            if not _is_taken(slug):
                raise
    raise Refused(_("the address “%s” is taken") % slug)


@transaction.atomic
def draft(
    title: str,
    *,
    by: User,
    body: str = "",
    summary: str = "",
    tags: Sequence[str] = (),
    section: Section | None = None,
    audience: str = Audience.EMPLOYEES,
    kind: str = Article.Kind.HOW_TO,
    slug: str = "",
    service_slug: str = "",
    note: str = "",
    source_path: str | None = None,
    at: datetime | None = None,
) -> Article:
    """Make a draft, with its first revision. `source_path` is the file it was imported from, `at` when it was written.

    Raises:
        NotAllowed: `by` may not write articles, or not in this category.
        InvalidInput: there is no title.
    """
    require(policies.can_fill(by, section), _(NO_RIGHT))
    title = " ".join(title.split())
    if not title:
        raise InvalidInput(_("Give the article a title."), field="title")
    now = at or timezone.now()
    article = _create(
        slug or title, title=title, summary=summary, body=body, tags=list(tags), section=section,
        audience=audience, kind=kind, author=by, owner=by, service_slug=service_slug, revision_number=1, updated_at=now, text_changed_at=now, source_path=source_path,
    )  # fmt: skip
    Revision.objects.create(
        article=article,
        number=1,
        title=title,
        summary=summary,
        body=body,
        tags=list(tags),
        author=by,
        note=note,
    )
    return article
