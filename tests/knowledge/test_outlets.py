"""Feeds, the sitemap and robots.txt: only what everybody may read is ever in them, whoever asks."""

from xml.etree import ElementTree

import pytest

from knowledge import actions
from knowledge.models import Article, FormerSlug, Section

FEEDS = ("/kb/feed.rss", "/kb/feed.atom")
ALL = (*FEEDS, "/sitemap.xml")


def read(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    text = b"".join(answer).decode()
    ElementTree.fromstring(text)  # noqa: S314 (our own)
    return text


@pytest.mark.parametrize(
    "address", [*ALL, "/robots.txt", "/kb/", "/kb/open-guide/", "/healthz", "/readyz"]
)
def test_whoever_asks_for_the_head_alone_gets_it(client, public, address):
    """As monitors and readers of feeds do."""
    whole, head = client.get(address), client.head(address)

    assert (head.status_code, b"".join(head)) == (whole.status_code, b"")
    assert head["Content-Type"] == whole["Content-Type"]


@pytest.fixture
def public(make_article):
    return make_article("Open guide", "For all.", audience="everybody", summary="In short <b>")


@pytest.mark.parametrize("address", ALL)
@pytest.mark.parametrize("reader", ["visitor", "agent", "editor"])
def test_only_what_is_for_everybody_is_in_it(
    client, client_of, request, address, reader, public, make_article, editor, team, department
):
    for number, audience in enumerate(["employees", "departments", "staff", "teams"]):
        make_article(f"Canary {number}", audience=audience)
    make_article("Canary draft", audience="everybody", published=False)
    old = make_article("Canary archived", audience="everybody")
    actions.archive(old, by=editor)
    FormerSlug.objects.create(slug="canary-former", article=old)
    actions.revise(public, by=editor, title="Open guide", body="Canary next draft")
    if reader != "visitor":
        client = client_of(request.getfixturevalue(reader))

    text = read(client, address)

    assert public.get_absolute_url() in text
    assert "canary" not in text.lower()


def test_a_topics_feed_has_its_articles_alone(client, public, make_article):
    other = Section.objects.create(name="Printing", slug="printing")
    make_article("Paper jam", audience="everybody", section=other)

    text = read(client, "/kb/feed.rss?section=printing")
    assert "Paper jam" in text
    assert "Open guide" not in text


def test_a_topic_without_public_articles_is_not_there(client, make_article):
    make_article("Inner")

    for address in FEEDS:
        assert client.get(f"{address}?section=network").status_code == 404
        assert client.get(f"{address}?section=nowhere").status_code == 404


@pytest.mark.parametrize("address", FEEDS)
def test_words_that_xml_can_not_hold_break_no_feed(client, public, address):
    Article.objects.filter(pk=public.pk).update(title="Bell \x07 & <tag>", summary="\x0b\ufffe")

    assert "Bell" in read(client, address)


def test_each_answer_is_in_the_feed_once_and_in_the_sitemap_in_all_languages(
    client, public, editor
):
    german = actions.translate(public, language="de", by=editor)
    german = actions.publish(german, by=editor)

    assert german.get_absolute_url() not in read(client, "/kb/feed.rss")
    assert german.get_absolute_url() in read(client, "/sitemap.xml")


def test_robots_keep_out_of_what_is_inside(client):
    answer = client.get("/robots.txt")

    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /desk/" in answer.content.decode()
    assert "/sitemap.xml" in answer.content.decode()
    assert "Disallow: /kb/\n" not in answer.content.decode()


def test_the_home_of_articles_names_its_feeds(client, public):
    page = client.get("/kb/").content.decode()

    for address in FEEDS:
        assert f'href="{address}"' in page
    assert 'rel="canonical"' in page
