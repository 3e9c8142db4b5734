"""An organisation's own words in letters: set, looked at, tried, taken back, and never more than words."""

import html
import re

import pytest
from django.core import mail

from accounts.administration import configuration, versions
from accounts.models import AdminChange
from incidents.health.examination import everything_goes_out
from incidents.notify import jobs
from incidents.notify.correspondence import LetterKind, LetterLook, LetterText
from incidents.notify.filling import fill
from incidents.tickets import actions
from tests.services import free_port

REPLY = "/admin/letters/reply/en/"
PAYLOADS = [
    "{{1237*1237}}",
    "{{ settings.SECRET_KEY }}",
    "{0.__class__}",
    "%(x)s",
    "{% load x %}",
    "{{reader}}",
]


@pytest.fixture
def browser(admin, client_of):
    return client_of(admin)


@pytest.fixture
def say(db):
    def put(kind=LetterKind.REPLY, language="en", **texts):
        return LetterText.objects.create(kind=kind, language=language, **texts)

    return put


def last_letter():
    jobs.send_due()
    sent = mail.outbox[-1]
    return sent, sent.body, sent.alternatives[0].content


# In letters ---------------------------------------------------------------------------------------------------


def test_own_words_stand_in_the_letter_in_both_parts(ticket, agent, say):
    say(
        greeting="Dear {{reader.name}},", sentence="{{news}}\n\n{{ticket.number}} ({{ticket.status}})",
        foot="Yours\n{{site.name}}",
    )  # fmt: skip
    actions.reply(ticket, "Words.", by=agent)

    _sent, text, page = last_letter()
    for part in (text, page):
        assert "Dear Robin Kestrel," in part
        assert f"{ticket.ref} (Received)" in part
    assert "Yours\nIT Help" in text
    assert "Yours<br>IT Help" in page


def test_what_a_letter_leaves_empty_is_said_as_in_every_letter(ticket, agent, say):
    say(LetterKind.EVERY, greeting="Good day {{reader.first_name}}", foot="Everywhere")
    say(foot="Only in replies")
    actions.reply(ticket, "Words.", by=agent)
    jobs.send_due()

    receipt, reply = (sent.body for sent in mail.outbox)
    assert ("Good day Robin" in receipt, "Everywhere" in receipt) == (True, True)
    assert ("Good day Robin" in reply, "Only in replies" in reply, "Everywhere" in reply) == (
        True,
        True,
        False,
    )


def test_what_follows_the_subject_is_the_same_in_all_mails_of_a_ticket(ticket, agent, say):
    say(LetterKind.EVERY, subject="– {{site.name}}")
    actions.reply(ticket, "Words.", by=agent)
    jobs.send_due()

    assert {sent.subject for sent in mail.outbox} == {f"[{ticket.ref}] {ticket.title} – IT Help"}


def test_words_are_said_in_their_language(ticket, requester, say):
    say(LetterKind.RECEIPT, "de", greeting="Moin")
    requester.language = "de"
    requester.save()

    assert last_letter()[1].startswith("Moin")


def test_other_languages_keep_our_words(ticket, say):
    say(LetterKind.RECEIPT, "de", greeting="Moin")

    assert last_letter()[1].startswith("Hello Robin,")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_are_data_whoever_wrote_them(make_ticket, requester, agent, say, payload):
    """I9, in the text as in what the ticket says."""
    say(LetterKind.RECEIPT, sentence=f"{payload} {{{{ticket.title}}}}", foot=payload)
    requester.display_name = payload
    requester.save()
    make_ticket(payload)

    _sent, text, page = last_letter()
    assert text.count(payload) >= 3
    assert html.unescape(page).count(payload) >= 3
    # What {{1237*1237}} comes to: no number of a ticket and no key in a link looks like it.
    assert "1530169" not in text


def test_markup_in_words_is_shown_and_does_nothing(ticket, agent, say):
    say(foot="<b>Bold</b> <img src=x> <script>1</script>")
    actions.reply(ticket, "Words.", by=agent)

    page = last_letter()[2]
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert not re.search(r"<(img|script|b>Bold)", page)


def test_a_value_is_not_filled_again():
    assert fill("{{a}} {{b}} {{c}}", {"a": "{{b}}", "b": "{{a}}"}) == "{{b}} {{a}} {{c}}"


