"""Articles in and out by a zip on the editors' shelf: a look first, then doing it."""

import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import AuditEntry
from knowledge import actions
from knowledge.importing import waiting
from knowledge.models import Article, Section
from knowledge.views import transfer
from tests.knowledge.test_export_articles import attach, picture
from tests.knowledge.test_import_bad_input import zipped

IMPORT, DO, EXPORT = "/desk/kb/import/", "/desk/kb/import/doing/", "/desk/kb/export/"


def body(response):
    return response.content.decode()


def upload(files):
    return SimpleUploadedFile("help.zip", zipped(files).getvalue(), "application/zip")


FILES = {
    "vpn/slow.md": "---\ntitle: VPN is slow\n---\nSee [mail](../mail/full.md).",
    "mail/full.md": "Empty it.",
    "bad.md": b"K\xe4se",
    "notes.txt": "x",
}


def test_a_look_says_what_would_happen_and_writes_nothing(client_of, editor):
    client = client_of(editor)
    assert "Zip file" in body(client.get(IMPORT))

    page = body(
        client.post(
            IMPORT,
            {"packed": upload(FILES), "audience": "employees", "kind": "how_to", "publish": "on"},
        )
    )

    assert "Nothing is written yet" in page
    assert "Bring in 2 articles" in page
    for words in ("help/vpn/slow.md", "VPN is slow", "byte 2 is not UTF-8", "it is no Markdown"):
        assert words in page
    assert not Article.objects.exists()
    assert not Section.objects.exists()


def test_then_it_is_done_once(client_of, editor):
    client = client_of(editor)
    before = (
        set(default_storage.listdir("imports")[1]) if default_storage.exists("imports") else set()
    )
    word = client.post(
        IMPORT,
        {"packed": upload(FILES), "audience": "employees", "kind": "how_to", "publish": "on"},
    ).context["word"]

    page = body(client.post(DO, {"word": word}))

    assert "New: 2" in page
    assert set(Article.objects.values_list("slug", "state")) == {
        ("slow", "published"),
        ("full", "published"),
    }
    assert Article.objects.get(slug="slow").body == "See [mail](/kb/full/)."
    again = client.post(DO, {"word": word}, follow=True)
    assert "This zip is no longer here" in body(again)
    assert set(default_storage.listdir("imports")[1]) <= before


def test_nobody_else_can_use_it(client_of, editor, agent):
    word = (
        client_of(editor)
        .post(IMPORT, {"packed": upload(FILES), "audience": "employees", "kind": "how_to"})
        .context["word"]
    )

    for client, given in (
        (client_of(agent), word),
        (client_of(editor), f"{word}x"),
        (client_of(editor), ""),
    ):
        assert "no longer here" in body(client.post(DO, {"word": given}, follow=True))
    assert not Article.objects.exists()


def test_who_only_writes_brings_in_drafts_and_makes_no_categories(client_of, agent, section):
    client = client_of(agent)
    files = {
        "a.md": f"---\ncategory: {section.slug}\n---\nText",
        "b.md": "---\ncategory: New one\n---\nText",
    }
    looked = client.post(
        IMPORT,
        {"packed": upload(files), "audience": "employees", "kind": "how_to", "publish": "on"},
    )

    assert "there is no category “New one”" in body(looked)
    client.post(DO, {"word": looked.context["word"]})

    assert [(one.slug, one.state, one.author) for one in Article.objects.all()] == [
        ("a", "draft", agent)
    ]


def test_what_is_no_zip_is_said_at_the_field(client_of, editor):
    client = client_of(editor)
    for given, words in (
        (SimpleUploadedFile("a.zip", b"no zip"), "This is no zip file, or it is broken."),
        (SimpleUploadedFile("a.zip", b""), "This file is empty."),
        ("", "Choose a zip file."),
    ):
        answer = client.post(IMPORT, {"packed": given, "audience": "employees", "kind": "how_to"})
        assert answer.status_code == 422
        assert words in body(answer)


