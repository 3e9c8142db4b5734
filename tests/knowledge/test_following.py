"""Hearing of what is new in an article or a topic."""

import pytest
from django.core import mail

from accounts.errors import NotAllowed
from incidents.notify import jobs
from incidents.notify.models import Delivery
from knowledge import actions
from knowledge.models import Article, Subscription

HTMX = {"HX-Request": "true"}


@pytest.fixture
def reader(client_of, requester):
    return client_of(requester)


def follow(reader, address, wanted="yes", **options):
    return reader.post(f"{address}following/", {"wanted": wanted}, **options)


def test_a_reader_follows_an_article_and_hears_of_the_next_version(
    reader, requester, editor, make_article
):
    article = make_article()
    answer = follow(reader, article.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (302, article.get_absolute_url())
    assert "Stop following this article" in reader.get(article.get_absolute_url()).content.decode()

    actions.revise(article, by=editor, title=article.title, body="Newer.")
    assert not Delivery.objects.filter(recipient=requester).exists()
    actions.publish(article, by=editor)

    jobs.send_due()
    (letter,) = mail.outbox
    assert letter.to == [f"Robin Kestrel <{requester.email}>"]
    assert "published a new version of this article" in letter.body
    assert article.get_absolute_url() in letter.body


def test_whoever_follows_a_topic_hears_of_new_articles_in_it(
    reader, requester, section, make_article
):
    follow(reader, f"/kb/topics/{section.slug}/")
    make_article("Brand new")

    assert "Brand new" in reader.get("/notifications/").content.decode()
    page = reader.get(f"/kb/search/?section={section.slug}").content.decode()
    assert "Stop following this topic" in page


def test_whoever_may_no_longer_read_it_hears_nothing(reader, requester, editor, make_article):
    article = make_article()
    follow(reader, article.get_absolute_url())
    actions.revise(article, by=editor, title="Canary", body="Newer.")
    Article.objects.filter(pk=article.pk).update(audience="staff")
    actions.publish(article, by=editor)

    jobs.send_due()
    assert mail.outbox == []
    assert "Canary" not in reader.get("/notifications/").content.decode()
    assert article.get_absolute_url() not in reader.get("/kb/following/").content.decode()


def test_following_twice_is_following_and_stopping_twice_is_stopping(requester, make_article):
    article = make_article()
    actions.follow(article, by=requester)
    actions.follow(article, by=requester)
    assert Subscription.objects.count() == 1

    assert actions.unfollow(article, by=requester) is True
    assert actions.unfollow(article, by=requester) is False


def test_the_list_of_what_one_follows_and_an_end_to_it(reader, requester, section, make_article):
    article = make_article()
    assert "You follow nothing yet" in reader.get("/kb/following/").content.decode()
    actions.follow(article, by=requester)
    actions.follow(section, by=requester)

    page = reader.get("/kb/following/").content.decode()
    assert article.title in page
    assert section.name in page
    for what in (article.get_absolute_url(), f"/kb/topics/{section.slug}/"):
        given = {"wanted": "no", "from": "list"}
        assert reader.post(f"{what}following/", given)["Location"] == "/kb/following/"
    assert not Subscription.objects.exists()


def test_with_htmx_the_button_alone_comes_back(reader, make_article):
    answer = follow(reader, make_article().get_absolute_url(), headers=HTMX)

    assert answer.content.decode().lstrip().startswith("<form")
    assert "You follow it now." in answer.content.decode()


def test_nobody_follows_what_they_may_not_read(client, reader, requester, make_article):
    article = make_article("Runbook", audience="staff")

    assert follow(reader, article.get_absolute_url()).status_code == 404
    assert follow(reader, "/kb/topics/nowhere/").status_code == 404
    assert follow(client, article.get_absolute_url()).status_code == 302
    with pytest.raises(NotAllowed):
        actions.follow(article, by=requester)
    assert not Subscription.objects.exists()
