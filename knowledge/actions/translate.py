"""Translations: each follows one source, and says which revision of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from knowledge import hooks, languages, policies, search
from knowledge.actions.draft import draft
from knowledge.actions.files import copy_files, files_in
from knowledge.actions.revise import NO_RIGHT, lock
from knowledge.actions.tasks import finish_task, raise_task
from knowledge.models import Article, ReviewTask


@transaction.atomic
def translate(source: Article, *, language: str, by: User) -> Article:
    """Start a translation: a draft with the source's text and copies of its pictures, which stands where that stands.

    Raises:
        NotAllowed: `by` may not write where the source stands.
        InvalidInput: there is no such language, or a translation into it is there already.
        Refused: the source itself is a translation.
    """
    source = lock(source)
    require(policies.can_write(by, source), _(NO_RIGHT))
    _require_source(source)
    _require_free(source, language)
    files, body = files_in(source), source.body
    for token, file in files.items():
        body = body.replace(file.token, token)
    article = draft(
        source.title, by=by, body=body, summary=source.summary, tags=source.tags, section=source.section,
        audience=source.audience, kind=source.kind, slug=f"{source.slug}-{language}",
    )  # fmt: skip
    article.departments.set(source.departments.all())
    article.teams.set(source.teams.all())
    copy_files(files, article, by=by)
    return _join(article, source, language)


@transaction.atomic
def link_translation(article: Article, *, source: Article, by: User) -> Article:
    """Make an article that is there already the translation of another.

    Raises:
        NotAllowed: `by` may not write both.
        InvalidInput: they are in one language, or the source has a translation into it.
        Refused: either is a translation, or the article is the source of some.
    """
    article, source = lock(article), lock(source)
    both = policies.can_write(by, article) and policies.can_write(by, source)
    require(both, _(NO_RIGHT))
    if article.translation_of_id == source.pk:
        return article
    _require_source(source)
    if article.pk == source.pk or article.translation_of_id or article.translations.exists():
        raise Refused(_("This article has translations itself, or is one."))
    _require_free(source, article.language)
    return _join(article, source, article.language)


@transaction.atomic
def unlink_translation(article: Article, *, by: User) -> Article:
    """Let it stand alone. An article that does already stays as it is.

    Raises:
        NotAllowed: `by` may not write it.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if article.translation_of_id is None:
        return article
    article.translation_of = article.translated_number = None
    article.save(update_fields=["translation_of", "translated_number"])
    finish_task(article, ReviewTask.Reason.OUTDATED, by=by)
    return article


@transaction.atomic
def match_source(article: Article, *, by: User) -> Article:
    """Say that the translation says what its source says now, and so is outdated no more.

    Raises:
        NotAllowed: `by` may not write it.
        Refused: it is no translation.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if article.translation_of is None:
        raise Refused(_("This article is no translation."))
    article.translated_number = article.translation_of.published_number
    article.save(update_fields=["translated_number"])
    finish_task(article, ReviewTask.Reason.OUTDATED, by=by)
    return article


@transaction.atomic
def set_language(article: Article, *, language: str, by: User) -> Article:
    """Say in which language it is written.

    Raises:
        NotAllowed: `by` may not write it.
        InvalidInput: there is no such language, or another of its translations has it.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if article.language == language:
        return article
    _require_free(article.translation_of or article, language, apart_from=article)
    article.language = language
    article.save(update_fields=["language"])
    _find_anew(article)
    return article


def source_published(happening: hooks.Happening) -> None:
    """The translations of what was published anew are behind it: each is a task for whoever keeps it."""
    if happening.what != hooks.What.PUBLISHED or happening.article.translation_of_id:
        return
    number = happening.article.published_number
    behind = happening.article.translations.exclude(translated_number=number)
    for translation in behind.order_by("pk"):
        details = {"translated": translation.translated_number, "source": number}
        raise_task(translation, ReviewTask.Reason.OUTDATED, details=details, at=happening.at)


def _join(article: Article, source: Article, language: str) -> Article:
    article.translation_of, article.language = source, language
    article.translated_number = source.published_number
    article.save(update_fields=["translation_of", "language", "translated_number"])
    _find_anew(article)
    return article


def _find_anew(article: Article) -> None:
    """Its words stand in the index as its language bends them."""
    if article.is_published:
        search.index(article)


def _require_source(source: Article) -> None:
    if source.translation_of_id:
        raise Refused(_("This is a translation itself. Translate its source."))


def _require_free(source: Article, language: str, *, apart_from: Article | None = None) -> None:
    if language not in languages.CODES:
        raise InvalidInput(_("Choose a language."), field="language")
    others = [source, *source.translations.all()]
    if any(one.language == language for one in others if one != apart_from):
        raise InvalidInput(_("There is a version in this language already."), field="language")
