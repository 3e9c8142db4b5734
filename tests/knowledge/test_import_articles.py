"""`import_articles`: a folder of Markdown becomes articles, known by their files' paths."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from knowledge import actions, search
from knowledge.importing.shortcodes import without_tags
from knowledge.models import Article, Section

pytestmark = pytest.mark.django_db


class Folder:
    """A folder of files, and the command run on it."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path / "help"
        self.path.mkdir()
        self.capsys = capsys

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def bring_in(self, *options: str) -> str:
        try:
            call_command("import_articles", str(self.path), *options, skip_checks=True)
        except CommandError as error:
            return f"{self.capsys.readouterr().out}exit {error.returncode}: {error}"
        return self.capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    return Folder(tmp_path, capsys)


FULL = """---
title: Printer shows offline
summary: Wake it up.
category: printing
audience: staff
tags: [printer, offline]
date: 2024-01-31
---
# Printer shows offline

Press **Wake**.
"""


@pytest.mark.parametrize(
    ("said", "kind"), [("known_error", "known_error"), ("Known-error", "known_error"), ("page", "how_to"), ("[a]", "how_to")],
)  # fmt: skip
def test_front_matter_names_one_of_our_kinds_or_it_is_a_how_to(
    folder: Folder, said: str, kind: str
) -> None:
    folder.write("offline.md", FULL.replace("audience: staff", f"kind: {said}"))
    folder.bring_in()

    assert Article.objects.get().kind == kind


def test_files_without_a_kind_are_what_the_command_says(folder: Folder) -> None:
    folder.write("a.md", "Text")
    folder.write("b.md", "---\nkind: faq\n---\nText")
    folder.bring_in("--kind=runbook")

    assert dict(Article.objects.values_list("slug", "kind")) == {"a": "runbook", "b": "faq"}


def test_front_matter_says_what_an_article_is(folder: Folder) -> None:
    folder.write("printing/offline.md", FULL)
    said = folder.bring_in("--publish")

    article = Article.objects.get()
    assert said == "1 files read: 1 new, 0 changed, 0 unchanged, 0 refused.\n"
    assert (article.title, article.summary, article.body) == (
        "Printer shows offline",
        "Wake it up.",
        "Press **Wake**.",
    )
    assert (article.audience, article.tags, article.slug) == (
        "staff",
        ["printer", "offline"],
        "offline",
    )
    assert article.section == Section.objects.get(slug="printing")
    assert (article.is_published, article.published_at) == (True, datetime(2024, 1, 31, tzinfo=UTC))
    assert article.source_path == "help/printing/offline.md"


def test_without_publish_they_are_drafts(folder: Folder) -> None:
    folder.write("a.md", FULL)
    folder.bring_in()

    assert not Article.objects.get().is_published


@pytest.mark.parametrize("word", ["draft: true", "published: false", "state: draft"])
def test_a_file_that_says_draft_stays_one(folder: Folder, word: str) -> None:
    folder.write("a.md", f"---\n{word}\n---\nText\n")
    folder.bring_in("--publish")

    assert not Article.objects.get().is_published


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.md", "---\ntitle: From the front\n---\n# Heading\nText", "From the front"),
        ("a.md", "# From the **heading** #\n\nText", "From the heading"),
        ("set-up_your-phone.md", "Text", "Set up your phone"),
        ("wi-fi/README.md", "Text", "Wi fi"),
    ],
)
def test_where_a_title_comes_from(folder: Folder, name: str, content: str, title: str) -> None:
    folder.write(name, content)
    folder.bring_in()

    assert Article.objects.get().title == title


def test_the_heading_that_is_the_title_is_not_repeated(folder: Folder) -> None:
    folder.write("a.md", "---\ntitle: Kube HPA maxed out\n---\n\n# KubeHPAMaxedOut\n\nText")
    folder.write("b.md", "---\ntitle: Something\n---\n# Other\n\nText")
    folder.write("c.md", "---\ntitle: Some\n---\n# Other\n\nText\n\n# One more\n\nText")
    folder.bring_in()

    assert dict(Article.objects.values_list("slug", "body")) == {
        "a": "Text",
        "b": "**Other**\n\nText",
        "c": "# Other\n\nText\n\n# One more\n\nText",
    }