def test_the_shelf_goes_out_as_it_is_narrowed(client_of, editor, make_article):
    make_article("VPN", kind="known_error")
    make_article("Mail")
    client = client_of(editor)

    def names(query=""):
        packed = b"".join(client.get(EXPORT + query).streaming_content)
        return [
            one for one in zipfile.ZipFile(io.BytesIO(packed)).namelist() if one.endswith(".md")
        ]

    assert names() == ["network/mail.md", "network/vpn.md"]
    assert names("?kind=known_error") == ["network/vpn.md"]
    assert client.get(EXPORT + "?kind=secret").status_code == 409


def test_the_archive_goes_along_where_it_is_asked_for_and_comes_in_again(
    client_of, editor, make_article
):
    make_article("Mail")
    actions.archive(make_article("Long over"), by=editor)
    client = client_of(editor)
    shelf = body(client.get("/desk/kb/?state=everything"))
    assert 'href="/desk/kb/export/?state=everything"' in shelf
    assert "Long over" in shelf
    assert "Long over" not in body(client.get("/desk/kb/"))

    packed = b"".join(client.get(EXPORT + "?state=everything").streaming_content)

    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert names[1:] == ["network/long-over.md", "network/mail.md"]
    Article.objects.all().delete()
    given = SimpleUploadedFile("help.zip", packed, "application/zip")
    fields = {"packed": given, "audience": "employees", "kind": "how_to", "publish": "on"}
    client.post(DO, {"word": client.post(IMPORT, fields).context["word"]})
    assert dict(Article.objects.values_list("slug", "state")) == {
        "mail": "published", "long-over": "archived",
    }  # fmt: skip


def test_to_take_everything_along_is_not_noted_as_a_part(client_of, editor, make_article):
    make_article("Mail")
    client = client_of(editor)

    for query in ("", "?state=everything", "?state=draft"):
        client.get(EXPORT + query)

    noted = [entry.data["narrowed"] for entry in AuditEntry.objects.filter(kind="exported").order_by("pk")]  # fmt: skip
    assert noted == [False, False, True]


def test_what_an_editor_does_not_see_does_not_go_out(
    client_of, agent, editor, make_article, team, other_team, section
):
    make_article("Hidden words", published=False)
    section.keepers.add(other_team)
    actions.draft("Open words", by=editor, body="Text")

    packed = b"".join(client_of(agent).get(EXPORT).streaming_content)

    assert [
        one for one in zipfile.ZipFile(io.BytesIO(packed)).namelist() if one.endswith(".md")
    ] == ["open-words.md"]


def test_a_newer_draft_goes_out_beside_what_is_published(client_of, editor, make_article):
    article = make_article("VPN")
    actions.revise(article, by=editor, title="VPN", body="A newer text.")

    packed = b"".join(client_of(editor).get(EXPORT).streaming_content)

    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert names[1:] == ["network/vpn.md", "network/vpn.draft.md"]


def test_too_many_for_one_zip_go_out_in_parts_that_come_in_again(
    client_of, editor, make_article, monkeypatch
):
    monkeypatch.setattr(waiting, "MOST_ARTICLES", 2)
    mail = make_article("Mail")
    vpn = make_article("VPN", f"See [mail](/kb/{mail.slug}/).")
    german = make_article("A german one", "Text")
    Article.objects.filter(pk=german.pk).update(
        language="de", translation_of=vpn, translated_number=1
    )
    client = client_of(editor)

    page = client.get(EXPORT)
    taken = [b"".join(client.get(EXPORT + row[0]).streaming_content) for row in page.context["rows"]]  # fmt: skip

    assert "3 articles are too many for one zip" in body(page)
    assert 'href="?part=2"' in body(page)
    assert [
        [one for one in zipfile.ZipFile(io.BytesIO(zipped_one)).namelist() if one.endswith(".md")]
        for zipped_one in taken
    ] == [["network/mail.md", "network/vpn.md"], ["network/a-german-one.md"]]
    Article.objects.all().delete()
    for content in taken:
        given = SimpleUploadedFile("help.zip", content, "application/zip")
        word = client.post(
            IMPORT, {"packed": given, "audience": "employees", "kind": "how_to", "publish": "on"}
        )
        client.post(DO, {"word": word.context["word"]})
    assert Article.objects.get(slug="vpn").translations.get().slug == "a-german-one"
    assert [
        b"".join(client.get(EXPORT + row[0]).streaming_content) for row in page.context["rows"]
    ] == taken


