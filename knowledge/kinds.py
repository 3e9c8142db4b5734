"""What a kind of article does with its text. Values in, values out."""

import re
from dataclasses import dataclass

WORKAROUND = frozenset(
    {
        "workaround",
        "work-around",
        "way around",
        "way round",
        "umgehung",
        "behelf",
        "umgehungslösung",
        "what to do until it is fixed",
        "was bis dahin hilft",
    }
)
"""Headings, in small letters, below which the way round a known error stands."""
_HEADING = re.compile(r"^(#{1,3})[ \t]+(.+?)[ \t#]*$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})")


@dataclass(frozen=True)
class Parts:
    workaround: str
    rest: str


def workaround_first(body: str) -> Parts:
    """Take the section with the workaround out of a text, to be shown before the rest; its heading is dropped."""
    lines = body.splitlines(keepends=True)
    start = end = None
    depth, fence = 0, ""
    for at, line in enumerate(lines):
        if mark := _FENCE.match(line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
            continue
        heading = None if fence else _HEADING.match(line.rstrip("\r\n"))
        if heading is None:
            continue
        if start is None and heading[2].strip(" :*_").casefold() in WORKAROUND:
            start, depth = at, len(heading[1])
        elif start is not None and len(heading[1]) <= depth:
            end = at
            break
    if start is None:
        return Parts("", body)
    taken = "".join(lines[start + 1 : end]).strip()
    left = "".join(lines[:start] + lines[end:] if end is not None else lines[:start])
    return Parts(taken, left.strip()) if taken else Parts("", body)