def test_heading_and_colour_stand_in_every_letter(ticket):
    LetterLook.objects.create(pk=1, heading="Service desk", colour="#7a1f1f")

    _sent, text, page = last_letter()
    assert "\nService desk\n" in text
    assert page.count("#7a1f1f") == 4
    assert ">Service desk</p>" in page


# In administration -------------------------------------------------------------------------------------------


def test_an_administrator_words_a_letter_and_the_log_says_so(browser, admin):
    answer = browser.post(
        REPLY, {"greeting": "Dear {{reader.name}},", "sentence": "", "foot": "Bye"}
    )

    assert (answer.status_code, answer.url) == (302, REPLY)
    row = LetterText.objects.get()
    assert (row.kind, row.language, row.greeting, row.foot) == (
        "reply",
        "en",
        "Dear {{reader.name}},",
        "Bye",
    )
    change = AdminChange.objects.get(kind="notify.lettertext")
    assert (change.actor, change.after["foot"]) == (admin, "Bye")

    browser.post(REPLY, {"greeting": "Dear {{reader.name}},", "sentence": "", "foot": "Yours"})
    change = AdminChange.objects.latest("pk")
    assert (change.before, change.after) == ({"foot": "Bye"}, {"foot": "Yours"})


def test_back_to_ours_and_the_history_brings_it_back(browser, admin, say):
    say(foot="Bye")
    browser.post(f"{REPLY}ours/")

    assert not LetterText.objects.exists()
    removed = AdminChange.objects.latest("pk")
    assert removed.action == AdminChange.Action.REMOVED
    assert browser.post(f"{REPLY}ours/").status_code == 302  # again: nothing to do

    versions.put_back(removed, by=admin)
    assert LetterText.objects.get().foot == "Bye"


def test_emptied_words_are_ours_again(browser, say):
    say(foot="Bye")
    browser.post(REPLY, {"greeting": "", "sentence": "", "foot": ""})

    assert not LetterText.objects.exists()


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("reply", "greeting", "{{reader.password}}"),
        ("reply", "foot", "{{ settings.SECRET_KEY }}"),
        ("reply", "sentence", "a\u202eb"),
        ("every", "subject", "– IT\r\nBcc: victim@example.com"),
        ("every", "greeting", "{{ticket.title}}"),
        ("unknown", "sentence", "{{ticket.title}}"),
        ("unknown", "subject", "{{reader.name}}"),
        ("article", "foot", "{{ticket.number}}"),
        ("reply", "foot", "x" * 3000),
        ("every", "subject", "x" * 200),
    ],
)
def test_what_is_no_variable_of_the_letter_is_refused_with_what_was_typed(
    browser, kind, field, text
):
    answer = browser.post(f"/admin/letters/{kind}/en/", {field: text})

    assert answer.status_code == 422
    assert html.escape(text[:100]) in answer.content.decode()
    assert not LetterText.objects.exists()


def test_the_preview_shows_what_is_typed_and_changes_nothing(browser):
    answer = browser.post(
        f"{REPLY}preview/", {"greeting": "Hey {{reader.first_name}}"}, HTTP_HX_REQUEST="true"
    )

    page = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert page.count("Hey Alex") >= 2  # in the HTML and in the text
    assert "<!doctype html>" in page
    assert "<form" not in page
    assert not LetterText.objects.exists()
    whole = browser.post(f"{REPLY}preview/", {"greeting": "Hey {{reader.first_name}}"})
    assert "Hey {{reader.first_name}}" in whole.content.decode()


def test_a_wrong_text_is_previewed_without_it(browser):
    answer = browser.post(
        f"{REPLY}preview/", {"greeting": "{{nobody}}", "foot": "Bye"}, HTTP_HX_REQUEST="true"
    )

    assert answer.status_code == 200
    assert "Hello Alex," in answer.content.decode()
    assert "Bye" in answer.content.decode()


@pytest.mark.parametrize("kind", LetterKind.values)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_letter_can_be_looked_at(browser, kind, language):
    page = browser.get(f"/admin/letters/{kind}/{language}/").content.decode()

    assert f"lang=&quot;{language}&quot;" in page
    assert "{{news}}" not in re.search(r"<iframe.*?</iframe>", page, re.DOTALL)[0]


