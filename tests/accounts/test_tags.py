"""Words and small parts that every page shares."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone

from accounts.browsers import browser_name
from accounts.templatetags import firebreak
from incidents.tickets import actions
from incidents.workflow.priority import Priority
from incidents.workflow.states import Status

NOON = "2026-05-12T12:00:00Z"


def render(text, **context):
    return Template("{% load firebreak %}" + text).render(Context(context))


@pytest.fixture
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return timezone.now()


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=2), "Today, 10:00"),
        (timedelta(days=1), "11 May"),
        (timedelta(days=300), "16 Jul 2025"),
        (-timedelta(hours=2), "Today, 14:00"),
    ],
)
def test_a_moment_reads_as_people_say_it(at_noon, ago, words):
    with timezone.override("UTC"):
        assert f">{words}</time>" in render("{{ moment|when }}", moment=at_noon - ago)


def test_a_moment_is_told_in_the_readers_time_zone(at_noon):
    with timezone.override("Asia/Tokyo"):
        text = render("{{ moment|when }}", moment=at_noon - timedelta(hours=2))

    assert 'datetime="2026-05-12T19:00:00+09:00"' in text
    assert "Today, 19:00" in text


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=2), "Today, 10:00"),
        (timedelta(days=1), "11 May, 12:00"),
        (timedelta(days=365), "12 May 2025, 12:00"),
    ],
)
def test_where_a_day_has_several_things_each_has_its_time(at_noon, ago, words):
    assert f">{words}</time>" in render("{{ moment|when_exactly }}", moment=at_noon - ago)


def test_no_moment_is_nothing():
    assert render("{{ moment|when }}", moment=None) == ""


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_icon_and_word_for_staff_and_for_employees(ticket, status):
    ticket.status = status

    assert ticket.get_status_display() in render("{% status_badge ticket %}", ticket=ticket)
    for tag in ("status_badge", "plain_status"):
        assert "fb-icon" in render("{% " + tag + " ticket %}", ticket=ticket)


def test_employees_read_plain_words(ticket):
    ticket.status = Status.WAITING_REQUESTER

    assert "We are waiting for you" in render("{% plain_status ticket %}", ticket=ticket)


@pytest.mark.parametrize("level", Priority)
def test_every_priority_has_icon_and_word(ticket, level):
    ticket.priority = level

    text = render("{% priority ticket %}", ticket=ticket)
    assert str(level.label) in text
    assert "<use href=" in text


def test_every_icon_that_is_named_is_in_the_sprite():

    sprite = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    looks = [*firebreak.STATUS_LOOKS.values(), *firebreak.PRIORITY_LOOKS.values()]
    names = [look[0] for look in (*looks, *firebreak.PLAIN_STATUSES.values())]
    for folder in (settings.BASE_DIR / "templates").rglob("*.html"):
        names += names_in(folder.read_text())

    assert [name for name in names if f'id="i-{name}"' not in sprite] == []


def names_in(template):
    return re.findall(r'{% icon "([a-z0-9-]+)"', template)


def test_a_persons_initials_keep_their_colour_and_are_escaped(requester):
    requester.display_name = "<b> Kestrel"

    assert render("{% avatar person %}", person=requester) == render("{% avatar person %}", person=requester)  # fmt: skip
    assert "<b>" not in render("{% avatar person %}", person=requester)
    assert "fb-avatar--none" in render("{% avatar nobody %}", nobody=None)


def test_a_hostile_file_name_stays_text():
    file = SimpleNamespace(
        name='"><script>alert(1)</script>.png',
        content_type="image/png",
        size=2048,
        get_absolute_url=lambda: "/files/abc/x.png",
    )

    text = render("{% file_chip file %}", file=file)

    assert "<script" not in text
    assert "2.0\xa0KB" in text


def test_each_drawn_form_has_a_key_of_its_own():
    assert render("{% idempotency_key %}") != render("{% idempotency_key %}")


def test_a_change_is_told_in_words(ticket, agent):
    actions.assign(ticket, to=agent, by=agent)
    change = ticket.events.get(kind="assigned")

    assert ("assignee", "Sasha Vole") in firebreak.told(change)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130 Safari/537.36", "Chrome on Linux"),
        ("curl/8", "A browser we don’t know"),
    ],
)  # fmt: skip
def test_browsers_are_called_by_their_names(said, name):
    assert browser_name(said) == name
