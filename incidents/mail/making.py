"""Of a letter: the words, files and title as a ticket keeps them."""

import re
from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import BadFile
from accounts.files import Upload, check, clean_name
from incidents.mail import trimming
from incidents.mail.reading import File, Letter
from incidents.notify.addresses import reply_lines
from incidents.tickets.mailed import Mailed

LONGEST_TITLE = 200
LONGEST_TEXT = 90_000
"""Of one message; more is kept as a file beside it."""
LONGEST_WHOLE = 200_000
MOST_FILES = 30
MOST_NAMED = 5

_ANSWER = re.compile(r"^\s*(?:(?:re|aw|sv|vs|antw|antwort|odp|rif|ref|res|r|fw|fwd|wg|tr|rv|i)\s?(?:\[\d+\])?\s?[:：]\s*|\[INC-\d+\]\s*)", re.IGNORECASE)  # fmt: skip


@dataclass
class Made:
    """What one of the verbs is given."""

    text: str
    mailed: Mailed
    files: list[Upload] = field(default_factory=list)


def answer_of(letter: Letter) -> Made:
    """What was written now; the rest is there for whoever asks for it."""
    return _made(letter, *trimming.trim(letter.text, _is_reply_line))


def report_of(letter: Letter) -> Made:
    """Everything but the signature: what is forwarded to us is what it is about."""
    return _made(letter, *trimming.unsigned(letter.text))


def _is_reply_line(line: str) -> bool:
    """The line in our own mails above which people are asked to write, in any of our languages."""
    return _signs(line) in {_signs(one) for one in reply_lines()}


def is_from_a_portal(letter: Letter) -> bool:
    """A letter such as our own, with nothing written above the line: another portal's, whatever became of its header.

    Where the line is quoted somebody answers below it.
    """
    first = next((line for line in letter.text.splitlines() if line.strip()), "")
    is_quoted = first.lstrip().startswith((">", "|"))
    return len(first) < 200 and not is_quoted and _is_reply_line(first)


def _signs(line: str) -> str:
    return "".join(sign for sign in line.casefold() if sign.isalnum())


def title_of(letter: Letter) -> str:
    """The subject without what mail programs put before it, else the first words."""
    title = letter.subject
    for _time in range(10):
        shorter = _ANSWER.sub("", title, count=1)
        if shorter == title:
            break
        title = shorter
    title = title.strip() or next((line for line in letter.text.splitlines() if line.strip()), "")
    return " ".join(title.split())[:LONGEST_TITLE].strip() or _("Mail without a subject")


def _made(letter: Letter, text: str, whole: str) -> Made:
    uploads, pictures, left_out = _uploads(letter.files)
    text = text.strip("\n") if text.strip() else _("(The mail has no text.)")
    if len(text) > LONGEST_TEXT:
        uploads.append(check(ContentFile(text.encode(), name="mail.txt")))
        text = text[:LONGEST_TEXT].rstrip() + "\n\n" + _("(It goes on in the file mail.txt.)")
    if left_out:
        text += "\n\n" + _told(left_out)
    mailed = Mailed(whole=whole[:LONGEST_WHOLE], html=letter.html, pictures=pictures)
    return Made(text, mailed, uploads)


def _told(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    return ngettext(
        "(%(n)d file that came with it was not taken: %(names)s)",
        "(%(n)d files that came with it were not taken: %(names)s)", len(names),
    ) % {"n": len(names), "names": shown}  # fmt: skip


def _uploads(files: tuple[File, ...]) -> tuple[list[Upload], dict[str, int], list[str]]:
    """Files that are fit to be kept, which of them the HTML names, and the names of the others."""
    uploads: list[Upload] = []
    pictures: dict[str, int] = {}
    left_out: list[str] = []
    for file in files:
        name = clean_name(file.name)
        try:
            upload = check(ContentFile(file.content, name=name), keep_clean=True)
        except BadFile:
            left_out.append(name)
            continue
        if len(uploads) == MOST_FILES:
            left_out.append(name)
            continue
        if file.cid:
            pictures[file.cid] = len(uploads)
        uploads.append(upload)
    return uploads, pictures, left_out
