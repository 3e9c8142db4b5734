"""Canned replies: who may use and change them, and what the composer offers; tickets to name; quotations."""

import pytest

from incidents.desk.models import CannedReply
from incidents.tickets import actions
from tests.incidents.desk.conftest import body

GREETING = {"name": "Greeting", "body": "Dear {{requester.first_name}},", "scope": "mine"}


def make(owner, scope="mine", team=None, name="Reboot", body="Please restart it."):
    return CannedReply.objects.create(owner=owner, scope=scope, team=team, name=name, body=body)


def test_one_writes_edits_and_deletes_ones_own(desk, agent):
    assert desk.post("/desk/canned/new/", GREETING).url == "/desk/canned/"
    one = CannedReply.objects.get()
    assert (one.owner, one.scope, one.team) == (agent, "mine", None)

    desk.post(f"/desk/canned/{one.pk}/", {**GREETING, "name": "Hello"})
    assert "Hello" in body(desk.get("/desk/canned/"))

    desk.post(f"/desk/canned/{one.pk}/removal/")
    assert not CannedReply.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "Give it a name to find it by."),
        ({"body": ""}, "Write something first."),
        ({"body": "{{settings.SECRET_KEY}}"}, "There is no variable {{settings.SECRET_KEY}}."),
        ({"body": "{{7*7}}"}, "There is no variable {{7*7}}."),
        ({"scope": "everybody"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_named(desk, given, words):
    answer = desk.post("/desk/canned/new/", {**GREETING, **given})

    assert answer.status_code == 422
    assert words in body(answer)
    assert not CannedReply.objects.exists()


@pytest.mark.parametrize("text", ["{% load static %}", "{0.__class__}", "%(x)s"])
def test_what_looks_like_code_is_kept_and_shown_as_text(desk, htmx, ticket, url, text):
    desk.post("/desk/canned/new/", {**GREETING, "body": text})

    assert f'data-text="{text}"' in body(htmx.get(url(ticket, "canned")))


def test_who_leads_a_team_shares_with_it(client_of, desk, lead, team, other_team, agent):
    hers = client_of(lead)
    hers.post("/desk/canned/new/", {**GREETING, "scope": "team", "team": team.pk})
    one = CannedReply.objects.get()
    assert (one.scope, one.team) == ("team", team)
    refused = hers.post("/desk/canned/new/", {**GREETING, "scope": "team", "team": other_team.pk})
    assert refused.status_code == 422

    assert "Greeting" in body(desk.get("/desk/canned/"))
    assert desk.get(f"/desk/canned/{one.pk}/").status_code == 403
    assert desk.post(f"/desk/canned/{one.pk}/removal/").status_code == 403


def test_what_is_not_mine_to_use_does_not_exist(desk, htmx, ticket, url, lead, other_agent, other_team, private_team):  # fmt: skip
    hidden = [
        make(lead),
        make(other_agent, "team", other_team),
        make(other_agent, "team", private_team),
    ]

    assert "Reboot" not in body(htmx.get(url(ticket, "canned")))
    for one in hidden:
        assert desk.get(f"/desk/canned/{one.pk}/").status_code == 404
        assert desk.post(f"/desk/canned/{one.pk}/removal/").status_code == 404


def test_the_composer_offers_them_filled_and_finds_by_words(htmx, ticket, agent, url):
    make(agent, name="Greeting", body="Dear {{requester.first_name}}, about {{ticket.number}}")
    make(agent, name="Reboot")

    assert f'data-text="Dear Robin, about {ticket.ref}"' in body(htmx.get(url(ticket, "canned")))
    found = body(htmx.get(url(ticket, "canned"), {"q": "restart"}))
    assert "Reboot" in found
    assert "Greeting" not in found
    assert "No canned reply says this." in body(htmx.get(url(ticket, "canned"), {"q": "zzz"}))


def test_what_is_used_is_counted(desk, taken, agent, lead, url):
    mine, hers = make(agent), make(lead)
    for one in (mine.pk, hers.pk, "x"):
        desk.post(url(taken, "replies"), {"body": f"Restart {one}", "canned": one})

    assert [CannedReply.objects.get(pk=one.pk).uses for one in (mine, hers)] == [1, 0]


# Tickets to name, and quotations ----------------------------------------------------------------------


def test_tickets_are_found_by_number_and_words_among_those_one_sees(
    htmx, make_ticket, ticket, other_category
):
    foreign = make_ticket("VPN in the other office", category=other_category)

    for words in (ticket.ref, str(ticket.number), "dropping"):
        assert f'data-text="{ticket.ref}"' in body(htmx.get("/desk/tickets/lookup/", {"q": words}))
    for words in (foreign.ref, "other office"):
        assert foreign.ref not in body(htmx.get("/desk/tickets/lookup/", {"q": words}))


def test_a_message_is_quoted_as_it_was_typed(htmx, ticket, agent, requester, url):
    event = actions.reply(ticket, "First **line**\nsecond", by=requester)

    assert body(htmx.get(url(ticket, "quotes", event.number))) == "> First **line**\n> second\n\n"


def test_only_messages_are_quoted(htmx, ticket, agent, url):
    actions.set_priority(ticket, impact="many", by=agent)

    assert htmx.get(url(ticket, "quotes", 2)).status_code == 404
    assert htmx.get(url(ticket, "quotes", 77)).status_code == 404


def test_a_note_is_only_offered_to_be_quoted_in_a_note(desk, ticket, agent, url):
    actions.note(ticket, "Secret", by=agent)

    page = body(desk.get(url(ticket)))
    assert page.split("quotes/2/")[1].split("aria-label")[0].count('data-into="note"') == 1
    assert page.split("quotes/1/")[1].split("aria-label")[0].count('data-into="reply"') == 1
