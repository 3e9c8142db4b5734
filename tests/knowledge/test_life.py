"""The page of an article's life: review, plan, owner, archive; and what waits for editors."""

from datetime import timedelta

import pytest
from django.utils import timezone

from knowledge import actions
from knowledge.models import Article, ReviewTask
from tests.conftest import make_person


def body(response):
    return response.content.decode()


@pytest.fixture
def asked(drafted, agent):
    actions.ask_review(drafted, by=agent, message="Is the menu right?")
    return drafted


def of(article, *parts):
    return "/".join(["/desk/kb", article.slug, *parts]) + "/"


def typed(moment, person):
    """As this person's browser sends it: by their own clock."""
    return timezone.localtime(moment, person.zone).strftime("%Y-%m-%dT%H:%M")


def test_a_writer_asks_and_an_editor_approves_and_publishes(
    writer, publisher, client_of, requester, drafted, editor
):
    writer.post(
        of(drafted, "review"), {"reviewer": editor.pk, "message": "By Friday", "expected": 2}
    )
    page = body(publisher.get(of(drafted, "life")))
    assert "Revision 2 waits for review" in page
    assert "By Friday" in page

    publisher.post(
        of(drafted, "review/decision"),
        {"decision": "publish", "comment": "Well written.", "expected": 2},
    )

    assert "Better words." in body(client_of(requester).get(drafted.get_absolute_url()))
    assert "Well written." in body(writer.get(of(drafted, "life")))


def test_who_only_writes_is_offered_no_decision(writer, asked):
    page = body(writer.get(of(asked, "life")))

    assert "Approve" not in page
    assert "Somebody who may publish here decides." in page
    answer = writer.post(of(asked, "review/decision"), {"decision": "approve", "expected": 2})
    assert answer.status_code == 403
    assert asked.reviews.get().decision == "open"


def test_approving_alone_publishes_nothing(publisher, asked):
    publisher.post(of(asked, "review/decision"), {"decision": "approve", "expected": 2})

    asked.refresh_from_db()
    assert (asked.reviews.get().decision, asked.published_number) == ("approved", 1)


def test_changes_need_a_comment_and_it_comes_back_to_the_writer(publisher, writer, asked):
    refused = publisher.post(of(asked, "review/decision"), {"decision": "changes", "expected": 2})
    assert refused.status_code == 422
    assert "Say what should be changed." in body(refused)

    publisher.post(
        of(asked, "review/decision"),
        {"decision": "changes", "comment": "Name the menu.", "expected": 2},
    )

    assert "Name the menu." in body(writer.get("/desk/kb/to-do/?show=changes"))


def test_a_reviewer_is_told_of_a_newer_text_and_keeps_their_comment(publisher, asked, agent):
    actions.revise(asked, by=agent, title=asked.title, body="Changed while they read.")

    clash = publisher.post(
        of(asked, "review/decision"),
        {"decision": "publish", "comment": "What I wrote about it.", "expected": 2},
    )

    assert clash.status_code == 409
    assert "Sasha Vole saved revision 3 meanwhile" in body(clash)
    assert "Changed while they read." in body(clash)
    assert "What I wrote about it." in body(clash)
    asked.refresh_from_db()
    assert (asked.published_number, asked.reviews.get().decision) == (1, "open")


def test_the_second_of_two_reviewers_is_told_who_was_first(publisher, client_of, asked, manager):
    publisher.post(of(asked, "review/decision"), {"decision": "publish", "expected": 2})

    late = client_of(manager).post(
        of(asked, "review/decision"),
        {"decision": "changes", "comment": "I would rather wait.", "expected": 2},
    )

    assert late.status_code == 409
    assert "Jules Marten has ended this review already: Approved." in body(late)
    assert "I would rather wait." in body(late)


def test_the_second_to_publish_is_told_that_it_is_out(publisher, client_of, drafted, admin):
    first = publisher.post(of(drafted, "publication"), {"expected": 2}, follow=True)
    second = client_of(admin).post(of(drafted, "publication"), {"expected": 2}, follow=True)

    assert "Published. Readers find it now." in body(first)
    assert "Somebody has published it already." in body(second)


