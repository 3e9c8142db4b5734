"""The editors' shelf: who writes, who publishes, what readers see meanwhile."""

import pytest

from incidents.portal import actions as portal
from knowledge import actions
from knowledge.models import Article

SHELF = "/desk/kb/"


def body(response):
    return response.content.decode()


@pytest.fixture
def given(section):
    return {
        "title": "Set up the VPN",
        "summary": "In three steps.",
        "body": "Install the **client**.",
        "tags": "vpn, home office, vpn",
        "section": section.pk,
        "audience": "employees",
        "kind": "how_to",
        "note": "First version",
    }


def shelf_of(article, *parts):
    return "/".join([f"/desk/kb/{article.slug}", *map(str, parts)]) + "/"


def test_drafts_come_first_then_by_last_change(publisher, make_article):
    old, new = make_article("Old"), make_article("New")
    draft = make_article("Draft", published=False)

    rows = publisher.get(SHELF).context["page"].rows

    assert rows == [draft, new, old]


def test_a_published_article_with_a_newer_draft_is_marked(publisher, make_article, editor):
    article = make_article()
    assert "Newer draft" not in body(publisher.get(SHELF))

    actions.revise(article, by=editor, title=article.title, body="Better.")

    assert "Newer draft" in body(publisher.get(SHELF))


@pytest.mark.parametrize(
    ("query", "titles"),
    [("q=vpn", ["VPN"]), ("state=draft", ["Mail"]), ("q=x", []), ("kind=known_error", ["VPN"])],
)
def test_the_shelf_is_narrowed_by_title_state_and_kind(publisher, make_article, query, titles):
    make_article("VPN", kind="known_error")
    make_article("Mail", published=False)

    assert [one.title for one in publisher.get(f"{SHELF}?{query}").context["page"].rows] == titles


def test_the_kind_of_an_article_is_chosen_with_its_place(publisher, make_article, given):
    article = make_article()

    chosen = {**given, "expected": 1, "kind": "known_error", "then": "publish"}
    publisher.post(shelf_of(article), chosen)
    article.refresh_from_db()
    assert article.kind == "known_error"
    assert "Known error" in body(publisher.get(article.get_absolute_url()))

    answer = publisher.post(shelf_of(article), {**given, "expected": 2, "kind": "secret"})
    assert answer.status_code == 422


def test_the_shelf_says_how_many_readers_an_article_helped(
    publisher, make_article, requester, other_requester
):
    article = make_article()
    assert "Solved it for" not in body(publisher.get(shelf_of(article)))

    for reader in (requester, other_requester):
        portal.solved(article, by=reader)

    assert "Solved it for 2 readers" in body(publisher.get(shelf_of(article)))


@pytest.mark.parametrize("query", ["state=secret", "kind=secret", "author__password=x&state=%00"])
def test_unknown_filters_are_400_and_narrow_nothing(publisher, make_article, query):
    make_article()

    response = publisher.get(f"{SHELF}?{query}")

    assert response.status_code == 400
    assert len(response.context["page"].rows) == 1


@pytest.mark.parametrize("parts", [(), ("revisions",), ("revisions", 1)])
def test_readers_have_no_shelf(client_of, requester, auditor, make_article, parts):
    article = make_article()

    for person in (requester, auditor):
        assert client_of(person).get(SHELF).status_code == 403
        assert client_of(person).get(shelf_of(article, *parts)).status_code == 403


def test_a_new_article_is_a_draft(writer, given, agent, section):
    response = writer.post(f"{SHELF}new/", given)

    article = Article.objects.get()
    assert response.url == shelf_of(article)
    assert (article.state, article.author, article.section) == ("draft", agent, section)
    assert article.tags == ["vpn", "home office"]
    assert article.revisions.get().note == "First version"


def test_new_is_no_address_of_an_article(writer, given):
    writer.post(f"{SHELF}new/", {**given, "title": "New"})

    assert Article.objects.get().slug != "new"


def test_a_draft_reaches_readers_once_published(writer, publisher, client_of, requester, given):
    writer.post(f"{SHELF}new/", given)
    article = Article.objects.get()
    reader = client_of(requester)
    assert reader.get(article.get_absolute_url()).status_code == 404

    publisher.post(shelf_of(article, "publication"))

    assert reader.get(article.get_absolute_url()).status_code == 200


def test_save_and_publish_in_one_step(publisher, given):
    publisher.post(f"{SHELF}new/", {**given, "then": "publish"})

    assert Article.objects.get().is_published


@pytest.mark.parametrize("part", ["publication", "withdrawal"])
def test_who_only_writes_does_not_publish(writer, make_article, part):
    article = make_article(published=part == "withdrawal")

    response = writer.post(shelf_of(article, part))

    before = article.state
    article.refresh_from_db()
    assert response.status_code == 403
    assert article.state == before


def test_who_only_writes_has_no_such_button_and_no_way_around(writer, given, make_article):
    article = make_article(published=False)
    assert "Publish" not in body(writer.get(shelf_of(article)))

    assert writer.post(shelf_of(article), {**given, "then": "publish"}).status_code == 403
    article.refresh_from_db()
    assert article.revision_number == 1