def test_a_picture_is_no_text_and_a_file_named_like_one_is(
    client_of, editor, make_article, monkeypatch
):
    client = client_of(editor)
    for title in ("Mail", "VPN"):
        article = make_article(title)
        for name in ("a.png", "b.txt"):
            attach(article, name, picture("PNG") if name == "a.png" else b"Text", by=editor)
    parted = lambda: "rows" in (client.get(EXPORT).context or {})  # noqa: E731

    monkeypatch.setattr(waiting, "MOST_ARTICLES", 2)
    assert not parted()
    monkeypatch.setattr(waiting, "MOST_OTHERS", 5)  # four and the list of categories
    assert not parted()
    monkeypatch.setattr(waiting, "MOST_OTHERS", 4)
    assert parted()
    monkeypatch.setattr(waiting, "MOST_OTHERS", 5)
    attach(article, "read.MD", b"# A", by=editor)
    assert parted()


@pytest.mark.parametrize("part", ["0", "3", "x", "-1", "9" * 30])
def test_there_is_no_other_part(client_of, editor, make_article, part, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_ARTICLES", 1)
    make_article("Mail")
    make_article("VPN")

    assert client_of(editor).get(f"{EXPORT}?part={part}").status_code == 409


def test_files_that_say_no_kind_are_what_was_chosen(client_of, editor):
    client = client_of(editor)
    files = {"a.md": "Text", "b.md": "---\nkind: faq\n---\nText"}
    given = {"packed": upload(files), "audience": "employees", "kind": "runbook"}
    client.post(DO, {"word": client.post(IMPORT, given).context["word"]})

    assert dict(Article.objects.values_list("slug", "kind")) == {"a": "runbook", "b": "faq"}
    bad = client.post(IMPORT, given | {"packed": upload(files), "kind": "secret"})
    assert bad.status_code == 422


@pytest.fixture
def word(client_of, editor):
    given = {"packed": upload(FILES), "audience": "employees", "kind": "how_to"}
    return client_of(editor).post(IMPORT, given).context["word"]


def test_while_files_are_read_nobody_who_writes_has_to_wait(client_of, editor, word, monkeypatch):
    depths = {}

    def noting(name):
        real = getattr(transfer, name)

        def noted(*given):
            depths[name] = len(connection.savepoint_ids)
            return real(*given)

        monkeypatch.setattr(transfer, name, noted)

    noting("Plan")
    noting("carry_out")
    before = len(connection.savepoint_ids)
    client_of(editor).post(DO, {"word": word})

    assert depths == {"Plan": before, "carry_out": before + 1}


def test_who_presses_twice_brings_it_in_once(client_of, editor, word, monkeypatch):
    client, again = client_of(editor), []

    def meanwhile(plan):
        again.append(body(client_of(editor).post(DO, {"word": word}, follow=True)))
        return []

    monkeypatch.setattr(transfer, "carry_out", meanwhile)
    client.post(DO, {"word": word})

    assert len(again) == 1
    assert "This zip is no longer here" in again[0]


def test_what_failed_can_be_done_again(client_of, editor, word, monkeypatch):
    def fail(plan):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(transfer, "carry_out", fail)
        with pytest.raises(OSError, match="disk full"):
            client_of(editor).post(DO, {"word": word})

    assert "New: 2" in body(client_of(editor).post(DO, {"word": word}))


@pytest.mark.parametrize(
    ("most", "names"), [("MOST_ARTICLES", "{}.markdown"), ("MOST_OTHERS", "{}.png")]
)
def test_a_zip_of_too_many_files_goes_in_parts(client_of, editor, monkeypatch, most, names):
    monkeypatch.setattr(waiting, most, 2)
    client = client_of(editor)

    def answer(number):
        files = {names.format(n): f"Text {n}" for n in range(number)}
        return client.post(
            IMPORT, {"packed": upload(files), "audience": "employees", "kind": "how_to"}
        )

    assert answer(2).status_code == 200
    assert answer(3).status_code == 422
    assert "This zip has more than 2" in body(answer(3))