def test_publishing_what_somebody_changed_meanwhile_is_refused(publisher, drafted, agent):
    actions.revise(drafted, by=agent, title=drafted.title, body="One more.")

    clash = publisher.post(of(drafted, "publication"), {"expected": 2})

    assert clash.status_code == 409
    assert "One more." in body(clash)


def test_approving_with_a_plan_publishes_at_its_time(publisher, asked, editor):
    soon = timezone.now() + timedelta(days=1)
    missing = publisher.post(of(asked, "review/decision"), {"decision": "plan", "expected": 2})
    assert missing.status_code == 422

    publisher.post(
        of(asked, "review/decision"),
        {"decision": "plan", "publish_at": typed(soon, editor), "expected": 2},
    )

    asked.refresh_from_db()
    assert asked.publish_at.replace(second=0, microsecond=0) == soon.replace(
        second=0, microsecond=0
    )
    assert "Revision 2 goes out by itself" in body(publisher.get(of(asked, "life")))
    publisher.post(of(asked, "plan/end"))
    asked.refresh_from_db()
    assert asked.publish_at is None


@pytest.mark.parametrize("given", ["", "yesterday", "2001-01-01T00:00"])
def test_a_plan_needs_a_time_to_come(publisher, drafted, given):
    answer = publisher.post(of(drafted, "plan"), {"publish_at": given, "expected": 2})

    assert answer.status_code == 422
    drafted.refresh_from_db()
    assert drafted.publish_at is None


def test_taking_back_ends_the_review(writer, asked):
    writer.post(of(asked, "review/end"))

    assert asked.reviews.get().decision == "taken_back"
    assert "Ask for a review" in body(writer.get(of(asked, "life")))


def test_owner_interval_and_expiry_are_set_together_or_not_at_all(
    publisher, make_article, agent, editor
):
    article = make_article()
    late = timezone.now() + timedelta(days=90)
    wrong = publisher.post(
        of(article, "care"),
        {"owner": agent.pk, "review_days": "30", "expires_at": "2001-01-01T00:00"},
    )
    assert wrong.status_code == 422
    article.refresh_from_db()
    assert article.review_days is None

    publisher.post(
        of(article, "care"),
        {"owner": agent.pk, "review_days": "30", "expires_at": typed(late, editor)},
    )

    article.refresh_from_db()
    assert (article.owner, article.review_days) == (agent, 30)
    assert article.review_due_at == article.reviewed_at + timedelta(days=30)
    assert article.expires_at


def test_archive_and_back(publisher, writer, make_article, client_of, requester):
    article = make_article()
    publisher.post(of(article, "archive"))
    assert client_of(requester).get(article.get_absolute_url()).status_code == 404
    assert article not in publisher.get("/desk/kb/").context["page"].rows
    assert article in publisher.get("/desk/kb/?state=archived").context["page"].rows

    writer.post(of(article, "archive/end"))

    article.refresh_from_db()
    assert article.state == "draft"


def test_save_and_ask_leads_to_the_question(writer, drafted):
    given = {"title": drafted.title, "body": "More.", "audience": "employees", "kind": "how_to"}

    answer = writer.post(of(drafted), {**given, "expected": 2, "then": "review"})

    assert answer.url == of(drafted, "life")


def test_a_lead_has_no_button_for_text_that_is_theirs_alone(client_of, lead):
    article = actions.draft("Mine", by=lead, body="All mine.")
    client = client_of(lead)

    assert "Save and publish" not in body(client.get(of(article)))
    assert "somebody else has to approve it" in body(client.get(of(article, "life")))


def test_a_category_that_others_keep_has_no_shelf_here(
    writer, client_of, other_agent, section, team, drafted
):
    section.keepers.add(team)

    assert writer.get(of(drafted, "life")).status_code == 200
    outsider = client_of(other_agent)
    for parts in ((), ("life",), ("revisions",), ("comparison",)):
        assert outsider.get(of(drafted, *parts)).status_code == 404
    assert not outsider.get("/desk/kb/").context["page"].rows


# To do ----------------------------------------------------------------------------------------------


