"""Articles over the API: read by their audience, written as drafts by those who may."""

import pytest

from knowledge import actions, places
from knowledge.models import Article, Section
from tests.incidents.api.conftest import Program
from tests.threads import together

TEXT = {"title": "How to restart the gateway", "body": "Press **once**."}


@pytest.fixture
def reader(program_of, requester):
    return program_of(requester)


@pytest.fixture
def writer(program_of, editor):
    return program_of(editor)


def test_readers_find_what_is_published_for_them(reader, make_article):
    shown = make_article("VPN")
    make_article("Draft", published=False)
    make_article("Runbook", audience="staff")

    assert [one["slug"] for one in reader.get("/articles").json()["items"]] == [shown.slug]
    assert reader.get("/articles/draft").status_code == 404
    assert reader.get("/articles/runbook").status_code == 404
    assert reader.get(f"/articles/{shown.slug}").json()["draft"] is None


def test_what_writers_tell_each_other_is_for_writers(reader, writer, make_article):
    article = make_article("Gateway", "<!-- ask Ida -->\n\nPress **once**.")
    path = f"/articles/{article.slug}"

    assert reader.get(path).json()["body"].strip() == "Press **once**."
    assert "ask Ida" in writer.get(path).json()["body"]


def test_lists_are_narrowed(reader, make_article, section):
    make_article("VPN")
    assert reader.get("/articles?section=network&kind=how_to").json()["items"]
    assert not reader.get("/articles?section=nowhere").json()["items"]
    assert reader.get("/articles?kind=poem").status_code == 422


def test_starting_an_article_once(writer):
    first = writer.post("/articles", TEXT, Idempotency_Key="a")
    again = writer.post("/articles", TEXT, Idempotency_Key="a")
    other = writer.post("/articles", {**TEXT, "body": "Else"}, Idempotency_Key="a")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json()["slug"] == again.json()["slug"]
    assert Article.objects.get().state == "draft"


@pytest.mark.django_db(transaction=True)
def test_one_key_at_the_same_moment_starts_one_article(writer):
    answers = together(6, lambda: Program(writer.secret).post("/articles", TEXT, Idempotency_Key="a"))  # fmt: skip

    assert {one.status_code for one in answers} == {201}
    assert {one.json()["slug"] for one in answers} == {Article.objects.get().slug}


def test_writing_and_publishing(writer, reader):
    slug = writer.post("/articles", TEXT).json()["slug"]
    tag = writer.get(f"/articles/{slug}")["ETag"]
    saved = writer.put(f"/articles/{slug}/draft", {**TEXT, "body": "Twice."}, If_Match=tag)
    assert saved.json()["draft"]["number"] == 2
    stale = writer.put(f"/articles/{slug}/draft", {**TEXT, "body": "Never."}, If_Match=tag)
    assert stale.status_code == 412
    assert reader.get(f"/articles/{slug}").status_code == 404
    assert writer.post(f"/articles/{slug}/publication", If_Match=saved["ETag"]).status_code == 200
    assert reader.get(f"/articles/{slug}").json()["body"] == "Twice."


def test_readers_write_nothing(reader, make_article):
    slug = make_article().slug
    assert reader.post("/articles", TEXT).status_code == 403
    assert reader.put(f"/articles/{slug}/draft", TEXT).status_code == 403
    assert reader.post(f"/articles/{slug}/publication").status_code == 403


def test_a_token_for_reading_writes_nothing(program_of, editor):
    assert program_of(editor, "articles:read").post("/articles", TEXT).status_code == 403
    assert not Article.objects.exists()


def test_the_draft_says_where_publishing_puts_it(writer, reader, make_article, editor):
    article = make_article("Runbook", audience="staff")
    path = f"/articles/{article.slug}"
    assert writer.get(path).json()["draft"]["audience"] == "staff"
    later = Section.objects.create(name="Later", slug="later")
    place = places.given(section=later, audience="everybody", kind="faq", is_featured=False)
    actions.revise(article, by=editor, title=article.title, body="Open.", place=place)

    told = writer.get(path).json()
    assert (told["audience"], told["kind"], told["section"]["slug"]) == (
        "staff",
        "how_to",
        "network",
    )
    draft = told["draft"]
    assert (draft["audience"], draft["kind"], draft["section"]["slug"]) == (
        "everybody",
        "faq",
        "later",
    )
    published = writer.post(f"{path}/publication").json()
    assert published["audience"] == published["draft"]["audience"] == "everybody"


def test_the_draft_names_whose_people_are_to_read_it(writer, make_article, editor, department):
    article = make_article("Runbook", audience="staff")
    place = places.given(
        section=None,
        audience="departments",
        departments=[department],
        kind="faq",
        is_featured=False,
    )
    actions.revise(article, by=editor, title=article.title, body="Open.", place=place)

    draft = writer.get(f"/articles/{article.slug}").json()["draft"]

    assert (draft["departments"], draft["teams"], draft["section"]) == (["Finance"], [], None)
