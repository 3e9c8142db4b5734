"""Readers are told when the text that they read changed; editors, when somebody last changed anything."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.utils import timezone

from knowledge import actions, pdf, places
from knowledge.exporting import export
from knowledge.models import Article
from knowledge.search import postings

LONG_AGO = datetime(2024, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def old(make_article, editor):
    """Published long ago, with a draft of today."""
    with time_machine.travel(LONG_AGO, tick=False):
        article = make_article("Old guide", "As it was.", audience="everybody")
    return actions.revise(article, by=editor, title="Old guide", body="As it will be.")


def read(client, address):
    return b"".join(client.get(address)).decode()


def test_a_draft_is_no_change_for_readers(old):
    assert old.text_changed_at == LONG_AGO
    assert old.updated_at > LONG_AGO + timedelta(days=1)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/kb/old-guide/", "5 March 2024"),
        ("/kb/old-guide/print/", "5 March 2024"),
        ("/kb/feed.atom", "<updated>2024-03-05T12:00:00+00:00</updated>"),
        ("/sitemap.xml", "<lastmod>2024-03-05</lastmod>"),
    ],
)
def test_visitors_are_told_when_what_they_read_changed(client, old, address, words):
    page = read(client, address)

    assert words in page
    assert f"<lastmod>{timezone.now():%Y-%m-%d}" not in page


def test_a_draft_makes_nothing_fresh_in_search(client, old, make_article):
    make_article("New guide", audience="everybody")

    page = client.get("/kb/search/", {"q": "guide", "updated": "month"})

    assert [hit.article.title for hit in page.context["results"].hits] == ["New guide"]
    assert postings.entries([old.pk])[0].changed == LONG_AGO.date()


def test_the_pdf_says_the_same(client, old, monkeypatch):
    sheets = []
    monkeypatch.setattr(pdf, "render", lambda sheet: sheets.append(sheet) or b"")

    client.get("/kb/old-guide/pdf/")

    assert "5 March 2024" in sheets[0].facts


def test_who_takes_it_elsewhere_takes_the_date_of_its_text(old):
    files = {one.path: one.content for one in export(Article.objects.filter(pk=old.pk))}

    assert b"updated: 2024-03-05" in files["network/old-guide.md"]


def test_publishing_the_draft_is_a_change(old, editor):
    assert actions.publish(old, by=editor).text_changed_at > LONG_AGO + timedelta(days=1)


def test_another_place_is_no_change_of_the_text(old, editor):
    place = places.given(section=old.section, audience="staff", kind="faq", is_featured=False)

    assert actions.settle(old, place=place, by=editor).text_changed_at == LONG_AGO


def test_the_shelf_says_when_somebody_changed_anything(publisher, old, make_article):
    with time_machine.travel(LONG_AGO + timedelta(days=9), tick=False):
        make_article("Between")

    page = publisher.get("/desk/kb/", {"sort": "updated"})

    assert [one.title for one in page.context["page"].rows] == ["Old guide", "Between"]


def test_what_was_there_before_this_was_told_apart_gets_its_date(old, make_article):
    plain, draft = make_article("Plain"), make_article("Draft", published=False)
    Article.objects.update(text_changed_at=timezone.now() + timedelta(days=9))

    import_module("knowledge.migrations.0017_text_changed_at").tell_since_when(apps, None)

    for article in (plain, draft):
        article.refresh_from_db()
        assert article.text_changed_at == article.updated_at
    assert Article.objects.get(pk=old.pk).text_changed_at == LONG_AGO