def test_what_waits_for_me_is_counted_on_the_shelf(publisher, asked, make_article):
    actions.raise_task(make_article("Old one"), ReviewTask.Reason.DUE)

    assert publisher.get("/desk/kb/").context["waiting"] == "2"
    page = publisher.get("/desk/kb/to-do/")
    assert [(tab.kind, tab.count) for tab in page.context["tabs"]][:3] == [
        ("reviews", "1"),
        ("changes", "0"),
        ("due", "1"),
    ]
    assert "Is the menu right?" in body(page)


def test_the_first_list_with_something_in_it_is_shown(publisher, make_article):
    actions.raise_task(make_article("Old one"), ReviewTask.Reason.LINKS)

    assert publisher.get("/desk/kb/to-do/").context["kind"] == "links"


def test_what_i_asked_for_does_not_wait_for_me(client_of, lead):
    article = actions.draft("Mine", by=lead, body="All mine.")
    actions.ask_review(article, by=lead)

    client = client_of(lead)
    assert not client.get("/desk/kb/to-do/?show=reviews").context["page"].rows
    assert client.get("/desk/kb/to-do/?show=reviews&whose=all").context["page"].rows


def test_a_review_asked_of_somebody_by_name_waits_for_them_alone(
    client_of, drafted, agent, editor, manager
):
    actions.ask_review(drafted, by=agent, reviewer=editor)

    assert client_of(editor).get("/desk/kb/to-do/?show=reviews").context["page"].rows
    assert not client_of(manager).get("/desk/kb/to-do/?show=reviews").context["page"].rows


def test_tasks_are_those_of_my_articles_or_everybodys(client_of, make_article, agent, editor):
    actions.raise_task(make_article("Old one"), ReviewTask.Reason.LOW_SCORE)

    mine, all_of_them = (
        client_of(agent).get(f"/desk/kb/to-do/?show=low_score&whose={whose}").context["page"].rows
        for whose in ("mine", "all")
    )
    assert (len(mine), len(all_of_them)) == (0, 1)


def test_still_true_does_the_task_and_comes_back_to_the_list(publisher, make_article):
    article = make_article("Old one")
    actions.raise_task(article, ReviewTask.Reason.DUE)
    here = "/desk/kb/to-do/?show=due"
    assert "Still true: Old one" in body(publisher.get(here))

    answer = publisher.post(of(article, "reviewed"), {"expected": 1, "next": here})

    assert answer.url == here
    assert not publisher.get(here).context["page"].rows


def test_a_broken_link_that_was_seen_to_is_done(publisher, make_article):
    article = make_article()
    actions.raise_task(article, ReviewTask.Reason.LINKS)

    publisher.post(of(article, "tasks/links/done"))

    assert article.tasks.get().done_at
    assert publisher.post(of(article, "tasks/links/done")).status_code == 404


def test_tasks_of_categories_that_others_keep_are_not_shown(
    client_of, make_article, section, team, other_agent, editor
):
    article = make_article("Kept apart")
    actions.raise_task(article, ReviewTask.Reason.DUE)
    section.keepers.add(team)

    for person in (other_agent, editor):
        page = client_of(person).get("/desk/kb/to-do/?show=due&whose=all")
        assert "Kept apart" not in body(page)
        assert page.context["tabs"][2].count == "0"


@pytest.mark.parametrize("query", ["show=secret", "whose=nobody", "show=due&whose=%00"])
def test_what_the_list_does_not_know_is_400(publisher, query):
    assert publisher.get(f"/desk/kb/to-do/?{query}").status_code == 400


@pytest.mark.parametrize("number", [3, 40])
def test_the_list_costs_the_same_whatever_waits(
    publisher, make_article, number, django_assert_max_num_queries
):
    for n in range(number):
        actions.raise_task(make_article(f"Old {n}"), ReviewTask.Reason.DUE)

    with django_assert_max_num_queries(12):
        page = publisher.get("/desk/kb/to-do/?show=due")
    assert len(page.context["page"].rows) == min(number, 30)
    if number > 30:
        rest = publisher.get(f"/desk/kb/to-do/?show=due&after={page.context['page'].next}")
        assert len(rest.context["page"].rows) == number - 30


