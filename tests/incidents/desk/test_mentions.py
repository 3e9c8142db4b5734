"""The list of mentions, its number in the sidebar, and whom a note may name."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Mention
from tests.incidents.desk.conftest import body


@pytest.fixture
def named(ticket, agent, lead):
    actions.note(ticket, f"ACL lookups, @[Sasha Vole](person:{agent.pk})", by=lead)
    return Mention.objects.get()


def test_it_stands_in_the_list_and_is_counted(desk, named):
    page = body(desk.get("/desk/mentions/"))

    assert f"{named.ticket.ref} VPN keeps dropping" in page
    assert "ACL lookups, @Sasha Vole" in page
    assert '<span class="fb-trunc">Mentions</span><span class="fb-count">1</span>' in page


def test_looking_changes_nothing_the_post_does(desk, named):
    desk.get("/desk/mentions/")
    assert Mention.objects.filter(seen_at=None).exists()

    desk.post("/desk/mentions/seen/", {"until": named.pk})
    assert not Mention.objects.filter(seen_at=None).exists()
    assert "Mentions</span></a>" in body(desk.get("/desk/mentions/"))


@pytest.mark.parametrize("until", ["", "x", "-1"])
def test_seen_needs_a_mention(desk, until):
    assert desk.post("/desk/mentions/seen/", {"until": until}).status_code == 400


def test_what_one_may_no_longer_read_is_gone_from_list_and_count(
    desk, named, agent, manager, other_team
):
    actions.move(named.ticket, to=other_team, by=manager)

    page = body(desk.get("/desk/mentions/"))
    assert "VPN keeps dropping" not in page
    assert '<span class="fb-count">1</span>' not in page.split("Mentions</span>")[1][:80]


def test_the_list_goes_on(desk, ticket, agent, lead):
    for n in range(35):
        actions.note(ticket, f"Note {n} @[S](person:{agent.pk})", by=lead)

    page = body(desk.get("/desk/mentions/"))
    earlier = page.split('href="?before=')[1].split('"')[0]
    assert "Note 34" in page
    assert "Note 4 " not in page
    assert "Note 4 " in body(desk.get("/desk/mentions/", {"before": earlier}))


def test_who_may_be_named(htmx, ticket, url, requester, lead, other_agent):
    page = body(htmx.get(url(ticket, "mentionable"), {"q": ""}))
    assert f"@[Noor Aspen](person:{lead.pk})" in page
    assert "@[Network](team:" in page
    assert "Robin" not in page
    assert "Otter" not in page

    assert "Noor" not in body(htmx.get(url(ticket, "mentionable"), {"q": "zzz"}))


def test_the_author_is_told_who_was_not(desk, htmx, taken, url, requester):
    note = {"body": f"@[Robin Kestrel](person:{requester.pk}) broke it"}

    page = body(htmx.post(url(taken, "notes"), note))
    assert "Not told, since they can’t see this ticket: Robin Kestrel" in page


def test_requesters_find_no_trace(client_of, ticket, agent, lead, requester):
    actions.note(ticket, f"Look at the list, @[Sasha Vole](person:{agent.pk})", by=lead)

    theirs = client_of(requester)
    assert "Look at the list" not in body(theirs.get(f"/tickets/{ticket.ref}/"))
    assert theirs.get("/desk/mentions/").status_code == 403


def test_without_a_script_a_page_says_whom_a_note_can_name(desk, ticket, lead, team, url):
    page = body(desk.get(url(ticket, "mentionable"), {"q": "noor"}))

    assert f"@[Noor Aspen](person:{lead.pk})" in page
    assert "Whom a note can name" in page
    assert url(ticket, "mentionable") in body(desk.get(url(ticket)))
