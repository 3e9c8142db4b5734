"""Marks of site generators (Jekyll, Hugo, MkDocs, Docusaurus) in Markdown, as what they mean to a reader.

What only the generator could have filled in is left out and named, with its line. Code blocks stay as they are.
"""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from knowledge.blocks import Reading
from knowledge.importing.tags import destination, label

TAG = r"(?:\{%[^{}]{0,300}%\}|\{\{[<%][^{}]{0,300}[%>]\}\})"
ONLY_TAGS = re.compile(rf"^\s*(?:{TAG}\s*)+$")
LINK_BY_REF = re.compile(
    r"""\]\(\s*\{\{[<%]\s*(?:rel)?ref\s+["']?(?P<to>[^"'\s>%]+)["']?\s*[>%]\}\}\s*\)"""
)
LINK_BY_LINK = re.compile(
    r"""\]\(\s*\{%-?\s*(?:link|page)\s+["']?(?P<to>[^"'\s%]+)["']?\s*-?%\}\s*\)"""
)
LINK_BY_TAG = re.compile(rf"!?\[(?P<words>[^\[\]]{{0,500}})\]\(\s*{TAG}[^)]{{0,500}}\)")
CHANNEL = re.compile(r"\{%-?\s*slack_channel\s(?P<given>[^{}%]{0,300})%\}")
CHANNEL_NAME = re.compile(r"""["']?#?(?P<name>[\w.-]+(?: [\w.-]+)*)["']?(?:\s+["'][^"']*["'])?""")
PICTURE = re.compile(
    r"""\{%-?\s*image(?:_with_class)?\s+["'](?P<src>[^"']+)["'](?P<more>(?:\s+["'][^"']*["'])*)\s*-?%\}"""
)
FIGURE = re.compile(r"\{\{[<%]\s*figure\s(?P<given>[^{}]{0,1000})[>%]\}\}")
GIVEN = re.compile(r"""([\w-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)')""")
QUOTED = re.compile(r"""["']([^"']*)["']""")
MICROSOFT_PICTURE = re.compile(
    r""":::image(?P<given>(?:\s+[\w-]{1,30}\s*=\s*"[^"\n]{0,2000}")*)[^\n:]{0,300}:::"""
)
MICROSOFT_WORDS = re.compile(r""":::no-loc\s+text="(?P<words>[^"\n]{1,300})"[^\n:]{0,100}:::""")
MICROSOFT_FRAME = re.compile(r"^[ \t>]*:::+\s*(?:row|column|zone|moniker|code|image)\b[^\n]*$")
PICTURE_END = re.compile(r"(?<![ \t])[ \t]*:::image-end:::[ \t]*")
INCLUDE = re.compile(r"\[!INCLUDE\s*\[[^\[\]\n]{0,300}\]\s*\([^()\n]{0,500}\)\]", re.IGNORECASE)
VIDEO = re.compile(r"\[!VIDEO\s+(?P<to>https?://[^\s\[\]]{1,500})\s*\]", re.IGNORECASE)
FRAME = re.compile(r"^(?P<quote>[ \t]*>)[ \t]*\[!div\b[^\[\]\n]{0,200}\][ \t]*$", re.IGNORECASE)
ATTRIBUTES = re.compile(r"(?<=[)\]*_`])\{:[^{}\n]{0,300}\}")
ONLY_ATTRIBUTES = re.compile(r"^[ \t>]*\{:[^{}\n]{0,300}\}[ \t]*$")
HEADING_ATTRIBUTES = re.compile(
    r"^(?P<heading>[ \t]{0,3}#{1,6}[ \t][^{}\n]*)\{[:#.][^{}\n]{0,300}\}[ \t]*$"
)
MARK = re.compile(r"\{|<!--|!!!|\?\?\?|:::|\[!")
"""Without one of them there is none of the above."""
INLINE_CODE = re.compile(r"(`+[^`\n]*`+)")
RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
OPENS_NOTICE = re.compile(
    r"^\s*(?:\{%-?\s*(?:alert|notice|callout)\b.*%\}|\{\{[<%]\s*(?:alert|hint|notice|callout)\b.*[>%]\}\})\s*$"
)
CLOSES_NOTICE = re.compile(r"^\s*(?:\{%-?\s*end\w+\s*-?%\}|\{\{[<%]\s*/\w+\s*[>%]\}\}|:::+)\s*$")
ADMONITION = re.compile(r"""^(?:!!!|\?\?\?\+?)\s*(?P<kind>\w+)(?:\s+"(?P<title>[^"]*)")?\s*$""")
DIRECTIVE = re.compile(r"^:::+\s*(?P<kind>note|tip|info|warning|danger|caution)\s*(?P<title>.*)$")
CALLOUTS = {
    "tip": "TIP", "hint": "TIP", "success": "TIP", "question": "NOTE", "note": "NOTE", "info": "NOTE", "abstract": "NOTE",
    "warning": "WARNING", "caution": "CAUTION", "attention": "WARNING", "danger": "CAUTION", "important": "IMPORTANT",
}  # fmt: skip


def without_tags(body: str) -> tuple[str, list[str]]:
    """The text as readers are to have it, and what of it was left out."""
    if not MARK.search(body):
        return body, []
    lines = body.split("\n")
    ends = [number for number, line in enumerate(lines, 1) if "-->" in line]
    reader = _Reader(ends[-1] if ends else 0)
    for number, line in enumerate(lines, 1):
        reader.take(line, number)
    return "\n".join(reader.kept), reader.notes


