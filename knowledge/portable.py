"""Categories of articles, outlines and synonyms as configuration. Articles have an export of their own."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.administration.portable import (
    Part,
    Values,
    by_form,
    register,
    save_form,
)
from accounts.errors import require
from accounts.models import User
from accounts.permissions import Permission
from knowledge import actions
from knowledge.admin import SynonymForm
from knowledge.models import Outline, Section, Synonym

P = Permission


def write_section(part: Part, row: Any, values: Values, *, by: User) -> Section:
    """Who keeps a category decides who may write: that is for those who manage roles."""
    kept = {team.pk for team in row.keepers.all()} if row else set()
    if {team.pk for team in values["keepers"]} != kept:
        require(
            by.permits.anywhere(P.ROLES_MANAGE),
            _("Only who manages roles decides which teams keep a category."),
        )
    before = row.review_days if row else None
    saved: Any = by_form(part, row, values, by=by)
    section: Section = saved
    if row and section.review_days != before:
        actions.reschedule(section)
    return section


def write_synonym(part: Part, row: Any, values: Values, *, by: User) -> Synonym:
    form = SynonymForm({"words": "\n".join(values["words"])}, instance=row)
    saved: Any = save_form(part, form, values, by=by)
    Synonym.objects.filter(pk=saved.pk).update(changed_by=by)
    synonym: Synonym = saved
    return synonym


register(
    Part(
        "article_categories", 70, Section, P.ARTICLES_PUBLISH, ("slug",),
        ("name", "description", "icon", "position", "keepers", "review_days"), write=write_section,
    ),
    Part("outlines", 75, Outline, P.ARTICLES_PUBLISH, ("kind", "language"), ("body",)),
    Part(
        "synonyms", 80, Synonym, P.ARTICLES_PUBLISH, ("words", "language"), (), write=write_synonym,
    ),
)  # fmt: skip
