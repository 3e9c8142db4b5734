"""One Markdown file, as documentation sites keep them, becomes what an article is made of.

What a site generator would have put in (`{% … %}`, `{{< … >}}`) can't be had here. What such a mark means to a reader is
kept where we know it; others are left out and named in the notes. Code blocks stay as they are. Files that we wrote
ourselves (`format: firebreak`) are taken as they stand.
"""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.errors import Refused
from knowledge.importing.lines import Kind, joined
from knowledge.importing.lines import read as read_lines
from knowledge.importing.shortcodes import without_tags
from knowledge.importing.tags import without_html
from knowledge.languages import CODES
from knowledge.markup import LONGEST, to_line
from knowledge.models import Article

ENDINGS = {".md", ".markdown"}
LONGEST_TITLE = 200
LONGEST_SUMMARY = 300
LONGEST_BEGINNING = 2_000
LONGEST_FRONT = 64 * 1024
LONGEST_TAG = 60
LONGEST_SERVICE = 60
LONGEST_FORMER = 120
YEARS = range(1970, 2200)
"""Moments of others say nothing: counted on from, or in another zone, they are none that can be kept."""

DEEPEST = 20
MOST_TAGS = 20
MOST_NAMED = 200
FORMAT = "firebreak"
"""What front matter says that we wrote."""

UNREAD = {Article.State.DRAFT.value, Article.State.ARCHIVED.value}
"""States of articles that nobody reads, and that may be without a text."""

