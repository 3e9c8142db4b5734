"""Pictures and files of articles: brought while writing, taken off again; older revisions keep what they had."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.files import Upload, copies
from accounts.models import User
from knowledge import markup, policies, search
from knowledge.actions.publish import NO_RIGHT as MAY_NOT_PUBLISH
from knowledge.actions.revise import NO_RIGHT, lock
from knowledge.models import Article, ArticleFile, new_token

MOST_FILES = 200
"""Of one article, or waiting for one that a person has not saved yet."""


@transaction.atomic
def bring_file(
    upload: Upload, *, by: User, article: Article | None = None, is_listed: bool = False
) -> ArticleFile:
    """Keep a checked file for an article, or for one that is not there yet. Listed ones are offered to its readers.

    Raises:
        NotAllowed: `by` may not write there; or it would be listed where readers find it, and `by` may not publish.
        Refused: there are too many already.
    """
    if article:
        article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if article and is_listed:
        require(
            policies.can_settle(by, article),
            _(
                "Readers get this at once: only those who may publish here add files to a published article."
            )
            if article.is_published
            else _(MAY_NOT_PUBLISH),
        )
    kept = ArticleFile.objects.filter(article=article, removed_at=None)
    if (kept if article else kept.filter(uploaded_by=by)).count() >= MOST_FILES:
        raise Refused(
            _("There are %(most)s files already. Remove some first.") % {"most": MOST_FILES}
        )
    file = ArticleFile.of(upload, by=by, at=timezone.now(), article=article, is_listed=is_listed)
    file.save()
    _found_anew(article, file)
    return file


@transaction.atomic
def remove_file(file: ArticleFile, *, by: User) -> ArticleFile:
    """Readers get it no more: a text that still names it says so. Older revisions keep it. Twice changes nothing.

    Raises:
        NotAllowed: `by` may not write there; or its article is published or goes out by itself, and `by` may not publish.
    """
    article = lock(file.article) if file.article else None
    file = ArticleFile.objects.select_for_update().get(pk=file.pk)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if article:
        require(
            policies.can_settle(by, article),
            _(
                "Readers lose this at once: only those who may publish here remove files of a published article."
            )
            if article.is_published
            else _(MAY_NOT_PUBLISH),
        )
    else:
        require(file.uploaded_by_id == by.pk, _(NO_RIGHT))
    if file.removed_at is None:
        file.removed_at = timezone.now()
        file.save(update_fields=["removed_at"])
        _found_anew(article, file)
    return file


@transaction.atomic
def adopt_files(article: Article, *, by: User) -> int:
    """Give a new article what its writer brought before it was saved; how many those were."""
    waiting = ArticleFile.objects.filter(article=None, uploaded_by=by, removed_at=None)
    latest = article.revisions.order_by("-number").first()
    named = set(markup.draft_of(latest.body).found.pictures) if latest else set()
    theirs = [one.pk for one in waiting if one.is_listed or one.token in named]
    return ArticleFile.objects.filter(pk__in=theirs).update(article=article)


def files_in(article: Article) -> dict[str, ArticleFile]:
    """Files of its own that its text names and that are there, each with a token for a copy of it."""
    return {
        new_token(): one
        for one in article.files.filter(removed_at=None)
        if one.token in article.body and one.file.storage.exists(str(one.file.name))
    }


def copy_files(files: dict[str, ArticleFile], article: Article, *, by: User) -> None:
    """Give an article copies of these under these tokens, so that it keeps them whatever becomes of their own."""
    for token, one in files.items():
        (upload,) = copies([one])
        copy = ArticleFile.of(
            upload, by=by, at=timezone.now(), article=article, token=token, is_listed=one.is_listed
        )
        copy.save()


def _found_anew(article: Article | None, file: ArticleFile) -> None:
    """Names of listed files are found by search."""
    if article and article.is_published and file.is_listed:
        search.index(article)
