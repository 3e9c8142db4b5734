"""The page of one article: what its kind makes of it, what stands beside it, and where former addresses lead."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.html import strip_tags

from accounts.models import Department
from knowledge import actions
from knowledge.models import Article, FormerSlug, Section
from knowledge.reading import MOST_RELATED, Reading

KNOWN = "Since Monday.\n\n## Cause\n\nA bad update.\n\n## Workaround\n\nUse the **browser**.\n\n### Mobile\n\nThe app.\n\n## Outlook\n\nMended in May."


@pytest.fixture
def page_of(client_of, requester):
    def page_of(article, reader=requester):
        return " ".join(client_of(reader).get(article.get_absolute_url()).content.decode().split())

    return page_of


def test_a_known_error_begins_with_what_helps_for_now(make_article, page_of):
    page = page_of(make_article(body=KNOWN, kind="known_error"))

    assert "We know of this problem" in page
    helps, cause = page.index("What helps for now"), page.index("A bad update.")
    assert helps < page.index("<strong>browser</strong>") < page.index("The app.") < cause
    assert page.count("browser</strong>") == 1


def test_other_kinds_leave_the_order_alone(make_article, page_of):
    page = page_of(make_article(body=KNOWN, kind="runbook"))

    assert "What helps for now" not in page
    assert "Do the steps in their order" in page
    assert page.index("A bad update.") < page.index("<strong>browser</strong>")


@pytest.mark.parametrize("kind", Article.Kind)
def test_every_kind_has_its_look(make_article, page_of, kind):
    assert str(kind.label) in page_of(make_article(kind=kind))


@pytest.mark.parametrize(
    ("body", "workaround", "rest"),
    [
        ("Text", "", "Text"),
        ("# Workaround\nA\n# B\nC", "A", "B C"),
        ("# Workaround\nA\n## B\nC", "A B C", ""),
        ("Intro\n## **Umgehung:**\nA", "A", "Intro"),
        ("Intro\n\nWorkaround\n---\nA", "A", "Intro"),
        ("#### Workaround\nA", "", "Workaround A"),
        ("> # Workaround\n> A", "", "Workaround A"),
        ("```\n## Workaround\nA\n```\nB", "", "## Workaround A B"),
        ("## Workaround\n```\n# not a heading\n```\n## B", "# not a heading", "B"),
        ("## Workaround\n\n## B", "", "Workaround B"),
        ("[TOC]\n## Workaround\n### A\n## B", "A", "B B"),
        ("# Workaround\n" + "[" * 2_000, "", "# Workaround " + "[" * 2_000),
    ],
)
def test_finding_the_workaround(body, workaround, rest):
    def words(prose):
        return " ".join(strip_tags(prose.html).split()) if prose else ""

    article = Reading(Article(kind=Article.Kind.KNOWN_ERROR, body=body), AnonymousUser())

    assert (words(article.workaround), words(article.prose)) == (workaround, rest)


@pytest.mark.parametrize(
    "at", ["A.[^1]\n\n[^1]: Why\n\n# B\n\nB.[^1]", "A.[^1]\n\n# B\n\nB.[^1]\n\n[^1]: Why"]
)
def test_a_workaround_and_the_rest_have_their_footnotes_in_common(at):
    article = Article(kind=Article.Kind.KNOWN_ERROR, body=f"# B\n\n# Workaround\n\n{at}")
    reading = Reading(article, AnonymousUser())
    workaround, rest = reading.workaround.html, reading.prose.html

    assert 'href="#note-1"' in workaround
    assert 'href="#note-1"' in rest
    assert "Why" not in workaround
    assert "[^1]" not in workaround + rest
    ids = re.findall(r' id="([^"]+)"', workaround + rest)
    assert sorted(ids) == ["note-1", "noted-1", "s-b", "s-b-2"]
    assert [one.anchor for one in reading.prose.contents] == ["b", "b-2"]


def test_staff_learn_who_keeps_it_true_and_employees_do_not(
    make_article, page_of, agent, requester, team
):
    article = make_article()
    Article.objects.filter(pk=article.pk).update(owner=agent, solved_count=3)

    assert "Sasha Vole" in page_of(article, agent)
    assert "Network" in page_of(article, agent)
    assert "Sasha Vole" not in page_of(article, requester)
    assert "3 tickets" in page_of(article, requester)


def test_related_articles_are_those_with_the_same_tags_first(make_article, page_of, section):
    article = make_article("First", tags=["vpn"])
    make_article("Another", tags=[])
    make_article("Zebra", tags=["VPN"])
    make_article("Elsewhere", section=Section.objects.create(name="Other", slug="other"))
    make_article("Secret", audience="staff", tags=["vpn"])
    make_article("Draft", published=False, tags=["vpn"])

    related = page_of(article).partition("Related")[2].partition("</ul>")[0]
    assert related.index("Zebra") < related.index("Another")
    for hidden in ("Elsewhere", "Secret", "Draft", "First"):
        assert hidden not in related


def test_a_former_address_leads_to_where_the_article_is_now(client_of, requester, make_article):
    article = make_article()
    FormerSlug.objects.create(slug="old-name", article=article)

    answer = client_of(requester).get("/kb/old-name/?report=1")

    assert (answer.status_code, answer["Location"]) == (
        301,
        f"{article.get_absolute_url()}?report=1",
    )


def test_a_former_address_tells_nobody_what_they_may_not_read(
    client, client_of, requester, make_article
):
    secret = make_article("Canary", audience="staff")
    FormerSlug.objects.create(slug="old-name", article=secret)

    for reader in (client, client_of(requester)):
        answer = reader.get("/kb/old-name/")
        assert answer.status_code == 404
        assert "canary" not in answer.content.decode().lower()


def test_only_what_is_for_everybody_is_let_into_search_engines(
    client, client_of, editor, make_article
):
    public, inner = make_article("Public", audience="everybody"), make_article("Inner")
    draft = make_article("Draft", audience="everybody", published=False)

    answer = client.get(public.get_absolute_url())
    assert "X-Robots-Tag" not in answer
    assert '<link rel="canonical" href="http' in answer.content.decode()
    assert "noindex" not in answer.content.decode()
    for hidden in (inner, draft):
        answer = client_of(editor).get(hidden.get_absolute_url())
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert 'content="noindex' in answer.content.decode()


def test_the_page_asks_the_same_whatever_there_is_around_it(
    client_of, requester, make_article, django_assert_max_num_queries
):
    article = make_article(tags=["a"])
    Department.objects.create(name="Legal")
    for number in range(12):
        other = make_article(f"Other {number}", tags=["a"])
        actions.follow(other, by=requester)
        actions.vote(other, is_helpful=True, by=requester)
    client = client_of(requester)
    client.get(article.get_absolute_url())

    with django_assert_max_num_queries(14):
        client.get(article.get_absolute_url())


def _related(page):
    return page.partition('id="rel-h"')[2].partition("</ul>")[0]


def test_what_says_the_same_comes_before_what_only_has_its_category(make_article, page_of):
    article = make_article("Shared mailbox does not show in Outlook", body="Open it.")
    for name in ("Aardvark", "Badger", "Camel", "Dingo", "Eagle"):
        make_article(f"{name} settings", body="Press the button.")
    like = make_article("Open a shared mailbox", body="Add it in Outlook.")
    elsewhere = make_article("Outlook shows no shared mailbox", section=None, body="Add it.")

    related = _related(page_of(article))
    for one in (like, elsewhere):
        assert 0 <= related.index(one.title) < related.index("Aardvark")


def test_what_is_like_it_but_hidden_is_not_related(make_article, page_of, client):
    article = make_article("Shared mailbox in Outlook", audience="everybody")
    make_article("Shared mailbox in Outlook, for us")
    make_article("Shared mailbox in Outlook, for staff", audience="staff")
    make_article("Shared mailbox in Outlook, drafted", published=False)

    assert "for us" in _related(page_of(article))
    assert "for staff" not in _related(page_of(article))
    assert "drafted" not in _related(page_of(article))
    assert "Outlook" not in _related(client.get(article.get_absolute_url()).content.decode())


def test_an_unlike_article_of_another_category_is_not_related(make_article, page_of):
    article = make_article("Shared mailbox in Outlook")
    make_article("Printer is out of toner", section=None, body="Not an Outlook matter.")

    assert "Printer" not in _related(page_of(article))


@pytest.mark.parametrize("title", ["???", "The and of", "'\" OR 1=1 --", "x" * 200])
def test_a_title_that_says_nothing_still_has_its_category(make_article, page_of, title):
    article = make_article(title)
    make_article("Another")

    assert "Another" in _related(page_of(article))


@pytest.mark.parametrize("title", ["Outlook help", "Toner"])
def test_what_is_related_is_chosen_in_the_readers_language(
    make_article, section, editor, requester, title
):
    """Like it, from anywhere; or not like it, and of its category."""
    article = make_article(title)
    place = section if title == "Toner" else None
    english = [make_article(f"Outlook help {number}", section=place) for number in range(6)]
    for one in english:
        for language in ("de", "fr", "it", "es"):
            translation = actions.translate(one, language=language, by=editor)
            actions.publish(translation, by=editor)

    related = Reading(article, requester).related

    assert len(related) == MOST_RELATED
    assert set(related) < set(english)


def test_its_own_translation_is_not_related(make_article, page_of, editor):
    article = make_article("Outlook rules")
    actions.publish(actions.translate(article, language="de", by=editor), by=editor)

    assert "Outlook rules" not in _related(page_of(article))
