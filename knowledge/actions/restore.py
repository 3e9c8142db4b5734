"""Go on from an earlier revision: it becomes the newest one, and nothing in between is lost."""

from django.utils.translation import gettext as _

from accounts.models import User
from knowledge.actions.revise import revise
from knowledge.models import Article, Revision


def restore(
    article: Article, revision: Revision, *, by: User, expected: int | None = None
) -> Article:
    """Save what `revision` said as the next revision. When it is what is there already, nothing changes.

    Raises:
        NotAllowed, EditConflict: as for `revise`.
    """
    return revise(
        article,
        by=by,
        title=revision.title,
        body=revision.body,
        summary=revision.summary,
        tags=revision.tags,
        expected=expected,
        note=_("Restored revision %(n)s") % {"n": revision.number},
    )
