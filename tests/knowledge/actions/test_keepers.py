"""A category that teams keep: only their people write, review and publish there."""

import pytest

from accounts.errors import NotAllowed
from accounts.models import User
from knowledge import actions, places, policies


def test_without_keepers_the_role_is_enough(make_article, agent, editor):
    article = make_article()

    assert policies.can_write(agent, article)
    assert policies.can_publish(editor, article)


def test_others_start_nothing_there(keepers, other_agent, section):
    with pytest.raises(NotAllowed):
        actions.draft("Theirs", by=other_agent, body="Text.", section=section)


def test_a_role_held_everywhere_is_no_way_in(make_article, section, team, editor):
    article = make_article(published=False)
    section.keepers.add(team)

    for verb in (actions.publish, actions.ask_review, actions.archive):
        with pytest.raises(NotAllowed):
            verb(article, by=editor)
    with pytest.raises(NotAllowed):
        actions.revise(article, by=editor, title="Mine", body="Now.")


def test_people_of_the_team_do_what_their_role_says(make_article, section, team, agent, lead):
    article = make_article(published=False)
    section.keepers.add(team)

    actions.revise(article, by=agent, title="Ours", body="Now.")
    with pytest.raises(NotAllowed):
        actions.publish(article, by=agent)
    assert actions.publish(article, by=lead).is_published


def test_an_editor_of_the_whole_house_joins_by_any_role_there(
    make_article, section, team, editor, join
):
    article = make_article(published=False)
    section.keepers.add(team)

    assert actions.publish(article, by=join(editor, team)).is_published


def test_nothing_is_pushed_into_a_category_that_others_keep(
    make_article, section, team, other_agent
):
    article = make_article(published=False, section=None)
    section.keepers.add(team)
    place = places.given(section=section, audience="staff", kind="faq", is_featured=False)

    with pytest.raises(NotAllowed, match="Others keep that category"):
        actions.settle(article, place=place, by=other_agent)


def test_the_desk_itself_is_never_kept_out(keepers, section):
    assert policies.can_fill(User.objects.system(), section, published=True)
