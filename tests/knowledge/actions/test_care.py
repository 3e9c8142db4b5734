"""Who keeps an article true, and how often; what asks for a look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import InvalidInput, NotAllowed, Refused
from knowledge import actions
from knowledge.hooks import What
from knowledge.models import Article, Feedback, ReviewTask


@pytest.fixture
def vote(requester):
    from tests.conftest import make_person

    def vote(article, *answers):
        article.refresh_from_db()
        for number, helpful in enumerate(answers):
            Feedback.objects.create(
                article=article,
                number=article.published_number,
                user=make_person(f"Reader {number}"),
                is_helpful=helpful,
                created_at=timezone.now(),
            )

    return vote


def test_a_new_article_belongs_to_who_wrote_it(make_article, editor):
    assert make_article().owner == editor


def test_somebody_else_becomes_the_owner_and_hears_of_it(make_article, editor, agent, heard):
    article = make_article()
    heard.clear()

    actions.set_owner(article, by=editor, owner=agent)
    actions.set_owner(article, by=editor, owner=agent)

    assert [(one.what, one.data) for one in heard] == [(What.OWNED, {"owner": agent.pk})]
    with pytest.raises(NotAllowed):
        actions.set_owner(article, by=agent, owner=editor)


def test_a_reader_owns_nothing(make_article, editor, requester):
    with pytest.raises(InvalidInput):
        actions.set_owner(make_article(), by=editor, owner=requester)


@pytest.mark.parametrize(("days", "due"), [(10, 10), (0, None), (None, 365)])
def test_its_own_interval_goes_before_that_of_the_category(make_article, editor, days, due):
    article = actions.set_interval(make_article(), by=editor, days=5)
    article = actions.set_interval(article, by=editor, days=days)

    expected = due and article.reviewed_at + timedelta(days=due)
    assert article.review_due_at == expected


def test_an_interval_is_a_number_of_days(make_article, editor):
    with pytest.raises(InvalidInput):
        actions.set_interval(make_article(), by=editor, days=99999)


def test_the_interval_of_the_category_moves_its_articles(make_article, editor, section):
    follows, own = make_article("Follows"), make_article("Own")
    actions.set_interval(own, by=editor, days=7)
    section.review_days = 20
    section.save()

    assert actions.reschedule(section) == 1

    follows.refresh_from_db()
    assert follows.review_due_at == follows.reviewed_at + timedelta(days=20)


def test_it_is_due_once_and_its_owner_hears(make_article, heard):
    article = make_article()
    heard.clear()
    later = article.review_due_at + timedelta(hours=1)

    assert not actions.raise_due(article, at=article.review_due_at - timedelta(hours=1))
    assert actions.raise_due(article, at=later)
    assert not actions.raise_due(article, at=later)

    assert article.tasks.get().reason == ReviewTask.Reason.DUE
    assert [one.what for one in heard] == [What.DUE]
    assert list(Article.objects.due_for_review(later)) == [article]


def test_marking_it_reviewed_begins_the_interval_again(make_article, agent):
    article = make_article()
    actions.raise_due(article, at=article.review_due_at)
    before = article.review_due_at

    article = actions.mark_reviewed(article, by=agent, expected=1)

    assert article.review_due_at > before
    assert article.tasks.get().done_by == agent


def test_only_what_readers_see_is_marked_reviewed(drafted, editor, agent, make_article):
    with pytest.raises(Refused):
        actions.mark_reviewed(make_article("Draft", published=False), by=agent)
    actions.publish(drafted, by=editor)
    with pytest.raises(Refused, match="Another revision"):
        actions.mark_reviewed(drafted, by=agent, expected=1)


def test_few_votes_say_nothing(make_article, vote):
    article = make_article()
    vote(article, False, False, False, False)

    assert not actions.note_low_score(article)


@pytest.mark.parametrize(
    ("answers", "is_low"),
    [((True, True, False, False, False), True), ((True, True, True, False, False), False)],
)
def test_a_low_share_of_helped_readers_makes_a_task(make_article, vote, answers, is_low):
    article = make_article()
    vote(article, *answers)

    assert actions.note_low_score(article) is is_low
    assert not actions.note_low_score(article)
    assert article.tasks.count() == is_low


def test_a_task_that_was_done_comes_back_by_new_votes_only(make_article, vote, editor):
    article = make_article()
    vote(article, *[False] * 5)
    actions.note_low_score(article)
    actions.mark_reviewed(article, by=editor)

    assert not actions.note_low_score(article)


def test_an_open_task_is_raised_once_and_takes_new_details(make_article, agent):
    article = make_article()
    assert actions.raise_task(article, ReviewTask.Reason.LINKS, details={"links": 1})
    assert not actions.raise_task(article, ReviewTask.Reason.LINKS, details={"links": 2})

    assert article.tasks.get().details == {"links": 2}
    assert actions.finish_task(article, ReviewTask.Reason.LINKS, by=agent)
    assert not actions.finish_task(article, ReviewTask.Reason.LINKS, by=agent)


def test_drafts_have_no_tasks(make_article):
    assert not actions.raise_task(make_article(published=False), ReviewTask.Reason.LINKS)
