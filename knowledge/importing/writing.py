"""Write what was planned: new articles many at a time, changed ones by the verbs that everybody uses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import User
from accounts.permissions import Permission
from knowledge import actions, places, policies, search
from knowledge.actions import steps
from knowledge.actions.revise import lock
from knowledge.importing.planning import (
    NOTE,
    NOTE_OF_DRAFT,
    Entry,
    Manner,
    Outcome,
    Plan,
    differs,
    note_end_of_move,
    publishes,
    taken_former,
    texts_of,
)
from knowledge.models import (
    Article,
    ArticleFile,
    FormerSlug,
    Revision,
    Section,
    default_language,
)
from knowledge.places import Place

PORTION = 100


def carry_out(plan: Plan) -> Iterator[Outcome]:
    """Do what was planned; a portion of new articles, or a changed one, is written wholly or not at all.

    Between the plan and this, others work: what can't be written any more is refused by itself, and the rest goes on.
    """
    yield from plan.outcomes
    new = [one for one in plan.entries if one.what == "new"]
    _make_sections([one for one in plan.entries if one.what in ("new", "changed")])
    sources = [one for one in new if not one.document.translation_of]
    translations = [one for one in new if one.document.translation_of]
    for group in (sources, translations):
        for at in range(0, len(group), PORTION):
            yield from _added(group[at : at + PORTION], plan)
    for entry in plan.entries:
        if entry.what == "new":
            continue
        try:
            with transaction.atomic():
                if entry.what == "changed":
                    _change(entry, plan)
            yield _told(entry)
        except Refused as refused:
            yield Outcome(entry.name, "refused", refused.message)
        except Article.DoesNotExist:
            yield Outcome(entry.name, "refused", _("the article was deleted meanwhile"))


def _told(entry: Entry) -> Outcome:
    return Outcome(
        entry.name,
        entry.what,
        article=entry.article,
        title=entry.document.title,
        notes=tuple(entry.notes),
    )


# New ones ----------------------------------------------------------------------------------------------------


def _make_sections(entries: Sequence[Entry]) -> None:
    """Categories that are not there yet; one that somebody made meanwhile is that."""
    made: dict[str, Section] = {}

    def kept(section: Section | None) -> Section | None:
        if section is None or section.pk is not None:
            return section
        if section.slug not in made:
            made[section.slug] = _made(section)
        return made[section.slug]

    for entry in entries:
        entry.section = kept(entry.section)
        if place := entry.newer_place:
            entry.newer_place = replace(place, section=kept(place.section))


def _made(section: Section) -> Section:
    try:
        with transaction.atomic():
            section.save()
    except IntegrityError:
        same = Q(slug=section.slug) | Q(name__iexact=section.name)
        return Section.objects.filter(same).order_by("pk")[0]
    return section


def _added(entries: Sequence[Entry], plan: Plan) -> Iterator[Outcome]:
    """Write these at once; where one of them can't be written any more, each by itself."""
    notes = [list(entry.notes) for entry in entries]
    try:
        with transaction.atomic():
            _add(entries, plan)
    except IntegrityError:
        if len(entries) == 1:
            reason = _(
                "meanwhile somebody made an article of the address “%s” or from the same file; bring it in again"
            )
            yield Outcome(entries[0].name, "refused", reason % entries[0].slug)
            return
        for entry, before in zip(entries, notes, strict=True):
            entry.notes = before
            yield from _added([entry], plan)
        return
    yield from map(_told, entries)


def _add(entries: Sequence[Entry], plan: Plan) -> None:
    now, by = timezone.now(), plan.manner.by
    articles = [_article(entry, plan.manner, now) for entry in entries]
    _tie_to_sources(entries, articles, by)
    Article.objects.bulk_create(articles)
    for entry, article in zip(entries, articles, strict=True):
        entry.article = article
    Revision.objects.bulk_create([one for entry in entries for one in _revisions(entry)])
    _tie(entries)
    for entry in entries:
        _keep_place(entry)
        _keep_files(entry, plan, by=by, at=now)
    search.index_all([one for one in articles if one.is_published])


def _article(entry: Entry, manner: Manner, now: datetime) -> Article:
    document = entry.document
    author = manner.author_of(document.author) or manner.by
    at = manner.at_of(document.path) or document.at or now
    state = _state(entry, manner)
    is_out = state == Article.State.PUBLISHED
    shown, body = document, entry.body
    if entry.newer and not is_out:  # what was saved last stands on what is not published
        shown, body = entry.newer, entry.newer_body
    place = _place(entry, state)
    article = Article(
        slug=entry.slug,
        state=state,
        audience=place.audience,
        kind=place.kind,
        section=place.section,
        title=shown.title,
        summary=shown.summary,
        body=body,
        tags=shown.tags,
        is_featured=place.is_featured and policies.can_publish(manner.by),
        owner=entry.owner,
        review_days=document.review_days,
        expires_at=document.expires,
        language=document.language or default_language(),
        service_slug=document.service,
        author=author,
        source_path=entry.name,
        revision_number=2 if entry.newer else 1,
        published_number=1 if is_out else None,
        published_at=at if is_out else None,
        updated_at=document.changed or at,
        text_changed_at=document.changed or at,
        reviewed_at=document.reviewed,
    )
    if is_out and not document.is_ours:
        article.reviewed_at = document.reviewed or manner.at_of(document.path) or now
    if is_out:
        article.review_due_at = document.review_due if document.is_ours else steps.due(article)
    return article


def _place(entry: Entry, state: str) -> Place:
    """Where it stands: what no reader sees, where it was saved last."""
    if entry.newer_place and state != Article.State.PUBLISHED:
        return entry.newer_place
    return Place(
        entry.section,
        entry.audience,
        entry.document.kind,
        entry.document.is_featured,
        frozenset(entry.departments),
        frozenset(entry.teams),
    )


