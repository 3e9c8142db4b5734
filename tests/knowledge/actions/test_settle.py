"""Where an article stands and who may read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import InvalidInput, NotAllowed
from knowledge import actions, places, search
from knowledge.models import Article, Section


def settle(article, by, **place):
    given = {
        "section": article.section,
        "audience": article.audience,
        "kind": article.kind,
        "is_featured": article.is_featured,
    }
    return actions.settle(article, place=places.given(**{**given, **place}), by=by)


def test_it_sets_category_audience_and_place(make_article, editor):
    other = Section.objects.create(name="Printing", slug="printing")

    article = settle(make_article(), editor, section=other, audience="staff", is_featured=True)

    article.refresh_from_db()
    assert (article.section, article.audience, article.is_featured) == (other, "staff", True)


def test_another_audience_is_felt_in_search(make_article, editor, requester):
    article = make_article("Gateway runbook")

    settle(article, editor, audience="staff")

    assert not search.find("runbook", user=requester).hits
    assert search.find("runbook", user=editor).hits


def test_what_is_there_already_changes_nothing(make_article, editor):
    article = make_article()

    assert settle(article, editor).updated_at == article.updated_at


def test_a_writer_moves_drafts_but_not_what_is_published(make_article, agent):
    settle(make_article(published=False), agent, audience="staff")

    with pytest.raises(NotAllowed):
        settle(make_article("Another"), agent, audience="everybody")
    assert Article.objects.get(title="Another").audience == "employees"


def test_a_writer_may_save_a_published_article_where_it_stands(make_article, agent):
    settle(make_article(), agent)


def test_what_goes_out_by_itself_stands_where_whoever_planned_it_saw_it(
    make_article, agent, editor
):
    article = make_article(published=False, audience="staff")
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))

    with pytest.raises(NotAllowed):
        settle(article, agent, audience="everybody")
    settle(article, editor, audience="employees")

    actions.publish_planned(article, at=timezone.now() + timedelta(hours=2))
    article.refresh_from_db()
    assert (article.is_published, article.audience) == (True, "employees")


def test_a_reader_may_do_nothing(make_article, requester):
    with pytest.raises(NotAllowed):
        settle(make_article(published=False), requester, is_featured=True)


def test_an_unknown_audience_is_refused(make_article, editor):
    with pytest.raises(InvalidInput):
        settle(make_article(), editor, audience="world")


def test_the_kind_changes_with_it_and_must_be_one_of_ours(make_article, editor):
    article = settle(make_article(), editor, kind=Article.Kind.KNOWN_ERROR)

    article.refresh_from_db()
    assert article.kind == "known_error"
    with pytest.raises(InvalidInput):
        settle(article, editor, kind="secret")
