"""Several editors at the same moment: one wins, the others are told."""

from itertools import count

import pytest

from accounts.errors import EditConflict, Refused
from knowledge import actions
from knowledge.models import Article
from tests.conftest import make_person
from tests.threads import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NUMBER = 4


@pytest.fixture
def people(db):
    return [make_person(f"Editor {n}", "knowledge-editor") for n in range(NUMBER)]


@pytest.fixture
def at_once(people):
    """Let each of them do it at once; what came of it, a word for each refusal."""

    def at_once(do):
        numbers = count()

        def one():
            person = people[next(numbers)]
            try:
                do(person)
            except EditConflict as clash:
                return clash.changes[0].author.display_name
            except Refused as refusal:
                return refusal.message
            return "done"

        return together(NUMBER, one)

    return at_once


def test_of_many_who_save_one_wins_and_the_others_see_whose_text(make_article, at_once):
    article = make_article()

    came = at_once(
        lambda by: actions.revise(
            article, by=by, title=article.title, body=f"By {by.display_name}.", expected=1
        )
    )

    winner = article.revisions.get(number=2).author.display_name
    assert sorted(came) == sorted(["done", *[winner] * (NUMBER - 1)])


def test_publishing_at_once_publishes_once(make_article, editor, at_once):
    article = make_article()
    actions.revise(article, by=editor, title=article.title, body="Better.")

    came = at_once(lambda by: actions.publish(article, by=by, expected=2))

    article.refresh_from_db()
    assert came == ["done"] * NUMBER
    assert (article.published_number, article.body) == (2, "Better.")


def test_who_publishes_while_others_save_shows_no_text_they_have_not_seen(
    make_article, editor, people, at_once
):
    article = make_article()
    actions.revise(article, by=editor, title=article.title, body="Seen.")

    def do(by):
        if by == people[0]:
            actions.publish(article, by=by, expected=2)
        else:
            actions.revise(article, by=by, title=article.title, body=by.display_name, expected=2)

    at_once(do)

    article.refresh_from_db()
    assert article.published_number in (1, 2)
    assert article.body in ("Switch the client to **Automatic**.", "Seen.")
    assert article.revisions.count() == 3


def test_of_many_reviewers_one_decides(make_article, agent, at_once):
    article = make_article()
    actions.revise(article, by=agent, title=article.title, body="Better.")
    actions.ask_review(article, by=agent)

    came = at_once(lambda by: actions.approve(article, by=by, expected=2))

    assert came.count("done") == 1
    assert sum("has ended this review already" in word for word in came) == NUMBER - 1


def test_asking_at_once_makes_one_review(make_article, agent, at_once):
    article = make_article()
    actions.revise(article, by=agent, title=article.title, body="Better.")

    assert at_once(lambda by: actions.ask_review(article, by=by)) == ["done"] * NUMBER
    assert article.reviews.filter(decision="open").count() == 1


def test_a_task_that_many_raise_at_once_is_one(make_article, at_once):
    article = make_article()

    at_once(lambda _by: actions.raise_task(article, "links"))

    assert article.tasks.count() == 1


def test_two_workers_publish_what_is_planned_once(make_article, editor, at_once):
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    article = make_article(published=False)
    actions.plan(article, by=editor, at=now + timedelta(hours=1))
    out = []

    at_once(lambda _by: out.append(actions.publish_planned(article, at=now + timedelta(hours=2))))

    assert sorted(out) == [False] * (NUMBER - 1) + [True]
    assert Article.objects.get().is_published


def test_articles_of_one_title_at_once_get_an_address_each(section, at_once):
    came = at_once(lambda by: actions.draft("VPN", by=by, section=section))

    assert came == ["done"] * NUMBER
    assert set(Article.objects.values_list("slug", flat=True)) == {"vpn", "vpn-2", "vpn-3", "vpn-4"}


def test_of_many_articles_that_move_to_one_address_one_gets_it(make_article, people, at_once):
    articles = {by: make_article(f"Article {by.pk}") for by in people}

    came = at_once(lambda by: actions.rename(articles[by], slug="vpn", by=by))

    assert came.count("done") == 1
    assert sum("Another article has this address" in word for word in came) == NUMBER - 1
    assert Article.objects.get(slug="vpn").former_slugs.count() == 1
