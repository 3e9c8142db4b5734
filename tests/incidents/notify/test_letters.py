"""The mail itself: safe headers, one thread a ticket, and only what its reader may see."""

import re

import pytest
from django.core import mail
from django.utils import timezone, translation

from incidents.notify import addresses, jobs
from incidents.notify.addresses import Postal, read_address, read_message_id
from incidents.notify.letters import one_line, write
from incidents.notify.models import Delivery, State
from incidents.tickets import actions
from incidents.tickets.models import Ticket

NASTY = [
    "plain\r\nBcc: victim@example.com",
    "a\nSubject: other",
    "a\rb",
    "nul\x00nul",
    "line\u2028sep\u2029par\x85nel\x0bvt\x0cff",
    'comma, "quotes" and \\back\\slash',
    "<script>alert(1)</script>",
    "victim@example.com, other@example.com",
    "Robin <victim@example.com>",
    "=?utf-8?q?=0D=0ABcc=3A_victim=40example=2Ecom?=",
    "\u202egnp.exe",
    "Zoë Ünsal 你好 🔥",
    "x" * 10_000,
    "ü" * 10_000,
    "(comment) group:;",
    " ",
]


@pytest.fixture
def only(db):
    def sent():
        jobs.send_due()
        assert len(mail.outbox) == 1
        return mail.outbox[0]

    return sent


@pytest.mark.parametrize("nasty", NASTY)
def test_whatever_names_and_titles_hold_the_mail_is_sent_to_one_person(
    make_ticket, requester, smtp, nasty
):
    ticket = make_ticket()
    if "\x00" not in nasty:  # no database takes it
        Ticket.objects.filter(pk=ticket.pk).update(title=nasty[:200])
        type(requester).objects.filter(pk=requester.pk).update(display_name=nasty[:120])

    jobs.send_due()

    assert Delivery.objects.mails().get().state == State.SENT
    assert smtp.envelopes[0].rcpt_tos == [requester.email]
    sent = smtp.mails[0]
    assert [address.addr_spec for address in sent["To"].addresses] == [requester.email]
    assert sorted({name.lower() for name in sent}) == [
        "auto-submitted", "content-type", "date", "from", "in-reply-to", "list-id", "list-unsubscribe", "list-unsubscribe-post", "message-id",
        "mime-version", "precedence", "references", "subject", "to", "x-auto-response-suppress",
    ]  # fmt: skip
    assert sent["Subject"].strip().startswith(f"[{ticket.ref}]")


@pytest.mark.parametrize("nasty", NASTY)
def test_one_line_is_one_line(nasty):
    clean = one_line(nasty, 200)

    assert len(clean) <= 200
    assert len(clean.splitlines()) <= 1
    assert not set(clean) & set("\r\n\x00\u2028\u2029\u202e")


