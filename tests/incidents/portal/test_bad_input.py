"""What nobody should send and somebody will: a clear message, nothing lost, nothing doubled."""

import re
from email.header import decode_header, make_header

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from accounts.files import ACCEPT, ALSO
from accounts.typed import mark
from incidents.notify import jobs
from incidents.tickets import actions
from incidents.tickets.models import Answers, Attachment, Draft, Message, Ticket
from tests.conftest import PASSWORD

NEW = "/tickets/new/"
LONG = "Every word counts. " * 10_527  # 200,013 characters
EMOJI = "🦊" * 200_000
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{NEW}"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def heic(brand=b"heic", others=b"mif1heic"):
    box = b"ftyp" + brand + b"\0\0\0\0" + others
    return (len(box) + 4).to_bytes(4, "big") + box + b"\0\0\0\x10meta" + b"\0" * 64


def given(name, content=b"line\n"):
    return SimpleUploadedFile(name, content)


def sent_reply(client, ticket, **fields):
    return client.post(f"/tickets/{ticket.ref}/replies/", {"key": "r-1", **fields})


def value_of(page, name):
    """What a text field or area holds, as it stands in the page."""
    area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    field = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    return (area or field)[1].strip()


# Too long -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["x" * 1000, "🦊" * 1000, "الشبكة لا تعمل " * 70])
def test_a_title_of_a_thousand_characters_is_said_to_be_too_long_and_kept(
    client_of, requester, report, title
):
    answer = client_of(requester).post(NEW, report(title=title))

    assert answer.status_code == 422
    assert "Keep this under 200 characters; the details go below." in answer.text
    assert value_of(answer.text, "title") == title.strip()
    assert value_of(answer.text, "description") == "Every few minutes."
    assert not Ticket.objects.exists()


def test_the_browser_does_not_cut_a_pasted_title(client_of, requester):
    page = client_of(requester).get(NEW).text

    assert "maxlength" not in re.search(r'<input[^>]*name="title"[^>]*>', page)[0]


