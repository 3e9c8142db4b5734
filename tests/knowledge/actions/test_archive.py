"""Articles that nobody needs any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import InvalidInput, NotAllowed, Refused
from knowledge import actions, search
from knowledge.hooks import What
from knowledge.models import Article


def test_what_is_archived_is_gone_for_readers(make_article, editor, requester):
    article = make_article("Gateway runbook")

    actions.archive(article, by=editor)

    assert not search.find("gateway", user=requester).hits
    assert not Article.objects.readable_by(editor).exists()


def test_it_is_changed_no_more_until_it_is_brought_back(make_article, agent, editor):
    article = actions.archive(make_article(), by=editor)

    with pytest.raises(Refused, match="archive"):
        actions.revise(article, by=agent, title="New", body="Text.")
    with pytest.raises(Refused, match="archive"):
        actions.publish(article, by=editor)
    article = actions.bring_back(article, by=agent)
    assert article.state == "draft"
    assert actions.publish(article, by=editor).is_published


def test_archiving_twice_is_once(make_article, editor):
    article = actions.archive(make_article(), by=editor)

    assert actions.archive(article, by=editor).updated_at == article.updated_at
    actions.bring_back(article, by=editor)
    with pytest.raises(Refused):
        actions.bring_back(article, by=editor)


def test_a_writer_archives_drafts_and_nothing_that_people_read(make_article, agent):
    assert actions.archive(make_article("Draft", published=False), by=agent).is_archived
    with pytest.raises(NotAllowed):
        actions.archive(make_article(), by=agent)


def test_archiving_ends_its_review(drafted, agent, editor):
    actions.ask_review(drafted, by=agent)
    actions.archive(drafted, by=editor)

    assert drafted.reviews.get().decision == "taken_back"


def test_it_expires_once_at_its_time(make_article, editor, heard):
    now = timezone.now()
    article = make_article()
    heard.clear()
    actions.set_expiry(article, by=editor, at=now + timedelta(days=1))

    assert not actions.expire(article, at=now)
    assert actions.expire(article, at=now + timedelta(days=2))
    assert not actions.expire(article, at=now + timedelta(days=2))

    article.refresh_from_db()
    assert article.is_archived
    assert [one.what for one in heard] == [What.EXPIRED]


def test_an_expiry_is_to_come_or_none(make_article, editor, agent):
    article = make_article()
    with pytest.raises(InvalidInput):
        actions.set_expiry(article, by=editor, at=timezone.now())
    with pytest.raises(NotAllowed):
        actions.set_expiry(article, by=agent, at=timezone.now() + timedelta(days=1))
    actions.set_expiry(article, by=editor, at=timezone.now() + timedelta(days=1))

    assert actions.set_expiry(article, by=editor, at=None).expires_at is None


def test_what_expired_comes_back_without_its_expiry(make_article, editor):
    article = make_article()
    soon = timezone.now() + timedelta(hours=1)
    actions.set_expiry(article, by=editor, at=soon)
    Article.objects.update(expires_at=timezone.now())
    actions.expire(article, at=soon)

    assert actions.bring_back(article, by=editor).expires_at is None
