"""What a text points to: pictures, files and other articles; in files by relative paths, here by addresses.

`Inward` turns a file's paths into addresses when it comes in, `knowledge.exporting` the other way.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.utils.translation import gettext as _

from knowledge.importing.lines import outside_code

TO = r"(?P<to><[^<>\n]{1,500}>|[^()\s<>]{1,500}(?:\([^()\s<>]{0,200}\)[^()\s<>]{0,200})?)"
TITLE = r"""(?P<title>\s+(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?\s*"""
PICTURE = re.compile(rf"!\[(?P<words>[^\[\]]{{0,500}})\]\(\s*{TO}{TITLE}\)")
LINK = re.compile(rf"(?<!!)\[(?P<words>[^\[\]]{{1,500}})\]\(\s*{TO}{TITLE}\)")
TARGET = re.compile(rf"(?<=\])\(\s*{TO}{TITLE}\)")
DEFINITION = re.compile(rf"^(?P<words> {{0,3}}\[[^\[\]\n]{{1,200}}\]:\s*){TO}", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?", re.IGNORECASE)
HERE = re.compile(r"/(?:kb|tickets|desk|files|status)(?:/|$)")
"""Addresses of this site."""

INDEXES = ("index.md", "README.md", "_index.md", "readme.md")


@dataclass
class Inward:
    """Turns what one file points to into addresses. `notes` says what could not be."""

    path: str
    base: str
    """The folder that all articles lie below; what begins with a slash may mean it."""
    articles: Mapping[str, str]
    """The address of each article by its file's path."""
    has_file: Callable[[str], bool]
    keep: Callable[[str, bool], str]
    """Keeps a file with the article and returns its address, or "" where it is not taken; whether it is a picture."""
    notes: list[str] = field(default_factory=list)

    def addressed(self, text: str) -> str:
        return outside_code(text, self._change)

    def _change(self, text: str) -> str:
        text = PICTURE.sub(self._picture, text)
        text = LINK.sub(self._link, text)
        text = TARGET.sub(self._target, text)
        return DEFINITION.sub(self._definition, text)

    def _picture(self, match: re.Match[str]) -> str:
        words, to = match["words"], _bare(match["to"])
        if HERE.match(to):
            return match.group()
        if ELSEWHERE.match(to):
            if not re.match(r"https?://", to, re.IGNORECASE):
                self.notes.append(_("the picture “%s” was left out") % to[:80])
                return words
            self.notes.append(
                _("the picture %s lies elsewhere and became a link: put it beside the text")
                % to[:120]
            )
            return f"[{words or to.rpartition('/')[2] or _('Picture')}](<{to}>)"
        found = next((one for one in self._places(to) if self.has_file(one)), None)
        address = self.keep(found, True) if found else ""
        if address:
            return f"![{words}]({address}{match['title'] or ''})"
        if not found:
            self.notes.append(_("the picture “%s” is missing") % to[:120])
        return f"*{words.strip()}*" if words.strip() else ""

    def _link(self, match: re.Match[str]) -> str:
        to = _bare(match["to"])
        if not to or ELSEWHERE.match(to) or HERE.match(to):
            return match.group()
        if address := self._address(to):
            return f"[{match['words']}]({address}{match['title'] or ''})"
        self.notes.append(_("the link to “%s” leads to nothing here and became words") % to[:120])
        return match["words"]

    def _target(self, match: re.Match[str]) -> str:
        """A link around something with brackets in it, such as a picture."""
        to = _bare(match["to"])
        if not to or ELSEWHERE.match(to) or HERE.match(to):
            return match.group()
        address = self._address(to)
        return f"({address}{match['title'] or ''})" if address else match.group()

    def _definition(self, match: re.Match[str]) -> str:
        to = _bare(match["to"])
        if not to or ELSEWHERE.match(to) or HERE.match(to):
            return match.group()
        address = self._address(to)
        return f"{match['words']}{address}" if address else match.group()

    def _address(self, to: str) -> str:
        target, mark, part = to.partition("#")
        for place in self._places(target):
            for path in _variants(place):
                if path in self.articles:
                    return f"{self.articles[path]}{mark}{part}"
            if self.has_file(place) and (address := self.keep(place, False)):
                return address
        return ""

    def _places(self, to: str) -> list[str]:
        """Where it may lie below the root of the source; nothing outside is ever meant."""
        path = unquote(to.partition("?")[0].partition("#")[0])
        folder = posixpath.dirname(self.path)
        if path.startswith("/"):
            wanted = [path.lstrip("/"), posixpath.join(self.base, path.lstrip("/"))]
        else:
            page = posixpath.splitext(self.path)[0]
            wanted = [
                posixpath.join(folder, path), posixpath.join(page, path), path, posixpath.join(self.base, path),
            ]  # fmt: skip
        found = [posixpath.normpath(one) for one in wanted if one]
        return [one for one in dict.fromkeys(found) if not one.startswith(("..", "/"))]


def _bare(to: str) -> str:
    return to[1:-1].strip() if to.startswith("<") else to


def _variants(place: str) -> list[str]:
    stem = place.removesuffix(".html").removesuffix(".htm")
    return [
        place,
        f"{stem}.md",
        f"{place}.markdown",
        *(posixpath.join(place, index) for index in INDEXES),
    ]