def test_a_name_that_the_title_spells_otherwise_is_found(folder: Folder, requester: User) -> None:
    folder.write(
        "a.md", "---\ntitle: Kube pod not ready\ntags: [pods]\n---\n# KubePodNotReady\n\nText"
    )
    folder.write("b.md", "---\ntitle: Restart a pod\n---\n# Restart a pod!\n\nText")
    folder.bring_in("--publish")

    found = search.find("KubePodNotReady", user=requester, guesses=False).hits
    assert [hit.article.title for hit in found] == ["Kube pod not ready"]
    assert dict(Article.objects.values_list("slug", "tags")) == {
        "a": ["KubePodNotReady", "pods"],
        "b": [],
    }


def test_the_top_folder_is_the_section(folder: Folder) -> None:
    folder.write("docs/wi-fi/slow/cable.md", "Text")
    folder.write("docs/printing/ink.md", "Text")
    folder.write("docs/about.md", "Text")
    folder.bring_in()

    sections = dict(Article.objects.values_list("slug", "section__name"))
    assert sections == {"cable": "Wi fi", "ink": "Printing", "about": None}


def test_what_a_site_generator_would_fill_in_is_left_out_and_named() -> None:
    text, notes = without_tags(
        "{% include 'a.html' %}\nAsk in {% slack_channel 'c' %} or {% call 'd' %}.\n"
        "<!-- lint off -->\nMind.\n```jinja\n{% if x %}\n```\nEnd"
    )

    assert text == "Ask in #c or {% call 'd' %}.\nMind.\n```jinja\n{% if x %}\n```\nEnd"
    assert notes == ["line 1 of the text was left out: {% include 'a.html' %}"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("{{< notice >}}\nMind.\n{{< /notice >}}\nEnd", "> [!NOTE]\n> Mind.\n\nEnd"),
        ('{% alert "Old keys", "warning" %}\nMind.\n{% endalert %}', "> [!WARNING]\n> **Old keys**\n>\n> Mind."),
        ('!!! tip "Do"\n    One.\n\n    Two.\nEnd', "> [!TIP]\n> **Do**\n>\n> One.\n>\n> Two.\n\nEnd"),
        (":::warning\nMind.\n:::\nEnd", "> [!WARNING]\n> Mind.\n\nEnd"),
        ('{% image "a.png" "A key" %}', "![A key](a.png)"),
        ('{{< figure src="a.png" alt="A key" >}}', "![A key](a.png)"),
        ('See [this]({{< ref "./b.md" >}}) and [that]({% page "/c/" %}).', "See [this](./b.md) and [that](/c/)."),
    ],
)  # fmt: skip
def test_what_such_marks_mean_to_a_reader_is_kept(given: str, text: str) -> None:
    assert without_tags(given) == (text, [])


def test_hidden_folders_and_other_files_are_no_articles(folder: Folder) -> None:
    folder.write(".github/a.md", "Text")
    folder.write("b.html", "Text")
    said = folder.bring_in()

    assert "help/b.html: it is no Markdown, and no article points to it" in said
    assert "0 files read: 0 new, 0 changed, 0 unchanged, 0 refused. 1 other files left out." in said


# Again -----------------------------------------------------------------------------------------------------


def test_unchanged_files_make_no_revision(folder: Folder) -> None:
    folder.write("a.md", FULL)
    folder.bring_in("--publish")

    assert "0 new, 0 changed, 1 unchanged" in folder.bring_in("--publish")
    assert Article.objects.get().revisions.count() == 1


def test_a_changed_file_is_the_next_revision(folder: Folder) -> None:
    folder.write("a.md", "Old text")
    folder.bring_in("--publish")
    folder.write("a.md", "New text")

    assert "1 changed" in folder.bring_in("--publish")
    assert Article.objects.get().body == "New text"
    assert Article.objects.get().revisions.count() == 2


def test_what_was_edited_here_is_not_undone(folder: Folder, editor: User) -> None:
    folder.write("a.md", "From the file")
    folder.bring_in()
    actions.revise(Article.objects.get(), by=editor, title="A", body="Edited here")
    assert "1 unchanged" in folder.bring_in()

    folder.write("a.md", "From the file, changed")
    assert (
        "help/a.md: the file changed, and Jules Marten edited the article here since"
        in folder.bring_in()
    )
    assert Article.objects.get().body == "Edited here"

    folder.bring_in("--overwrite")
    assert Article.objects.get().body == "From the file, changed"


