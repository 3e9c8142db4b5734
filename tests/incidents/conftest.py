"""What tests of several apps need: categories that ask questions."""

import pytest

from incidents.tickets.actions.change_questions import change_questions
from tests.incidents.forms import ORDER


@pytest.fixture
def ask(admin):
    """Make a category ask these questions."""

    def make(category, questions=ORDER):
        return change_questions(category, list(questions), by=admin)

    return make
