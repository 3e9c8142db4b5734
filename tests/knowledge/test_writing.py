"""The editor: nothing typed is lost, others are seen, pictures come by paste, and links are looked at."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import typed
from knowledge import actions, jobs, outlines, unsaved
from knowledge.models import Article, ArticleDraft, ArticleFile, Outline, ReviewTask
from tests.conftest import make_person
from tests.incidents.tickets.uploads import picture

NEW = "/desk/kb/new/"
JSON = {"HTTP_ACCEPT": "application/json"}


def body(response):
    return response.content.decode()


def edit(article, *parts):
    return "/".join([f"/desk/kb/{article.slug}", *parts]) + "/"


@pytest.fixture
def writer(client_of, editor):
    return client_of(editor)


@pytest.fixture
def other(db):
    return make_person("Imke Rowan", "knowledge-editor")


@pytest.fixture
def given(section):
    return {
        "title": "Set up the VPN",
        "body": "Install it.",
        "section": section.pk,
        "audience": "employees",
        "kind": "how_to",
    }


# Kept -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_new", [True, False])
def test_what_is_typed_is_there_again(writer, make_article, given, is_new):
    article = None if is_new else make_article()
    address = NEW if is_new else edit(article)

    assert (
        writer.post(f"{address}draft/", {**given, "body": "Half a sent", "expected": 1}).status_code
        == 204
    )

    page = body(writer.get(address))
    assert "Half a sent</textarea>" in page
    assert "This is what you typed and did not save." in page


def test_saving_ends_what_was_kept(writer, make_article, given):
    article = make_article()
    writer.post(edit(article, "draft"), {**given, "expected": 1})

    writer.post(edit(article), {**given, "expected": 1})

    assert not ArticleDraft.objects.exists()


def test_what_was_kept_can_be_dropped(writer, make_article, given):
    article = make_article()
    writer.post(edit(article, "draft"), {**given, "expected": 1})

    assert writer.post(edit(article, "draft"), {"drop": "1"}).url == edit(article)

    assert "Install it." not in body(writer.get(edit(article)))


def test_a_form_without_words_keeps_nothing(writer, given):
    writer.post(f"{NEW}draft/", given)
    writer.post(f"{NEW}draft/", {"kind": "how_to", "body": " "})
    assert not ArticleDraft.objects.exists()


def test_far_too_much_is_not_kept(writer):
    assert writer.post(f"{NEW}draft/", {"body": "x" * (typed.LONGEST + 1)}).status_code == 413


def test_what_was_typed_when_the_session_ended_comes_back(client, editor, make_article, given):
    article = make_article()
    kept_for = typed.mark(editor.pk, unsaved.form_name(article))
    client.post(edit(article), {**given, "expected": 1, "body": "Typed late", "kept_for": kept_for})
    client.force_login(editor, backend="accounts.backends.PeopleBackend")

    assert "Typed late</textarea>" in body(client.get(edit(article)))


def test_nobody_gets_what_another_types(writer, client_of, other, make_article, given):
    article = make_article()
    writer.post(edit(article, "draft"), {**given, "body": "My thoughts"})
    assert "My thoughts" not in body(client_of(other).get(edit(article)))


def test_what_another_saved_meanwhile_is_shown_beside_it(writer, make_article, other, given):
    article = make_article()
    writer.post(edit(article, "draft"), {**given, "body": "Mine", "expected": 1})
    actions.revise(article, by=other, title=article.title, body="Theirs")

    page = body(writer.get(edit(article)))

    assert "Imke Rowan saved this article while you were writing" in page
    assert "Mine</textarea>" in page
    assert "Theirs</td>" in page
    assert "Mine</td>" in page


def test_old_text_is_forgotten_in_the_end(editor, make_article):
    for days in (1, 100):
        at = timezone.now() - timezone.timedelta(days=days)
        ArticleDraft.objects.create(article=make_article(), user=editor, changed_at=at)
    jobs.tidy_writing()
    assert ArticleDraft.objects.count() == 1


# Others -----------------------------------------------------------------------------------------------------


def test_who_else_writes_is_named(writer, make_article, other, editor):
    article = make_article()
    ArticleDraft.objects.create(article=article, user=other, changed_at=timezone.now())
    ArticleDraft.objects.create(article=article, user=editor, changed_at=timezone.now())

    for address in (edit(article), edit(article, "writers") + "?expected=1"):
        page = body(writer.get(address))
        assert "Imke Rowan is writing this article, too" in page
        assert "Sasha Vole is writing" not in page


def test_who_wrote_long_ago_is_not(writer, make_article, other):
    article = make_article()
    at = timezone.now() - 2 * unsaved.LATELY
    ArticleDraft.objects.create(article=article, user=other, changed_at=at)
    assert "is writing" not in body(writer.get(edit(article, "writers")))


def test_what_was_saved_since_is_told_while_writing(writer, make_article, other):
    article = make_article()
    actions.revise(article, by=other, title=article.title, body="Better")
    page = body(writer.get(edit(article, "writers") + "?expected=1"))
    assert "Imke Rowan saved this article since you opened it" in page
    assert "saved" not in body(writer.get(edit(article, "writers") + "?expected=2"))


# Preview and length -----------------------------------------------------------------------------------------


def test_the_preview_is_what_readers_see_and_marks_what_leads_nowhere(writer):
    page = body(writer.post(f"{NEW}preview/", {"body": "> [!TIP]\n> Yes\n\n[x](/kb/nowhere/)"}))
    assert 'data-tone="success"' in page
    assert "This article is not there" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [("[" * 100_000, "more marks than Markdown can work through"), ("x" * 200_001, "too long to be saved"), ("", "Nothing to preview")],
)  # fmt: skip
def test_the_preview_says_what_it_can_not_show(writer, text, words):
    assert words in body(writer.post(f"{NEW}preview/", {"body": text}))


def test_a_text_that_is_too_long_is_refused_in_words_and_kept(writer, given):
    answer = writer.post(NEW, {**given, "body": "y" * 200_001})
    assert answer.status_code == 422
    assert "200001 characters, and 200000 are the most" in body(answer).replace(",", "", 0)
    assert "y" * 200_001 in body(answer)


def test_five_megabytes_are_refused(writer, given):
    assert writer.post(NEW, {**given, "body": "word " * 1_000_000}).status_code == 413


# Outlines ---------------------------------------------------------------------------------------------------


def test_every_kind_has_an_outline_in_both_languages(db):
    assert Outline.objects.count() == 2 * len(Article.Kind)
    for kind in Article.Kind.values:
        for language in ("en", "de-at", "fr"):
            text = outlines.empty(kind, language)
            assert "## " in text
            assert "{{" not in text


def test_an_empty_text_is_offered_outlines(writer, make_article):
    page = body(writer.get(NEW))
    assert "Begin with an outline:" in page
    assert "data-outlines hidden" in body(writer.get(edit(make_article())))
    assert "## What goes wrong" in body(writer.get(f"{NEW}?outline=known_error"))
    assert "## Before you start" in body(writer.get(f"{NEW}outline/?kind=how_to"))
    assert writer.get(f"{NEW}outline/?kind=secret").status_code == 400


def test_what_an_outline_does_not_ask_for_is_not_lost():
    text = outlines.filled("## A\n\n{{symptom}}\n", symptom="It {{fix}} hurts", fix="Rest")
    assert text == "## A\n\nIt {{fix}} hurts\n\nRest\n"


def test_outlines_are_edited_in_administration(client_of, admin):
    one = Outline.objects.get(kind="faq", language="en")
    page = client_of(admin).get(reverse("admin:knowledge_outline_change", args=[one.pk]))
    assert page.status_code == 200


# Pictures and files -----------------------------------------------------------------------------------------


def test_a_pasted_picture_becomes_a_line_of_the_text(writer, make_article):
    article = make_article()

    answer = writer.post(
        edit(article, "files"), {"files": picture("shot.png"), "place": "text"}, **JSON
    )

    file = article.files.get()
    assert answer.json() == {"text": file.in_text, "name": "shot.png"}
    assert not file.is_listed


def test_a_picture_for_an_article_that_is_not_there_yet(writer, given):
    text = writer.post(f"{NEW}files/", {"files": picture(), "place": "text"}, **JSON).json()["text"]
    assert "screen.png" in body(writer.get(NEW))

    writer.post(NEW, {**given, "body": f"See {text}"})

    assert ArticleFile.objects.get().article == Article.objects.get()
    assert "<img" in body(writer.get(Article.objects.get().get_absolute_url()))


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"MZ"), ("a.png", b"<svg>"), ("a.svg", b"<svg/>"), ("a.txt", b"")],
)
def test_what_is_no_picture_is_refused_in_words(writer, name, content):
    answer = writer.post(f"{NEW}files/", {"files": SimpleUploadedFile(name, content)}, **JSON)
    assert answer.status_code == 422
    assert name in answer.json()["message"]


def test_without_scripts_a_file_comes_with_the_form_and_no_word_is_lost(
    writer, make_article, given
):
    article = make_article()
    sent = {
        **given,
        "body": "Half a sent",
        "expected": 1,
        "files": SimpleUploadedFile("a.log", b"line"),
    }

    answer = writer.post(edit(article, "files"), sent)

    page = body(writer.get(answer.url))
    assert "Half a sent</textarea>" in page
    assert "a.log" in page
    removed = writer.post(reverse("knowledge:file-remove", args=[article.files.get().token]))
    assert removed.url == edit(article)
    assert not article.files.offered().exists()


def test_nobody_removes_a_file_of_an_article_they_do_not_see(
    client_of, requester, agent, editor, make_article
):
    file = actions.bring_file(_checked(), by=editor)
    address = reverse("knowledge:file-remove", args=[file.token])
    assert client_of(requester).post(address).status_code == 403
    assert client_of(agent).post(address).status_code == 404


def _checked():
    from accounts.files import check

    return check(picture())


# Links ------------------------------------------------------------------------------------------------------


def test_articles_to_link_to_are_found(writer, make_article):
    make_article("Printer is offline")
    page = body(writer.get(f"{NEW}links/?q=printer"))
    assert 'data-url="/kb/printer-is-offline/"' in page


def test_an_article_gets_another_address_and_links_still_lead_there(writer, make_article, given):
    article = make_article()
    former = article.slug

    answer = writer.post(edit(article), {**given, "expected": 1, "slug": "vpn"})

    assert answer.url == "/desk/kb/vpn/"
    assert Article.objects.get().former_slugs.get().slug == former


def test_an_address_that_another_has_is_refused_and_the_text_kept(writer, make_article, given):
    make_article("Taken")
    article = make_article()
    answer = writer.post(edit(article), {**given, "expected": 1, "slug": "taken"})
    assert answer.status_code == 422
    assert "Another article has this address" in body(answer)


BROKEN = {
    "[x](/kb/gone/)": "There is no article at this address.",
    "/kb/unpublished/": "That article is not published.",
    "[x](/kb/for-staff/)": "That article is for fewer readers than this one.",
    "[x](/kb/target/#nope)": "There is no such heading.",
    "[x](#nope)": "There is no such heading.",
    "![x](/kb/files/abcdefghijkl/x.png)": "This picture was removed, or is not there.",
    "[x](/kb/files/abcdefghijkl/x.png)": "This picture was removed, or is not there.",
    "![x](https://e.example/x.png)": "Pictures from elsewhere are not shown. Paste the picture instead.",
    "![x](/files/abc/x.png)": "This file belongs to a ticket: readers can’t open it. Attach it here instead.",
    "INC-999999": "There is no ticket of this number.",
    "[x](/nowhere/at/all/)": "There is no page at this address.",
    "[x](notes.md)": "This is no address that a browser can follow.",
}


@pytest.fixture
def neighbours(make_article):
    make_article("Target", body="## Install\n\nText")
    make_article("Unpublished", published=False)
    make_article("For staff", audience="staff")


@pytest.mark.parametrize(("text", "problem"), BROKEN.items())
def test_a_link_that_leads_nowhere_is_noted_with_the_reason(
    make_article, editor, neighbours, text, problem
):
    article = make_article("Source", body=f"See {text} there.")

    assert actions.check_links(article, by=editor) == 1

    assert article.broken_links.get().problem == problem
    assert article.tasks.get().reason == ReviewTask.Reason.LINKS


def test_links_that_lead_somewhere_are_not(make_article, editor, neighbours, ticket):
    actions.rename(make_article("Old"), slug="moved", by=editor)
    text = (
        f"/kb/target/ [a](/kb/target/#install) [b](/kb/target/#s-install) [c](/kb/old/) [d](#here) {ticket.ref} "
        "https://elsewhere.example/x mailto:a@b.example [e](/kb/) [f](tel:5555) UTF-8\n\n## Here"
    )
    assert actions.check_links(make_article("Source", body=text), by=editor) == 0


def test_what_was_mended_is_forgotten_and_its_task_done(make_article, editor, writer):
    article = make_article("Source", body="[x](/kb/gone/)")
    page = writer.post(edit(article, "links"), HTTP_HX_REQUEST="true")
    assert "There is no article at this address." in body(page)

    actions.revise(article, by=editor, title="Source", body="Mended")
    actions.publish(article, by=editor)

    assert writer.post(edit(article, "links")).url == edit(article)
    assert not article.broken_links.exists()
    assert not article.tasks.filter(done_at=None).exists()


def test_every_published_article_is_looked_at_each_night(
    make_article, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    for number in range(5):
        make_article(f"A {number}", body="[x](/kb/gone/)" if number % 2 else "Fine.")
    make_article("Draft", body="[x](/kb/gone/)", published=False)

    assert jobs.check_links() == 2
    assert jobs.check_links() == 2
    assert ReviewTask.objects.filter(reason="links").count() == 2


def test_a_long_night_is_gone_on_with_by_the_next_job(make_article, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "LONGEST_RUN", -1)
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr(jobs, "async_task", lambda *given, **_how: asked.append(given))
    first = make_article("One")
    make_article("Two")

    jobs.check_links()

    assert asked == [("knowledge.jobs.check_links", first.pk)]