FRONT = re.compile(
    r"\A---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
TOML = re.compile(r"\A\+\+\+[ \t]*\n(?P<toml>.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"\A\s*# +(?P<words>.*)")
BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")


@dataclass(frozen=True)
class Document:
    """A file as an article."""

    path: str
    title: str
    body: str
    slug: str = ""
    summary: str = ""
    tags: list[str] = field(default_factory=list)
    section: str = ""
    audience: str = ""
    kind: str = ""
    author: str = ""
    owner: str = ""
    language: str = ""
    translation_of: str = ""
    is_outdated: bool = False
    service: str = ""
    state: str = ""
    departments: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    review_days: int | None = None
    is_featured: bool = False
    is_ours: bool = False
    at: datetime | None = None
    """When it was published first."""
    changed: datetime | None = None
    reviewed: datetime | None = None
    review_due: datetime | None = None
    expires: datetime | None = None
    notes: tuple[str, ...] = ()
    """What could not be taken as it was."""

    @property
    def is_draft(self) -> bool:
        return self.state == Article.State.DRAFT

    @property
    def is_archived(self) -> bool:
        return self.state == Article.State.ARCHIVED


def read(path: str, content: bytes) -> Document:
    """The file as an article.

    Raises:
        Refused: it is no text, too long, empty, or its front matter can't be understood.
    """
    if len(content) > 4 * LONGEST + LONGEST_FRONT:
        raise _too_long()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_("byte %s is not UTF-8") % (error.start + 1)) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    said, body = _front_matter(text)
    _require_short(body)
    is_ours = said.get("format") == FORMAT
    notes: list[str] = []
    if not is_ours:
        body, notes = without_tags(body)
        body, left_out = without_html(body)
        body, notes = joined(body), notes + left_out
    title = one_line(said.get("title"))
    heading, below = ("", body) if is_ours else _heading(body)
    title = title or to_line(heading) or _from_path(path)
    summary = _summary(said, is_ours=is_ours)
    is_title = False
    if heading:
        if _begins_with(below, summary):
            summary = ""
        is_title = _alike(to_line(heading), title)
        body = below if is_title else _with_lead(heading, below, body)
    elif not is_ours and _begins_with(trimmed(body), summary):
        summary = ""
    body = trimmed(body)
    if not body and not (is_ours and said.get("state") in UNREAD):
        raise Refused(_("there is no text"))
    _require_short(body)
    if len(title) > LONGEST_TITLE:
        raise Refused(_("the title has more than %s characters") % formats.grouped(LONGEST_TITLE))
    if not is_ours:
        notes += _unknown(said)
    tags = _listed(said.get("tags") or said.get("keywords"))
    if is_title and _spelt(to_line(heading)) != _spelt(title):
        tags.insert(0, to_line(heading))  # `KubePodNotReady` is what people search for
    if len(tags) > MOST_TAGS:
        notes.append(
            ngettext(
                "%(n)s tag is one too many and was left out",
                "%(n)s tags are too many and were left out",
                len(tags) - MOST_TAGS,
            )
            % {"n": len(tags) - MOST_TAGS}
        )
    return Document(
        path=path,
        title=title,
        body=body,
        slug=_slug(said.get("slug")),
        summary=summary,
        tags=[tag[:LONGEST_TAG] for tag in tags[:MOST_TAGS]],
        section=_first(said.get("category") or said.get("categories") or said.get("section")),
        audience=one_line(said.get("audience")),
        kind=_kind(said.get("kind")),
        author=_first(said.get("author")),
        owner=one_line(said.get("owner")),
        language=_language(said.get("language") or said.get("lang"), is_ours=is_ours),
        translation_of=_slug(said.get("translation_of")),
        is_outdated=said.get("outdated") is True,
        service=_no_longer(LONGEST_SERVICE, _slug(said.get("service"))),
        state=_state(said),
        departments=_listed(said.get("departments")),
        teams=_listed(said.get("teams")),
        former=[
            _no_longer(LONGEST_FORMER, _slug(one)) for one in _listed(said.get("former_addresses"))
        ],
        attachments=_listed(said.get("attachments")),
        review_days=_number(said.get("review_days")),
        is_featured=said.get("featured") is True,
        is_ours=is_ours,
        at=_moment(said.get("date")),
        changed=_moment(said.get("updated") or said.get("lastmod")),
        reviewed=_moment(said.get("reviewed")),
        review_due=_moment(said.get("review_due")),
        expires=_moment(said.get("expires") or said.get("expiryDate")),
        notes=tuple(notes),
    )


def _require_short(body: str) -> None:
    """Asked before the text is taken apart, which costs, and of what became of it."""
    if len(trimmed(body)) > LONGEST:
        raise _too_long()


def _too_long() -> Refused:
    return Refused(_("the text has more than %s characters") % formats.grouped(LONGEST))


def trimmed(body: str) -> str:
    """Without empty lines before and behind; how the first line is indented may matter."""
    return BLANK_LINES.sub("", body).rstrip()


def parse_yaml(text: str, *, line: int = 1) -> Any:
    """What YAML says. Nothing in it may point to another part (`&`, `*`): such files can grow without end.

    Raises:
        Refused: it is too long or too deep, no YAML, or not only values. `line` is where it begins in its file.
    """
    if len(text) > LONGEST_FRONT:
        raise Refused(
            _("the front matter has more than %s characters") % formats.grouped(LONGEST_FRONT)
        )
    try:
        _require_plain(text, line)
        return _plain_values(text)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = _(", line %s") % (mark.line + line) if mark else ""
        raise Refused(_("the front matter is not YAML%s") % where) from error


def _plain_values(text: str) -> Any:
    """As `yaml.safe_load`, by the parser in C: five thousand files have a head each."""
    reader = yaml.CSafeLoader(text)
    try:
        return reader.get_single_data()
    finally:
        reader.dispose()


def _require_plain(text: str, line: int) -> None:
    """Refuse what would grow or nest without end, from what the parser meets, before anything is made of it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        where = {"line": (event.start_mark.line if event.start_mark else 0) + line}
        if isinstance(event, yaml.AliasEvent):
            raise Refused(
                _("the front matter points to other parts of itself, line %(line)s") % where
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Refused(
                _("the front matter has lists within lists without end, line %(line)s") % where
            )


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    said: Any
    if match := FRONT.match(text):
        said = parse_yaml(match["yaml"], line=2) or {}
    elif match := TOML.match(text):
        said = _toml(match["toml"])
    else:
        return {}, text
    if not isinstance(said, dict):
        raise Refused(_("the front matter is not a list of names and values"))
    return said, text[match.end() :]


def _toml(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_FRONT:
        raise Refused(
            _("the front matter has more than %s characters") % formats.grouped(LONGEST_FRONT)
        )
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise Refused(_("the front matter is not TOML: %s") % str(error)[:100]) from error


def is_article(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in ENDINGS


def _from_path(path: str) -> str:
    place = PurePosixPath(path)
    stem = place.stem if says(path) else place.parent.name
    words = " ".join(re.sub(r"[-_]+", " ", stem).split())
    return words[:1].upper() + words[1:] if words else place.stem


def says(path: str) -> bool:
    """Does the file's name say what is in it?"""
    return PurePosixPath(path).stem.lower().strip("_") not in {"index", "readme"}


def _heading(body: str) -> tuple[str, str]:
    """The words of the heading that the text begins with, and what stands below it."""
    found = HEADING.match(body)
    words = found["words"].rstrip(" #") if found else ""
    return (words, trimmed(body[found.end() :])) if found and words else ("", body)


def _alike(one: str, other: str) -> bool:
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def _spelt(text: str) -> list[str]:
    """The words of a title: one that is written together is another than those it is made of."""
    return re.findall(r"\w+", text.lower())


def _begins_with(body: str, summary: str) -> bool:
    """Would a summary stand right above the same words?"""
    if not summary:
        return False
    first = to_line(body[:LONGEST_BEGINNING].partition("\n\n")[0], LONGEST_BEGINNING)
    return _letters(first).startswith(_letters(summary))


def _with_lead(words: str, below: str, body: str) -> str:
    """A second title is no section of the text, unless there are more like it."""
    more = any(one.kind is Kind.HEADING and one.words.startswith("# ") for one in read_lines(below))
    return body if more or not below else f"**{words.strip().strip('*')}**\n\n{below}"


# Values --------------------------------------------------------------------------------------------------


def one_line(said: object) -> str:
    return (
        " ".join(str(said).replace("\x00", "").split())
        if isinstance(said, str | int | float)
        else ""
    )


def _first(said: object) -> str:
    return one_line(said[0] if isinstance(said, list) and said else said)


def _listed(said: object) -> list[str]:
    given = said.split(",") if isinstance(said, str) else said if isinstance(said, list) else []
    return [one for one in map(one_line, given[:MOST_NAMED]) if one]


def _summary(said: dict[str, Any], *, is_ours: bool) -> str:
    """Ours is plain text already."""
    text = one_line(said.get("summary") or said.get("description"))
    return text[:LONGEST_SUMMARY] if is_ours else to_line(text, LONGEST_SUMMARY)


def _slug(said: object) -> str:
    """An address as front matter has it; others than ours may begin with a folder."""
    return one_line(said).strip("/").rpartition("/")[2]


def _no_longer(most: int, value: str) -> str:
    """Nothing instead of what can be no name of ours, as it is too long for one."""
    return value if len(value) <= most else ""


def _kind(said: object) -> str:
    """One of ours, or nothing: other sites mean other things by this word."""
    kind = one_line(said).lower().replace("-", "_").replace(" ", "_")
    return kind if kind in Article.Kind.values else ""


def _state(said: dict[str, Any]) -> str:
    if said.get("draft") is True or said.get("published") is False:
        return Article.State.DRAFT
    state = one_line(said.get("state"))
    return state if state in Article.State.values else ""


def _language(said: object, *, is_ours: bool) -> str:
    """One that articles may be in; British English is English where nobody keeps the two apart."""
    language = one_line(said).lower().replace("_", "-")
    if is_ours:
        return language if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{2,6})?", language) else ""
    return next((one for one in (language, language.partition("-")[0]) if one in CODES), "")


def _unknown(said: dict[str, Any]) -> list[str]:
    """What front matter says with words that mean nothing here."""
    language = said.get("language") or said.get("lang")
    state = one_line(said.get("state"))
    told = [
        (said.get("kind"), _kind(said.get("kind")), _("“%s” is no kind of article here and was not taken")),
        (state, state in Article.State.values, _("“%s” is no state of an article here and was not taken")),
        (language, _language(language, is_ours=False), _("“%s” is no language of articles here and was not taken")),
    ]  # fmt: skip
    return [words % (one_line(given) or str(given))[:40] for given, known, words in told if given and not known]  # fmt: skip


def _number(said: object) -> int | None:
    is_number = isinstance(said, int) and not isinstance(said, bool)
    return said if is_number and 0 <= said <= 10_000 else None  # type: ignore[operator,return-value]


def _moment(said: object) -> datetime | None:
    if not isinstance(said, date) or said.year not in YEARS:
        return None
    if isinstance(said, datetime):
        return said if said.tzinfo else said.replace(tzinfo=UTC)
    return datetime.combine(said, time(), UTC)