def _keep_place(entry: Entry) -> None:
    """That of the newer draft waits with it."""
    article = entry.article
    if article and article.is_published and entry.newer_place:
        steps.keep_place(article, entry.newer_place)


def _state(entry: Entry, manner: Manner) -> str:
    """As the file says, where it may be published at all. What nobody has read yet, whoever writes it may archive."""
    document = entry.document
    if document.is_archived:
        return Article.State.ARCHIVED
    if not manner.publish or document.is_draft:
        return Article.State.DRAFT
    if not policies.can_fill(manner.by, entry.section, published=True) or not _alone(manner.by):
        entry.notes.append(_("it is a draft: you may not publish it"))
        return Article.State.DRAFT
    return document.state or Article.State.PUBLISHED


def _alone(by: User) -> bool:
    """May this person publish what nobody else has looked at?"""
    return by.is_system or by.permits.anywhere(Permission.ARTICLES_PUBLISH_OWN)


def _tie_to_sources(entries: Sequence[Entry], articles: Sequence[Article], by: User) -> None:
    """Say of translations what they translate, where `by` writes that and it is no translation itself."""
    wanted = {one.document.translation_of for one in entries} - {""}
    if not wanted:
        return
    known = Article.objects.all() if by.is_system else Article.objects.on_shelf_of(by)
    originals = known.filter(slug__in=wanted, translation_of=None)
    sources = {one.slug: one for one in originals}
    done = Article.objects.filter(translation_of__in=sources.values())
    taken = set(done.values_list("translation_of", "language"))
    taken |= {(one.pk, one.language) for one in sources.values()}
    for entry, article in zip(entries, articles, strict=True):
        if not entry.document.translation_of:
            continue
        source = sources.get(entry.document.translation_of)
        if source is None or (source.pk, article.language) in taken:
            entry.notes.append(
                _("“%s”, which it translates, is not here or has such a translation already")
                % entry.document.translation_of
            )
            continue
        taken.add((source.pk, article.language))
        article.translation_of = source
        article.translated_number = 0 if entry.document.is_outdated else source.published_number


def _revisions(entry: Entry) -> Iterator[Revision]:
    article = entry.article
    assert article is not None  # noqa: S101 (just made)
    document = entry.document
    yield Revision(
        article=article, number=1, title=document.title, summary=document.summary, body=entry.body,
        tags=document.tags, author=article.author, note=NOTE,
    )  # fmt: skip
    if newer := entry.newer:
        yield Revision(
            article=article, number=2, title=newer.title, summary=newer.summary, body=entry.newer_body,
            tags=newer.tags, author=article.author, note=NOTE_OF_DRAFT,
        )  # fmt: skip


def _tie(entries: Sequence[Entry]) -> None:
    """Departments, teams and former addresses."""
    departments, teams = Article.departments.through, Article.teams.through
    departments.objects.bulk_create(
        [
            departments(article_id=_key(one), department_id=each.pk)
            for one in entries
            for each in _stands(one).departments
        ]
    )
    teams.objects.bulk_create(
        [
            teams(article_id=_key(one), team_id=each.pk)
            for one in entries
            for each in _stands(one).teams
        ]
    )
    former = [(slug, one) for one in entries for slug in one.document.former if slug]
    if former:
        taken = taken_former(slug for slug, _one in former)
        rows = {slug: FormerSlug(slug=slug, article_id=_key(one)) for slug, one in former}
        FormerSlug.objects.bulk_create([row for slug, row in rows.items() if slug not in taken])


def _stands(entry: Entry) -> Place:
    return _place(entry, entry.article.state if entry.article else "")


def _key(entry: Entry) -> int:
    return entry.article.pk if entry.article else 0


# Changed ones ------------------------------------------------------------------------------------------------


def _change(entry: Entry, plan: Plan) -> None:
    """The next revision, and that of the newer draft. Where the article stands and who reads it stay as they are here.

    A move that somebody planned here is not done by publishing the file's text; it waits on with its newer draft, or for
    the place that the draft's file names.
    """
    manner, document = plan.manner, entry.document
    assert entry.article is not None  # noqa: S101 (only articles that are there change)
    article = lock(entry.article)
    note_end_of_move(entry, article, manner)
    planned = places.coming(article)
    author = manner.author_of(document.author) or manner.by
    at = manner.at_of(document.path) or document.changed or document.at
    text = texts_of(document, entry.body)
    has_new_text = differs(article, text, NOTE)
    is_for_readers = has_new_text and publishes(entry, manner)
    if has_new_text:
        place = places.of(article) if is_for_readers else None
        article = actions.revise(
            article, by=author, note=NOTE, at=at, place=place, placed_by=manner.by, **text
        )
    _keep_files(entry, plan, by=manner.by, at=timezone.now())
    if is_for_readers:
        article = actions.publish(article, by=manner.by, at=at)
    if entry.newer:
        newer = texts_of(entry.newer, entry.newer_body)
        place = entry.newer_place or planned
        article = actions.revise(
            article, by=author, note=NOTE_OF_DRAFT, at=at, place=place, placed_by=manner.by, **newer
        )
    entry.article = article


# Files -------------------------------------------------------------------------------------------------------


def _keep_files(entry: Entry, plan: Plan, *, by: User, at: datetime) -> None:
    for kept in entry.files:
        if not kept.is_new:
            continue
        upload = plan.checked(kept.path)
        upload.content.seek(0)
        row = ArticleFile.of(
            upload,
            by=by,
            at=at,
            name=kept.name,
            article_id=_key(entry),
            token=kept.token,
            is_listed=kept.is_listed,
        )
        row.save()