def test_saving_a_published_article_leaves_what_readers_see(writer, make_article, given):
    article = make_article()

    writer.post(shelf_of(article), {**given, "expected": 1})

    article.refresh_from_db()
    assert article.title == "VPN disconnects every few minutes"
    assert article.has_newer_draft
    assert "Install the **client**." in body(writer.get(shelf_of(article)))


def test_publishing_the_newer_draft(publisher, make_article, given):
    article = make_article()
    publisher.post(shelf_of(article), {**given, "expected": 1})

    publisher.post(shelf_of(article, "publication"))

    article.refresh_from_db()
    assert article.title == "Set up the VPN"


def test_withdrawing_takes_it_from_readers(publisher, client_of, requester, make_article):
    article = make_article()

    publisher.post(shelf_of(article, "withdrawal"))

    assert client_of(requester).get(article.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": " "}, "Give the article a title."),
        ({"title": "x" * 201}, "at most 200"),
        ({"audience": "world"}, "Select a valid choice"),
        ({"section": "999"}, "Select a valid choice"),
        ({"tags": ", ".join(f"t{n}" for n in range(13))}, "At most 12 tags."),
        ({"tags": "y" * 41}, "A tag has at most 40 letters."),
        ({"body": "", "then": "publish"}, "Write the text before you publish."),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_bad_input_is_named_and_the_text_kept(
    publisher, make_article, given, change, words, is_new
):
    article = make_article(published=False)
    address = f"{SHELF}new/" if is_new else shelf_of(article)

    response = publisher.post(
        address, {**given, "summary": "My own summary", "expected": 1, **change}
    )

    article.refresh_from_db()
    assert response.status_code == 422
    assert words in body(response)
    assert "My own summary" in body(response)
    assert (Article.objects.count(), article.revision_number) == (1, 1)


def test_a_clash_shows_their_text_and_keeps_mine(publisher, make_article, agent, given):
    article = make_article(published=False)
    actions.revise(article, by=agent, title=article.title, body="What the other one wrote.")

    clash = publisher.post(shelf_of(article), {**given, "body": "What I wrote.", "expected": 1})

    assert clash.status_code == 409
    assert "What <del>the other one</del> wrote." in body(clash)
    assert "What <ins>I</ins> wrote." in body(clash)
    assert "What I wrote.</textarea>" in body(clash)
    assert "Sasha Vole saved this article while you were writing" in body(clash)
    assert 'name="expected" value="2"' in body(clash)

    publisher.post(shelf_of(article), {**given, "body": "What I wrote.", "expected": 2})
    article.refresh_from_db()
    assert (article.body, article.revision_number) == ("What I wrote.", 3)


def test_another_audience_is_felt_in_search_once_it_is_published(
    publisher, client_of, requester, make_article, given
):
    from knowledge import search

    article = make_article("Gateway runbook")
    place = {
        **given,
        "title": article.title,
        "body": article.body,
        "summary": "",
        "tags": "",
        "expected": 1,
    }
    assert search.find("runbook", user=requester).hits

    publisher.post(shelf_of(article), {**place, "audience": "staff", "then": "publish"})

    assert not search.find("runbook", user=requester).hits
    assert client_of(requester).get(article.get_absolute_url()).status_code == 404


def test_who_only_writes_does_not_move_a_published_article(writer, make_article, given):
    article = make_article()

    writer.post(
        shelf_of(article), {**given, "expected": 1, "audience": "everybody", "is_featured": "on"}
    )

    article.refresh_from_db()
    assert (article.audience, article.is_featured) == ("employees", False)
    assert article.has_newer_draft


def test_who_only_writes_may_move_a_draft(writer, make_article, given):
    article = make_article(published=False)

    writer.post(
        shelf_of(article), {**given, "expected": 1, "audience": "staff", "is_featured": "on"}
    )

    article.refresh_from_db()
    assert (article.audience, article.is_featured) == ("staff", True)


def test_every_revision_can_be_read(publisher, make_article, editor):
    article = make_article(body="The first text.")
    actions.revise(article, by=editor, title="Second", body="The second text.", note="Clearer")

    assert "Clearer" in body(publisher.get(shelf_of(article, "revisions")))
    assert "The first text." in body(publisher.get(shelf_of(article, "revisions", 1)))
    assert publisher.get(shelf_of(article, "revisions", 9)).status_code == 404


def test_what_was_typed_before_the_session_ended_is_back(client, editor, given):
    from accounts import typed

    client.post(f"{SHELF}new/", {**given, "kept_for": typed.mark(editor.pk, "article:new")})
    client.force_login(editor, backend="accounts.backends.PeopleBackend")

    assert 'value="Set up the VPN"' in body(client.get(f"{SHELF}new/"))
    assert not Article.objects.exists()


@pytest.mark.parametrize("articles", [5, 50])
def test_queries_do_not_grow_with_articles(
    publisher, make_article, articles, django_assert_max_num_queries
):
    for n in range(articles):
        make_article(f"Article {n}", published=n % 2 == 0)

    with django_assert_max_num_queries(10):
        assert len(publisher.get(SHELF).context["page"].rows) == articles
