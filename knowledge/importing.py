"""Articles from a folder of Markdown files, as documentation sites keep them. An article is known by its file's path.

What a site generator would have put in (`{% … %}`, `{{< … >}}`) can't be had here: lines that hold nothing else are
left out, and a link that only it could follow becomes plain words. Code blocks stay as they are.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

import yaml
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import formats
from accounts.errors import Refused
from accounts.models import User
from knowledge import actions
from knowledge.markup import LONGEST, to_line
from knowledge.models import Article, Audience, Section

ENDINGS = {".md", ".markdown"}
LONGEST_TITLE = 200
LONGEST_SUMMARY = 300
LONGEST_PATH = 300
LONGEST_SECTION = 80
MOST_TAGS = 20
NOTE = "Imported"

FRONT = re.compile(
    r"\A---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
TAG = r"(?:\{%.*?%\}|\{\{[<%].*?[%>]\}\})"
ONLY_TAGS = re.compile(rf"^\s*(?:{TAG}\s*)+$|^\s*<!--.*-->\s*$")
LINK_BY_TAG = re.compile(rf"!?\[(?P<words>[^\]]*)\]\(\s*{TAG}[^)]*\)")
HEADING = re.compile(r"\A\s*# +(?P<words>.+?)[ #]*(?:\n|\Z)")


@dataclass(frozen=True)
class Document:
    """A file as an article."""

    title: str
    body: str
    summary: str = ""
    tags: list[str] = field(default_factory=list)
    section: str = ""
    audience: str = ""
    kind: str = Article.Kind.HOW_TO
    author: str = ""
    is_draft: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    path: str
    what: Literal["new", "changed", "unchanged", "refused"]
    reason: str = ""
    article: Article | None = None


@dataclass(frozen=True)
class Manner:
    """How articles are to be brought in; each file's front matter may say otherwise."""

    by: User
    name: str
    """Stands before each file's path, so that two folders may hold the same one."""
    audience: str = ""
    """For files that name none of ours; without it, employees, and a file with another word is refused."""
    publish: bool = False
    overwrite: bool = False
    author_of: Callable[[str], User | None] = lambda _name: None
    at_of: Callable[[Path], datetime | None] = lambda _path: None


def bring_in(folder: Path, manner: Manner) -> Iterator[Outcome]:
    """Every Markdown file below `folder`, in the order of paths; a refused one stops no other."""
    root = folder.resolve()
    paths = sorted(path for path in root.rglob("*") if _is_article(path, root))
    base = Path(os.path.commonpath([path.parent for path in paths])) if paths else root
    for path in paths:
        name = f"{manner.name}/{path.relative_to(root).as_posix()}"
        try:
            with transaction.atomic():
                yield _bring_in(path, name, _folder_below(base, path), manner)
        except Refused as refused:
            yield Outcome(name, "refused", refused.message)


