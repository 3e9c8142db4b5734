"""Where an article stands and who may read it: its category, audience, kind, and place on the home page."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import Department, Team, User
from knowledge import policies, search
from knowledge.actions import steps
from knowledge.actions.publish import NO_RIGHT as MAY_NOT_PUBLISH
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
    departments: Collection[Department] = (),
    teams: Collection[Team] = (),
) -> Article:
    """Set category, audience, kind and place. What is there already changes nothing.

    `departments` and `teams` are whose people read it, where the audience is some of them.

    Raises:
        NotAllowed: `by` may not write; or the article is published or goes out by itself, and `by` may not publish.
        InvalidInput: no such audience or kind; or it is for some departments or teams, and none is named.
    """
    article = lock(article)
    require(policies.can_write(by, article), _(NO_RIGHT))
    if audience not in Audience.values:
        raise InvalidInput(_("Choose who may read it."), field="audience")
    if kind not in Article.Kind.values:
        raise InvalidInput(_("Choose what kind of article it is."), field="kind")
    named = readers_named(audience, departments, teams)
    new = (section and section.pk, audience, kind, is_featured)
    is_same = (article.section_id, article.audience, article.kind, article.is_featured) == new
    if is_same and named == _named(article):
        return article
    require(
        policies.can_settle(by, article),
        _("This article is published: only those who may publish change where it stands.")
        if article.is_published
        else _(MAY_NOT_PUBLISH),
    )
    if section != article.section:
        may = policies.can_fill(by, section, published=article.is_for_readers)
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
    article.departments.set(named[0])
    article.teams.set(named[1])
    if article.is_published:
        search.index(article)
    return article


def readers_named(
    audience: str, departments: Collection[Department], teams: Collection[Team]
) -> tuple[set[int], set[int]]:
    """Keys of the departments and of the teams that this audience takes; of another audience none."""
    if audience == Audience.DEPARTMENTS and not departments:
        raise InvalidInput(_("Choose at least one department."), field="departments")
    if audience == Audience.TEAMS and not teams:
        raise InvalidInput(_("Choose at least one team."), field="teams")
    return (
        {one.pk for one in departments} if audience == Audience.DEPARTMENTS else set(),
        {one.pk for one in teams} if audience == Audience.TEAMS else set(),
    )


def _named(article: Article) -> tuple[set[int], set[int]]:
    departments, teams = article.departments.all(), article.teams.all()
    return {one.pk for one in departments}, {one.pk for one in teams}
