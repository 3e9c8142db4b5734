"""The people, teams, categories and services that an export names, looked up once and kept."""

import re
from collections import defaultdict
from collections.abc import Iterable
from email.utils import parseaddr
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import Team, User
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, Service

STEP = re.compile(r"\s*[›>/]\s*")
LONGEST_NAME = 80
LONGEST_SHOWN = 60
MOST_NAMED = 30

Thing = TypeVar("Thing", Team, Service)


class Directory:
    """What a row may point at. With leave it makes categories and people that are missing."""

    def __init__(self, *, create_categories: bool = False, create_people: bool = False) -> None:
        self.create_categories = create_categories
        self.create_people = create_people
        self.reload()

    def reload(self) -> None:
        """Forget what was looked up or made; after a transaction was rolled back it may not be there."""
        self.made_something = False
        self._people: dict[str, User] = {}
        self._teams = _by_words(Team.objects.all())
        self._services = _by_words(Service.objects.all())
        self._load_categories()

    def _load_categories(self) -> None:
        self.tree = Tree.load()
        self._paths: dict[tuple[str, ...], Category] = {}
        self._names: dict[str, list[Category]] = defaultdict(list)
        self._slugs = {category.slug: category for category in self.tree.by_pk.values()}
        self._category_of: dict[str, Category] = {}
        for category in self.tree.by_pk.values():
            path = tuple(part.name.lower() for part in self.tree.path(category))
            self._paths[path] = category
            self._names[category.name.lower()].append(category)

    # People, teams, services ----------------------------------------------------------------------

    def person(self, text: str, field: str) -> User | None:
        """By e-mail address, also as “Name <address>”."""
        if not text:
            return None
        name, address = parseaddr(text)
        email = address.lower()
        if email not in self._people:
            found = User.objects.filter(email=email, is_system=False).first() if email else None
            self._people[email] = found or self._new_person(text, name, email, field)
        return self._people[email]

    def _new_person(self, text: str, name: str, email: str, field: str) -> User:
        if not self.create_people:
            raise InvalidInput(
                _("“%s” is nobody here. Add the person first, or give --create-people.")
                % shown(text),
                field=field,
            )
        name = name or email.partition("@")[0].replace(".", " ").replace("_", " ").title()
        try:
            person = User.objects.create_user(email, display_name=name)
        except ValidationError as error:
            raise InvalidInput(
                f"“{shown(text)}”: {' '.join(error.messages)}", field=field
            ) from error
        self.made_something = True
        return person

    def team(self, text: str) -> Team | None:
        return _find(text, self._teams, "team")

    def service(self, text: str) -> Service | None:
        return _find(text, self._services, "service")

    # Categories -------------------------------------------------------------------------------------

    def category(self, text: str) -> Category | None:
        """By name, address or path (“parent › child”, also with / or >). A merged one is the one it became."""
        if not text:
            return None
        word = text.lower()
        if word not in self._category_of:
            self._category_of[word] = self._find_category(text) or self._new_category(text)
        category = self._category_of[word]
        return self.tree.by_pk[category.merged_into_id] if category.merged_into_id else category

    def _find_category(self, text: str) -> Category | None:
        if whole := self._paths.get(tuple(_steps(text.lower()))):
            return whole
        same_name = self._names.get(text.lower(), [])
        if len(same_name) > 1:
            places = ", ".join(sorted(self.tree.label(category) for category in same_name))
            raise InvalidInput(
                _("“%(name)s” stands in several places: %(places)s. Give the whole path.")
                % {"name": text, "places": places},
                field="category",
            )
        return same_name[0] if same_name else self._slugs.get(text.lower())

    def _new_category(self, text: str) -> Category:
        steps = _steps(text)
        if not self.create_categories:
            known = (self.tree.label(category) for category in self.tree.by_pk.values())
            raise unknown("category", text, known)
        if not steps or any(len(step) > LONGEST_NAME or "\x00" in step for step in steps):
            raise InvalidInput(
                _("“%(name)s” is no name for a category: each part has 1 to %(most)s characters.")
                % {"name": shown(text), "most": LONGEST_NAME},
                field="category",
            )
        here: Category | None = None
        for depth, name in enumerate(steps, start=1):
            there = self._paths.get(tuple(step.lower() for step in steps[:depth]))
            here = there or Category.objects.create(name=name, slug=_free_slug(name), parent=here)
        self.made_something = True
        self._load_categories()
        return self._paths[tuple(step.lower() for step in steps)]


def _steps(text: str) -> list[str]:
    return [step for step in STEP.split(text) if step]


def _free_slug(name: str) -> str:
    stem = slugify(name)[:50].strip("-") or "category"
    slug, again = stem, 1
    while Category.objects.filter(slug=slug).exists():
        again += 1
        slug = f"{stem}-{again}"
    return slug


def _find(text: str, known: dict[str, Thing], field: str) -> Thing | None:
    if not text:
        return None
    if text.lower() not in known:
        raise unknown(field, text, {str(thing) for thing in known.values()})
    return known[text.lower()]


def _by_words(things: Iterable[Thing]) -> dict[str, Thing]:
    """By address and by name, in lower case; where both name one, the name wins."""
    listed = list(things)
    by_slug = {thing.slug.lower(): thing for thing in listed}
    return by_slug | {thing.name.lower(): thing for thing in listed}


def unknown(field: str, text: str, known: Iterable[str]) -> InvalidInput:
    """A refusal that lists what would have been known, or the beginning of it."""
    words = sorted(known)
    more = ", …" if len(words) > MOST_NAMED else ""
    return InvalidInput(
        _("“%(word)s” is not known. Known: %(known)s.")
        % {"word": shown(text), "known": ", ".join(words[:MOST_NAMED]) + more},
        field=field,
    )


def shown(text: str) -> str:
    """What a cell held, short enough for a line of a report."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_SHOWN else flat[: LONGEST_SHOWN - 1] + "…"
