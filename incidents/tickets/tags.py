"""Tags: short words that staff sort tickets by, beside categories."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.tickets.models import Tagging, Ticket

LONGEST = 40
MOST = 20
"""On one ticket."""

LATEST = 3_000
"""Taggings among which those in use are counted."""
MOST_OFFERED = 100


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


def in_use(by: User) -> list[str]:
    """Tags that tickets bear which this person sees as staff, the most used of late first."""
    latest = Tagging.objects.order_by("-pk").values("pk")[:LATEST]
    this = Ticket.objects.seen_as_staff_by(by).filter(pk=OuterRef("ticket"))
    found = Tagging.objects.filter(Exists(this), pk__in=latest).values_list("name", flat=True)
    return [name for name, _count in Counter(found).most_common(MOST_OFFERED)]
