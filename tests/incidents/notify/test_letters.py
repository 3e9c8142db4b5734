"""The mail itself: safe headers, one thread a ticket, and only what its reader may see."""

import pytest
from django.core import mail

from incidents.notify import jobs
from incidents.notify.letters import one_line
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
        "auto-submitted", "content-type", "date", "from", "in-reply-to", "message-id", "mime-version",
        "references", "subject", "to", "x-auto-response-suppress",
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