@pytest.mark.parametrize("text", [LONG, EMOJI], ids=["words", "emoji"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_a_text_of_two_hundred_thousand_characters_is_said_to_be_too_long_and_kept(
    client_of, requester, report, text, headers
):
    answer = client_of(requester).post(NEW, report(description=text), headers=headers)

    assert answer.status_code == 422
    assert "This is longer than 100,000 characters. Put the long part into a file." in answer.text
    assert value_of(answer.text, "description") == text.strip()
    assert value_of(answer.text, "title") == "VPN keeps dropping"
    assert not Ticket.objects.exists()


def test_a_reply_of_two_hundred_thousand_characters_is_kept_too(client_of, requester, ticket):
    answer = sent_reply(client_of(requester), ticket, body=LONG)

    assert answer.status_code == 422
    assert "This is longer than 100,000 characters" in answer.text
    assert value_of(answer.text, "body") == LONG.strip()
    assert ticket.messages.count() == 1


@pytest.mark.parametrize("text", [LONG, EMOJI], ids=["words", "emoji"])
def test_it_is_kept_as_a_draft_however_the_browser_writes_it(client_of, requester, text):
    browser = client_of(requester)
    as_sent = f"description={text}".encode() if text == LONG else f"description={'%F0%9F%A6%8A' * 200_000}".encode()  # fmt: skip

    answer = browser.post(
        "/drafts/new-ticket/", as_sent, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 204
    assert value_of(browser.get(NEW).text, "description") == text.strip()


def test_what_is_too_long_to_be_kept_for_later_is_not_said_to_be_kept(client_of, requester, report):
    far_too_long = "x" * 600_000
    answer = client_of(requester).post(NEW, report(description=far_too_long, draft="1"))

    assert answer.status_code == 422
    assert "This is too long to be kept." in answer.text
    assert value_of(answer.text, "description") == far_too_long
    assert not Draft.objects.exists()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("way", ["multipart", "urlencoded"])
def test_more_than_a_request_may_hold_gets_a_clear_answer(client_of, requester, report, way):
    far_too_much = "x" * (4 * 1024 * 1024)
    browser = client_of(requester)
    if way == "multipart":
        answer = browser.post(NEW, report(description=far_too_much))
    else:
        sent = f"title=a&description={far_too_much}".encode()
        answer = browser.post(NEW, sent, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 413
    assert "That was too much at once" in answer.text
    assert "what you typed is still in the form" in answer.text
    assert not Ticket.objects.exists()


def test_a_fragment_with_too_much_leaves_the_form_as_it_is(client_of, requester, report):
    answer = client_of(requester).post(
        NEW, report(description="x" * (4 * 1024 * 1024)), headers=HTMX
    )

    assert answer.status_code == 413
    assert answer["HX-Retarget"] == "#notices"
    assert "What you typed is still here" in answer.text
    config = re.search(r'"code":"([^"]*)","swap":true', client_of(requester).get(NEW).text.split("[23]..")[1])  # fmt: skip
    assert "413" in config[1].split("|")


def test_more_fields_than_any_form_has_get_the_same_answer(client_of, requester, report):
    answer = client_of(requester).post(NEW, report(**{f"q{n}": "x" for n in range(900)}))

    assert answer.status_code == 413


# What is pasted -----------------------------------------------------------------------------------------


def test_pasted_html_is_shown_as_it_was_typed_and_does_nothing(client_of, requester, agent, report):
    pasted = '<table onclick="alert(1)"><tr><td>Cell</td></tr></table><script>alert(2)</script>'
    client_of(requester).post(NEW, report(title="<b>Bold</b> & brave", description=pasted))
    ticket = Ticket.objects.get()

    for who, path in ((requester, f"/tickets/{ticket.ref}/"), (agent, ticket.desk_url)):
        page = client_of(who).get(path).text
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; brave" in page
        assert "<b>Bold" not in page
        assert "<table onclick" not in page
        assert "<script>alert" not in page
        assert "Cell" in page
    assert Message.objects.get(ticket=ticket).body == pasted


@pytest.mark.parametrize(
    "words", ["الطابعة لا تعمل 🖨️", "המדפסת תקועה", "🦊🏳️‍🌈👩🏽‍💻", "مرحبا \u202e evil \u202c x"]
)
def test_emoji_and_right_to_left_words_turn_nothing_around_them(
    client_of, requester, agent, report, words
):
    requester.display_name = "أمينة يوسف"
    requester.save()
    browser = client_of(requester)
    browser.post(NEW, report(title=words, description=words, files=given(f"{words[:8]}.txt")))
    ticket = Ticket.objects.get()
    actions.reply(ticket, words, by=agent)
    jobs.send_due()

    page, listed = browser.get(f"/tickets/{ticket.ref}/").text, browser.get("/tickets/").text
    assert f'<h1 dir="auto">{escape(words)}</h1>' in page
    assert f"<bdi>{escape(words)}</bdi>" in listed
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]
    assert is_balanced(title)
    assert '<bdi class="fb-file__name' in page
    for letter in mail.outbox:
        assert is_balanced(str(make_header(decode_header(letter.message()["Subject"]))))
        assert is_balanced(letter.body.splitlines()[0])


def is_balanced(text):
    """Every mark that turns text is ended within it."""
    return (
        not re.search("[\u202a-\u202e]", text)
        and text.count("\u2068") == text.count("\u2069")
        and (not re.search("[\u0590-\u06ff]", text) or "\u2068" in text)
    )


# Files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_thirty_files_at_once_are_counted_for_the_person_and_the_text_is_kept(
    client_of, requester, report, headers
):
    files = [given(f"file{n}.txt") for n in range(30)]
    answer = client_of(requester).post(NEW, report(files=files), headers=headers)

    assert answer.status_code == 422
    assert "At most 5 files at once. Send the others with a second message." in answer.text
    assert value_of(answer.text, "description") == "Every few minutes."
    assert not Ticket.objects.exists()
    assert not Attachment.objects.exists()


def test_thirty_files_with_a_reply_are_refused_and_the_reply_is_kept(client_of, requester, ticket):
    answer = sent_reply(
        client_of(requester), ticket, body="Here they are", files=[given(f"{n}.txt") for n in range(30)]
    )  # fmt: skip

    assert answer.status_code == 422
    assert "At most 5 files at once" in answer.text
    assert value_of(answer.text, "body") == "Here they are"
    assert ticket.messages.count() == 1


def test_hundreds_of_files_get_a_clear_answer(client_of, requester, report):
    answer = client_of(requester).post(NEW, report(files=[given(f"{n}.txt") for n in range(101)]))

    assert answer.status_code == 413
    assert "send at most a few files at a time" in answer.text


@pytest.mark.parametrize("name", ["IMG_0042.HEIC", "photo.heif"])
def test_a_photo_as_heic_is_taken_as_a_file_to_download(client_of, requester, report, name):
    browser = client_of(requester)
    browser.post(NEW, report(files=given(name, heic())))
    file = Attachment.objects.get()

    answer = browser.get(file.get_absolute_url())

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert f'<img class="fb-picture" src="{file.get_absolute_url()}"' not in browser.get(f"/tickets/{Ticket.objects.get().ref}/").text  # fmt: skip


def test_phones_are_not_asked_for_heic_but_may_bring_it(client_of, requester):
    field = re.search(r'<input type="file"[^>]*>', client_of(requester).get(NEW).text)[0]

    assert ".heic" not in ACCEPT
    assert f'data-also="{ALSO}"' in field


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff jpeg", b"<html>", heic(b"isom", b"mp41"), b"\0\0\0\x18ftyp", b"\0"]
)
def test_what_only_calls_itself_heic_is_refused_by_name(client_of, requester, report, content):
    answer = client_of(requester).post(NEW, report(files=given("photo.heic", content)))

    assert answer.status_code == 422
    assert "“photo.heic” seems broken" in answer.text
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("name", ["drawing.svg", "DRAWING.SVG", "drawing.svgz"])
def test_a_drawing_as_svg_is_refused_by_name_and_the_text_is_kept(
    client_of, requester, report, name
):
    answer = client_of(requester).post(NEW, report(files=given(name, SVG)))

    shown = name.rpartition(".")[0] + "." + name.rpartition(".")[2].lower()
    assert answer.status_code == 422
    assert escape(f"“{shown}” can't be sent: files of this kind are not taken.") in answer.text
    assert value_of(answer.text, "title") == "VPN keeps dropping"
    assert not Ticket.objects.exists()


def test_a_drawing_that_calls_itself_a_picture_is_refused(client_of, requester, report):
    answer = client_of(requester).post(NEW, report(files=given("drawing.png", SVG)))

    assert answer.status_code == 422
    assert "“drawing.png” seems broken" in answer.text


# The session ends before the form is sent -----------------------------------------------------------------


def ended(person, path, fields, **headers):
    """Send a form of this person from a browser whose session is over, then sign in there."""
    browser = Client()
    answer = browser.post(path, fields, headers={"Referer": f"http://testserver{NEW}", **headers})
    where = answer.get("HX-Redirect") or answer["Location"]
    assert where.startswith("/accounts/login/?next=")
    back = browser.post(where, {"login": person.email, "password": PASSWORD})
    return browser, back


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_a_report_sent_after_the_session_ended_waits_and_is_filed_once(
    requester, report, category, headers
):
    typed = report(title="Typed before the end", impact="team", kept_for=mark(requester.pk, "new-ticket"))  # fmt: skip
    browser, back = ended(requester, NEW, typed, **headers)
    assert back["Location"] == NEW
    assert not Ticket.objects.exists()

    page = browser.get(NEW)
    assert value_of(page.text, "title") == "Typed before the end"
    assert value_of(page.text, "description") == "Every few minutes."
    assert re.search(rf'<option value="{category.pk}" selected', page.text)
    assert re.search(r'value="team"\s+checked', page.text)
    again = {**typed, "key": value_of(page.text, "key")}
    browser.post(NEW, again)
    browser.post(NEW, again)

    assert Ticket.objects.get().title == "Typed before the end"


def test_all_ticked_boxes_wait_and_are_filed_once(requester, report, ask, category):
    form = ask(category, [{"key": "parts", "kind": "choices", "label": "Parts", "options": ["Dock", "Screen", "Mouse"]}])  # fmt: skip
    typed = report(
        questions=form.pk, kept_for=mark(requester.pk, "new-ticket"), **{"q-parts": ["Dock", "Mouse"]}
    )  # fmt: skip
    browser, _back = ended(requester, NEW, typed)

    shown = browser.get(NEW)
    assert shown.context["form"].questions.parts[0]["parts"].value() == ["Dock", "Mouse"]
    again = {**typed, "key": value_of(shown.text, "key")}
    for _ in range(2):
        browser.post(NEW, again)

    assert Answers.objects.get().given == {"parts": ["Dock", "Mouse"]}


def test_files_that_could_not_wait_are_named(requester, report):
    typed = report(
        kept_for=mark(requester.pk, "new-ticket"), files=[given("a.txt"), given("تقرير.txt")]
    )
    browser, _back = ended(requester, NEW, typed)

    page = browser.get(NEW).text

    assert "We kept what you typed, but not your files. Choose them again: a.txt, " in page
    assert "تقرير.txt" in page
    assert "but not your files" not in browser.get(NEW).text


def test_a_text_of_two_hundred_thousand_characters_waits_as_well(requester, report):
    typed = report(description=EMOJI, kept_for=mark(requester.pk, "new-ticket"))
    browser, _back = ended(requester, NEW, typed)

    assert value_of(browser.get(NEW).text, "description") == EMOJI


def test_a_reply_sent_after_the_session_ended_waits_and_is_sent_once(requester, ticket):
    page = f"/tickets/{ticket.ref}/"
    typed = {
        "body": "Typed before the end",
        "key": "r-1",
        "kept_for": mark(requester.pk, f"reply:{ticket.ref}"),
    }
    browser, back = ended(requester, f"{page}replies/", typed, Referer=f"http://testserver{page}")
    assert back["Location"] == page

    shown = browser.get(page).text
    assert value_of(shown, "body") == "Typed before the end"
    again = {**typed, "key": re.search(r'name="key" value="([^"]+)"', shown)[1]}
    for _ in range(2):
        browser.post(f"{page}replies/", again)

    assert [message.body for message in ticket.messages.filter(kind="reply")] == ["Typed before the end"]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("get", "/suggest/?q=vpn", {}),
        ("get", "/notifications/bell/", {}),
        ("get", "/tickets/new/announcements/?service=1", {}),
        ("post", "/tickets/new/answers/", {"title": "VPN keeps dropping"}),
        ("post", NEW, {"title": "VPN keeps dropping"}),
    ],
)
def test_what_a_page_asks_by_itself_never_takes_it_away(db, method, path, fields):
    answer = getattr(Client(), method)(path, fields, headers=HTMX)

    assert answer.status_code == 401
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#notices", "innerHTML")
    assert "HX-Redirect" not in answer
    assert "You were signed out" in answer.text
    assert f'href="/accounts/login/?next={NEW}" target="_blank"' in answer.text
    assert "<html" not in answer.text


