"""Tags: short words that staff sort tickets by, beside categories."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput

LONGEST = 40
MOST = 20
"""On one ticket."""


def tidy(words: Iterable[str]) -> list[str]:
    """Tags as they are kept: in lower case, without the “#” people type, spaces as hyphens; sorted, each once.

    Raises:
        InvalidInput: one is too long, has a comma, or there are too many.
    """
    found = {
        "-".join(word.replace("\x00", "").strip().lstrip("#").lower().split()) for word in words
    }
    found.discard("")
    for word in found:
        if len(word) > LONGEST:
            raise InvalidInput(
                _("Keep a tag under %(most)d characters.") % {"most": LONGEST}, field="tags"
            )
        if "," in word:
            raise InvalidInput(_("A tag can't contain a comma."), field="tags")
    if len(found) > MOST:
        raise InvalidInput(_("A ticket takes up to %(most)d tags.") % {"most": MOST}, field="tags")
    return sorted(found)