class _Reader:
    """Goes through a text line by line, knowing whether it is in code or in a call-out."""

    def __init__(self, last_end: int) -> None:
        self._last_end = last_end
        """The last line that ends a comment."""
        self.kept: list[str] = []
        self.notes: list[str] = []
        self._reading = Reading()
        """Of what is kept."""
        self._in_comment = False
        self._quoting: Callable[[str], bool] | None = None
        """Whether a line still belongs to the call-out."""
        self._was_quoting = False

    def take(self, line: str, number: int) -> None:
        if self._quoting and not self._in_comment and not self._quoting(line):
            self._quoting, self._was_quoting = None, True
        if self._in_comment or not self._is_code(line):
            self._text(line, number)
        else:
            self._keep(line)

    def _is_code(self, line: str) -> bool:
        """Or has no mark anyway. What ends a call-out does so however far it is indented."""
        if not (self._quoting or MARK.search(line)):
            return True
        return self._reading.is_code(self._placed(line.lstrip() if self._ends(line) else line))

    def _text(self, line: str, number: int) -> None:
        bare = self._without_comments(line, number)
        if bare is None:
            return
        line = bare
        if self._ends(line):
            self._quoting, self._was_quoting = None, True
            return
        if self._begins(line):
            return
        given, line = line, _understood(line)
        if ONLY_TAGS.match(line) or MICROSOFT_FRAME.match(line):
            self._note(line, number)
            return
        without = _outside_code(line, lambda words: INCLUDE.sub("", words))
        if without != line:
            self._note(line, number)
            line = without
        if line.strip(" \t>") or not given.strip(" \t>"):
            self._keep(LINK_BY_TAG.sub(r"\g<words>", line))

    def _without_comments(self, line: str, number: int) -> str | None:
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
            before, mark, rest = rest.partition("<!--")
            _comment, end, behind = rest.partition("-->")
            self._in_comment = not end and number < self._last_end
            if not end and not self._in_comment:  # it hides nothing
                rest = mark + rest
                bare += before
                break
            bare, rest = bare + before, behind
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
        if self._was_quoting:
            self._end_quotation()
        elif self.kept and self.kept[-1].strip():
            self._add("")
        self._add(f"> [!{CALLOUTS.get(kind.lower(), 'NOTE')}]")
        if title.strip():
            self._add(f"> **{title.strip()}**")
            self._add(">")
        self._quoting = still

    def _ends(self, line: str) -> bool:
        """Does the call-out end with this line, which then says nothing else?"""
        return self._quoting is not None and bool(CLOSES_NOTICE.match(line))

    def _keep(self, line: str) -> None:
        if self._was_quoting and self._quoting is None:
            self._end_quotation()
        self._add(self._placed(line))

    def _placed(self, line: str) -> str:
        """In the call-out, if there is one."""
        if self._quoting is None:
            return line
        line = line[4:] if self._quoting is _is_indented and line.startswith("    ") else line
        return f"> {line}".rstrip()

    def _add(self, line: str) -> None:
        self.kept.append(line)
        self._reading.take(line)

    def _end_quotation(self) -> None:
        """An empty line, as what follows would belong to the call-out otherwise."""
        self._was_quoting = False
        while self.kept and self.kept[-1] == ">":
            self.kept.pop()
        self._add("")

    def _note(self, line: str, number: int) -> None:
        words = " ".join(line.split())
        self.notes.append(
            _("line %(number)s of the text was left out: %(words)s")
            % {"number": number, "words": words if len(words) <= 80 else words[:79] + "…"}
        )


def _is_indented(line: str) -> bool:
    return not line.strip() or line.startswith(("    ", "\t"))


def _understood(line: str) -> str:
    """Marks that mean something to a reader, in Markdown; code in the line stays as it is."""
    if ONLY_ATTRIBUTES.match(line):
        return ""
    if "{" in line and (said := HEADING_ATTRIBUTES.match(line)):
        line = said["heading"].rstrip(" \t")
    line = FRAME.sub(r"\g<quote>", line)
    return _outside_code(line, _meant)


def _outside_code(line: str, change: Callable[[str], str]) -> str:
    if "[!" not in line and "{" not in line and ":::" not in line:
        return line
    parts = INLINE_CODE.split(line)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


def _meant(words: str) -> str:
    words = MICROSOFT_PICTURE.sub(_microsoft_picture, PICTURE_END.sub("", words))
    words = VIDEO.sub(r"<\g<to>>", MICROSOFT_WORDS.sub(r"\g<words>", words))
    words = ATTRIBUTES.sub("", words)
    if "{%" not in words and "{{" not in words:
        return words
    words = CHANNEL.sub(_channel, RAW.sub("", words))
    words = LINK_BY_REF.sub(r"](\g<to>)", LINK_BY_LINK.sub(r"](\g<to>)", words))
    words = PICTURE.sub(_picture, words)
    return FIGURE.sub(_figure, words)


def _channel(match: re.Match[str]) -> str:
    named = CHANNEL_NAME.fullmatch(match["given"].strip().removesuffix("-").strip())
    return f"#{named['name']}" if named else match.group()


def _picture(match: re.Match[str]) -> str:
    words = QUOTED.findall(match["more"])
    return f"![{words[-1] if words else ''}]({match['src']})"


def _figure(match: re.Match[str]) -> str:
    given = _given(match["given"])
    words = given.get("alt") or given.get("caption") or given.get("title") or ""
    return f"![{words}]({given['src']})" if given.get("src") else match.group()


def _microsoft_picture(match: re.Match[str]) -> str:
    """What `alt-text` and a long description say is for readers too."""
    given = _given(match["given"])
    source = destination(given.get("source", ""))
    return f"![{label(given.get('alt-text', ''))}]({source})" if source else ""


def _given(text: str) -> dict[str, str]:
    """Names and values, as in a tag."""
    return {name.lower(): one or other for name, one, other in GIVEN.findall(text)}
