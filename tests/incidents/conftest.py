"""What tests of several apps need: categories that ask questions."""

import pytest

from incidents.tickets.actions.change_questions import change_questions
from incidents.workflow.models import IncidentType
from tests.incidents.forms import ORDER, STANDSTILL


@pytest.fixture
def ask(admin):
    """Make a category ask these questions."""

    def make(category, questions=ORDER):
        return change_questions(category, list(questions), by=admin)

    return make


@pytest.fixture
def type_form(ask):
    """What the type “complex” asks."""
    return ask(IncidentType.objects.get(slug="complex"), STANDSTILL)


@pytest.fixture
def brings(category, type_form):
    """A category that makes a new ticket complex."""
    category.type = "complex"
    category.save()
    return category