def test_a_page_shows_that_notice_and_choosing_a_category_sends_nothing_to_be_kept(
    client_of, requester
):
    page = client_of(requester).get(NEW).text

    swapped = re.search(r'"code":"([^"]*)","swap":true', page.split("[23]..")[1])[1]
    assert "401" in swapped.split("|")
    chosen = re.search(r'<select[^>]*name="category"[^>]*>', page)[0]
    assert 'hx-params="not description,files,kept_for"' in chosen


def test_what_is_too_long_to_wait_stays_where_it_was_typed(requester, report):
    typed = report(description="x" * 600_000, kept_for=mark(requester.pk, "new-ticket"))

    answer = Client().post(NEW, typed, headers=HTMX)

    assert answer.status_code == 401
    assert answer["HX-Retarget"] == "#notices"


# Signed in again in another tab: the forms of this one are stale -------------------------------------------


def stale(person, client_of, fields):
    browser = client_of(person, enforce_csrf_checks=True)
    return browser, browser.post(NEW, fields, headers=HTMX)


def test_a_stale_report_comes_back_whole_and_says_that_it_was_not_sent(
    client_of, requester, report
):
    typed = report(title="Typed in the old tab", kept_for=mark(requester.pk, "new-ticket"))

    browser, answer = stale(requester, client_of, typed)

    assert answer["HX-Redirect"] == NEW
    assert not Ticket.objects.exists()
    page = browser.get(NEW).text
    assert "nothing was sent yet. Please send it once more." in page
    assert value_of(page, "title") == "Typed in the old tab"


def test_a_stale_report_of_somebody_else_is_not_shown(
    client_of, requester, other_requester, report
):
    typed = report(title="Mine alone", kept_for=mark(requester.pk, "new-ticket"))

    browser, _answer = stale(other_requester, client_of, typed)

    assert "Mine alone" not in browser.get(NEW).text


def test_any_other_stale_button_gets_a_notice(client_of, requester):
    _browser, answer = stale(requester, client_of, {"title": "x"})

    assert answer.status_code == 403
    assert answer["HX-Retarget"] == "#notices"
    assert "Reload this page and try again." in answer.text


def test_nobody_else_at_the_same_browser_reads_what_waits(requester, other_requester, report):
    typed = report(title="Mine alone", kept_for=mark(requester.pk, "new-ticket"))

    browser, _back = ended(other_requester, NEW, typed)

    assert "Mine alone" not in browser.get(NEW).text
