"""One answer in several languages: tied together, kept in step, and shown to each reader once in theirs."""

import pytest
from django.utils import translation

from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.files import check
from knowledge import actions, places, search
from knowledge.models import Article, ReviewTask
from tests.conftest import make_person
from tests.incidents.tickets.uploads import picture

GERMAN = {"headers": {"Accept-Language": "de"}}


@pytest.fixture
def source(make_article):
    return make_article("VPN drops", "Choose **Automatic**.", tags=["vpn"])


@pytest.fixture
def german(source, editor):
    article = actions.translate(source, language="de", by=editor)
    text = {"title": "VPN bricht ab", "body": "**Automatisch** wählen."}
    article = actions.revise(article, by=editor, tags=["vpn"], **text)
    return actions.publish(article, by=editor)


@pytest.fixture
def desk(client_of, editor):
    return client_of(editor)


def publish_anew(source, editor, body="Choose **Manual**."):
    actions.revise(source, by=editor, title=source.title, body=body)
    return actions.publish(source, by=editor)


# For readers ---------------------------------------------------------------------------------------------


def test_lists_show_each_answer_once_in_the_readers_language(client_of, requester, source, german):
    reader = client_of(requester)
    for address in ("/kb/search/", "/kb/search/?section=network", "/kb/search/?q=vpn"):
        english = reader.get(address).content.decode()
        assert (source.get_absolute_url() in english, german.get_absolute_url() in english) == (True, False)  # fmt: skip
        page = reader.get(address, **GERMAN).content.decode()
        assert (source.get_absolute_url() in page, german.get_absolute_url() in page) == (False, True)  # fmt: skip


def test_counts_are_of_answers(client_of, requester, source, german):
    assert "1 article<" in client_of(requester).get("/kb/").content.decode()
    with translation.override("de"):
        assert search.find("vpn", user=requester).total == 1


def test_a_word_of_one_language_finds_the_answer_in_the_readers(requester, source, german):
    with translation.override("en"):
        (hit,) = search.find("automatisch", user=requester).hits
    assert hit.article == source


def test_what_is_in_no_language_of_the_reader_is_shown_in_the_sources(
    client_of, requester, source, german, editor
):
    french = actions.translate(source, language="fr", by=editor)
    actions.publish(french, by=editor)
    Article.objects.filter(pk=source.pk).update(language="pl")

    page = client_of(requester).get("/kb/search/").content.decode()
    assert source.get_absolute_url() + '"' in page
    assert french.get_absolute_url() not in page


def test_a_translation_is_found_by_those_who_may_not_read_the_source(
    client_of, requester, source, german
):
    Article.objects.filter(pk=source.pk).update(audience="staff")

    page = client_of(requester).get("/kb/search/?q=vpn").content.decode()
    assert german.get_absolute_url() in page
    page = client_of(requester).get(german.get_absolute_url()).content.decode()
    assert source.get_absolute_url() + '"' not in page
    assert source.title not in page


def test_the_page_leads_to_the_other_languages(client_of, requester, source, german):
    page = client_of(requester).get(source.get_absolute_url()).content.decode()
    assert f'href="{german.get_absolute_url()}" lang="de"' in page
    assert "This article is there in your language" not in page

    page = client_of(requester).get(german.get_absolute_url()).content.decode()
    assert "This article is there in your language" in page
    assert '<h1 lang="de">' in page


def test_drafts_of_translations_are_shown_to_nobody(client_of, requester, source, editor):
    draft = actions.translate(source, language="de", by=editor)

    reader = client_of(requester)
    assert draft.get_absolute_url() not in reader.get(source.get_absolute_url()).content.decode()
    assert source.get_absolute_url() in reader.get("/kb/search/", **GERMAN).content.decode()


# In step -------------------------------------------------------------------------------------------------


def test_a_source_published_anew_leaves_its_translations_behind(
    client_of, requester, source, german, editor
):
    publish_anew(source, editor)

    task = ReviewTask.objects.get()
    assert (task.article, task.reason, task.done_at) == (german, "outdated", None)
    assert task.details == {"translated": 1, "source": 2}
    page = client_of(requester).get(german.get_absolute_url()).content.decode()
    assert "Its source has changed since this was translated" in page


def test_saying_that_it_matches_again_ends_the_task(desk, source, german, editor):
    publish_anew(source, editor)
    page = desk.get(f"/desk/kb/{german.slug}/translations/").content.decode()
    assert "It follows revision 1 of its source, which is at 2." in " ".join(page.split())

    desk.post(f"/desk/kb/{german.slug}/translations/", {"do": "match"})

    german.refresh_from_db()
    assert german.translated_number == 2
    assert ReviewTask.objects.get().done_at is not None


