"""What people hear of articles."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Grant
from incidents.notify import jobs
from incidents.notify.actions import choose
from incidents.notify.articles import RULES
from incidents.notify.models import Channel, Delivery, News, Topic
from knowledge import actions, places
from knowledge.hooks import What
from knowledge.models import Article, Subscription


@pytest.fixture
def drafted(make_article, agent):
    article = make_article()
    return actions.revise(article, by=agent, title=article.title, body="Better words.")


@pytest.fixture
def heard():
    def heard(what):
        rows = Delivery.objects.filter(news__what=what).select_related("recipient")
        return {(row.recipient.first_name, str(row.channel)) for row in rows}

    return heard


def test_everything_that_happens_has_a_rule():
    assert set(RULES) == set(What)


def test_a_named_reviewer_hears_by_mail_and_bell(drafted, agent, editor, lead, heard):
    actions.ask_review(drafted, by=agent, reviewer=editor, message="By Friday, please.")

    assert heard("review_asked") == {("Jules", "mail"), ("Jules", "bell")}
    jobs.send_due()
    (letter,) = mail.outbox
    assert letter.to == [f"Jules Marten <{editor.email}>"]
    assert letter.subject.strip("\u2068\u2069") == drafted.title
    assert "asks you to review this article." in letter.body
    assert "By Friday, please." in letter.body
    assert f"/desk/kb/{drafted.slug}/life/" in letter.body


def test_without_a_name_everybody_who_may_publish_there_hears_the_bell(
    drafted, agent, editor, lead, manager, heard, section, team
):
    actions.ask_review(drafted, by=agent)
    assert heard("review_asked") == {(one, "bell") for one in ("Jules", "Noor", "Kit")}

    News.objects.all().delete()
    actions.take_back(drafted, by=agent)
    section.keepers.add(team)
    actions.ask_review(drafted, by=agent)
    assert heard("review_asked") == {("Noor", "bell")}


def test_who_asked_hears_the_decision_with_its_reason(drafted, agent, editor, heard):
    actions.ask_review(drafted, by=agent)
    actions.ask_changes(drafted, by=editor, comment="Name the **menu**.")

    assert heard("changes_asked") == {("Sasha", "mail"), ("Sasha", "bell")}
    jobs.send_due()
    assert "Name the **menu**." in mail.outbox[-1].body


def test_owner_and_writer_hear_that_it_is_out_and_who_did_it_does_not(
    drafted, agent, editor, lead, heard
):
    actions.publish(drafted, by=editor)

    assert heard("published") == {("Sasha", "bell")}


def test_who_follows_the_article_or_its_category_hears_of_it_once(
    drafted, editor, requester, other_requester, heard, section
):
    Subscription.objects.create(user=requester, article=drafted)
    Subscription.objects.create(user=requester, section=section)
    Subscription.objects.create(user=other_requester, section=section)

    actions.publish(drafted, by=editor)

    assert heard("published") >= {
        (name, channel) for name in ("Robin", "Mika") for channel in ("mail", "bell")
    }


def test_who_may_not_read_it_hears_nothing(make_article, editor, requester, client_of, section):
    Subscription.objects.create(user=requester, section=section)
    article = make_article("Gateway canary", published=False)
    place = places.given(section=section, audience="staff", kind="runbook", is_featured=False)
    actions.settle(article, place=place, by=editor)
    actions.publish(article, by=editor)

    jobs.send_due()
    page = client_of(requester).get("/notifications/")

    assert not mail.outbox
    assert "canary" not in page.content.decode()
    assert page.context["bell"].unread == ""


def test_the_owner_is_asked_to_look_at_what_is_due(make_article, agent, editor, heard, client_of):
    article = make_article()
    actions.set_owner(article, by=editor, owner=agent)
    actions.raise_due(article, at=timezone.now() + timedelta(days=400))

    assert heard("due") == {("Sasha", "mail"), ("Sasha", "bell")}
    page = client_of(agent).get("/notifications/").content.decode()
    assert "it is due for review" in page
    assert article.title in page
    assert f"/desk/kb/{article.slug}/life/" in page


def test_opening_a_row_marks_it_read_and_goes_to_the_article(
    make_article, agent, editor, client_of
):
    article = make_article()
    actions.set_owner(article, by=editor, owner=agent)
    row = Delivery.objects.get(news__what="owned")

    answer = client_of(agent).post(f"/notifications/{row.pk}/reading/")

    assert answer.url == f"/desk/kb/{article.slug}/life/"
    row.refresh_from_db()
    assert row.read_at


def test_a_plan_that_failed_is_told_to_who_made_it(drafted, editor, lead, heard):
    actions.plan(drafted, by=editor, at=timezone.now() + timedelta(hours=1))
    Grant.objects.filter(user=editor).delete()
    actions.publish_planned(drafted, at=timezone.now() + timedelta(hours=2))

    assert heard("not_published") == {("Jules", "mail"), ("Jules", "bell")}


def test_who_wants_to_hear_nothing_of_articles_does_not(drafted, agent, editor, heard):
    choose(by=editor, topic=Topic.ARTICLES, channel=Channel.MAIL, wanted=False)
    actions.ask_review(drafted, by=agent, reviewer=editor)

    assert heard("review_asked") == {("Jules", "bell")}


def test_what_was_imported_with_an_old_date_tells_nobody(make_article, editor, requester, section):
    Subscription.objects.create(user=requester, section=section)
    article = make_article(published=False)

    actions.publish(article, by=editor, at=timezone.now() - timedelta(days=3))

    assert not News.objects.exists()


def test_news_go_with_their_article(drafted, agent, editor):
    actions.ask_review(drafted, by=agent)
    assert Delivery.objects.filter(news__isnull=False).exists()

    Article.objects.filter(pk=drafted.pk).delete()

    assert not Delivery.objects.filter(news__isnull=False).exists()


@pytest.fixture
def complaint(make_article, agent, editor, requester):
    """What a reader wrote about an article that a writer owns."""

    def complain():
        Delivery.objects.all().delete()
        actions.vote(article, is_helpful=False, by=requester)
        actions.comment(
            article, why="", comment="My password is in the picture.", by=requester, number=1
        )

    article = make_article()
    actions.set_owner(article, by=editor, owner=agent)
    return complain


def test_an_owner_who_writes_no_more_hears_nothing_of_comments(complaint, agent, heard):
    Grant.objects.filter(user=agent).delete()

    complaint()

    assert heard("commented") == set()


def test_who_wrote_once_reads_no_comments_that_were_on_their_way(
    complaint, agent, client_of, heard
):
    complaint()
    assert heard("commented") == {("Sasha", "mail"), ("Sasha", "bell")}
    Grant.objects.filter(user=agent).delete()

    jobs.send_due()

    assert not mail.outbox
    page = client_of(type(agent).objects.get(pk=agent.pk)).get("/notifications/")
    assert "wrote to you" not in page.content.decode()
