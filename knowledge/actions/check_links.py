"""Look whether what a published article links to is there, and ask its editors to mend what is not."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import require
from accounts.models import User
from knowledge import links, policies
from knowledge.actions import steps
from knowledge.actions.revise import NO_RIGHT, lock
from knowledge.actions.tasks import raise_task
from knowledge.models import Article, BrokenLink, ReviewTask


@transaction.atomic
def check_links(article: Article, *, by: User, at: datetime | None = None) -> int:
    """Note the links that lead nowhere, and how many those are; what was mended is forgotten and its task done.

    Raises:
        NotAllowed: `by` may not write there.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    now = at or timezone.now()
    found = links.broken_in(article) if article.is_published else []
    had = {one.address: one for one in article.broken_links.all()}
    now_broken = {one.address[: links.LONGEST]: one.problem for one in found}
    gone = [one.pk for address, one in had.items() if address not in now_broken]
    if gone:
        BrokenLink.objects.filter(pk__in=gone).delete()
    for address, problem in now_broken.items():
        if address not in had or had[address].problem != problem:
            BrokenLink.objects.update_or_create(
                article=article,
                address=address,
                defaults={"problem": problem, "seen_at": now},
            )
    if now_broken:
        raise_task(article, ReviewTask.Reason.LINKS, details={"links": len(now_broken)}, at=now)
    elif had:
        steps.finish(article, by=by, at=now, reasons=(ReviewTask.Reason.LINKS,))
    return len(now_broken)