# The shelf ------------------------------------------------------------------------------------------


@pytest.fixture
def stocked(make_article, agent, editor, drafted):
    """One article in every state that the shelf can show."""
    in_review = make_article("In review", published=False)
    actions.ask_review(in_review, by=agent)
    due = make_article("Due")
    Article.objects.filter(pk=due.pk).update(
        review_due_at=timezone.now() - timedelta(days=1),
        language="de",
        owner=agent,
        audience="staff",
    )
    planned = make_article("Planned", published=False)
    actions.plan(planned, by=editor, at=timezone.now() + timedelta(days=1))
    actions.archive(make_article("Archived"), by=editor)
    return drafted


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("state=in_review", {"In review"}),
        ("state=due", {"Due"}),
        ("state=planned", {"Planned"}),
        ("state=archived", {"Archived"}),
        ("state=newer", {"VPN disconnects every few minutes"}),
        ("state=draft", {"In review", "Planned"}),
        ("audience=staff", {"Due"}),
        ("language=de", {"Due"}),
        ("owner=nobody", set()),
        ("section=network&state=due", {"Due"}),
    ],
)
def test_the_shelf_is_narrowed(publisher, stocked, query, titles):
    rows = publisher.get(f"/desk/kb/?{query}").context["page"].rows

    assert {one.title for one in rows} == titles


def test_the_shelf_is_narrowed_to_an_owner(writer, stocked, agent, editor):
    assert [one.title for one in writer.get("/desk/kb/?owner=me").context["page"].rows] == ["Due"]
    theirs = writer.get(f"/desk/kb/?owner={editor.pk}").context["page"].rows
    assert "Due" not in {one.title for one in theirs}


@pytest.mark.parametrize(
    ("sort", "first"),
    [("title", "Alpha"), ("solved", "Beta"), ("unhelpful", "Gamma"), ("due", "Gamma")],
)
def test_the_shelf_is_put_in_order_page_by_page(publisher, make_article, sort, first):
    for title, solved, unhelpful, days in (
        ("Beta", 9, 1, 30),
        ("Alpha", 2, 0, 20),
        ("Gamma", 0, 7, 10),
    ):
        article = make_article(title)
        Article.objects.filter(pk=article.pk).update(
            solved_count=solved,
            unhelpful_count=unhelpful,
            review_due_at=timezone.now() + timedelta(days=days),
        )

    assert publisher.get(f"/desk/kb/?sort={sort}").context["page"].rows[0].title == first


@pytest.mark.parametrize(
    "query",
    [
        "sort=password",
        "owner=x",
        "owner=999999",
        "section=nowhere",
        "audience=world",
        "language=xx",
    ],
)
def test_what_the_shelf_does_not_know_is_400(publisher, make_article, query):
    make_article()

    assert publisher.get(f"/desk/kb/?{query}").status_code == 400


def test_a_row_says_what_readers_say_and_when_it_is_due(publisher, make_article):
    article = make_article()
    Article.objects.filter(pk=article.pk).update(
        helpful_count=9, unhelpful_count=2, solved_count=14, review_due_at=timezone.now()
    )

    page = " ".join(body(publisher.get("/desk/kb/")).split())

    assert "82 % of 11" in page
    assert ">14</td>" in page
    assert 'data-tone="warning"' in page


def test_the_owners_in_the_filter_are_people_who_own_something(publisher, make_article, editor):
    make_person("Nobody Special", "agent")
    make_article()

    boxes = {box["name"]: box["values"] for box in publisher.get("/desk/kb/").context["choices"]}

    assert [label for _value, label in boxes["owner"]][2:] == ["Jules Marten"]


def test_what_is_planned_is_said_first(publisher, make_article, editor):
    article = make_article(published=False)
    at = timezone.now() + timedelta(days=3)
    assert "A draft, not published yet" in body(publisher.get(of(article, "life")))

    actions.plan(article, by=editor, at=at)

    page = body(publisher.get(of(article, "life")))
    assert "A draft, not published yet" not in page
    assert page.index("Goes out by itself:") < page.index("Publish now instead")