def test_two_folders_may_hold_the_same_path(folder: Folder) -> None:
    folder.write("a.md", "Text")
    folder.bring_in("--name=one")

    assert "1 new" in folder.bring_in("--name=two")


# Refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"K\xe4se", "byte 2 is not UTF-8"),
        ("", "there is no text"),
        ("# Only a heading", "there is no text"),
        ("---\ntitle: [x\n---\nText", "the front matter is not YAML, line 3"),
        ("---\n- x\n---\nText", "the front matter is not a list of names and values"),
        ("---\ndate: 2024-13-45\n---\nText", "the front matter is not YAML"),
        (
            "---\naudience: stafff\n---\nText",
            "audience “stafff” is not one of everybody, employees, ",
        ),
        (f"---\ntitle: {'x' * 201}\n---\nText", "the title has more than 200 characters"),
        ("x" * 200_001, "the text has more than 200,000 characters"),
        (f"---\ncategory: {'x' * 81}\n---\nText", "is no name for a category"),
    ],
)
def test_a_refused_file_is_named_with_the_reason_and_stops_no_other(
    folder: Folder, content: str | bytes, reason: str
) -> None:
    folder.write("a.md", content)
    folder.write("b.md", "Text")
    said = folder.bring_in()

    assert said.startswith("help/a.md: ")
    assert reason in said
    assert "2 files read: 1 new, 0 changed, 0 unchanged, 1 refused." in said
    assert "exit 1" in said


def test_other_words_for_an_audience_need_a_decision(folder: Folder) -> None:
    folder.write("a.md", "---\naudience: ITPro\n---\nText")

    assert "1 new" in folder.bring_in("--audience=staff")
    assert Article.objects.get().audience == "staff"


def test_an_author_without_the_right_is_refused(folder: Folder, requester: User) -> None:
    folder.write("a.md", "Text")

    assert "You may not write articles" in folder.bring_in(f"--author={requester.email}")
    assert "nobody here has x@example.com" in folder.bring_in("--author=x@example.com")
    assert not Article.objects.exists()


def test_wrong_use_is_said(folder: Folder) -> None:
    folder.path = folder.path / "nothing"

    assert "exit 2" in folder.bring_in()


OURS = "---\nformat: firebreak\ntitle: {}\nslug: vpn\nstate: published\n---\n\n{}\n"


@pytest.fixture
def with_draft(folder: Folder) -> Folder:
    """A published article with a newer draft, exported from elsewhere and brought in."""
    folder.write("vpn.md", OURS.format("VPN", "Old text."))
    folder.write("vpn.draft.md", OURS.format("VPN", "New text."))
    return folder


def told_of(article: Article) -> tuple[str, list[tuple[str, str]]]:
    return article.body, list(article.revisions.order_by("number").values_list("body", "note"))


def test_another_newer_draft_becomes_the_next_revision(with_draft: Folder) -> None:
    with_draft.bring_in("--publish")
    with_draft.write("vpn.draft.md", OURS.format("VPN", "Newer text."))
    said = with_draft.bring_in("--publish")

    assert "1 changed" in said
    assert told_of(Article.objects.get()) == (
        "Old text.",
        [
            ("Old text.", "Imported"),
            ("New text.", "Imported draft"),
            ("Newer text.", "Imported draft"),
        ],
    )
    assert "1 unchanged" in with_draft.bring_in("--publish")


def test_a_changed_article_keeps_its_newer_draft(with_draft: Folder) -> None:
    with_draft.bring_in("--publish")
    with_draft.write("vpn.md", OURS.format("VPN", "Mended text."))
    with_draft.bring_in("--publish")

    article = Article.objects.get()
    assert article.has_newer_draft
    assert (article.body, article.published_number, article.revision_number) == (
        "Mended text.",
        3,
        4,
    )
    assert told_of(article)[1][-1] == ("New text.", "Imported draft")
    assert "1 unchanged" in with_draft.bring_in("--publish")


def test_what_is_brought_in_unpublished_has_its_newest_text(with_draft: Folder) -> None:
    with_draft.bring_in()

    assert told_of(Article.objects.get())[0] == "New text."
    assert "1 unchanged" in with_draft.bring_in()
