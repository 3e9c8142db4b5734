"""A draft is looked at before readers see it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import EditConflict, InvalidInput, NotAllowed, Refused
from knowledge import actions
from knowledge.hooks import What
from knowledge.models import Article, Review


def test_asking_makes_one_open_review_of_the_newest_revision(drafted, agent, editor, heard):
    review = actions.ask_review(drafted, by=agent, reviewer=editor, message=" Please  look ")

    assert (review.number, review.reviewer, review.message) == (2, editor, "Please look")
    assert review.decision == Review.Decision.OPEN
    assert [(one.what, one.by) for one in heard] == [(What.REVIEW_ASKED, agent)]


def test_readers_see_the_published_text_meanwhile(drafted, agent):
    actions.ask_review(drafted, by=agent)

    drafted.refresh_from_db()
    assert drafted.is_published
    assert drafted.body == "Switch the client to **Automatic**."


def test_asking_again_for_the_same_changes_nothing(drafted, agent, heard):
    actions.ask_review(drafted, by=agent)
    actions.ask_review(drafted, by=agent)

    assert drafted.reviews.count() == 1
    assert len(heard) == 1


def test_asking_somebody_else_moves_the_review(drafted, agent, editor, other_editor):
    actions.ask_review(drafted, by=agent, reviewer=editor)
    actions.ask_review(drafted, by=agent, reviewer=other_editor)

    assert drafted.reviews.get().reviewer == other_editor


def test_saving_meanwhile_moves_the_review_on(drafted, agent):
    actions.ask_review(drafted, by=agent)
    actions.revise(drafted, by=agent, title="Better still", body="Even better.")

    assert drafted.reviews.get().number == 3


def test_nothing_new_has_nothing_to_review(make_article, agent):
    with pytest.raises(Refused):
        actions.ask_review(make_article(), by=agent)


def test_an_empty_text_is_not_reviewed(make_article, agent):
    with pytest.raises(InvalidInput):
        actions.ask_review(make_article(body=" ", published=False), by=agent)


@pytest.mark.parametrize("who", ["agent", "other_agent"])
def test_the_reviewer_is_somebody_else_who_may_publish(drafted, agent, who, request):
    with pytest.raises(InvalidInput):
        actions.ask_review(drafted, by=agent, reviewer=request.getfixturevalue(who))


def test_a_reader_asks_for_no_review(drafted, requester):
    with pytest.raises(NotAllowed):
        actions.ask_review(drafted, by=requester)


def test_approving_keeps_who_when_and_the_comment(drafted, agent, editor, heard):
    actions.ask_review(drafted, by=agent)
    review = actions.approve(drafted, by=editor, comment=" Good. ", expected=2)

    assert (review.decision, review.decided_by, review.comment) == ("approved", editor, "Good.")
    assert review.decided_at
    assert heard[-1].what == What.APPROVED
    assert not Article.objects.waiting_for_review().exists()


def test_who_only_writes_does_not_approve(drafted, agent, other_agent):
    actions.ask_review(drafted, by=agent)

    for person in (agent, other_agent):
        with pytest.raises(NotAllowed):
            actions.approve(drafted, by=person)


def test_approving_an_older_text_than_the_newest_is_refused(drafted, agent, editor):
    actions.ask_review(drafted, by=agent)
    actions.revise(drafted, by=agent, title="Changed", body="While the editor read.")

    with pytest.raises(EditConflict) as clash:
        actions.approve(drafted, by=editor, expected=2)

    assert clash.value.changes[0].body == "While the editor read."
    assert "Sasha Vole saved revision 3" in clash.value.message
    assert drafted.reviews.get().decision == Review.Decision.OPEN


def test_the_second_to_decide_is_told_who_was_first(drafted, agent, editor, other_editor):
    actions.ask_review(drafted, by=agent)
    actions.approve(drafted, by=editor)

    with pytest.raises(Refused, match="Jules Marten"):
        actions.ask_changes(drafted, by=other_editor, comment="No.")


def test_changes_are_asked_for_with_a_reason(drafted, agent, editor, heard):
    actions.ask_review(drafted, by=agent)
    with pytest.raises(InvalidInput):
        actions.ask_changes(drafted, by=editor, comment="  ")

    review = actions.ask_changes(drafted, by=editor, comment="Name the menu.")

    assert (review.decision, review.comment) == ("changes", "Name the menu.")
    assert heard[-1].what == What.CHANGES_ASKED


def test_a_review_is_taken_back_by_who_asked_or_may_publish(drafted, agent, other_agent, editor):
    for person in (agent, editor):
        actions.ask_review(drafted, by=agent)
        with pytest.raises(NotAllowed):
            actions.take_back(drafted, by=other_agent)
        assert actions.take_back(drafted, by=person).decision == "taken_back"
    with pytest.raises(Refused):
        actions.take_back(drafted, by=agent)


def test_nobody_approves_alone_what_only_they_wrote(make_article, lead):
    article = actions.draft("Mine", by=lead, body="All mine.")
    actions.ask_review(article, by=lead)

    with pytest.raises(NotAllowed, match="Only you wrote this"):
        actions.approve(article, by=lead)
    with pytest.raises(NotAllowed, match="Only you wrote this"):
        actions.publish(article, by=lead)


def test_with_the_approval_of_another_they_publish_it(lead, editor):
    article = actions.draft("Mine", by=lead, body="All mine.")
    actions.ask_review(article, by=lead)
    actions.approve(article, by=editor)

    assert actions.publish(article, by=lead).is_published


def test_an_approval_is_of_one_text_and_no_later_one(lead, editor):
    article = actions.draft("Mine", by=lead, body="All mine.")
    actions.ask_review(article, by=lead)
    actions.approve(article, by=editor)
    actions.revise(article, by=lead, title="Mine", body="Something else.")

    with pytest.raises(NotAllowed):
        actions.publish(article, by=lead)


def test_two_hands_in_a_text_are_enough(lead, agent):
    article = actions.draft("Ours", by=lead, body="Begun.")
    actions.revise(article, by=agent, title="Ours", body="Finished.")

    assert actions.publish(article, by=lead).is_published


def test_who_may_publish_alone_does(admin, editor):
    for person in (admin, editor):
        article = actions.draft("Mine", by=person, body="All mine.")
        actions.ask_review(article, by=person)
        actions.approve(article, by=person)
        assert actions.publish(article, by=person).is_published


def test_publishing_what_waits_for_review_approves_it(drafted, agent, editor):
    actions.ask_review(drafted, by=agent)
    actions.publish(drafted, by=editor)

    review = drafted.reviews.get()
    assert (review.decision, review.decided_by) == ("approved", editor)


def test_asking_for_changes_ends_a_plan(drafted, agent, editor, other_editor):
    actions.ask_review(drafted, by=agent)
    actions.plan(drafted, by=editor, at=timezone.now() + timedelta(hours=1))

    actions.ask_changes(drafted, by=other_editor, comment="Wrong menu.")

    assert not actions.publish_planned(drafted, at=timezone.now() + timedelta(hours=2))
    drafted.refresh_from_db()
    assert (drafted.publish_at, drafted.publish_by, drafted.publish_number) == (None, None, None)
