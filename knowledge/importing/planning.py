"""What is to become of each file, before anything is written: the same for a dry run and for the real one."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import files
from accounts.errors import Refused
from accounts.models import Department, Team, User
from knowledge import places, policies
from knowledge.actions.draft import LONGEST_SLUG, TAKEN
from knowledge.actions.files import MOST_FILES
from knowledge.importing import reading
from knowledge.importing.reading import Document
from knowledge.importing.references import Inward
from knowledge.importing.sources import Source
from knowledge.models import Article, ArticleFile, Audience, FormerSlug, Section, new_token
from knowledge.places import Place

NOTE, NOTE_OF_DRAFT = "Imported", "Imported draft"
LONGEST_PATH = 300
LONGEST_SECTION, LONGEST_SECTION_SLUG = 80, 60
LONGEST_GIVEN_SLUG = LONGEST_SLUG + 20
ASKED_AT_ONCE = 400
MOST_KEPT = 32 * 1024 * 1024
"""Bytes of checked pictures that are held until they are written; others are checked once more then."""

CATEGORIES = "categories.yaml"
DRAFTS = ".draft"
"""Before the ending of a file that holds the newer draft of a published article."""

What = Literal["new", "changed", "unchanged", "refused", "left_out", "file"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file, or would."""

    path: str
    what: What
    reason: str = ""
    article: Article | None = None
    title: str = ""
    notes: tuple[str, ...] = ()
    """What was not taken as it was."""


@dataclass(frozen=True)
class Manner:
    """How articles are to be brought in; each file's front matter may say otherwise."""

    by: User
    name: str
    """Stands before each file's path, so that two folders may hold the same one."""
    audience: str = ""
    """For files that name none of ours; without it, employees, and a file with another word is refused."""
    kind: str = Article.Kind.HOW_TO
    """Of files that name none of ours."""
    publish: bool = False
    overwrite: bool = False
    author_of: Callable[[str], User | None] = lambda _name: None
    at_of: Callable[[str], datetime | None] = lambda _path: None
    """When the file of this path was written."""


@dataclass(frozen=True)
class Kept:
    """A file that goes with an article."""

    path: str
    name: str
    token: str
    sha256: str
    is_listed: bool
    is_new: bool


@dataclass
class Entry:
    """An article to be written: what its file says, with addresses instead of paths."""

    document: Document
    name: str
    slug: str
    what: What
    body: str = ""
    newer: Document | None = None
    newer_body: str = ""
    newer_place: Place | None = None
    """Where it is to stand with the newer text; None: where it stands."""
    section: Section | None = None
    audience: str = Audience.EMPLOYEES
    departments: list[Department] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    owner: User | None = None
    article: Article | None = None
    """What is there already."""
    files: list[Kept] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def address_of(slug: str) -> str:
    return reverse("knowledge:article", args=[slug])


def address_of_file(token: str, name: str) -> str:
    return f"/kb/files/{token}/{quote(name)}"


