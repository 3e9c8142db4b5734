"""A published article and the place of its next version live side by side: nothing moves before that is published."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import EditConflict, NotAllowed, Refused
from accounts.models import Department
from knowledge import actions, hooks, jobs, places, search
from knowledge.actions.tasks import FEWEST_VOTES
from knowledge.models import Article, Feedback, NextPlace, ReviewTask, Section, VisitorVotes
from tests.conftest import make_person

OUTLETS = ("/kb/", "/kb/search/?q=canary", "/kb/feed.rss", "/kb/feed.atom", "/sitemap.xml")
OPENED = {"audience": "everybody", "body": "Rewritten for the world.", "expected": 1}


@pytest.fixture
def internal(make_article):
    """What only staff may read."""
    return make_article("Canary runbook", "The canary key is under the mat.", audience="staff")


@pytest.fixture
def open_guide(make_article):
    return make_article("Canary guide", "For all canaries.", audience="everybody")


@pytest.fixture
def form(section):
    """What the editor sends of an article as it stands."""

    def form(article, **changed):
        return {
            "title": article.title, "summary": article.summary, "body": article.body, "tags": "",
            "section": section.pk, "audience": article.audience, "kind": article.kind, **changed,
        }  # fmt: skip

    return form


def shelf_of(article):
    return f"/desk/kb/{article.slug}/"


def life_of(article):
    return f"/desk/kb/{article.slug}/life/"


def moved(article, by, **changed):
    """The next version, which is to stand elsewhere."""
    now = places.of(article)
    kept = {name: getattr(now, name) for name in ("section", "audience", "kind", "is_featured")}
    body = changed.pop("body", "Rewritten for the world.")
    place = places.given(**{**kept, **changed})
    return actions.revise(article, by=by, title=article.title, body=body, place=place)


def seen_by(client, article):
    """Where this reader meets it."""
    pages = {at: b"".join(client.get(at)).decode() for at in OUTLETS}
    met = {at for at, page in pages.items() if article.get_absolute_url() in page}
    return met | ({"page"} if client.get(article.get_absolute_url()).status_code == 200 else set())


# Until it is published ---------------------------------------------------------------------------------------


def test_a_draft_for_everybody_opens_the_old_text_to_nobody(
    client, client_of, requester, publisher, internal, form
):
    publisher.post(shelf_of(internal), form(internal, **OPENED))

    for reader in (client, client_of(requester)):
        assert seen_by(reader, internal) == set()
        assert not search.find("canary", user=requester).hits
    internal.refresh_from_db()
    assert (internal.audience, internal.revision_number, internal.published_number) == (
        "staff",
        2,
        1,
    )


def test_a_draft_for_staff_takes_the_old_text_from_nobody(client, publisher, open_guide, form):
    before = seen_by(client, open_guide)

    publisher.post(shelf_of(open_guide), form(open_guide, audience="staff", expected=1))

    assert seen_by(client, open_guide) == before
    assert {"page", "/sitemap.xml", "/kb/feed.rss"} <= before


def test_all_of_its_place_waits(publisher, open_guide, form):
    other = Section.objects.create(name="Printing", slug="printing")
    was = places.of(open_guide)

    publisher.post(
        shelf_of(open_guide),
        form(open_guide, section=other.pk, kind="faq", is_featured="on", expected=1),
    )

    article = Article.objects.get()
    assert places.of(article) == was
    will = places.coming(article)
    assert (will.section, will.kind, will.is_featured) == (other, "faq", True)


def test_the_editor_and_the_life_page_say_what_changes(publisher, internal, form):
    publisher.post(shelf_of(internal), form(internal, **OPENED))

    for address in (shelf_of(internal), life_of(internal)):
        page = publisher.get(address)
        words = " ".join(page.content.decode().split())
        assert "With the next publication" in words
        assert [tuple(move) for move in page.context["moves"]] == [
            ("Who may read it", "Staff", "Everybody, also without signing in")
        ]
    assert publisher.get(shelf_of(internal)).context["form"]["audience"].value() == "everybody"


def test_without_another_place_nothing_is_said(publisher, internal, form):
    publisher.post(shelf_of(internal), form(internal, body="New words.", expected=1))

    assert publisher.get(life_of(internal)).context["moves"] == []
    assert not NextPlace.objects.exists()


def test_saving_the_same_again_saves_nothing(publisher, internal, form):
    publisher.post(shelf_of(internal), form(internal, **OPENED))
    publisher.post(shelf_of(internal), form(internal, **{**OPENED, "expected": 2}))

    assert Article.objects.get().revision_number == 2


def test_the_next_words_keep_what_was_planned(internal, editor, agent):
    moved(internal, editor, audience="everybody")
    actions.revise(internal, by=agent, title="Canary runbook", body="More words.")

    article = Article.objects.get()
    assert (article.audience, places.coming(article).audience) == ("staff", "everybody")


def test_what_was_planned_can_be_taken_back(client, internal, editor, publisher, form):
    moved(internal, editor, audience="everybody")
    publisher.post(shelf_of(internal), form(internal, body="Rewritten.", expected=2))

    actions.publish(internal, by=editor)
    assert seen_by(client, internal) == set()


def test_another_address_holds_at_once(client, publisher, open_guide, form):
    publisher.post(
        shelf_of(open_guide), form(open_guide, slug="birds", audience="staff", expected=1)
    )

    assert client.get("/kb/birds/").status_code == 200
    assert client.get("/kb/canary-guide/", follow=True).status_code == 200


# Each way out ------------------------------------------------------------------------------------------------


def test_publishing_applies_it(client, publisher, internal, form, monkeypatch):
    publisher.post(shelf_of(internal), form(internal, **OPENED))
    indexed, index = [], search.index
    monkeypatch.setattr(search, "index", lambda one: indexed.append(one) or index(one))

    publisher.post(f"{shelf_of(internal)}publication/", {"expected": 2})

    assert "Rewritten for the world." in client.get("/kb/canary-runbook/").content.decode()
    assert "page" in seen_by(client, internal)
    assert len(indexed) == 1
    assert not NextPlace.objects.exists()


def test_saving_and_publishing_applies_it_at_once(client, publisher, internal, form):
    publisher.post(shelf_of(internal), form(internal, **OPENED, then="publish"))

    assert "page" in seen_by(client, internal)


def test_approving_and_publishing_applies_it(client, client_of, internal, lead, editor):
    moved(internal, lead, audience="everybody")
    actions.ask_review(internal, by=lead)

    client_of(editor).post(
        f"{shelf_of(internal)}review/decision/", {"decision": "publish", "expected": 2}
    )

    assert "page" in seen_by(client, internal)


def test_approving_alone_applies_nothing(client, client_of, internal, lead, editor):
    moved(internal, lead, audience="everybody")
    actions.ask_review(internal, by=lead)

    client_of(editor).post(
        f"{shelf_of(internal)}review/decision/", {"decision": "approve", "expected": 2}
    )

    assert seen_by(client, internal) == set()


def test_nobody_approves_a_place_they_did_not_see(internal, lead, editor):
    moved(internal, lead, body="Better.", audience="staff")
    actions.ask_review(internal, by=lead)
    moved(internal, lead, body="Better.", audience="everybody")

    with pytest.raises(EditConflict):
        actions.approve(internal, by=editor, expected=2)


def test_the_clock_applies_the_place_of_the_revision_that_was_planned(client, internal, editor):
    moved(internal, editor, audience="employees")
    actions.plan(internal, by=editor, at=timezone.now() + timedelta(hours=1))
    moved(internal, editor, body="Later.", audience="everybody")

    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert jobs.on_time() == 1

    article = Article.objects.get()
    assert (article.audience, places.coming(article).audience) == ("employees", "everybody")
    assert seen_by(client, internal) == set()


def test_each_revision_that_is_to_go_out_says_where(internal, editor, publisher):
    moved(internal, editor, audience="employees")
    actions.plan(internal, by=editor, at=timezone.now() + timedelta(hours=1))
    moved(internal, editor, body="Later.", audience="everybody")

    page = publisher.get(life_of(internal))

    assert [move.after for move in page.context["planned_moves"]] == ["Employees"]
    assert [move.after for move in page.context["moves"]] == ["Everybody, also without signing in"]
    assert "Once the newest revision is published" in page.content.decode()


def test_what_goes_out_by_itself_is_not_moved_by_a_later_draft(client, make_article, editor):
    article = make_article("Canary plan", "Inner.", audience="staff", published=False)
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))
    article.refresh_from_db()
    moved(article, editor, audience="everybody")

    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        jobs.on_time()

    assert Article.objects.get().is_published
    assert seen_by(client, article) == set()


def test_without_its_plan_a_draft_stands_where_it_was_saved_last(make_article, editor):
    article = make_article("Canary plan", "Inner.", audience="staff", published=False)
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))
    article.refresh_from_db()
    moved(article, editor, audience="employees")

    actions.drop_plan(article, by=editor)

    assert Article.objects.get().audience == "employees"
    assert not NextPlace.objects.exists()


def test_a_draft_that_nobody_reads_moves_at_once(publisher, make_article, form):
    article = make_article("Canary", published=False)

    publisher.post(shelf_of(article), form(article, audience="staff", expected=1))

    article.refresh_from_db()
    assert (article.audience, article.revision_number) == ("staff", 1)


# Who may -----------------------------------------------------------------------------------------------------


def test_who_only_writes_plans_no_other_place(writer, internal, form, agent):
    writer.post(shelf_of(internal), form(internal, **OPENED))

    article = Article.objects.get()
    assert (article.revision_number, places.coming(article)) == (2, None)
    with pytest.raises(NotAllowed):
        moved(article, agent, audience="everybody")


def test_nothing_is_planned_into_a_category_that_others_keep(internal, editor, team):
    theirs = Section.objects.create(name="Theirs", slug="theirs")
    theirs.keepers.add(team)

    with pytest.raises(NotAllowed, match="Others keep that category"):
        moved(internal, editor, section=theirs)


def test_it_goes_into_no_category_that_others_keep_by_now(internal, editor, team):
    theirs = Section.objects.create(name="Theirs", slug="theirs")
    moved(internal, editor, section=theirs)
    theirs.keepers.add(team)

    with pytest.raises(Refused, match="a category that others keep"):
        actions.publish(internal, by=editor)
    assert Article.objects.get().published_number == 1


def test_who_may_publish_moves_it_without_a_second_person(client, internal, lead):
    moved(internal, lead, body=internal.body, audience="everybody")

    actions.publish(internal, by=lead)

    assert "page" in seen_by(client, internal)


def test_new_words_for_others_need_a_second_person(client, internal, lead):
    moved(internal, lead, audience="everybody")

    with pytest.raises(NotAllowed):
        actions.publish(internal, by=lead)
    assert seen_by(client, internal) == set()


def test_settling_at_once_undoes_no_plan_and_is_undone_by_none(internal, editor):
    moved(internal, editor, audience="employees")
    place = {"section": internal.section, "kind": "faq", "is_featured": False}

    with pytest.raises(Refused, match="newer draft"):
        actions.settle(internal, place=places.given(audience="staff", **place), by=editor)


# What becomes of it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("away", [actions.withdraw, actions.archive])
def test_taken_from_its_readers_it_stands_where_it_was_saved_last(open_guide, editor, away):
    moved(open_guide, editor, audience="staff")

    away(open_guide, by=editor)

    article = Article.objects.get()
    assert (article.audience, article.body) == ("staff", "Rewritten for the world.")
    assert not NextPlace.objects.exists()


def test_an_earlier_text_goes_where_is_planned(internal, editor):
    moved(internal, editor, audience="employees")

    actions.restore(internal, internal.revisions.get(number=1), by=editor)

    article = Article.objects.get()
    assert (article.audience, places.coming(article).audience) == ("staff", "employees")


def test_a_translation_stands_where_its_source_stands_now(internal, editor):
    moved(internal, editor, audience="everybody")

    assert actions.translate(internal, language="de", by=editor).audience == "staff"


def test_a_department_that_is_gone_falls_out(client_of, requester, internal, editor, department):
    gone = Department.objects.create(name="Gone")
    moved(internal, editor, audience="departments", departments=[department, gone])
    gone.delete()

    actions.publish(internal, by=editor)

    assert list(Article.objects.get().departments.all()) == [department]
    assert "page" in seen_by(client_of(requester), internal)


def test_for_nobody_it_is_not_published(internal, editor, publisher):
    gone = Department.objects.create(name="Gone")
    moved(internal, editor, audience="departments", departments=[gone])
    gone.delete()

    with pytest.raises(Refused, match="Choose again who may read it"):
        actions.publish(internal, by=editor)
    assert "Some departments (nobody)" in publisher.get(life_of(internal)).content.decode()


def test_for_nobody_it_does_not_go_out_by_itself(client, internal, editor, publisher):
    gone = Department.objects.create(name="Gone")
    moved(internal, editor, audience="departments", departments=[gone])
    actions.plan(internal, by=editor, at=timezone.now() + timedelta(hours=1))
    gone.delete()

    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        jobs.on_time()

    assert Article.objects.get().published_number == 1
    assert ReviewTask.objects.get().details["why"] == "nobody"
    assert "that were to read it are gone" in publisher.get(life_of(internal)).content.decode()


def test_a_writer_saves_words_also_where_those_who_were_to_read_it_are_gone(
    writer, internal, editor, form
):
    gone = Department.objects.create(name="Gone")
    moved(internal, editor, audience="departments", departments=[gone])
    gone.delete()

    writer.post(shelf_of(internal), form(internal, body="Still here.", expected=2))

    assert Article.objects.get().revision_number == 3


def test_a_category_that_something_is_to_move_to_stays(client_of, internal, editor):
    empty = Section.objects.create(name="Empty", slug="empty")
    moved(internal, editor, section=empty)

    client_of(editor).post(f"/admin/knowledge/section/{empty.pk}/delete/", {"post": "yes"})

    assert Section.objects.filter(pk=empty.pk).exists()


# No news -----------------------------------------------------------------------------------------------------


def test_who_only_moves_it_tells_nobody_of_news(make_article, editor, monkeypatch):
    source = make_article("Canary", audience="employees")
    translation = actions.translate(source, language="de", by=editor)
    actions.publish(translation, by=editor)
    before = Article.objects.get(pk=source.pk)
    moved(before, editor, body=before.body, kind="faq")

    told = []
    monkeypatch.setattr(hooks, "tell", lambda what, *rest, **data: told.append(what))

    after = actions.publish(source, by=editor)

    assert not told
    assert after.kind == "faq"
    assert (after.text_changed_at, after.published_at, after.reviewed_at) == (
        before.text_changed_at,
        before.published_at,
        before.reviewed_at,
    )
    translation.refresh_from_db()
    assert translation.translated_number == after.published_number
    assert not ReviewTask.objects.exists()


def test_what_readers_said_stands_where_it_only_moved(client_of, requester, open_guide, editor):
    reader = client_of(requester)
    actions.vote(open_guide, is_helpful=True, by=requester)
    moved(open_guide, editor, body=open_guide.body, kind="faq")

    actions.publish(open_guide, by=editor)

    page = reader.get(open_guide.get_absolute_url())
    assert page.context["reading"].word.is_helpful
    actions.vote(Article.objects.get(), is_helpful=False, by=requester, number=1)
    assert Feedback.objects.get().is_helpful is False


def test_visitors_are_counted_once_where_it_only_moved(client, open_guide, editor):
    address = f"{open_guide.get_absolute_url()}feedback/"
    client.post(address, {"helpful": "yes", "number": 1})
    moved(open_guide, editor, body=open_guide.body, kind="faq")
    actions.publish(open_guide, by=editor)

    client.post(address, {"helpful": "no"})

    votes = VisitorVotes.objects.get()
    assert (votes.number, votes.helpful, votes.unhelpful) == (1, 0, 1)


def test_votes_on_what_moved_and_on_what_it_was_before_raise_one_task(open_guide, editor):
    def unhelped(number):
        for one in range(number):
            article = Article.objects.get()
            actions.vote(article, is_helpful=False, by=make_person(f"Reader {article.votes} {one}"))

    unhelped(FEWEST_VOTES - 1)
    for kind in ("faq", "policy"):
        article = Article.objects.get()
        moved(article, editor, body=article.body, kind=kind)
        actions.publish(article, by=editor)
    assert not ReviewTask.objects.exists()

    unhelped(1)

    assert ReviewTask.objects.get().reason == "low_score"


def test_other_words_are_asked_about_anew(client_of, requester, open_guide, editor):
    actions.vote(open_guide, is_helpful=True, by=requester)
    moved(open_guide, editor, body=open_guide.body, kind="faq")
    actions.publish(open_guide, by=editor)
    actions.revise(open_guide, by=editor, title="Canary guide", body="Other words.")
    actions.publish(open_guide, by=editor)

    page = client_of(requester).get(open_guide.get_absolute_url())

    assert page.context["reading"].word is None


# Planned, and taken back -------------------------------------------------------------------------------------


def test_nothing_is_kept_of_a_move_that_was_taken_back(internal, editor):
    moved(internal, editor, audience="everybody")
    moved(internal, editor, audience="staff")

    assert not NextPlace.objects.exists()
    place = {"section": internal.section, "kind": "faq", "is_featured": False}
    assert (
        actions.settle(internal, place=places.given(audience="employees", **place), by=editor).kind
        == "faq"
    )


def test_back_where_it_stands_is_kept_while_it_goes_elsewhere_before(client, internal, editor):
    moved(internal, editor, audience="everybody")
    actions.plan(internal, by=editor, at=timezone.now() + timedelta(hours=1))
    moved(internal, editor, body="For us again.", audience="staff")
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        jobs.on_time()
    assert Article.objects.get().audience == "everybody"

    actions.publish(internal, by=editor)

    assert Article.objects.get().audience == "staff"
    assert seen_by(client, internal) == set()


def test_settling_undoes_nothing_that_goes_out_by_itself(internal, editor):
    moved(internal, editor, audience="everybody")
    actions.plan(internal, by=editor, at=timezone.now() + timedelta(hours=1))
    moved(internal, editor, body="For us again.", audience="staff")
    place = {"section": internal.section, "kind": "faq", "is_featured": False}

    with pytest.raises(Refused, match="newer draft"):
        actions.settle(internal, place=places.given(audience="employees", **place), by=editor)


# For nobody, and in categories of others ---------------------------------------------------------------------


def test_taken_back_it_is_not_published_for_nobody(internal, editor):
    gone = Department.objects.create(name="Gone")
    moved(internal, editor, audience="departments", departments=[gone])
    gone.delete()
    actions.withdraw(internal, by=editor)

    with pytest.raises(Refused, match="Choose again who may read it"):
        actions.publish(internal, by=editor)
    assert not Article.objects.get().is_published


def test_taking_it_back_puts_it_into_no_category_of_others(internal, editor, team):
    theirs, here = Section.objects.create(name="Theirs", slug="theirs"), internal.section
    moved(internal, editor, section=theirs, kind="faq")
    theirs.keepers.add(team)

    actions.withdraw(internal, by=editor)

    article = Article.objects.get()
    assert (article.section, article.kind) == (here, "faq")


def test_the_editor_says_that_what_goes_out_by_itself_stays(publisher, make_article, editor):
    article = make_article("Canary plan", "Inner.", audience="staff", published=False)
    assert "goes out by itself" not in publisher.get(shelf_of(article)).content.decode()
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))

    assert (
        "This goes out by itself as it was planned"
        in publisher.get(shelf_of(article)).content.decode()
    )
