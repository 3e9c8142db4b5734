"""Publishing now, publishing at a time, and taking back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import EditConflict, InvalidInput, NotAllowed, Refused
from accounts.models import Grant, Role
from knowledge import actions, search, todo
from knowledge.hooks import What
from knowledge.models import ReviewTask
from tests.conftest import make_person


def in_hours(number):
    return timezone.now() + timedelta(hours=number)


def test_publishing_starts_the_interval_of_the_category(make_article, section):
    section.review_days = 30
    section.save()

    article = make_article()

    assert article.review_due_at == article.published_at + timedelta(days=30)


def test_an_article_that_is_never_due_has_no_date(make_article, section):
    section.review_days = 0
    section.save()

    assert make_article().review_due_at is None


def test_publishing_an_older_text_than_the_newest_is_refused(drafted, editor):
    with pytest.raises(EditConflict, match="Sasha Vole saved revision 2"):
        actions.publish(drafted, by=editor, expected=1)

    drafted.refresh_from_db()
    assert drafted.published_number == 1


def test_publishing_tells_once(drafted, editor, heard):
    actions.publish(drafted, by=editor)
    actions.publish(drafted, by=editor)

    (told,) = heard
    assert (told.what, told.by, told.data) == (
        What.PUBLISHED,
        editor,
        {"number": 2, "first": False},
    )


def test_publishing_a_better_text_does_the_tasks(drafted, editor):
    actions.raise_task(drafted, ReviewTask.Reason.LOW_SCORE)

    actions.publish(drafted, by=editor)

    task = drafted.tasks.get()
    assert task.done_at
    assert task.done_by == editor


def test_a_plan_publishes_nothing_yet(drafted, editor):
    article = actions.plan(drafted, by=editor, at=in_hours(2), expected=2)

    assert (article.publish_number, article.publish_by, article.published_number) == (2, editor, 1)


def test_at_its_time_the_planned_revision_goes_out_and_no_later_one(drafted, agent, editor):
    actions.plan(drafted, by=editor, at=in_hours(2))
    actions.revise(drafted, by=agent, title="Later", body="Saved after the plan.")

    assert not actions.publish_planned(drafted, at=in_hours(1))
    assert actions.publish_planned(drafted, at=in_hours(3))
    assert not actions.publish_planned(drafted, at=in_hours(3))

    drafted.refresh_from_db()
    assert (drafted.body, drafted.published_number) == ("Better words.", 2)
    assert drafted.publish_at is None
    assert drafted.has_newer_draft


def test_readers_find_it_from_then_on(make_article, editor, requester):
    article = make_article("Gateway runbook", published=False)
    actions.plan(article, by=editor, at=in_hours(1))
    assert not search.find("gateway", user=requester).hits

    actions.publish_planned(article, at=in_hours(2))

    assert search.find("gateway", user=requester).hits


def test_who_lost_the_right_meanwhile_publishes_nothing(drafted, editor, heard):
    actions.plan(drafted, by=editor, at=in_hours(2))
    Grant.objects.filter(user=editor).delete()

    assert not actions.publish_planned(drafted, at=in_hours(3))

    drafted.refresh_from_db()
    assert (drafted.published_number, drafted.publish_at) == (1, None)
    assert heard[-1].what == What.NOT_PUBLISHED
    assert heard[-1].data == {"planned_by": editor.pk, "reason": "rights"}


def test_publishing_before_its_time_ends_the_plan(drafted, editor):
    actions.plan(drafted, by=editor, at=in_hours(2))
    article = actions.publish(drafted, by=editor)

    assert article.publish_at is None
    assert not actions.publish_planned(drafted, at=in_hours(3))


def test_a_plan_is_dropped_by_who_may_publish(drafted, agent, editor):
    actions.plan(drafted, by=editor, at=in_hours(2))
    with pytest.raises(NotAllowed):
        actions.drop_plan(drafted, by=agent)

    assert actions.drop_plan(drafted, by=editor).publish_at is None


def test_a_plan_is_for_a_time_to_come_and_something_new(drafted, make_article, agent, editor):
    with pytest.raises(InvalidInput):
        actions.plan(drafted, by=editor, at=in_hours(-1))
    with pytest.raises(Refused):
        actions.plan(make_article("Other"), by=editor, at=in_hours(1))
    with pytest.raises(NotAllowed):
        actions.plan(drafted, by=agent, at=in_hours(1))


@pytest.mark.parametrize("hide", [actions.withdraw, actions.archive])
def test_what_readers_lose_is_the_text_that_was_saved_last(drafted, editor, hide):
    hide(drafted, by=editor)

    drafted.refresh_from_db()
    assert (drafted.is_published, drafted.body) == (False, "Better words.")


def test_withdrawing_ends_plans_and_tasks(drafted, editor):
    actions.plan(drafted, by=editor, at=in_hours(2))
    actions.raise_task(drafted, ReviewTask.Reason.DUE)

    article = actions.withdraw(drafted, by=editor)

    assert (article.state, article.publish_at, article.review_due_at) == ("draft", None, None)
    assert not article.tasks.filter(done_at=None).exists()


# What publishing checks, checked again ------------------------------------------------------------------------


@pytest.fixture
def alone(db):
    """Publishes, but not alone what only they wrote."""
    role = Role.objects.create(
        slug="pairing-editor",
        name="Pairing editor",
        permissions=["articles.read_staff", "articles.write", "articles.publish"],
    )
    person = make_person("Tove Elder")
    Grant.objects.create(user=person, role=role)
    return type(person).objects.get(pk=person.pk)


def test_what_only_its_planner_wrote_does_not_go_out(make_article, alone, editor, heard):
    article = actions.draft("Alone", by=alone, body="Mine.")
    actions.ask_review(article, by=alone)
    actions.approve(article, by=editor)
    actions.plan(article, by=alone, at=in_hours(2))
    article.reviews.all().delete()

    assert not actions.publish_planned(article, at=in_hours(3))

    article.refresh_from_db()
    assert (article.state, article.publish_at) == ("draft", None)
    assert heard[-1].data == {"planned_by": alone.pk, "reason": "alone"}
    task = article.tasks.get(done_at=None)
    assert (task.reason, task.details["why"]) == ("not_out", "alone")
    assert task in todo.tasks(alone, "not_out", everybody=False)


def test_what_others_saved_after_the_plan_makes_it_no_ones_else(alone, editor):
    article = actions.draft("Alone", by=alone, body="Mine.")
    actions.ask_review(article, by=alone)
    actions.approve(article, by=editor)
    actions.plan(article, by=alone, at=in_hours(2))
    article.reviews.all().delete()
    actions.revise(article, by=editor, title="Two", body="Both.")

    assert not actions.publish_planned(article, at=in_hours(3))


def test_what_was_approved_goes_out_whatever_was_saved_since(alone, editor):
    article = actions.draft("Alone", by=alone, body="Mine.")
    actions.ask_review(article, by=alone)
    actions.approve(article, by=editor)
    actions.plan(article, by=alone, at=in_hours(2))
    actions.revise(article, by=alone, title="Later", body="Not approved.")

    assert actions.publish_planned(article, at=in_hours(3))

    article.refresh_from_db()
    assert article.body == "Mine."


def test_what_did_not_go_out_waits_until_it_is_planned_or_published_again(
    drafted, editor, agent, client_of
):
    actions.plan(drafted, by=editor, at=in_hours(2))
    grants = list(Grant.objects.filter(user=editor))
    Grant.objects.filter(user=editor).delete()
    actions.publish_planned(drafted, at=in_hours(3))
    assert drafted.tasks.get().details["why"] == "rights"
    page = client_of(agent).get("/desk/kb/to-do/?show=not_out&whose=all").content.decode()
    assert "who planned it may no longer publish here" in page

    Grant.objects.bulk_create(grants)
    actions.plan(drafted, by=type(editor).objects.get(pk=editor.pk), at=in_hours(4))

    assert drafted.tasks.get().done_at


def test_what_readers_see_already_is_no_task(drafted, editor):
    actions.plan(drafted, by=editor, at=in_hours(2))
    type(drafted).objects.filter(pk=drafted.pk).update(published_number=2)

    assert not actions.publish_planned(drafted, at=in_hours(3))
    assert not drafted.tasks.exists()