# For editors ---------------------------------------------------------------------------------------------


def test_an_editor_starts_a_translation_with_the_source_beside_it(desk, source):
    answer = desk.post(
        f"/desk/kb/{source.slug}/translations/", {"do": "translate", "language": "pl"}
    )

    made = Article.objects.get(language="pl")
    assert answer["Location"] == f"/desk/kb/{made.slug}/"
    assert (made.translation_of, made.state, made.body) == (source, "draft", source.body)
    assert made.section == source.section
    assert f"/desk/kb/{made.slug}/source/" in desk.get(answer["Location"]).content.decode()
    beside = desk.get(f"/desk/kb/{made.slug}/source/").content.decode()
    assert source.body in beside
    assert desk.get(f"/desk/kb/{source.slug}/source/").status_code == 404


def test_a_translation_is_for_the_same_people(desk, source, department, editor):
    place = places.given(
        section=source.section, audience="departments", departments=[department], kind=source.kind, is_featured=False,
    )  # fmt: skip
    actions.settle(source, place=place, by=editor)

    made = actions.translate(source, language="pl", by=editor)
    assert (made.audience, list(made.departments.all())) == ("departments", [department])


def test_a_translation_keeps_its_pictures_when_the_source_is_withdrawn(
    make_article, editor, requester, client_of
):
    source = make_article("Menu")
    shown = actions.bring_file(check(picture()), by=editor, article=source)
    actions.bring_file(check(picture()), by=editor, article=source)
    source = publish_anew(source, editor, body=f"Look: {shown.in_text}")

    german = actions.translate(source, language="de", by=editor)
    actions.publish(german, by=editor)
    actions.withdraw(source, by=editor)

    copy = german.files.get()
    assert copy.token != shown.token
    assert german.body == german.revisions.get().body == f"Look: {copy.in_text}"
    page = client_of(requester).get(copy.get_absolute_url())
    with shown.file.open("rb") as kept:
        assert b"".join(page.streaming_content) == kept.read()
    assert client_of(requester).get(shown.get_absolute_url()).status_code == 404


def test_an_article_that_is_there_is_tied_to_its_source(desk, source, make_article):
    other = make_article("VPN bricht ab")
    desk.post(f"/desk/kb/{other.slug}/translations/", {"do": "language", "language": "de"})
    desk.post(f"/desk/kb/{other.slug}/translations/", {"do": "link", "source": source.slug})

    other.refresh_from_db()
    assert (other.language, other.translation_of, other.translated_number) == ("de", source, 1)
    desk.post(f"/desk/kb/{other.slug}/translations/", {"do": "unlink"})
    other.refresh_from_db()
    assert (other.translation_of, other.translated_number) == (None, None)


@pytest.mark.parametrize(
    "given",
    [
        {"do": "translate", "language": "de"},
        {"do": "translate", "language": "en"},
        {"do": "translate", "language": "xx"},
        {"do": "language", "language": "de"},
        {"do": "link", "source": "nowhere"},
    ],
)
def test_what_cannot_be_says_why(desk, source, german, given):
    answer = desk.post(f"/desk/kb/{source.slug}/translations/", given)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Article.objects.count() == 2


def test_nothing_is_a_translation_of_a_translation(editor, source, german, make_article):
    with pytest.raises(Refused):
        actions.translate(german, language="pl", by=editor)
    with pytest.raises(Refused):
        actions.link_translation(source, source=make_article("Other"), by=editor)
    with pytest.raises(InvalidInput):
        actions.link_translation(make_article("More"), source=source, by=editor)
    with pytest.raises(Refused):
        actions.match_source(source, by=editor)


def test_only_those_who_write_there_translate(
    client_of, requester, agent, source, section, other_team
):
    assert client_of(requester).get(f"/desk/kb/{source.slug}/translations/").status_code == 403
    section.keepers.add(other_team)
    assert client_of(agent).get(f"/desk/kb/{source.slug}/translations/").status_code == 403
    for by in (agent, make_person("Nobody")):
        with pytest.raises(NotAllowed):
            actions.translate(source, language="pl", by=by)
        with pytest.raises(NotAllowed):
            actions.set_language(source, language="pl", by=by)
        with pytest.raises(NotAllowed):
            actions.unlink_translation(source, by=by)
    assert not Article.objects.filter(language="pl").exists()


def test_another_language_is_another_way_to_bend_words(make_article, requester, editor):
    article = make_article("Drucker", "Die Netzwerkkarten prüfen.")
    assert not search.find("Netzwerkkarte", user=requester, prefix=False, guesses=False).hits

    actions.set_language(article, by=editor, language="de")

    assert search.find("Netzwerkkarte", user=requester, prefix=False, guesses=False).hits