class Plan:
    """Reads every file of the source and says what is to become of it. Writes nothing."""

    def __init__(self, source: Source, manner: Manner) -> None:
        self.source, self.manner = source, manner
        self.outcomes: list[Outcome] = [
            Outcome(self._name(path), "refused", reason) for path, reason in source.refused
        ]
        self.entries: list[Entry] = []
        self.sections: dict[str, dict[str, Any]] = {}
        """What the source says of categories, by their addresses."""
        self._hidden: set[str] = set()
        """Paths of articles that this person does not write: nothing may be learned about their texts."""
        self._used: set[str] = set()
        self._checked: dict[str, files.Upload] = {}
        self._held = 0
        self._read_sections()
        documents = list(self._documents())
        folders = [PurePosixPath(one.path).parent.as_posix() for one in documents]
        self.base = os.path.commonpath(folders) if folders else ""
        self._settle(documents)
        self._leave_out()

    def _name(self, path: str) -> str:
        return f"{self.manner.name}/{path}"

    def refuse(self, path: str, reason: str) -> None:
        self.outcomes.append(Outcome(self._name(path), "refused", reason))

    # Reading -------------------------------------------------------------------------------------------

    def _read_sections(self) -> None:
        """Names and order of categories, as our own exports say them."""
        if CATEGORIES not in self.source.files:
            return
        self._used.add(CATEGORIES)
        try:
            text = self.source.files[CATEGORIES].read().decode("utf-8-sig")
            said = reading.parse_yaml(text)
        except (Refused, UnicodeDecodeError) as error:
            self.refuse(CATEGORIES, str(getattr(error, "message", error)))
            return
        for one in said if isinstance(said, list) else []:
            if isinstance(one, dict) and isinstance(one.get("slug"), str):
                self.sections[one["slug"]] = one

    def _documents(self) -> Iterator[Document]:
        read: dict[str, Document] = {}
        refused: dict[str, str] = {}
        for path in sorted(filter(reading.is_article, self.source.files)):
            try:
                read[path] = reading.read(path, self.source.files[path].read())
            except Refused as refusal:
                refused[path] = refusal.message
        attached = {_beside(one.path, name) for one in read.values() for name in one.attachments}
        self._used |= (read.keys() | refused.keys()) - attached
        for path in refused.keys() - attached:
            self.refuse(path, refused[path])
        yield from (one for path, one in read.items() if path not in attached)

    # Settling ------------------------------------------------------------------------------------------

    def _settle(self, documents: list[Document]) -> None:
        drafts = {one.path: one for one in documents if one.is_ours and _is_newer_draft(one.path)}
        firsts = [one for one in documents if one.path not in drafts]
        known = _by(Article.objects.all(), "source_path", [self._name(one.path) for one in firsts])
        by = self.manner.by
        own = (
            known if by.is_system else _by(Article.objects.on_shelf_of(by), "source_path", [*known])
        )
        self._hidden = known.keys() - own.keys()
        slugs = _Slugs(firsts, self.manner)
        people = _People()
        entries: dict[str, Entry] = {}
        for document in firsts:
            try:
                entry = self._entry(document, known, slugs, people)
            except Refused as refused:
                self.refuse(document.path, refused.message)
                continue
            if newer := drafts.pop(_draft_of(document.path), None):
                self._add_newer(entry, newer, people)
            entries[document.path] = entry
        for path in drafts:
            self.refuse(path, _("it is the newer draft of an article that is not here"))
        addresses = {path: address_of(one.slug) for path, one in entries.items()}
        for entry in entries.values():
            self._address(entry, addresses)
            if entry.article and entry.what == "changed" and not _is_changed(entry, entry.article):
                entry.what = "unchanged"
            try:
                if entry.article and entry.what == "changed":
                    _note_archive(entry, entry.article)
                    note_end_of_move(entry, entry.article, self.manner)
                    _refuse_what_was_edited_here(entry.article, self.manner)
            except Refused as refused:
                self.refuse(entry.document.path, refused.message)
                continue
            self.entries.append(entry)
        self.entries.sort(key=lambda one: (bool(one.document.translation_of), one.document.path))

    def _entry(
        self, document: Document, known: dict[str, Article], slugs: "_Slugs", people: "_People"
    ) -> Entry:
        name = self._name(document.path)
        if len(name) > LONGEST_PATH:
            raise Refused(_("the path has more than %s characters") % LONGEST_PATH)
        document = replace(
            document,
            audience=_audience(document.audience, self.manner),
            kind=document.kind or self.manner.kind,
        )
        if not policies.can_write(self.manner.by):
            raise Refused(_("You may not write articles. Ask a knowledge editor."))
        if name in self._hidden:
            raise Refused(_("the address “%s” is taken") % name)
        article = known.get(name) or slugs.there(document)
        if article:
            return Entry(
                document, name, article.slug, "changed", article=article, notes=list(document.notes)
            )
        notes = list(document.notes)
        below = PurePosixPath(document.path).parent.relative_to(self.base or ".").parts
        from_folder = below[0] if below and not document.is_ours else ""
        section = self._section(document.section or from_folder)
        if section and section.pk and not policies.can_fill(self.manner.by, section):
            raise Refused(_("only its keepers write in the category “%s”") % section.name)
        return Entry(
            document,
            name,
            slugs.free(document),
            "new",
            section=section,
            audience=document.audience,
            departments=people.departments(document),
            teams=people.teams(document),
            owner=people.owner(document, notes),
            notes=notes,
        )

    def _add_newer(self, entry: Entry, newer: Document, people: "_People") -> None:
        """The newer draft, and where it is to stand: one that can't stand there is left out, and read by nobody."""
        if newer.audience:
            try:
                entry.newer_place = self._place(entry, newer, people)
            except Refused as refused:
                self.refuse(newer.path, refused.message)
                return
        entry.newer = newer

    def _place(self, entry: Entry, newer: Document, people: "_People") -> Place:
        newer = replace(newer, audience=_audience(newer.audience, self.manner))
        if not newer.kind:
            entry.notes.append(
                _("the newer draft names no kind of ours and keeps that of the article")
            )
        section = self._section(newer.section)
        if section and section.pk and not policies.can_fill(self.manner.by, section):
            raise Refused(_("only its keepers write in the category “%s”") % section.name)
        return Place(
            section,
            newer.audience,
            newer.kind or (entry.article.kind if entry.article else entry.document.kind),
            newer.is_featured and policies.can_publish(self.manner.by),
            frozenset(people.departments(newer)),
            frozenset(people.teams(newer)),
        )

    def _section(self, said: str) -> Section | None:
        """The category of this address or name, not saved where it is missing."""
        if not said:
            return None
        told = self.sections.get(said, {})
        name = reading.one_line(told.get("name")) or said
        if name == name.lower() and not told:
            name = " ".join(re.sub(r"[-_]+", " ", name).split())
        slug = said if told else slugify(said)[:LONGEST_SECTION_SLUG].strip("-")
        if slug in self._sections:
            return self._sections[slug]
        found = (
            Section.objects.filter(slug=slug).first()
            or Section.objects.filter(name__iexact=name).first()
            or next((one for one in self._sections.values() if _alike(one.name, name)), None)
        )
        if not found:
            is_no_slug = not slug or slug != slugify(slug) or len(slug) > LONGEST_SECTION_SLUG
            if len(name) > LONGEST_SECTION or is_no_slug:
                raise Refused(_("“%s” is no name for a category") % name[:LONGEST_SECTION])
            if not policies.can_publish(self.manner.by):
                raise Refused(_("there is no category “%s”; ask a knowledge editor for it") % name)
            found = _new_section(name[0].upper() + name[1:], slug, told)
        self._sections[slug] = found
        return found

    @property
    def _sections(self) -> dict[str, Section]:
        return self.__dict__.setdefault("_found_sections", {})

    # What texts point to -----------------------------------------------------------------------------------

    def _address(self, entry: Entry, addresses: dict[str, str]) -> None:
        """Turn the entry's paths into addresses, and note the files that go with it."""
        there = list(entry.article.files.filter(removed_at=None)) if entry.article else []

        def keep(path: str, is_picture: bool) -> str:  # noqa: FBT001 (called by position from one place)
            kept = self._keep(entry, path, there, is_listed=not is_picture)
            return address_of_file(kept.token, kept.name) if kept else ""

        def addressed(document: Document) -> str:
            inward = Inward(
                document.path,
                self.base,
                addresses,
                self.source.files.__contains__,
                keep,
                entry.notes,
            )
            return inward.addressed(document.body)

        entry.body = addressed(entry.document)
        if entry.newer:
            entry.newer_body = addressed(entry.newer)
        for name in entry.document.attachments:
            path = _beside(entry.document.path, name)
            if path not in self.source.files:
                entry.notes.append(_("the file “%s” is missing") % name[:120])
                continue
            self._keep(entry, path, there, is_listed=True)

    def _keep(
        self, entry: Entry, path: str, there: list[ArticleFile], *, is_listed: bool
    ) -> Kept | None:
        for number, one in enumerate(entry.files):
            if one.path == path:
                entry.files[number] = replace(one, is_listed=one.is_listed or is_listed)
                return one
        try:
            upload = self.checked(path)
        except Refused as refused:
            if path not in self._used:
                self.refuse(path, refused.message)
            self._used.add(path)
            return None
        self._used.add(path)
        same = next((f for f in there if (f.name, f.sha256) == (upload.name, upload.sha256)), None)
        if not same and len(there) + sum(one.is_new for one in entry.files) >= MOST_FILES:
            self.refuse(path, _("its article has %(most)s files already") % {"most": MOST_FILES})
            return None
        kept = Kept(
            path,
            upload.name,
            same.token if same else new_token(),
            upload.sha256,
            is_listed,
            not same,
        )
        entry.files.append(kept)
        return kept

    def checked(self, path: str) -> files.Upload:
        """The file as it may be kept.

        Raises:
            Refused: it is of a kind that we don't take, or broken.
        """
        if path in self._checked:
            return self._checked[path]
        given = ContentFile(self.source.files[path].read(), name=PurePosixPath(path).name)
        upload = files.check(given, keep_clean=True)
        if self._held + upload.size <= MOST_KEPT:
            self._held += upload.size
            self._checked[path] = upload
        return upload

    def _leave_out(self) -> None:
        """Name the files that no article needs, so that nobody looks for them here."""
        for path in sorted(self.source.files.keys() - self._used):
            reason = _("it is no Markdown, and no article points to it")
            self.outcomes.append(Outcome(self._name(path), "left_out", reason))

    def told(self) -> list[Outcome]:
        """Every file and what is to become of it, in the order of paths."""
        said = [
            Outcome(
                one.name,
                one.what,
                article=one.article,
                title=one.document.title,
                notes=tuple(one.notes),
            )
            for one in self.entries
        ]
        return sorted([*self.outcomes, *said], key=lambda one: one.path)


