"""Parts of pages that are drawn once: what they may know, and when they are drawn anew."""

import pytest
from django.template import Context, Template, engines
from django.utils import translation
from django.utils.safestring import SafeString

from accounts.templatetags.once import Once


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


# What is put in each time --------------------------------------------------------------------------


def test_what_stands_after_with_is_put_in_each_time_into_what_was_drawn_once(draw):
    page = draw("{% once shown=value with n=n %}{{ shown }} of {{ n }}{% endonce %}")
    value = Counted()

    shown = [page.render(Context({"value": value, "n": n})) for n in (7, 8)]

    assert shown == ["drawn of 7", "drawn of 8"]
    assert value.times == 1


def test_it_is_escaped_unless_it_was_drawn_already(draw):
    page = draw("{% once with typed=typed drawn=drawn %}{{ typed }}{{ drawn }}{% endonce %}")

    for letter in ("i", "u"):
        values = {"typed": f"<{letter}>", "drawn": SafeString(f"<{letter}>")}
        assert page.render(Context(values)) == f"&lt;{letter}&gt;<{letter}>"


def test_a_number_that_is_put_in_fits_addresses_and_what_stands_inside(draw):
    page = draw(
        "{% once with n=n %}{% url 'desk:ticket-take' n %}"
        "{% once number=n %}<b>{{ number }}</b>{% endonce %}{% endonce %}"
    )

    shown = [page.render(Context({"n": n})) for n in (1042, 1043)]

    assert shown == [f"/desk/tickets/INC-{n}/take/<b>{n}</b>" for n in (1042, 1043)]


def test_parts_within_parts_keep_their_values_apart(draw):
    page = draw(
        "{% once with a=a b=b %}{% once shown=b with b=a %}{{ b }}{{ shown }}{% endonce %}{% endonce %}"
    )

    for values in ({"a": 1, "b": 2}, {"a": 3, "b": 4}, {"a": "x", "b": "y"}):
        assert page.render(Context(values)) == f"{values['a']}{values['b']}"


def test_what_stands_for_a_value_cannot_be_written_by_somebody(draw):
    page = draw("{% once with first=first second=second %}{{ first }}|{{ second }}{% endonce %}")
    page.render(Context({"first": "a", "second": "b"}))

    [node] = page.nodelist.get_nodes_by_type(Once)
    [drawn] = node.drawn.values()
    place = drawn.parts[drawn.places["second", None][0]]

    assert page.render(Context({"first": place, "second": "c"})) == f"{place}|c"


def test_each_language_is_drawn_though_values_are_the_same(draw):
    page = draw("{% once with n=n %}{% translate 'Close' %} {{ n }}{% endonce %}")

    with translation.override("en"):
        english = page.render(Context({"n": 1}))
    with translation.override("de"):
        german = page.render(Context({"n": 1}))

    assert english != german
    assert german.endswith(" 1")


# What a page knows as a whole ----------------------------------------------------------------------


def test_a_mapping_is_put_in_under_its_keys(draw):
    page = draw("{% once with words n=n %}{{ title }} {{ n }} {{ words }}{% endonce %}")

    for title in ("<a>", "b"):
        shown = page.render(Context({"words": {"title": title, "n": 1}, "n": 2}))
        assert shown == f"{title.replace('<', '&lt;').replace('>', '&gt;')} 2 "


def test_of_two_mappings_the_later_holds_and_none_is_changed(draw):
    page = draw("{% once with first second n=n %}{{ a }}{{ b }}{{ c }}{{ n }}{% endonce %}")
    first, second = {"a": "a1", "b": "b1", "n": "n1"}, {"b": "b2", "c": "c2"}

    for _time in range(2):
        assert page.render(Context({"first": first, "second": second, "n": "n"})) == "a1b2c2n"
    assert (first["n"], len(first), len(second)) == ("n1", 3, 2)


def test_a_list_of_words_is_run_through_and_put_in_each_time(draw):
    page = draw("{% once with words %}{% for one in counts %}[{{ one }}]{% endfor %}{% endonce %}")

    for counts in (("1", "2"), ("3", "<4>"), ("5",), ()):
        shown = page.render(Context({"words": {"counts": counts}}))
        assert shown == "".join(f"[{one}]" for one in counts).replace("<4>", "&lt;4&gt;")
