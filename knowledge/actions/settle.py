"""Where an article stands and who may read it: its category, audience, kind, and place on the home page."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from knowledge import policies, search
from knowledge.actions import steps
from knowledge.actions.revise import NO_RIGHT, lock
from knowledge.models import Article, Audience, Section


@transaction.atomic
def settle(
    article: Article,
    *,
    by: User,
    section: Section | None,
    audience: str,
    kind: str,
    is_featured: bool,
) -> Article:
    """Set category, audience, kind and place. What is there already changes nothing.

    Raises:
        NotAllowed: `by` may not write; or the article is published, and `by` may not publish.
        InvalidInput: no such audience or kind.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if audience not in Audience.values:
        raise InvalidInput(_("Choose who may read it."), field="audience")
    if kind not in Article.Kind.values:
        raise InvalidInput(_("Choose what kind of article it is."), field="kind")
    new = (section and section.pk, audience, kind, is_featured)
    if (article.section_id, article.audience, article.kind, article.is_featured) == new:
        return article
    require(
        policies.can_settle(by, article),
        _("This article is published: only those who may publish change where it stands."),
    )
    if section != article.section:
        may = policies.can_fill(by, section, published=article.is_published)
        require(may, _("Others keep that category. Choose another one."))
    article.section, article.audience = section, audience
    article.kind, article.is_featured = kind, is_featured
    article.updated_at = timezone.now()
    article.review_due_at = steps.due(article)
    article.save(
        update_fields=[
            "section", "audience", "kind", "is_featured", "updated_at", "review_due_at",
        ]
    )  # fmt: skip
    if article.is_published:
        search.index(article)
    return article
