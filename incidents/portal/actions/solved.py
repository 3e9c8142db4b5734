"""“This solved it”: a report that needn't be filed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from incidents.portal.models import Avoided
from knowledge.models import Article

LONGEST_WORDS = 200


@transaction.atomic
def solved(article: Article, *, by: User, words: str = "", at: datetime | None = None) -> Avoided:
    """Count that this article solved what `by` was about to report as `words`; once a person, article and day.

    Raises:
        NotAllowed: `by` may not read this article.
    """
    readable = Article.objects.readable_by(by).filter(pk=article.pk)
    require(readable.exists(), _("You can't read this article."))
    words = " ".join(words.replace("\x00", "").split())[:LONGEST_WORDS]
    row, _new = Avoided.objects.get_or_create(
        article=article, user=by, day=timezone.localdate(at), defaults={"words": words}
    )
    return row