def test_a_letter_or_language_that_is_none_is_not_found(browser):
    assert browser.get("/admin/letters/nothing/en/").status_code == 404
    assert browser.get("/admin/letters/reply/xx/").status_code == 404


def test_a_test_goes_to_oneself_as_it_is_typed(browser, admin, smtp):
    answer = browser.post(
        f"{REPLY}test/", {"greeting": "Hey {{reader.first_name}}", "to": "victim@example.com"}
    )

    assert answer.status_code == 200
    assert [envelope.rcpt_tos for envelope in smtp.envelopes] == [[admin.email]]
    assert "Hey Alex" in smtp.mails[0].get_body(("plain",)).get_content()
    assert not LetterText.objects.exists()
    listed = browser.get("/admin/deliveries/?state=sent").content.decode()
    assert "Test of a letter: " in listed
    assert "Sent by hand" in listed


def test_a_test_says_why_the_server_did_not_take_it(browser, admin, smtp):
    smtp.says[admin.email] = ["550 no such user here"]

    answer = browser.post(f"{REPLY}test/", {"greeting": "Hey"})
    assert answer.status_code == 409
    assert "550 no such user here" in answer.content.decode()
    listed = browser.get("/admin/deliveries/?state=dropped").content.decode()
    assert "Test of a letter: " in listed
    assert "550 no such user here" in listed
    assert "given up" not in " ".join(one.words for one in everything_goes_out())


def test_a_test_without_a_server_says_so(browser, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    assert "refused" in browser.post(f"{REPLY}test/", {}).content.decode()


def test_a_copy_that_tells_nobody_anything_sends_no_test(browser, settings, smtp):
    settings.OUTGOING = False

    assert browser.post(f"{REPLY}test/", {}).status_code == 409
    assert smtp.mails == []


@pytest.mark.parametrize("colour", ["#ffff00", "red", "#12345", "#0c6378;background:url(x)"])
def test_a_colour_on_which_white_words_cannot_be_read_is_refused(browser, colour):
    answer = browser.post("/admin/letters/look/", {"heading": "", "colour": colour})

    assert answer.status_code == 422
    assert not LetterLook.objects.exists()


def test_the_look_is_set_and_noted(browser):
    browser.post("/admin/letters/look/", {"heading": "Desk", "colour": "#7a1f1f"})

    assert LetterLook.now().heading == "Desk"
    assert AdminChange.objects.get(kind="notify.letterlook").after["colour"] == "#7a1f1f"


def test_who_only_reads_the_audit_reads_letters_and_changes_none(auditor, client_of, say):
    say(foot="Bye")
    browser = client_of(auditor)

    assert "Bye" in browser.get(REPLY).content.decode()
    assert "<textarea" not in browser.get(REPLY).content.decode()
    for path in (
        REPLY,
        f"{REPLY}preview/",
        f"{REPLY}test/",
        f"{REPLY}ours/",
        "/admin/letters/look/",
    ):
        assert browser.post(path, {"foot": "No"}).status_code == 403
    assert LetterText.objects.get().foot == "Bye"


# In the configuration file ------------------------------------------------------------------------------------


def test_words_and_look_go_through_the_file(admin, say):
    say(foot="Bye", greeting="Hi")
    say(LetterKind.EVERY, "de", subject="– IT")
    LetterLook.objects.create(pk=1, heading="Desk", colour="#7a1f1f")
    kept = configuration.written(configuration.collect())
    LetterText.objects.all().delete()
    LetterLook.objects.all().delete()

    result = configuration.apply(configuration.read(kept), by=admin)

    assert result.refused == []
    assert configuration.written(configuration.collect()) == kept


def test_a_file_can_not_bring_what_a_page_refuses(admin):
    told = configuration.collect() | {
        "letters": [
            {"kind": "reply", "language": "en", "foot": "{{secret}}"},
            {"kind": "reply", "language": "de", "subject": "Own"},
            {"kind": "reply", "language": "xx", "foot": "Bye"},
        ]
    }
    result = configuration.apply(told, by=admin)

    assert len(result.refused) == 3
    assert not LetterText.objects.exists()