def test_mails_of_one_ticket_are_one_thread_and_say_they_are_automatic(ticket, make_ticket, agent):
    actions.reply(ticket, "Hello.", by=agent)
    make_ticket("Another")
    jobs.send_due()

    first, second, other = (sent.extra_headers for sent in mail.outbox)
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert other["References"] != first["References"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["X-Auto-Response-Suppress"] == "All"
    assert mail.outbox[0].subject == mail.outbox[1].subject == f"[{ticket.ref}] {ticket.title}"


def test_a_requester_is_sent_to_the_portal_and_an_agent_to_the_desk(
    ticket, requester, agent, lead, settings
):
    actions.assign(ticket, to=agent, by=lead)
    jobs.send_due()

    for_robin, for_sasha = mail.outbox
    assert settings.SITE_URL + ticket.get_absolute_url() in for_robin.body
    assert settings.SITE_URL + ticket.desk_url in for_sasha.body


def test_text_and_html_say_the_same(ticket, agent, settings):
    actions.reply(ticket, "Read **this**: [VPN](/kb/vpn/) ![shot](/files/abc/a.png)", by=agent)
    jobs.send_due()

    reply = mail.outbox[1]
    html = reply.alternatives[0].content
    assert "Sasha Vole replied" in reply.body
    assert f"[VPN]({settings.SITE_URL}/kb/vpn/)" in reply.body
    assert "<strong>this</strong>" in html
    assert f'href="{settings.SITE_URL}/kb/vpn/"' in html
    assert "<img" not in html


def test_words_of_people_are_not_a_template_and_not_markup(make_ticket, only):
    make_ticket(
        "{{ 7|add:7 }} <b>%(x)s</b>", description="{% load x %}<script>1</script>{0.__class__}"
    )

    sent = only()
    html = sent.alternatives[0].content
    assert sent.subject.endswith("{{ 7|add:7 }} <b>%(x)s</b>")
    assert "{% load x %}<script>1</script>{0.__class__}" in sent.body
    assert "<script>" not in html


def test_an_internal_note_is_in_no_mail_also_not_in_a_later_one(
    ticket, requester, agent, lead, other_requester
):
    secret = "canary-5f2e9c"
    actions.follow(ticket, who=other_requester, by=agent)
    actions.take(ticket, by=lead)
    actions.note(ticket, f"Internal {secret}", by=agent)
    actions.reply(ticket, "Public words.", by=agent)
    actions.transition(ticket, to="waiting_other", text=f"Held {secret}", by=agent)
    actions.resolve(ticket, "Solved.", code="fixed", by=agent)
    actions.reopen(ticket, "No.", by=requester)
    jobs.send_due()

    assert len(mail.outbox) >= 7
    for sent in mail.outbox:
        assert secret not in sent.message().as_string()


def test_a_mail_is_written_in_its_readers_language(ticket, requester, only):
    requester.language = "de"
    requester.save()

    assert 'lang="de"' in only().alternatives[0].content


def test_files_are_counted_and_fetched_behind_sign_in(make_ticket, only):
    from tests.incidents.tickets.uploads import text_file

    make_ticket(files=[text_file("log.txt", b"secret-in-file")])

    sent = only()
    assert "1 file came with it." in sent.body
    assert "secret-in-file" not in sent.message().as_string()


# Answers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(monkeypatch):
    """One mailbox takes answers about everything."""
    monkeypatch.setattr(
        addresses, "mailbox_of", lambda ticket: Postal("desk@example.com", "Service, Desk")
    )


def test_an_answer_goes_to_a_signed_address_of_its_reader(ticket, requester, mailbox, only):
    sent = only()
    (answers_to,) = sent.reply_to

    assert read_address(answers_to, at=timezone.now()) == addresses.Mark(
        ticket.number, requester.pk
    )
    assert answers_to.startswith('"Service, Desk" <desk+')
    assert sent.from_email == '"Service, Desk" <help@127.0.0.1>'
    assert sent.body.startswith("— Please write above this line —\n")
    assert "— Please write above this line —" in sent.alternatives[0].content
    assert "reply to this mail" in sent.body


@pytest.mark.parametrize("nasty", NASTY)
def test_whatever_a_mailbox_is_called_answers_go_to_its_address(
    ticket, requester, smtp, monkeypatch, nasty
):
    monkeypatch.setattr(addresses, "mailbox_of", lambda _: Postal("desk@example.com", nasty))
    jobs.send_due()

    (sent,) = smtp.mails
    assert [one.addr_spec for one in sent["From"].addresses] == ["help@127.0.0.1"]
    (answers_to,) = sent["Reply-To"].addresses
    assert read_address(answers_to.addr_spec, at=timezone.now()).reader == requester.pk
    assert smtp.envelopes[0].rcpt_tos == [requester.email]
    assert not {"bcc", "cc"} & {name.lower() for name in sent}


def test_without_a_mailbox_nobody_is_asked_to_answer_by_mail(ticket, only):
    sent = only()

    assert sent.reply_to == []
    assert "write above" not in sent.body
    assert "nobody reads answers to this mail" in sent.body


def test_whoever_works_on_a_ticket_is_given_no_address_to_answer_to(ticket, agent, lead, mailbox):
    actions.assign(ticket, to=agent, by=lead)
    jobs.send_due()

    for_robin, for_sasha = mail.outbox
    assert (len(for_robin.reply_to), for_sasha.reply_to) == (1, [])
    assert "write above" not in for_sasha.body


def test_a_follower_may_answer(ticket, other_requester, agent, mailbox):
    actions.follow(ticket, who=other_requester, by=agent)
    jobs.send_due()

    mark = read_address(mail.outbox[1].reply_to[0], at=timezone.now())
    assert mark == addresses.Mark(ticket.number, other_requester.pk)


def test_the_line_is_known_in_every_language(settings):
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            assert addresses.reply_line() in addresses.reply_lines()


def test_who_is_only_known_by_mail_is_sent_to_no_page(ticket, requester, agent, mailbox):
    requester.is_contact = True
    requester.save()
    actions.reply(ticket, "Words.", by=agent)
    jobs.send_due()

    sent = mail.outbox[-1]
    assert "Words." in sent.body
    assert "To answer, reply to this mail.\n" in sent.body
    assert ticket.get_absolute_url() not in sent.message().as_string()
    assert len(sent.reply_to) == 1


def test_every_mail_of_ours_says_its_ticket(ticket, only):
    headers = only().extra_headers

    assert read_message_id(headers["Message-ID"]) == ticket.number
    assert read_message_id(headers["References"]) == ticket.number


# What its reader may see, and how it looks ---------------------------------------------------------------------


def test_priority_is_told_to_those_who_work_on_it_only(ticket, agent, lead):
    actions.assign(ticket, to=agent, by=lead)
    jobs.send_due()

    for_robin, for_sasha = mail.outbox
    assert "Priority" not in for_robin.body + for_robin.alternatives[0].content
    assert f"Priority: P{ticket.priority}" in for_sasha.body


def test_the_status_is_told_as_the_readers_page_tells_it(ticket, requester, agent):
    actions.take(ticket, by=agent)
    actions.transition(ticket, to="waiting_requester", text="Which one?", by=agent)
    jobs.send_due()

    assert "Status: We are waiting for you" in mail.outbox[-1].body


def test_a_mail_fetches_nothing_and_brings_no_style_sheet(ticket, agent):
    words = "![a](https://track.example/p.png) ![b][x] <img src=https://track.example/q> \n\n[x]: https://track.example/r.png"
    actions.reply(ticket, words, by=agent)
    jobs.send_due()

    html = mail.outbox[1].alternatives[0].content
    assert not re.search(r"<(img|link|style|script|iframe|object|svg|video)\b", html)
    assert not re.search(r"<[^>]*\b(src|background)=|url\(|@import", html)
    assert html.count("Open the ticket") == 1


def test_colours_of_text_and_ground_are_left_to_the_mail_program(ticket, agent):
    """Apart from the button's, whose words stand on its own ground: what is turned in the dark is turned whole."""
    actions.reply(ticket, "Words with `code`.", by=agent)
    jobs.send_due()

    html = mail.outbox[1].alternatives[0].content
    styles = re.findall(r'style="([^"]*)"', html)
    coloured = [one for one in styles if re.search(r"(^|;)(color|background):", one)]
    assert 'content="light dark"' in html
    assert coloured == [
        "border-radius:6px;background:#0c6378",
        "display:inline-block;padding:10px 20px;border:1px solid #0c6378;border-radius:6px;font-weight:600;color:#ffffff;text-decoration:none",
    ]


def test_lists_of_mails_show_the_first_words(ticket, agent):
    actions.reply(ticket, "**Restart** the [client](https://example.com).", by=agent)
    jobs.send_due()

    html = mail.outbox[1].alternatives[0].content
    hidden = re.search(r'<div style="display:none[^>]*>([^<]*)<', html)[1]
    assert hidden == "Sasha Vole replied. Restart the client."


def test_people_called_by_name_are_names_in_mails(ticket, requester, agent):
    actions.reply(ticket, f"@[Robin Keel](person:{requester.pk}), please look.", by=agent)
    jobs.send_due()

    assert "@Robin Keel, please look." in mail.outbox[1].body
    assert "person:" not in mail.outbox[1].message().as_string()


def test_several_things_on_one_ticket_can_be_one_mail(ticket, requester, agent):
    actions.reply(ticket, "First words.", by=agent)
    actions.resolve(ticket, "Second words.", code="fixed", by=agent)
    rows = Delivery.objects.mails().filter(recipient=requester).with_words().order_by("pk")

    sent = write(*rows)
    html = sent.alternatives[0].content
    assert sent.extra_headers["Message-ID"] == rows[2].message_id
    assert "3 things happened on this ticket:" in sent.body
    for words in ("We have your report", "Sasha Vole replied.", "First words.", "Second words."):
        assert words in sent.body
        assert words in html
    assert html.count("Open the ticket") == 1
