"""What somebody wrote now, without the mail that they answer and without what their program writes below.

Line by line, so the time is in proportion to the text. Nothing is thrown away: what is cut is kept and can be shown.
Where it is not clear what is an answer and what is quoted, everything stays.
"""

import re
from collections.abc import Callable
from itertools import islice

LONGEST = 200_000
LONGEST_LINE = 400
"""Longer lines head no quotation."""
MOST_SIGNED = 20
"""Lines of a signature."""
MOST_HEADS = 20
"""Looked at before one is found that something stands above or below of."""

_ORIGINAL = re.compile(
    r"\s*[-_=*]{2,}\s*(?:original|forwarded|begin forwarded|ursprüngliche|weitergeleitete|message d'origine|message transféré"
    r"|mensaje original|messaggio (?:originale|inoltrato)|mensagem original|oorspronkelijk|doorgestuurd|ursprungligt|vidarebefordrat"
    r"|opprinnelig|oprindelig|alkuperäinen|původní|wiadomość oryginalna|исходное|пересылаемое)[^-_=*\n]{0,40}[-_=*]{2,}\s*", re.IGNORECASE,
)  # fmt: skip
_FORWARDED = re.compile(
    r"forward|weitergeleitet|transfér|inoltrat|doorgestuurd|vidarebefordr|пересыл", re.IGNORECASE
)
_RULE = re.compile(r"\s*[_-]{8,}\s*")
_FIELD = re.compile(
    r"\s*[*>]{0,3}\s*(?:from|von|de|da|från|fra|van|od|lähettäjä|от|sent|gesendet|date|datum|envoyé|enviado|inviato|data|skickat|sendt|verzonden"
    r"|odesláno|wysłano|lähetetty|дата|to|an|à|para|a|till|til|aan|komu|do|кому|cc|kopie|subject|betreff|objet|asunto|oggetto|assunto|ämne|emne|onderwerp"
    r"|předmět|temat|aihe|тема|reply-to)\*{0,2}\s{0,2}:\*{0,2}(?:\s|$)", re.IGNORECASE,
)  # fmt: skip
_FIRST_FIELD = re.compile(
    r"\s*[*>]{0,3}\s*(?:from|von|de|da|från|fra|van|od|lähettäjä|от)\*{0,2}\s{0,2}:\*{0,2}\s",
    re.IGNORECASE,
)
_WROTE_BEGINS = re.compile(
    r"\s*(?:on|am|le|el|il|op|em|den|på|dnia|dne|w dniu|\d{1,4}[-./]\d{1,2}[-./]\d{1,4})\b",
    re.IGNORECASE,
)
_WROTE_ENDS = re.compile(
    r"(?:wrote|writes|schrieb|hat geschrieben|a écrit|escribió|ha scritto|scrive|schreef|escreveu|skrev|kirjoitti|napsala?|napisał\(?a?\)?"
    r"|пишет|написала?)[^\n]{0,80}:\s*$", re.IGNORECASE,
)  # fmt: skip
_HAS_DATE = re.compile(r"\d{1,2}[:.]\d{2}|\b(?:19|20)\d{2}\b")
_DATED = re.compile(
    r"\s*\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T,]+\d{1,2}:\d{2}(?::\d{2})?)?(?: (?:GMT|UTC)[+-]\d{1,2}:?\d{2})?[ ,]+\S"
)
_QUOTED = re.compile(r"\s*[>|]")
_SIGNATURE = re.compile(r"\s*(?:--|—|__)\s*")
_SENT_FROM = re.compile(
    r"[\s<(\[]*(?:sent (?:from|with|via|by)|from my |get \[?outlook|envoyé (?:de|depuis|à partir)|von mein|gesendet (?:von|mit)|diese nachricht wurde"
    r"|someone from mobile|enviado desde|inviato da|verzonden (?:met|vanaf)|skickat från|sendt fra|lähetetty|從我的|отправлено)[^\n]{0,90}", re.IGNORECASE,
)  # fmt: skip


def _none(_line: str) -> bool:
    return False


def trim(text: str, is_mark: Callable[[str], bool] = _none) -> tuple[str, str]:
    """What was written now, and the whole text if that is more.

    `is_mark` knows the line in our own mails above which people are asked to write.
    """
    return _cut(text, lambda lines: _trimmed(lines, is_mark))


def unsigned(text: str) -> tuple[str, str]:
    """As `trim`, but only without the signature: what somebody forwards to us is what it is about."""
    return _cut(text, _without_signature)


def _cut(text: str, cut: Callable[[list[str]], list[str]]) -> tuple[str, str]:
    if len(text) > LONGEST:
        return text, ""
    lines = text.split("\n")
    kept = cut(lines)
    words = "\n".join(kept).strip("\n").rstrip()
    if not words.strip() or _same(words, text):
        return text, ""
    return words, text


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _trimmed(lines: list[str], is_mark: Callable[[str], bool]) -> list[str]:
    lines = _above_mark(lines, is_mark)
    lines = _without_signature(lines)
    heads = (
        (at, head) for at in range(len(lines)) if (head := _head_of_quote(lines, at)) is not None
    )
    for at, head in islice(heads, MOST_HEADS):
        above, below = lines[:at], lines[head:]
        if _says_something(above):
            kept = lines if _goes_on_between(below) else above
        elif _is_answered_below(below):
            kept = _below_quote(below)
        elif _goes_on_between(below) or _FORWARDED.search(lines[at]):
            kept = below  # forwarded, or answered line by line
        else:
            continue
        return _without_signature(_without_last_quote(kept))
    return _without_signature(_without_last_quote(lines))


