"""Search over all settings: pages, single settings by their words, permissions, and the rows of every table.

Everything is asked of what this person may open; words are those of the reader's language.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import CharField, Model, Q
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.administration import pages_of
from accounts.administration.portable import parts
from accounts.http import UserRequest
from accounts.models import AdminChange
from accounts.permissions import EXPLAINED, Permission

LONGEST = 100
MOST_OF_A_KIND = 8
NEVER = {"id", "slug", "position", "is_seeded"}
"""Fields that nobody sets."""


@dataclass(frozen=True)
class Found:
    title: str
    line: str
    url: str


@dataclass(frozen=True)
class Group:
    title: str
    found: list[Found]


def find(request: UserRequest, words: str) -> list[Group]:
    """What has all the words, group by group; nothing for no words."""
    asked = words.replace("\x00", "")[:LONGEST].casefold().split()
    if not asked:
        return []
    groups = [
        Group(_("Pages"), _fitting(_pages(request), asked)),
        Group(_("Settings"), _fitting(_settings(request), asked)),
        Group(_("Permissions"), _fitting(_permissions(request), asked)),
        *(Group(title, found) for title, found in _rows(request, asked)),
    ]
    return [group for group in groups if group.found]


def _fitting(offered: Iterable[Found], asked: list[str]) -> list[Found]:
    """Those with all the words, first those that have them in their title."""
    found = [
        (any(word not in one.title.casefold() for word in asked), place, one)
        for place, one in enumerate(offered)
        if all(word in f"{one.title} {one.line}".casefold() for word in asked)
    ]
    return [one for _is_in_line, _place, one in sorted(found, key=lambda row: row[:2])][
        :MOST_OF_A_KIND
    ]


def _pages(request: UserRequest) -> Iterator[Found]:
    for page in pages_of(request):
        yield Found(str(page.title), str(page.line), reverse(page.url_name))


def _permissions(request: UserRequest) -> Iterator[Found]:
    if request.user.permits.anywhere(Permission.ROLES_MANAGE, Permission.AUDIT_READ):
        for permission in Permission:
            url = reverse("admin:permission", args=[permission.value])
            yield Found(str(permission.label), str(EXPLAINED[permission].line), url)


def _settings(request: UserRequest) -> Iterator[Found]:
    """Each thing that a form of administration asks, with what it says below."""
    seen = set()
    for model, url in _tables(request):
        for own in model._meta.get_fields():
            title = capfirst(str(getattr(own, "verbose_name", "")))
            is_set = getattr(own, "editable", False) and own.name not in NEVER
            if not is_set or own.auto_created or (title, url) in seen:
                continue
            seen.add((title, url))
            helps = str(getattr(own, "help_text", ""))
            kind = capfirst(str(model._meta.verbose_name))
            yield Found(title, f"{kind}: {helps}" if helps else kind, url)


def _tables(request: UserRequest) -> Iterator[tuple[type[Model], str]]:
    """Tables that this person opens, and where."""
    for model, page in admin.site._registry.items():
        if model is not AdminChange and page.has_view_permission(request):
            meta = model._meta
            yield model, reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    for part in parts():
        if part.home and part.model not in admin.site._registry and part.is_read_by(request.user):
            try:
                yield part.model, reverse(part.home)
            except NoReverseMatch:
                continue


def _rows(request: UserRequest, asked: list[str]) -> Iterator[tuple[str, list[Found]]]:
    seen: set[type[Model]] = set()
    for model, page in admin.site._registry.items():
        if model is AdminChange or not page.has_view_permission(request):
            continue
        fields = [name for name in page.search_fields if "__" not in name] or _names_of(model)
        if fields:
            seen.add(model)
            yield _titled(model), _rows_of(page.get_queryset(request), fields, asked, _change_url)
    for part in parts():
        if part.in_file and part.model not in seen and part.is_read_by(request.user):
            fields = _names_of(part.model)
            if fields:
                yield (
                    _titled(part.model),
                    _rows_of(part.all(request.user), fields, asked, part.url_of),
                )


def _rows_of(rows: Any, fields: list[str], asked: list[str], url_of: Any) -> list[Found]:
    for word in asked:
        fits = Q()
        for name in fields:
            fits |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(fits)
    return [
        Found(str(row), _line(row), url_of(row)) for row in rows.order_by("pk")[:MOST_OF_A_KIND]
    ]


def _line(row: Any) -> str:
    return str(getattr(row, "description", "") or getattr(row, "email", ""))


def _change_url(row: Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def _names_of(model: type[Model]) -> list[str]:
    own = [one for one in model._meta.fields if isinstance(one, CharField)]
    return [one.name for one in own if one.name in {"name", "title", "description"}]


def _titled(model: type[Model]) -> str:
    return capfirst(str(model._meta.verbose_name_plural))
