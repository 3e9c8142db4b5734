"""Where an article stands and who may read it: its category, audience, kind, and place on the home page."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from knowledge import places, policies, search
from knowledge.actions import steps
from knowledge.actions.revise import NO_RIGHT, lock
from knowledge.models import Article
from knowledge.places import Place


@transaction.atomic
def settle(article: Article, *, place: Place, by: User) -> Article:
    """Set category, audience, kind and place at once. What is there already changes nothing.

    For what nobody wrote a newer text of: what is to change together with that is saved with it, see `revise`.

    Raises:
        NotAllowed: `by` may not write; or the article is published or goes out by itself, and `by` may not publish.
        Refused: another place is planned with the newer draft, which would undo this.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    now = places.of(article)
    if place == now:
        return article
    steps.require_move(article, now, place, by=by)
    if places.is_to_move(article):
        raise Refused(
            _("The newer draft is to stand elsewhere. Change it there, or publish that first.")
        )
    article.next_places.all().delete()
    steps.stand(article, place)
    article.updated_at = timezone.now()
    article.save(update_fields=[*steps.PLACE, "updated_at", "review_due_at"])
    if article.is_published:
        search.index(article)
    return article