def _above_mark(lines: list[str], is_mark: Callable[[str], bool]) -> list[str]:
    """What stands above our own line; what heads the quotation goes with it."""
    for at, line in enumerate(lines):
        if len(line) <= LONGEST_LINE and is_mark(line.lstrip("> |\t")):
            above = lines[:at]
            while above and (
                not above[-1].strip() or (_QUOTED.match(above[-1]) and not above[-1].strip("> |\t"))
            ):
                above.pop()
            if above and _WROTE_ENDS.search(above[-1][-200:]):
                above.pop()
            for start in range(max(len(above) - 8, 0), len(above)):
                if _head_of_quote(above, start) is not None:
                    above = above[:start]
                    break
            return above if _says_something(above) else lines
    return lines


def _head_of_quote(lines: list[str], at: int) -> int | None:
    """Where what is quoted begins, if its head begins at this line."""
    line = lines[at]
    if not line.strip() or len(line) > LONGEST_LINE:
        return None
    if _ORIGINAL.fullmatch(line):
        return _after_fields(lines, at + 1)
    if (
        _RULE.fullmatch(line)
        and _FIRST_FIELD.match(_at(lines, at + 1))
        and _fields(lines, at + 1) >= 2
    ):
        return _after_fields(lines, at + 1)
    if _FIRST_FIELD.match(line) and _fields(lines, at) >= 3:
        return _after_fields(lines, at)
    bare = line.lstrip("> |\t*")
    if _WROTE_BEGINS.match(bare):
        joined = bare
        for length in range(1, 4):
            if _WROTE_ENDS.search(joined[-200:]) and _HAS_DATE.search(joined[:400]):
                return at + length
            if not _at(lines, at + length).strip():
                break
            joined += " " + _at(lines, at + length).lstrip("> |\t")[:LONGEST_LINE]
    if _DATED.match(line):
        end = at + 1
        while end < at + 3 and _at(lines, end).strip() and not _QUOTED.match(_at(lines, end)):
            end += 1
        if not _at(lines, end).strip() or _QUOTED.match(_at(lines, end)):
            return end
    if (
        _WROTE_ENDS.search(line[-200:])
        and _QUOTED.match(_next_words(lines, at + 1))
        and not _QUOTED.match(line)
    ):
        return at + 1
    return None


def _at(lines: list[str], at: int) -> str:
    return lines[at] if at < len(lines) else ""


def _next_words(lines: list[str], at: int) -> str:
    return next((line for line in lines[at : at + 3] if line.strip()), "")


def _fields(lines: list[str], at: int) -> int:
    """How many of the next lines are fields of a mail."""
    return sum(1 for line in lines[at : at + 8] if len(line) <= LONGEST_LINE and _FIELD.match(line))


def _after_fields(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    if not _FIELD.match(_at(lines, at)[:LONGEST_LINE]):
        return at
    return next((i for i in range(at, min(at + 15, len(lines))) if not lines[i].strip()), at)


def _says_something(lines: list[str]) -> bool:
    return any(line.strip() and not _QUOTED.match(line) for line in lines)


def _goes_on_between(below: list[str]) -> bool:
    """Quoted lines with words between or after them: answered line by line."""
    was_quoted = False
    for line in below:
        if _QUOTED.match(line):
            was_quoted = True
        elif line.strip() and was_quoted and len(line.strip()) > 1:
            return True
        elif line.strip() and not was_quoted:
            return False
    return False


def _is_answered_below(below: list[str]) -> bool:
    """One quoted piece, then words."""
    pieces, was_quoted = 0, False
    first = next((line for line in below if line.strip()), "")
    for line in below:
        quoted = bool(_QUOTED.match(line)) or (was_quoted and not line.strip())
        pieces += quoted and not was_quoted
        was_quoted = quoted
    return bool(_QUOTED.match(first)) and pieces == 1 and _goes_on_between(below)


def _below_quote(below: list[str]) -> list[str]:
    last = max(i for i, line in enumerate(below) if _QUOTED.match(line))
    return below[last + 1 :]


def _without_last_quote(lines: list[str]) -> list[str]:
    """Without a quotation at the end that nothing heads, unless the text is all quotation."""
    end = len(lines)
    while end and (
        not lines[end - 1].strip()
        or _QUOTED.match(lines[end - 1])
        or _RULE.fullmatch(lines[end - 1])
    ):
        end -= 1
    return lines[:end] if _says_something(lines[:end]) else lines


def _without_signature(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for at in range(max(end - MOST_SIGNED, 1), end):
        if _SIGNATURE.fullmatch(lines[at]) and _says_something(lines[:at]):
            end = at
            break
    while end > 1 and (
        not lines[end - 1].strip() or _SENT_FROM.fullmatch(lines[end - 1][:LONGEST_LINE])
    ):
        end -= 1
    return lines[:end]