class _Slugs:
    """Addresses: those that are taken, and those that this import takes."""

    def __init__(self, documents: Iterable[Document], manner: Manner) -> None:
        self._manner = manner
        self._taken = set(Article.objects.values_list("slug", flat=True)) | TAKEN
        self._taken |= set(FormerSlug.objects.values_list("slug", flat=True))
        wanted = [one.slug for one in documents if one.slug]
        self._there = _by(Article.objects.all(), "slug", wanted)
        self._said: dict[str, str] = {}

    def there(self, document: Document) -> Article | None:
        """The article that has the address which the file asks for, where the file may become its next text."""
        slug = document.slug
        if not slug:
            return None
        if slug != slugify(slug) or len(slug) > LONGEST_GIVEN_SLUG:
            raise Refused(_("“%s” is no address for an article") % slug[:80])
        if slug in self._said:
            raise Refused(
                _("the address “%(slug)s” is that of %(other)s already")
                % {"slug": slug, "other": self._said[slug]}
            )
        self._said[slug] = document.path
        article = self._there.get(slug)
        if article is None:
            return None
        seen = Article.objects.visible_to(self._manner.by).filter(pk=article.pk).exists()
        if self._manner.overwrite and (seen or self._manner.by.is_system):
            return article
        raise Refused(
            _(
                "an article with the address “%s” is here already; overwriting makes this its next text"
            )
            % slug
            if seen or self._manner.by.is_system
            else _("the address “%s” is taken") % slug
        )

    def free(self, document: Document) -> str:
        says = reading.says(document.path)
        wanted = document.slug or (PurePosixPath(document.path).stem if says else document.title)
        stem = wanted if document.slug else slugify(wanted)[:LONGEST_SLUG].strip("-") or "article"
        slug, again = stem, 1
        while slug in self._taken:
            again += 1
            behind = f"-{again}"
            slug = f"{stem[: LONGEST_GIVEN_SLUG - len(behind)]}{behind}"
        self._taken.add(slug)
        return slug


