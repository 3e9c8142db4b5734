"""The page of results: facets, synonyms, quotes, files' names; and what is kept of a search."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from knowledge import jobs, search, searches
from knowledge.models import Article, ArticleFile, Audience, Search, Section, Synonym
from knowledge.search import postings

PAGE = "/kb/search/"
HTMX = {"HX-Request": "true"}


def slugs(results):
    return [hit.article.slug for hit in results.hits]


def links(page):
    return [part.split('"')[0] for part in page.split('href="')[1:]]


# Facets -------------------------------------------------------------------------------------------------


@pytest.fixture
def phones(db):
    return Section.objects.create(name="Phones", slug="phones")


def test_each_facet_says_how_many_it_would_show(
    client_of, requester, make_article, phones, section, service
):
    make_article("VPN on a phone", section=phones, kind=Article.Kind.FAQ)
    make_article("VPN on a laptop", service_slug=service.slug)
    make_article("VPN at home")

    page = client_of(requester).get(PAGE, {"q": "vpn"}).context

    facets = {
        facet.key: {one.label: one.count for one in facet.options} for facet in page["facets"]
    }
    assert facets["section"] == {section.name: 2, "Phones": 1}
    assert facets["service"] == {service.name: 1}
    assert facets["kind"] == {"How-to": 2, "Question and answer": 1}
    assert set(facets["updated"].values()) == {3}


def test_facets_narrow_together_and_come_off_one_by_one(client_of, requester, make_article, phones):
    wanted = make_article("VPN on a phone", section=phones, kind=Article.Kind.FAQ)
    make_article("VPN for phones at home", section=phones)
    make_article("VPN questions", kind=Article.Kind.FAQ)

    answer = client_of(requester).get(PAGE, {"q": "vpn", "section": "phones", "kind": "faq"})

    assert slugs(answer.context["results"]) == [wanted.slug]
    assert [(chip.label, chip.url) for chip in answer.context["narrowed"].chips] == [
        ("Phones", "?q=vpn&kind=faq"),
        ("Question and answer", "?q=vpn&section=phones"),
    ]


def test_a_facet_counts_what_it_would_show_beside_the_others(
    client_of, requester, make_article, phones
):
    make_article("VPN on a phone", section=phones, kind=Article.Kind.FAQ)
    make_article("VPN on a laptop", kind=Article.Kind.HOW_TO)

    page = client_of(requester).get(PAGE, {"q": "vpn", "kind": "faq"}).context

    facets = {
        facet.key: {one.label: one.count for one in facet.options} for facet in page["facets"]
    }
    assert facets["section"] == {"Phones": 1}
    assert facets["kind"] == {"How-to": 1, "Question and answer": 1}


def test_articles_of_a_service_are_found_by_its_name(client_of, requester, make_article, service):
    wanted = make_article("VPN for mail", service_slug=service.slug)
    make_article("VPN at home")

    answer = client_of(requester).get(PAGE, {"q": "vpn", "service": service.slug})

    assert slugs(answer.context["results"]) == [wanted.slug]
    assert [chip.label for chip in answer.context["narrowed"].chips] == [service.name]


def test_what_changed_long_ago_is_left_out(client_of, requester, make_article):
    old, new = make_article("VPN of old"), make_article("VPN of today")
    then = timezone.now() - timedelta(days=90)
    Article.objects.filter(pk=old.pk).update(text_changed_at=then)

    page = client_of(requester).get(PAGE, {"q": "vpn", "updated": "month"})

    assert slugs(page.context["results"]) == [new.slug]


@pytest.mark.parametrize(
    "asked",
    [
        {"section": "nowhere"}, {"section": "' OR 1=1"}, {"kind": "how_to'"}, {"updated": "decade"},
        {"service": "none"}, {"service": "\x00"}, {"order": "title"}, {"section__name": "x"}, {"audience": "staff"},
    ],
)  # fmt: skip
def test_unknown_filters_are_refused(client_of, requester, make_article, asked):
    make_article()

    for words in ({}, {"q": "vpn"}):
        assert client_of(requester).get(PAGE, {**words, **asked}).status_code == 400


def test_facets_tell_nothing_of_what_one_may_not_read(client_of, requester, make_article, phones):
    make_article("VPN for everybody")
    make_article(
        "VPN canarybird", section=phones, kind=Article.Kind.RUNBOOK, audience=Audience.STAFF, service_slug="canary"
    )  # fmt: skip
    browser = client_of(requester)

    page = browser.get(PAGE, {"q": "vpn"}).content.decode()

    assert "Phones" not in page
    assert "Runbook" not in page
    assert "canary" not in page
    for asked in ({"service": "canary"}, {"section": "phones"}):
        assert browser.get(PAGE, {"q": "vpn", **asked}).status_code == 400


# Words ---------------------------------------------------------------------------------------------------


def test_words_in_quotes_must_stand_side_by_side(make_article, requester):
    wanted = make_article("Mail", "The shared drive is full.")
    make_article("Drive", "It is shared among all: a drive, and shared printers.")

    assert slugs(search.find('"shared drive"', user=requester)) == [wanted.slug]
    assert len(search.find("shared drive", user=requester).hits) == 2


@pytest.mark.parametrize("looked_up", [0, 10_000])
def test_words_without_number_are_found_by_either_way(
    monkeypatch, make_article, requester, looked_up
):
    monkeypatch.setattr(postings, "LOOKED_UP", looked_up)
    words = " ".join(f"word{number}" for number in range(100))
    article = make_article("Everything", words)
    make_article("Nothing", "of that")

    assert slugs(search.find(words, user=requester)) == [article.slug]
    assert slugs(search.find("word7", user=requester)) == [article.slug]


def test_quotes_within_a_question_come_first_and_hide_nothing(make_article, requester):
    """Who writes more than the quote may quote a message that an article words otherwise."""
    loose = make_article(
        "Shared drive full", "The drive is shared, and full. A shared, full drive."
    )
    exact = make_article("Mail", "It says: the shared drive is full.")

    assert slugs(search.find('why "the shared drive is full" today', user=requester)) == [
        exact.slug,
        loose.slug,
    ]
    assert slugs(search.find('"no such words" shared drive', user=requester))


def test_quoted_words_that_nobody_wrote_find_nothing(make_article, requester):
    make_article("Shared drive", "Full.")

    assert not search.find('"drive shared"', user=requester).hits
    assert not search.find('"unheard of"', user=requester).hits


def test_names_of_attachments_are_found(make_article, requester, editor):
    article = make_article("Order things", "See the form.")
    ArticleFile.objects.create(
        article=article, file="articles/x", name="Headset-request.xlsx", content_type="x", size=1,
        sha256="0", uploaded_by=editor, created_at=timezone.now(),
    )  # fmt: skip
    search.index(article)

    assert slugs(search.find("headset", user=requester)) == [article.slug]


@pytest.mark.parametrize("typed", ["drucker", "druckern", "Druckers"])
def test_german_words_lose_german_endings(make_article, requester, typed):
    article = make_article("Die Drucker im dritten Stock", "Neu starten.")
    Article.objects.filter(pk=article.pk).update(language="de")
    article.refresh_from_db()
    search.index(article)

    assert slugs(search.find(typed, user=requester, prefix=False, guesses=False)) == [article.slug]


def test_long_questions_are_understood_though_misspelt(make_article, requester):
    wanted = make_article("Calendar invitations arrive twice", "Remove the second calendar.")
    for number in range(5):
        make_article(f"Guide {number}", "Ask your colleagues, restart the computer and wait.")

    results = search.find(
        "hello since monday morning my colleagues and I see that calender invitatons from the shared mailbox arrive "
        "two times and we restarted the computer and waited some hours but nothing helps please have a look",
        user=requester,
    )

    assert slugs(results)[0] == wanted.slug


# Votes, solved tickets and dates ---------------------------------------------------------------------------


def test_of_two_that_fit_alike_the_one_that_changed_lately_comes_first(make_article, requester):
    fresh, old = make_article("VPN guide", "One text."), make_article("VPN guide", "One text.")
    then = timezone.now() - timedelta(days=900)
    Article.objects.filter(pk=old.pk).update(text_changed_at=then)
    for article in (fresh, old):
        article.refresh_from_db()
        search.index(article)

    assert slugs(search.find("vpn guide", user=requester)) == [fresh.slug, old.slug]


@pytest.mark.parametrize(
    "better", [{"helpful_count": 20}, {"solved_count": 12}, {"unhelpful_count": -1}]
)
def test_of_two_that_fit_alike_the_better_one_comes_first(make_article, requester, better):
    first = make_article("VPN guide", "One text.")
    second = make_article("VPN guide", "One text.")
    if "unhelpful_count" in better:
        Article.objects.filter(pk=second.pk).update(unhelpful_count=20)
    else:
        Article.objects.filter(pk=first.pk).update(**better)

    assert slugs(search.find("vpn guide", user=requester)) == [first.slug, second.slug]


# Synonyms --------------------------------------------------------------------------------------------------


def test_a_synonym_counts_at_once(make_article, requester):
    article = make_article("The tunnel drops", "Restart it.")
    assert not search.find("vpn", user=requester).hits

    Synonym.objects.create(words=["VPN", "tunnel"])

    assert slugs(search.find("vpn", user=requester)) == [article.slug]


def test_a_synonym_of_several_words_needs_all_of_them(make_article, requester):
    wanted = make_article("Virtual private network", "Restart it.")
    make_article("The network printer", "Restart it.")
    Synonym.objects.create(words=["vpn", "virtual private network"])

    assert slugs(search.find("vpn", user=requester)) == [wanted.slug]


def test_several_words_find_their_synonym(make_article, requester):
    wanted = make_article("VPN drops", "Restart it.")
    Synonym.objects.create(words=["vpn", "virtual private network"])

    assert slugs(search.find("virtual private network", user=requester)) == [wanted.slug]


def test_synonyms_reveal_nothing(make_article, requester):
    make_article("The canarybird tunnel", audience=Audience.STAFF)
    Synonym.objects.create(words=["VPN", "canarybird"])

    assert search.find("vpn", user=requester) == search.Results()


def test_synonyms_are_kept_in_administration(client_of, admin, make_article, requester):
    make_article("The tunnel drops", "Restart it.")
    browser = client_of(admin)

    answer = browser.post(
        reverse("admin:knowledge_synonym_add"), {"words": "VPN, tunnel\nremote access"}
    )

    assert answer.status_code == 302
    synonym = Synonym.objects.get()
    assert (synonym.words, synonym.changed_by) == (["VPN", "tunnel", "remote access"], admin)
    assert search.find("vpn", user=requester).hits
    listed = browser.get(reverse("admin:knowledge_synonym_changelist")).content.decode()
    assert "VPN, tunnel, remote access" in listed
    assert admin.display_name in listed
    browser.post(
        reverse("admin:knowledge_synonym_change", args=[synonym.pk]), {"words": "VPN\nheron"}
    )
    synonym.refresh_from_db()
    assert synonym.words == ["VPN", "heron"]


@pytest.mark.parametrize("words", ["", "vpn", "vpn, VPN", "!!, ??", "a" * 70 + ", b"])
def test_synonyms_that_make_no_sense_are_refused(client_of, admin, words):
    answer = client_of(admin).post(reverse("admin:knowledge_synonym_add"), {"words": words})

    assert answer.status_code == 422
    assert not Synonym.objects.exists()


# What is kept of a search ---------------------------------------------------------------------------------


def test_a_search_is_kept_with_how_many_good_hits_it_had(client_of, requester, make_article):
    make_article("VPN drops")

    client_of(requester).get(PAGE, {"q": "The VPN is dropping"})
    client_of(requester).get(PAGE, {"q": "zeppelin hangar"})

    assert list(Search.objects.order_by("pk").values_list("words", "key", "user", "found")) == [
        ("The VPN is dropping", "drop vpn", requester.pk, 1),
        ("zeppelin hangar", "hangar zeppelin", requester.pk, 0),
    ]


def test_typing_leaves_one_row(client_of, requester, make_article):
    make_article("VPN drops")
    browser = client_of(requester)

    for words in ("vp", "vpn", "vpn dr", "vpn drops"):
        browser.get(PAGE, {"q": words}, headers=HTMX)

    assert list(Search.objects.values_list("words", flat=True)) == ["vpn drops"]


def test_what_was_opened_is_kept(client_of, requester, make_article):
    article = make_article("VPN drops")
    browser = client_of(requester)
    page = browser.get(PAGE, {"q": "vpn"}).content.decode()
    (address,) = [link for link in links(page) if link.startswith(article.get_absolute_url())]

    browser.get(address)

    assert Search.objects.get().opened == article


def test_narrowing_a_search_is_no_further_one(client_of, requester, make_article):
    make_article("VPN drops")
    browser = client_of(requester)

    browser.get(PAGE, {"q": "vpn"})
    browser.get(PAGE, {"q": "vpn", "kind": "how_to"})

    assert Search.objects.count() == 1


def test_nobody_who_only_types_is_kept_without_a_name(client, make_article):
    make_article("VPN drops", audience=Audience.EVERYBODY)

    client.get(PAGE, {"q": "vpn"}, headers=HTMX)
    assert not Search.objects.exists()
    client.get(PAGE, {"q": "vpn"})
    assert Search.objects.get().user is None


def test_old_searches_are_forgotten(requester):
    searches.record("vpn", user=requester, good=0, is_typing=False)
    Search.objects.update(at=timezone.now() - searches.KEPT - timedelta(days=1))
    searches.record("printer", user=requester, good=0, is_typing=False)

    assert jobs.forget_searches() == 1
    assert Search.objects.get().words == "printer"
