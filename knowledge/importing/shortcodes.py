"""Marks of site generators (Jekyll, Hugo, MkDocs, Docusaurus) in Markdown, as what they mean to a reader.

What only the generator could have filled in is left out and named, with its line. Code blocks stay as they are.
"""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

FENCE = re.compile(r"^\s{0,3}(?P<mark>`{3,}|~{3,})")
TAG = r"(?:\{%[^{}]{0,300}%\}|\{\{[<%][^{}]{0,300}[%>]\}\})"
ONLY_TAGS = re.compile(rf"^\s*(?:{TAG}\s*)+$")
LINK_BY_REF = re.compile(
    r"""\]\(\s*\{\{[<%]\s*(?:rel)?ref\s+["']?(?P<to>[^"'\s>%]+)["']?\s*[>%]\}\}\s*\)"""
)
LINK_BY_LINK = re.compile(
    r"""\]\(\s*\{%-?\s*(?:link|page)\s+["']?(?P<to>[^"'\s%]+)["']?\s*-?%\}\s*\)"""
)
LINK_BY_TAG = re.compile(rf"!?\[(?P<words>[^\[\]]{{0,500}})\]\(\s*{TAG}[^)]{{0,500}}\)")
CHANNEL = re.compile(
    r"""\{%-?\s*slack_channel\s+["']?#?(?P<name>[\w. -]{1,80}?)["']?(?:\s+["'][^"'{}]{0,80}["'])?\s*-?%\}"""
)
PICTURE = re.compile(
    r"""\{%-?\s*image(?:_with_class)?\s+["'](?P<src>[^"']+)["'](?P<more>(?:\s+["'][^"']*["'])*)\s*-?%\}"""
)
FIGURE = re.compile(r"\{\{[<%]\s*figure\s+(?P<given>.*?)\s*[>%]\}\}")
GIVEN = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)')""")
QUOTED = re.compile(r"""["']([^"']*)["']""")
IMAGE_TAG = re.compile(r"<img\b[^<>]{0,600}>", re.IGNORECASE)
ANCHOR_TAG = re.compile(
    r"""<a\b[^<>]{0,300}?href=["'](?P<to>[^"'<>\s]{1,500})["'][^<>]{0,300}>(?P<words>[^<>\[\]]{1,300})</a>""",
    re.IGNORECASE,
)
BREAK_TAG = re.compile(r"<br\s*/?>[ \t]*$", re.IGNORECASE)
RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
OPENS_NOTICE = re.compile(
    r"^\s*(?:\{%-?\s*(?:alert|notice|callout)\b.*%\}|\{\{[<%]\s*(?:alert|hint|notice|callout)\b.*[>%]\}\})\s*$"
)
CLOSES_NOTICE = re.compile(r"^\s*(?:\{%-?\s*end\w+\s*-?%\}|\{\{[<%]\s*/\w+\s*[>%]\}\})\s*$")
ADMONITION = re.compile(r"""^(?:!!!|\?\?\?\+?)\s*(?P<kind>\w+)(?:\s+"(?P<title>[^"]*)")?\s*$""")
DIRECTIVE = re.compile(r"^:::+\s*(?P<kind>note|tip|info|warning|danger|caution)\s*(?P<title>.*)$")
CALLOUTS = {
    "tip": "TIP", "hint": "TIP", "success": "TIP", "question": "NOTE", "note": "NOTE", "info": "NOTE", "abstract": "NOTE",
    "warning": "WARNING", "caution": "CAUTION", "attention": "WARNING", "danger": "CAUTION", "important": "IMPORTANT",
}  # fmt: skip


def without_tags(body: str) -> tuple[str, list[str]]:
    """The text as readers are to have it, and what of it was left out."""
    reader = _Reader()
    for number, line in enumerate(body.split("\n"), 1):
        reader.take(line, number)
    return "\n".join(reader.kept), reader.notes


