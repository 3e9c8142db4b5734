"""Parts of pages that are drawn once: what they may know, and when they are drawn anew."""

import pytest
from django.template import Context, Template, engines
from django.utils import translation


@pytest.fixture
def draw():
    def page(text: str) -> Template:
        return engines["django"].from_string("{% load once i18n %}" + text).template

    return page


class Counted:
    """A value that tells how often it was looked at."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return "drawn"


def test_it_is_drawn_once_for_each_set_of_values(draw):
    page, value = draw("{% once shown=value %}{{ shown }}{% endonce %}"), Counted()

    assert [page.render(Context({"value": value})) for _ in range(3)] == ["drawn"] * 3

    assert value.times == 1
    assert page.render(Context({"value": "another"})) == "another"


def test_it_sees_nothing_of_the_page_but_what_is_named(draw):
    page = draw("{{ secret }}:{% once nav=nav %}{{ nav }}{{ secret }}{{ csrf_token }}{% endonce %}")

    assert page.render(Context({"nav": "home", "secret": "S", "csrf_token": "T"})) == "S:home"


def test_every_language_has_its_own(draw):
    page = draw("{% once %}{% translate 'Close' %}{% endonce %}")

    with translation.override("en"):
        english = page.render(Context())
    with translation.override("de"):
        german = page.render(Context())

    assert english != german


def test_values_that_are_alike_but_not_the_same_are_told_apart(draw):
    page = draw("{% once n=n %}{{ n }}{% endonce %}")

    assert [page.render(Context({"n": n})) for n in (1, True, 1.0)] == ["1", "True", "1.0"]


def test_what_is_typed_stays_escaped(draw):
    page = draw("{% once name=name %}<b>{{ name }}</b>{% endonce %}")

    assert page.render(Context({"name": "<i>"})) == "<b>&lt;i&gt;</b>"
