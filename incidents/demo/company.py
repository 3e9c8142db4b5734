"""The demo company as `company.toml` tells it: who works there, in which teams, and what they use."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Department, Grant, Role, Team, User
from incidents.tickets.models import Category, Service
from knowledge.models import Section

FOLDER = Path(__file__).parent
PASSWORD = "firebreak-demo"  # noqa: S105 (printed at the start, and only ever made by the demo)
FIRST_ACCOUNT = "employee@example.com"


@dataclass
class Company:
    """Everything that tickets and articles name, by the words they use."""

    people: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    accounts: list[tuple[User, str]] = field(default_factory=list)
    """The people to sign in as, and what they are."""


def is_there() -> bool:
    return User.objects.filter(email=FIRST_ACCOUNT).exists()


def found() -> Company:
    """Make the company, without tickets and articles."""
    told = tomllib.loads((FOLDER / "company.toml").read_text(encoding="utf-8"))
    company = Company()
    for team in told["team"]:
        company.teams[team["slug"]], _new = Team.objects.get_or_create(
            slug=team["slug"], defaults={"name": team["name"], "description": team["description"]}
        )
    _categories(company, told["category"])
    for service in told["service"]:
        company.services[service["slug"]], _new = Service.objects.get_or_create(
            slug=service["slug"],
            defaults={
                "name": service["name"],
                "description": service["description"],
                "owner_team": company.teams[service["team"]],
            },
        )
    _people(company, told["departments"], told["person"])
    Department.objects.filter(name__in=told["sharing"]).update(shares_tickets=True)
    return company


def _categories(company: Company, roots: Iterable[dict[str, Any]]) -> None:
    """The tree; each root is a section of the knowledge base as well."""
    for place, (told, parent) in enumerate(_with_parents(roots)):
        company.categories[told["slug"]], _new = Category.objects.get_or_create(
            slug=told["slug"],
            defaults={
                "name": told["name"],
                "description": told.get("description", ""),
                "icon": told.get("icon") or (parent["icon"] if parent else "tag"),
                "parent": company.categories[parent["slug"]] if parent else None,
                "default_team": company.teams.get(told.get("team", "")),
                "is_confidential": told.get("confidential", False),
                "is_confined": told.get("confidential", False),
                "position": place,
            },
        )
        if parent is None:
            Section.objects.get_or_create(
                slug=told["slug"],
                defaults={
                    "name": told["name"],
                    "description": told.get("description", ""),
                    "icon": told["icon"],
                    "position": place,
                },
            )


def _with_parents(
    roots: Iterable[dict[str, Any]],
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    for root in roots:
        yield root, None
        for child in root["children"]:
            yield child, root


def _people(company: Company, departments: list[str], people: Iterable[dict[str, Any]]) -> None:
    rooms = {name: Department.objects.get_or_create(name=name)[0] for name in departments}
    roles = {role.slug: role for role in Role.objects.all()}
    # Hashed once: a good hash is slow on purpose, and these passwords are no secret.
    password = make_password(PASSWORD)
    grants = []
    for told in people:
        person, _new = User.objects.get_or_create(
            email=told.get("email") or f"{told['key']}@example.com",
            defaults={
                "display_name": told["name"],
                "department": rooms[told["department"]],
                "location": told["location"],
                "phone": told["phone"],
                "password": password,
            },
        )
        company.people[told["key"]] = person
        held = [held.partition("@") for held in told["roles"]]
        grants += [
            Grant(user=person, role=roles[role], team=company.teams.get(team))
            for role, _at, team in held
        ]
        if "email" in told:
            company.accounts.append((person, roles[held[0][0]].name if held else "Employee"))
    Grant.objects.bulk_create(grants, ignore_conflicts=True)