class _People:
    """Departments, teams and people that files name; each is asked for once."""

    def __init__(self) -> None:
        self._departments: dict[str, Department] | None = None
        self._teams: dict[str, Team] | None = None
        self._owners: dict[str, User | None] = {}

    def departments(self, document: Document) -> list[Department]:
        if document.audience != Audience.DEPARTMENTS:
            return []
        if self._departments is None:
            self._departments = {one.name: one for one in Department.objects.all()}
        return self._all(document.departments, self._departments, _("there is no department “%s”"))

    def teams(self, document: Document) -> list[Team]:
        if document.audience != Audience.TEAMS:
            return []
        if self._teams is None:
            self._teams = {one.slug: one for one in Team.objects.all()}
        return self._all(document.teams, self._teams, _("there is no team “%s”"))

    def _all(self, names: list[str], known: dict[str, Any], missing: str) -> list[Any]:
        """Refuse rather than let others read it."""
        if not names:
            raise Refused(_("nobody could read it: it names no team and no department"))
        for name in names:
            if name not in known:
                raise Refused(missing % name[:80])
        return [known[name] for name in names]

    def owner(self, document: Document, notes: list[str]) -> User | None:
        email = document.owner.lower()
        if not email:
            return None
        if email not in self._owners:
            self._owners[email] = User.objects.people().filter(email=email).first()
        if self._owners[email] is None:
            notes.append(_("nobody here is %s, so it has no owner") % email[:80])
        return self._owners[email]


