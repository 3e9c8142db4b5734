"""A reader says whether an article helped, why not, and more to its owner; editors read and answer it."""

import pytest
from django.core import mail
from django.test import Client

from accounts.errors import InvalidInput, NotAllowed
from incidents.notify import jobs
from incidents.notify.models import Delivery
from knowledge import actions, trust
from knowledge.models import Feedback, ReviewTask, VisitorVotes
from tests.conftest import make_person

HTMX = {"HX-Request": "true"}


def at(article, more=""):
    return f"{article.get_absolute_url()}feedback/{more}"


@pytest.fixture
def article(make_article):
    return make_article()


@pytest.fixture
def reader(client_of, requester):
    return client_of(requester)


def test_one_click_says_that_it_helped(reader, requester, article):
    answer = reader.post(at(article), {"helpful": "yes", "number": 1})

    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{article.get_absolute_url()}#feedback",
    )
    word = Feedback.objects.get()
    assert (word.user, word.number, word.is_helpful) == (requester, 1, True)
    assert "You said that it helped" in reader.get(article.get_absolute_url()).content.decode()
    article.refresh_from_db()
    assert (article.helpful_count, article.unhelpful_count) == (1, 0)


def test_with_htmx_the_block_alone_comes_back(reader, article):
    answer = reader.post(at(article), {"helpful": "no", "number": 1}, headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="feedback"' in page
    assert "<html" not in page
    assert "What was wrong with it?" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_to_report_it_is_offered_once_before_and_after_the_vote(reader, article, headers):
    before = reader.get(article.get_absolute_url()).content.decode()
    answer = reader.post(at(article), {"helpful": "no", "number": 1}, headers=headers, follow=True)

    assert before.count("Report it to IT") == answer.content.decode().count("Report it to IT") == 1


def test_one_word_each_that_can_be_changed(reader, article):
    for said in ("yes", "yes", "no"):
        reader.post(at(article), {"helpful": said, "number": 1})

    assert Feedback.objects.get().is_helpful is False
    article.refresh_from_db()
    assert (article.helpful_count, article.unhelpful_count) == (0, 1)


def test_a_vote_belongs_to_the_revision_that_was_read(reader, requester, editor, article):
    actions.vote(article, is_helpful=False, by=requester)
    actions.revise(article, by=editor, title=article.title, body="Better.")
    assert "You said" in reader.get(article.get_absolute_url()).content.decode()
    article = actions.publish(article, by=editor)

    assert "Did this help?" in reader.get(article.get_absolute_url()).content.decode()
    reader.post(at(article), {"helpful": "yes", "number": 2})
    assert [(one.number, one.percent) for one in trust.by_revision(article)] == [(2, 100), (1, 0)]
    article.refresh_from_db()
    assert (article.helpful_count, article.unhelpful_count) == (1, 0)


@pytest.mark.parametrize("number", [2, 99])
def test_nobody_votes_on_what_no_reader_saw(reader, editor, article, number):
    actions.revise(article, by=editor, title=article.title, body="Not yet published.")

    assert reader.post(at(article), {"helpful": "no", "number": number}).status_code == 422
    assert not Feedback.objects.exists()


def test_the_comment_reaches_the_owner_who_answers(
    client_of, reader, requester, article, editor, django_capture_on_commit_callbacks
):
    actions.vote(article, is_helpful=False, by=requester)
    said = {"number": 1, "why": "wrong", "comment": "The menu has another name now."}
    reader.post(at(article, "comment/"), said)

    word = Feedback.objects.get()
    assert (word.why, word.comment) == ("wrong", "The menu has another name now.")
    jobs.send_due()
    letter = mail.outbox.pop()
    assert letter.to == [f"Jules Marten <{editor.email}>"]
    assert "wrote to you about this article" in letter.body
    assert "The menu has another name now." in letter.body
    assert f"/desk/kb/{article.slug}/feedback/" in letter.body

    desk = client_of(editor)
    page = desk.get(f"/desk/kb/{article.slug}/feedback/").content.decode()
    assert "The menu has another name now." in page
    assert "Wrong or out of date" in page
    desk.post(
        f"/desk/kb/{article.slug}/feedback/{word.pk}/answer/", {"answer": "Mended, thank you."}
    )
    jobs.send_due()
    letter = mail.outbox.pop()
    assert letter.to == [f"Robin Kestrel <{requester.email}>"]
    assert "Mended, thank you." in letter.body
    assert "Mended, thank you." in reader.get(article.get_absolute_url()).content.decode()


def test_the_same_comment_again_tells_nobody_again(reader, requester, article):
    actions.vote(article, is_helpful=False, by=requester)
    for _again in range(2):
        reader.post(at(article, "comment/"), {"number": 1, "comment": "Unclear."})

    assert Delivery.objects.filter(news__what="commented", channel="mail").count() == 1


@pytest.mark.parametrize(
    "said", [{"why": "nonsense", "comment": "x"}, {"comment": "x" * 2001}], ids=["why", "long"]
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_bad_input_comes_back_with_what_was_typed(reader, requester, article, said, headers):
    actions.vote(article, is_helpful=False, by=requester)

    answer = reader.post(at(article, "comment/"), {"number": 1, **said}, headers=headers)

    assert answer.status_code == 422
    assert said["comment"] in answer.content.decode()
    assert Feedback.objects.get().comment == ""


def test_a_comment_needs_a_vote(article, requester):
    with pytest.raises(InvalidInput):
        actions.comment(article, why="", comment="Hello", by=requester, number=1)


def test_what_somebody_may_not_read_they_judge_not(reader, requester, make_article):
    article = make_article("Runbook", audience="staff")

    assert reader.post(at(article), {"helpful": "no"}).status_code == 404
    with pytest.raises(NotAllowed):
        actions.vote(article, is_helpful=False, by=requester)


def test_only_those_who_write_there_read_and_answer_comments(
    client_of, requester, agent, article, section, other_team
):
    actions.vote(article, is_helpful=False, by=requester)
    word = actions.comment(article, why="", comment="Canary", by=requester, number=1)
    page = f"/desk/kb/{article.slug}/feedback/"
    assert client_of(requester).get(page).status_code == 403
    assert "Canary" in client_of(agent).get(page).content.decode()
    section.keepers.add(other_team)

    for answer in (client_of(agent).get(page), client_of(agent).post(f"{page}{word.pk}/answer/")):
        assert answer.status_code == 403
        assert "Canary" not in answer.content.decode()
    with pytest.raises(NotAllowed):
        actions.answer_comment(word, answer="No", by=agent)


def test_an_empty_answer_is_refused(client_of, requester, editor, article):
    actions.vote(article, is_helpful=False, by=requester)
    word = actions.comment(article, why="", comment="Canary", by=requester, number=1)

    page = f"/desk/kb/{article.slug}/feedback/{word.pk}/answer/"
    answer = client_of(editor).post(page, {"answer": " "})

    assert answer.status_code == 422
    assert "Write your answer." in answer.content.decode()


def test_many_who_were_not_helped_make_a_task(article):
    for number in range(5):
        actions.vote(article, is_helpful=number == 0, by=make_person(f"Reader {number}"))

    assert ReviewTask.objects.get().reason == "low_score"


def test_readers_see_a_share_once_it_says_something(reader, article):
    for number in range(4):
        actions.vote(article, is_helpful=True, by=make_person(f"Reader {number}"))
    assert "Helped 100" not in reader.get(article.get_absolute_url()).content.decode()
    actions.vote(article, is_helpful=False, by=make_person("Another reader"))

    page = " ".join(reader.get(article.get_absolute_url()).content.decode().split())
    assert "Helped 80 % of 5 readers" in page


def test_visitors_say_it_once_in_a_session_and_nobody_knows_who(client, make_article):
    article = make_article(audience="everybody")
    assert "Did this help?" in client.get(article.get_absolute_url()).content.decode()

    for word in ("no", "no", "yes"):
        assert client.post(at(article), {"helpful": word, "number": 1}).status_code == 302

    votes = article.visitor_votes.get()
    assert (votes.number, votes.helpful, votes.unhelpful) == (1, 1, 0)
    assert not Feedback.objects.exists()
    page = client.get(article.get_absolute_url()).content.decode()
    assert "You said that it helped" in page
    assert 'name="comment"' not in page
    article.refresh_from_db()
    assert (article.helpful_count, article.unhelpful_count) == (0, 0)


def test_another_visitor_and_another_revision_count_anew(make_article, editor):
    article = make_article(audience="everybody")
    one, other = Client(), Client()
    for browser in (one, other):
        browser.post(at(article), {"helpful": "yes"})
    actions.publish(actions.revise(article, by=editor, title="Now", body="Better."), by=editor)
    assert "Did this help?" in one.get(article.get_absolute_url()).content.decode()
    one.post(at(article), {"helpful": "no"})

    counted = article.visitor_votes.order_by("number").values_list("number", "helpful", "unhelpful")
    assert list(counted) == [(1, 2, 0), (2, 0, 1)]


def test_visitors_vote_on_nothing_that_is_not_for_everybody(client, make_article):
    for article in (make_article(), make_article("Draft", audience="everybody", published=False)):
        assert client.post(at(article), {"helpful": "yes"}).status_code == 404
    article = make_article("Open", audience="everybody")
    assert client.post(f"{at(article)}comment/", {"comment": "x", "number": 1}).status_code == 302
    assert client.post(at(article), {"helpful": "yes", "number": 9}).status_code == 422
    assert not VisitorVotes.objects.exists()


def test_a_flood_of_visitors_votes_is_stopped(make_article, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "visitor_vote": "2/m/ip"}
    article = make_article(audience="everybody")
    answers = [Client().post(at(article), {"helpful": "no"}).status_code for _again in range(3)]

    assert answers == [302, 302, 429]
    assert article.visitor_votes.get().unhelpful == 2


def test_editors_read_what_visitors_said_apart(client, publisher, make_article):
    article = make_article(audience="everybody")
    client.post(at(article), {"helpful": "yes"})

    page = publisher.get(f"/desk/kb/{article.slug}/feedback/").content.decode()

    assert "revision 1 helped 1 of 1" in page
    assert "Of visitors who did not sign in" in page
