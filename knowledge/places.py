"""Where articles stand and who may read them: as it is now, and as it is to be with the next publication."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import Department, Team
from knowledge.models import Article, Audience, NextPlace, Section


@dataclass(frozen=True)
class Place:
    section: Section | None
    audience: str
    kind: str
    is_featured: bool
    departments: frozenset[Department] = frozenset()
    """Whose people read it, where the audience is some departments; else none."""
    teams: frozenset[Team] = frozenset()
    """The same of teams."""

    @property
    def has_readers(self) -> bool:
        """Is there anybody left of those who were named?"""
        if self.audience == Audience.DEPARTMENTS:
            return bool(self.departments)
        return bool(self.teams) if self.audience == Audience.TEAMS else True


class Change(NamedTuple):
    """One thing that is another one with the next publication, in words."""

    name: str
    before: str
    after: str


def given(
    *,
    section: Section | None,
    audience: str,
    kind: str,
    is_featured: bool,
    departments: Collection[Department] = (),
    teams: Collection[Team] = (),
) -> Place:
    """What somebody chose.

    Raises:
        InvalidInput: no such audience or kind; or it is for some departments or teams, and none is named.
    """
    if audience not in Audience.values:
        raise InvalidInput(_("Choose who may read it."), field="audience")
    if kind not in Article.Kind.values:
        raise InvalidInput(_("Choose what kind of article it is."), field="kind")
    if audience == Audience.DEPARTMENTS and not departments:
        raise InvalidInput(_("Choose at least one department."), field="departments")
    if audience == Audience.TEAMS and not teams:
        raise InvalidInput(_("Choose at least one team."), field="teams")
    return Place(
        section,
        audience,
        kind,
        is_featured,
        frozenset(departments if audience == Audience.DEPARTMENTS else ()),
        frozenset(teams if audience == Audience.TEAMS else ()),
    )


def of(row: Article | NextPlace) -> Place:
    """Where it stands now; or where it is to stand."""
    return Place(
        row.section,
        row.audience,
        row.kind,
        row.is_featured,
        frozenset(row.departments.all() if row.audience == Audience.DEPARTMENTS else ()),
        frozenset(row.teams.all() if row.audience == Audience.TEAMS else ()),
    )


def with_revision(article: Article, number: int | None) -> Place | None:
    """Where it is to stand once readers see this revision; None: where it stands now."""
    if number is None or not article.is_for_readers or number == article.published_number:
        return None
    row = article.next_places.select_related("section").filter(number=number).first()
    return of(row) if row else None


def coming(article: Article) -> Place | None:
    """The same for what was saved last."""
    return with_revision(article, article.revision_number)


def latest(article: Article) -> Place:
    """Where it stands, or is to stand, with what was saved last: what a writer goes on with."""
    return coming(article) or of(article)


def is_to_move(article: Article) -> bool:
    """Is it to stand elsewhere with what was saved last, or with what goes out by itself before that?"""
    numbers = (article.revision_number, article.publish_number)
    planned = [with_revision(article, number) for number in numbers]
    return any(place is not None and place != of(article) for place in planned)


def changes(article: Article, then: Place | None) -> list[Change]:
    """What readers and editors will find changed, for whoever decides about it."""
    return between(of(article), then) if then else []


def between(before: Place, after: Place) -> list[Change]:
    lines = (
        (_("Who may read it"), _readers(before), _readers(after)),
        (_("Category"), _section(before), _section(after)),
        (_("Kind"), Article.Kind(before.kind).label, Article.Kind(after.kind).label),
        (_("On the home page"), _answer(before.is_featured), _answer(after.is_featured)),
    )
    return [Change(name, str(was), str(now)) for name, was, now in lines if was != now]


def _readers(place: Place) -> str:
    label = Audience(place.audience).label
    if place.audience not in (Audience.DEPARTMENTS, Audience.TEAMS):
        return str(label)
    names = sorted(str(one) for one in (*place.departments, *place.teams))
    return f"{label} ({', '.join(names) or _('nobody')})"


def _section(place: Place) -> str:
    return place.section.name if place.section else _("None yet")


def _answer(is_so: bool) -> str:  # noqa: FBT001 (it is what is put into words)
    return _("Yes") if is_so else _("No")
