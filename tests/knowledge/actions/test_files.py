"""Pictures and files of articles: who brings them, who gets them, and what is left when they are removed."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.errors import NotAllowed, Refused
from accounts.files import check
from knowledge import actions, prose, search
from knowledge.actions import files as verbs
from knowledge.models import ArticleFile
from tests.incidents.tickets.uploads import picture, text_file


def bring(by, article=None, upload=None, **given):
    return actions.bring_file(upload or check(picture()), by=by, article=article, **given)


def seen(user):
    return set(ArticleFile.objects.visible_to(user))


def put_in(article, file, by):
    actions.revise(article, by=by, title=article.title, body=f"See {file.in_text}")
    return actions.publish(article, by=by)


def test_a_picture_is_for_readers_once_the_text_that_holds_it_is(make_article, editor, requester):
    article = make_article()
    file = bring(editor, article)
    assert seen(requester) == set()
    assert seen(editor) == {file}

    article = put_in(article, file, editor)

    assert seen(requester) == {file}
    assert f'src="{file.get_absolute_url()}"' in prose.shown(article.body, requester).html
    assert seen(AnonymousUser()) == set()


def test_a_listed_file_is_offered_and_found_by_search(make_article, editor, requester):
    article = make_article()
    bring(editor, article, text_file("branch-office-list.txt"), is_listed=True)

    assert [one.name for one in article.files.offered()] == ["branch-office-list.txt"]
    assert len(seen(requester)) == 1


def test_readers_find_listed_files_below_the_article(make_article, editor, requester, client_of):
    article = make_article()
    bring(editor, article, text_file("branch-list.txt"), is_listed=True)
    bring(editor, article, text_file("not-listed.txt"))

    page = client_of(requester).get(article.get_absolute_url()).content.decode()

    assert "branch-list.txt" in page
    assert "not-listed.txt" not in page


def test_a_file_of_an_article_for_staff_is_for_staff(make_article, editor, requester, agent):
    file = bring(editor, make_article(audience="staff"), is_listed=True)

    assert seen(requester) == set()
    assert seen(agent) == {file}


def test_an_editor_of_other_categories_gets_no_more_than_a_reader(
    make_article, section, team, editor, other_editor
):
    article = make_article()
    in_text, removed, listed = (
        bring(editor, article),
        bring(editor, article, is_listed=True),
        bring(editor, article, is_listed=True),
    )
    actions.remove_file(removed, by=editor)
    assert seen(other_editor) == {in_text, removed, listed}

    section.keepers.add(team)

    assert seen(type(other_editor).objects.get(pk=other_editor.pk)) == {listed}


def test_a_removed_picture_leaves_a_placeholder_and_stays_for_older_revisions(
    make_article, editor, requester
):
    article = make_article()
    file = bring(editor, article)
    article = put_in(article, file, editor)

    actions.remove_file(file, by=editor)
    actions.remove_file(file, by=editor)

    assert seen(requester) == set()
    for reader in (requester, editor):
        assert "This picture was removed: screen" in prose.shown(article.body, reader).html
    assert "<img" in prose.shown(article.body, editor, as_of_then=True).html
    assert file.file.storage.exists(file.file.name)


def test_what_came_before_the_article_goes_with_it(editor, other_editor):
    named, other, listed = (
        bring(editor),
        bring(editor),
        bring(editor, upload=text_file(), is_listed=True),
    )
    assert seen(editor) == {named, other, listed}
    assert seen(other_editor) == set()

    article = actions.draft("New", by=editor, body=named.in_text)

    assert actions.adopt_files(article, by=editor) == 2
    assert set(article.files.all()) == {named, listed}


def test_who_only_writes_adds_nothing_that_readers_get_at_once(make_article, agent, editor):
    article = make_article()
    bring(agent, article)
    with pytest.raises(NotAllowed):
        bring(agent, article, is_listed=True)
    listed = bring(editor, article, is_listed=True)
    with pytest.raises(NotAllowed):
        actions.remove_file(listed, by=agent)


def test_who_does_not_write_brings_nothing(requester, make_article):
    with pytest.raises(NotAllowed):
        bring(requester, make_article())


def test_nobody_removes_what_waits_for_anothers_article(editor, other_editor):
    with pytest.raises(NotAllowed):
        actions.remove_file(bring(editor), by=other_editor)


def test_there_is_an_end_to_files(make_article, editor, monkeypatch):
    monkeypatch.setattr(verbs, "MOST_FILES", 1)
    article = make_article()
    bring(editor, article)
    with pytest.raises(Refused, match="1 files already"):
        bring(editor, article)


def test_names_do_not_break_the_text_that_holds_them(make_article, editor):
    article = make_article()
    file = bring(editor, article, check(picture("a [b] (c).png")))
    article = put_in(article, file, editor)
    assert prose.shown(article.body, editor).html.count("<img") == 1


def test_a_file_goes_out_with_the_headers_of_ticket_files(
    make_article, editor, client_of, requester
):
    file = bring(editor, make_article(), text_file("a.log"), is_listed=True)

    answer = client_of(requester).get(file.get_absolute_url())

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert search.find("vpn", user=requester).hits


def test_what_goes_out_by_itself_gets_no_files_that_nobody_approved(make_article, agent, editor):
    article = make_article(published=False)
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))

    with pytest.raises(NotAllowed):
        bring(agent, article, text_file("salaries.txt"), is_listed=True)
    bring(agent, article)
    bring(editor, article, text_file("branches.txt"), is_listed=True)

    assert [one.name for one in article.files.offered()] == ["branches.txt"]
