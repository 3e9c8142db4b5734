"""What happens to articles by the clock."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from config.schedules import SCHEDULES
from incidents.notify.models import Delivery
from knowledge import actions, jobs
from knowledge.models import Article, ReviewTask


@pytest.fixture
def later():
    def later(**span):
        return time_machine.travel(timezone.now() + timedelta(**span), tick=False)

    return later


def test_the_jobs_are_planned():
    assert {"knowledge.jobs.on_time", "knowledge.jobs.raise_due"} <= {one.job for one in SCHEDULES}


def test_what_is_planned_goes_out_at_its_time_and_once(make_article, editor, later):
    article = make_article(published=False)
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))

    assert jobs.on_time() == 0
    with later(hours=2):
        assert jobs.on_time() == 1
        assert jobs.on_time() == 0

    assert Article.objects.get().is_published


def test_what_expired_is_archived_at_its_time_and_once(make_article, editor, later):
    actions.set_expiry(make_article(), by=editor, at=timezone.now() + timedelta(days=1))

    with later(days=2):
        assert jobs.on_time() == 1
        assert jobs.on_time() == 0

    assert Article.objects.get().is_archived


def test_one_that_can_not_be_done_stops_no_other(make_article, editor, later, monkeypatch):
    first, second = make_article("First", published=False), make_article("Second", published=False)
    for article in (first, second):
        actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))
    Article.objects.filter(pk=first.pk).update(publish_number=None)

    with later(hours=2):
        assert jobs.on_time() == 1

    second.refresh_from_db()
    assert second.is_published


def test_a_stopped_worker_loses_nothing(make_article, editor, later, monkeypatch):
    for title in ("First", "Second"):
        article = make_article(title, published=False)
        actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))
    real = actions.publish_planned

    def stopped(article, *, at):
        if Article.objects.published().exists():
            raise SystemExit
        return real(article, at=at)

    with later(hours=2):
        with monkeypatch.context() as patch:
            patch.setattr(actions, "publish_planned", stopped)
            with pytest.raises(SystemExit):
                jobs.on_time()
        assert jobs.on_time() == 1
    assert Article.objects.published().count() == 2


def test_owners_are_asked_once_for_what_is_due(make_article, agent, editor, later):
    article = make_article()
    actions.set_owner(article, by=editor, owner=agent)
    assert jobs.raise_due() == 0

    with later(days=366):
        assert jobs.raise_due() == 1
        assert jobs.raise_due() == 0

    assert article.tasks.get().reason == ReviewTask.Reason.DUE
    assert Delivery.objects.filter(news__what="due", recipient=agent).count() == 2