class _Reader:
    """Goes through a text line by line, knowing whether it is in code or in a call-out."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.notes: list[str] = []
        self._fence = ""
        self._in_comment = False
        self._quoting: Callable[[str], bool] | None = None
        """Whether a line still belongs to the call-out."""

    def take(self, line: str, number: int) -> None:
        mark = FENCE.match(line)
        if self._fence:
            if (
                mark
                and mark["mark"].startswith(self._fence)
                and not line.strip().strip(self._fence[0])
            ):
                self._fence = ""
            self._keep(line)
        elif mark:
            self._fence = mark["mark"]
            self._keep(line)
        else:
            self._text(line, number)

    def _text(self, line: str, number: int) -> None:
        bare = self._without_comments(line)
        if bare is None:
            return
        line = bare
        if self._quoting and self._ends(line):
            return
        if self._begins(line):
            return
        line = _understood(line)
        if ONLY_TAGS.match(line):
            self._note(line, number)
            return
        self._keep(LINK_BY_TAG.sub(r"\g<words>", line))

    def _without_comments(self, line: str) -> str | None:
        """The line without comments; None where nothing else was on it."""
        if self._in_comment:
            _before, end, line = line.partition("-->")
            if not end:
                return None
            self._in_comment = False
            if not line.strip():
                return None
        bare, rest = "", line
        while "<!--" in rest and not self._in_comment:
            before, _mark, rest = rest.partition("<!--")
            bare += before
            _comment, end, rest = rest.partition("-->")
            self._in_comment = not end
        bare += rest
        return None if bare != line and not bare.strip() else bare

    def _begins(self, line: str) -> bool:
        """Does a call-out begin here?"""
        if OPENS_NOTICE.match(line):
            said = [one for one in QUOTED.findall(line) if one]
            kind = next((one for one in said if one.lower() in CALLOUTS), "note")
            title = next((one for one in said if one.lower() not in CALLOUTS), "")
            self._quote(kind, title, lambda _line: True)
        elif match := ADMONITION.match(line):
            self._quote(match["kind"], match["title"] or "", _is_indented)
        elif match := DIRECTIVE.match(line):
            self._quote(match["kind"], match["title"], lambda _line: True)
        else:
            return False
        return True

    def _quote(self, kind: str, title: str, still: Callable[[str], bool]) -> None:
        self._quoting = None
        self.kept.append(f"> [!{CALLOUTS.get(kind.lower(), 'NOTE')}]")
        if title.strip():
            self.kept += [f"> **{title.strip()}**", ">"]
        self._quoting = still

    def _ends(self, line: str) -> bool:
        """Does the call-out end with this line, which then says nothing else?"""
        if self._quoting and not self._quoting(line):
            self._quoting = None
            return False
        if CLOSES_NOTICE.match(line) or re.fullmatch(r"\s*:::+\s*", line):
            self._quoting = None
            return True
        return False

    def _keep(self, line: str) -> None:
        if self._quoting is None:
            self.kept.append(line)
            return
        line = line[4:] if self._quoting is _is_indented and line.startswith("    ") else line
        self.kept.append(f"> {line}".rstrip())

    def _note(self, line: str, number: int) -> None:
        words = " ".join(line.split())
        self.notes.append(
            _("line %(number)s of the text was left out: %(words)s")
            % {"number": number, "words": words if len(words) <= 80 else words[:79] + "…"}
        )


def _is_indented(line: str) -> bool:
    return not line.strip() or line.startswith(("    ", "\t"))


def _understood(line: str) -> str:
    """Marks that mean something to a reader, in Markdown."""
    if "<" in line:
        line = BREAK_TAG.sub("  ", IMAGE_TAG.sub(_image_tag, line))
        line = ANCHOR_TAG.sub(r"[\g<words>](\g<to>)", line)
    if "{%" not in line and "{{" not in line:
        return line
    line = CHANNEL.sub(r"#\g<name>", RAW.sub("", line))
    line = LINK_BY_REF.sub(r"](\g<to>)", LINK_BY_LINK.sub(r"](\g<to>)", line))
    line = PICTURE.sub(_picture, line)
    return FIGURE.sub(_figure, line)


def _picture(match: re.Match[str]) -> str:
    words = QUOTED.findall(match["more"])
    return f"![{words[-1] if words else ''}]({match['src']})"


def _figure(match: re.Match[str]) -> str:
    given = _given(match["given"])
    words = given.get("alt") or given.get("caption") or given.get("title") or ""
    return f"![{words}]({given['src']})" if given.get("src") else match.group()


def _image_tag(match: re.Match[str]) -> str:
    given = _given(match.group())
    return f"![{given.get('alt', '')}]({given['src']})" if given.get("src") else ""


def _given(text: str) -> dict[str, str]:
    """Names and values, as in a tag."""
    return {name.lower(): one or other for name, one, other in GIVEN.findall(text)}


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything but its fenced code changed."""
    parts: list[tuple[bool, list[str]]] = [(False, [])]
    fence = ""
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if not fence and mark:
            fence = mark["mark"]
            parts.append((True, [line]))
            continue
        parts[-1][1].append(line)
        if fence and mark and mark["mark"].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
            parts.append((False, []))
    told = [
        "\n".join(lines) if code else change("\n".join(lines)) for code, lines in parts if lines
    ]
    return "\n".join(told)
