"""Writers and publishers around one article, and what they hear."""

import pytest

from accounts.models import Grant, Role
from knowledge import hooks
from tests.conftest import make_person


@pytest.fixture
def other_editor(db):
    return make_person("Imke Rowan", "knowledge-editor")


@pytest.fixture
def keepers(section, team):
    """The network team keeps the category."""
    section.keepers.add(team)
    return team


@pytest.fixture
def join():
    def join(person, team, role="agent"):
        Grant.objects.create(user=person, role=Role.objects.get(slug=role), team=team)
        return type(person).objects.get(pk=person.pk)

    return join


@pytest.fixture
def heard(monkeypatch):
    """What was told, in order."""
    told = []
    monkeypatch.setattr(hooks, "_reactions", [told.append])
    return told