def _is_article(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.suffix.lower() in ENDINGS and path.is_file() and not hidden


def _folder_below(base: Path, path: Path) -> str:
    below = path.parent.relative_to(base).parts
    return below[0] if below else ""


def _bring_in(path: Path, name: str, folder: str, manner: Manner) -> Outcome:
    if len(name) > LONGEST_PATH:
        raise Refused(_("the path has more than %s characters") % LONGEST_PATH)
    document = read(path)
    audience = _audience(document.audience, manner)
    author = manner.author_of(document.author) or manner.by
    at = manner.at_of(path) or document.at
    texts: dict[str, Any] = {
        "title": document.title,
        "body": document.body,
        "summary": document.summary,
        "tags": document.tags,
    }
    article = Article.objects.filter(source_path=name).first()
    what: Literal["new", "changed", "unchanged"] = "unchanged"
    if article is None:
        section = section_of(document.section or folder)
        article = actions.draft(
            by=author, section=section, audience=audience, kind=document.kind, slug=path.stem if _says(path) else document.title,
            note=NOTE, source_path=name, at=at, **texts,
        )  # fmt: skip
        what = "new"
    elif _differs(article, texts):
        _refuse_what_was_edited_here(article, manner)
        article = actions.revise(article, by=author, note=NOTE, at=at, **texts)
        what = "changed"
    if manner.publish and not document.is_draft and what != "unchanged":
        article = actions.publish(article, by=manner.by, at=at)
    return Outcome(name, what, article=article)


def _audience(said: str, manner: Manner) -> str:
    if said in Audience.values:
        return said
    if said and not manner.audience:
        raise Refused(
            _("audience “%(given)s” is not one of %(known)s; --audience decides for such files")
            % {"given": said[:40], "known": ", ".join(Audience.values)}
        )
    return manner.audience or Audience.EMPLOYEES


def _differs(article: Article, texts: dict[str, Any]) -> bool:
    """Is the file another than the one that was imported last? What was edited here since does not count."""
    last = article.revisions.filter(note=NOTE).order_by("-number").first()
    return last is None or any(getattr(last, name) != text for name, text in texts.items())


def _refuse_what_was_edited_here(article: Article, manner: Manner) -> None:
    latest = article.revisions.select_related("author").order_by("-number").first()
    if latest and latest.note != NOTE and not manner.overwrite:
        raise Refused(
            _(
                "the file changed, and %(person)s edited the article here since; --overwrite takes the file"
            )
            % {"person": latest.author.display_name}
        )


def section_of(name: str) -> Section | None:
    """The section of this address or name; made when it is missing."""
    name = " ".join(re.sub(r"[-_]+", " ", name).split())
    if not name:
        return None
    slug = slugify(name)[:60].strip("-")
    found = (
        Section.objects.filter(slug=slug).first()
        or Section.objects.filter(name__iexact=name).first()
    )
    if found:
        return found
    if len(name) > LONGEST_SECTION or not slug:
        raise Refused(_("“%s” is no name for a section") % name[:LONGEST_SECTION])
    return Section.objects.create(name=name[0].upper() + name[1:], slug=slug)


# One file ------------------------------------------------------------------------------------------------


def read(path: Path) -> Document:
    """The file as an article.

    Raises:
        Refused: it is no text, too long, empty, or its front matter can't be understood.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_("byte %s is not UTF-8") % (error.start + 1)) from error
    except OSError as error:
        raise Refused(error.strerror or str(error)) from error
    text = text.replace("\r\n", "\n").replace("\x00", "")
    said, body = _front_matter(text)
    body = without_tags(body).strip()
    heading = HEADING.match(body)
    title = (
        _one_line(said.get("title")) or (heading and to_line(heading["words"])) or _from_path(path)
    )
    if heading and _alike(to_line(heading["words"]), title):
        body = body[heading.end() :].strip()
    if not body:
        raise Refused(_("there is no text"))
    if len(body) > LONGEST:
        raise Refused(_("the text has more than %s characters") % formats.grouped(LONGEST))
    if len(title) > LONGEST_TITLE:
        raise Refused(_("the title has more than %s characters") % formats.grouped(LONGEST_TITLE))
    return Document(
        title=title,
        body=body,
        summary=to_line(_one_line(said.get("summary") or said.get("description")), LONGEST_SUMMARY),
        tags=_tags(said),
        section=_first(said.get("category") or said.get("categories") or said.get("section")),
        audience=_one_line(said.get("audience")),
        kind=_kind(said.get("kind")),
        author=_first(said.get("author")),
        is_draft=said.get("draft") is True
        or said.get("published") is False
        or said.get("state") == "draft",
        at=_moment(said.get("date")),
    )


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    match = FRONT.match(text)
    if not match:
        return {}, text
    try:
        said = yaml.safe_load(match["yaml"]) or {}
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = _(", line %s") % (mark.line + 2) if mark else ""
        raise Refused(_("the front matter is not YAML%s") % where) from error
    if not isinstance(said, dict):
        raise Refused(_("the front matter is not a list of names and values"))
    return said, text[match.end() :]


def without_tags(body: str) -> str:
    """The text without what only a site generator could have filled in; code blocks stay as they are."""
    kept: list[str] = []
    fence = ""
    for line in body.split("\n"):
        mark = FENCE.match(line)
        if fence:
            if mark and mark["mark"].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark["mark"]
        elif ONLY_TAGS.match(line):
            continue
        else:
            line = LINK_BY_TAG.sub(r"\g<words>", line)
        kept.append(line)
    return "\n".join(kept)


def _from_path(path: Path) -> str:
    stem = path.stem if _says(path) else path.parent.name
    words = " ".join(re.sub(r"[-_]+", " ", stem).split())
    return words[:1].upper() + words[1:]


def _says(path: Path) -> bool:
    """Does the file's name say what is in it?"""
    return path.stem.lower().strip("_") not in {"index", "readme"}


def _alike(one: str, other: str) -> bool:
    return re.sub(r"\W", "", one).lower() == re.sub(r"\W", "", other).lower()


def _one_line(said: object) -> str:
    return " ".join(str(said).split()) if isinstance(said, str | int | float) else ""


def _first(said: object) -> str:
    return _one_line(said[0] if isinstance(said, list) and said else said)


def _tags(said: dict[str, Any]) -> list[str]:
    given = said.get("tags") or said.get("keywords") or []
    listed = (
        given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    )
    return [tag for tag in map(_one_line, listed) if tag][:MOST_TAGS]


def _kind(said: object) -> str:
    """Ours, or a how-to: other sites mean other things by this word."""
    kind = _one_line(said).lower().replace("-", "_").replace(" ", "_")
    return kind if kind in Article.Kind.values else Article.Kind.HOW_TO.value


def _moment(said: object) -> datetime | None:
    if isinstance(said, datetime):
        return said if said.tzinfo else said.replace(tzinfo=UTC)
    return datetime.combine(said, time(), UTC) if isinstance(said, date) else None
