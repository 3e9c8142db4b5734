"""Another address for an article: the former one leads to it for good."""

from unittest import mock

import pytest
from django.db.models import QuerySet

from accounts.errors import InvalidInput, NotAllowed
from knowledge import actions
from knowledge.models import FormerSlug


def test_the_former_address_is_kept(make_article, editor):
    article = actions.rename(make_article("Old"), slug="New place", by=editor)

    assert article.slug == "new-place"
    assert FormerSlug.objects.get(slug="old").article == article


def test_back_to_a_former_address_of_its_own(make_article, editor):
    article = actions.rename(make_article("Old"), slug="new-place", by=editor)
    article = actions.rename(article, slug="old", by=editor)

    assert [one.slug for one in article.former_slugs.all()] == ["new-place"]


def test_the_same_address_changes_nothing(make_article, editor):
    assert actions.rename(make_article("Old"), slug="old", by=editor).former_slugs.count() == 0


@pytest.mark.parametrize("slug", ["", "???", "new", "search", "files", "taken", "was-taken"])
def test_no_address_leads_astray(make_article, editor, slug):
    make_article("Taken")
    actions.rename(make_article("Was taken"), slug="elsewhere", by=editor)

    with pytest.raises(InvalidInput):
        actions.rename(make_article("Old"), slug=slug, by=editor)


def test_a_new_article_does_not_take_a_former_address(make_article, editor):
    actions.rename(make_article("Old"), slug="elsewhere", by=editor)
    assert make_article("Old").slug == "old-2"


def test_who_only_writes_renames_no_published_article(make_article, agent):
    with pytest.raises(NotAllowed):
        actions.rename(make_article(), slug="x", by=agent)


def test_an_address_that_was_taken_at_this_moment(make_article, editor):
    article = make_article("Old")
    make_article("Taken")

    with (
        mock.patch.object(QuerySet, "exists", return_value=False),
        pytest.raises(InvalidInput, match="Another article has this address"),
    ):
        actions.rename(article, slug="taken", by=editor)