def _audience(said: str, manner: Manner) -> str:
    if said in Audience.values:
        return said
    if said and not manner.audience:
        raise Refused(
            _("audience “%(given)s” is not one of %(known)s; --audience decides for such files")
            % {"given": said[:40], "known": ", ".join(Audience.values)}
        )
    return manner.audience or Audience.EMPLOYEES


def texts_of(document: Document, body: str) -> dict[str, Any]:
    return {
        "title": document.title,
        "body": body,
        "summary": document.summary,
        "tags": document.tags,
    }


def differs(article: Article, texts: dict[str, Any], note: str) -> bool:
    """Is the file another than the one that was imported last? What was edited here since does not count."""
    last = article.revisions.filter(note=note).order_by("-number").first()
    return last is None or any(getattr(last, name) != text for name, text in texts.items())


def _is_changed(entry: Entry, article: Article) -> bool:
    """Its text, or that of the newer draft beside it."""
    if differs(article, texts_of(entry.document, entry.body), NOTE):
        return True
    newer = entry.newer
    return newer is not None and differs(article, texts_of(newer, entry.newer_body), NOTE_OF_DRAFT)


def publishes(entry: Entry, manner: Manner) -> bool:
    """Do readers of the article that is here see the file's text at once?"""
    document = entry.document
    return manner.publish and not (document.is_draft or document.is_archived)


def _note_archive(entry: Entry, article: Article) -> None:
    """What is in use here stays so: a file brings the next text, and takes nothing from its readers."""
    if entry.document.is_archived and not article.is_archived:
        entry.notes.append(
            _("not put into the archive, since it is in use here; its text is the newer draft")
        )


def note_end_of_move(entry: Entry, article: Article, manner: Manner) -> None:
    """Name what somebody planned here, which publishing the file's text does not do."""
    is_new = differs(article, texts_of(entry.document, entry.body), NOTE)
    if not is_new or not publishes(entry, manner):
        return
    for move in places.changes(article, places.coming(article)):
        note = _("not done: what was planned with the newer draft here, %(name)s: %(after)s") % {
            "name": move.name,
            "after": move.after,
        }
        if note not in entry.notes:
            entry.notes.append(note)


def _refuse_what_was_edited_here(article: Article, manner: Manner) -> None:
    latest = article.revisions.select_related("author").order_by("-number").first()
    if latest and latest.note not in (NOTE, NOTE_OF_DRAFT) and not manner.overwrite:
        raise Refused(
            _(
                "the file changed, and %(person)s edited the article here since; --overwrite takes the file"
            )
            % {"person": latest.author.display_name}
        )


def _new_section(name: str, slug: str, told: dict[str, Any]) -> Section:
    """Not saved yet."""
    section = Section(name=name[:LONGEST_SECTION], slug=slug)
    if isinstance(told.get("description"), str):
        section.description = told["description"].replace("\x00", "")[:160]
    if isinstance(told.get("icon"), str) and re.fullmatch(r"[a-z0-9-]{1,40}", told["icon"]):
        section.icon = told["icon"]
    for name in ("position", "review_days"):
        if isinstance(told.get(name), int) and 0 <= told[name] <= 100_000:
            setattr(section, name, told[name])
    return section


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _beside(path: str, name: str) -> str:
    return os.path.normpath(PurePosixPath(path).parent / name)


def _is_newer_draft(path: str) -> bool:
    return PurePosixPath(path).stem.endswith(DRAFTS)


def _draft_of(path: str) -> str:
    """Where the newer draft of this file lies."""
    place = PurePosixPath(path)
    return str(place.with_name(f"{place.stem}{DRAFTS}{place.suffix}"))


def _by(articles: Any, name: str, values: list[str]) -> dict[str, Article]:
    """The articles of these values, asked for in portions."""
    found: dict[str, Article] = {}
    for at in range(0, len(values), ASKED_AT_ONCE):
        rows = articles.filter(**{f"{name}__in": values[at : at + ASKED_AT_ONCE]})
        found |= {getattr(row, name): row for row in rows}
    return found


def taken_former(slugs: Iterable[str]) -> set[str]:
    return set(FormerSlug.objects.filter(slug__in=list(slugs)).values_list("slug", flat=True))
