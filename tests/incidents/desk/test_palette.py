"""The command palette's one endpoint: what it offers, to whom, and that it asks little."""

import re

import pytest

from incidents.desk.models import Macro, SavedView
from incidents.tickets import actions
from incidents.tickets.models import DeskReading
from tests.incidents.desk.conftest import body


@pytest.fixture
def ask(desk):
    def of(words="", **more):
        return body(desk.get("/desk/palette/", {"q": words, **more}))

    return of


def links(page):
    return re.findall(r'data-href="([^"]*)"', page)


@pytest.mark.parametrize("typed", ["{n}", "INC-{n}", "inc {n}", "#{n}", "vpn drop"])
def test_tickets_by_number_or_words(ask, ticket, url, typed):
    assert links(ask(typed.format(n=ticket.number)))[0] == url(ticket)


def test_operators_work_here_too(ask, make_ticket, agent, url):
    mine = actions.take(make_ticket(), by=agent)
    make_ticket()

    assert [link for link in links(ask("vpn assignee:me")) if "/tickets/" in link] == [url(mine)]


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("netw", "/desk/queues/network/"),
        ("my w", "/desk/mine/"),
        ("unass", "/desk/unassigned/"),
        ("new tick", "/desk/tickets/new/"),
        ("knowl", "/kb/"),
        ("keyb", "/desk/keys/"),
        ("boar", "/desk/board/"),
        ("all t", "/desk/all/"),
        ("quick", "/desk/tickets/quick/"),
        ("call", "/desk/call/"),
        ("macr", "/desk/macros/"),
        ("absen", "/desk/absences/"),
    ],
)
def test_places_by_the_beginnings_of_their_words(ask, team, typed, link):
    assert link in links(ask(typed))


def test_saved_views_that_one_may_use(ask, agent, other_agent):
    mine = SavedView.objects.create(name="Due soon", owner=agent)
    SavedView.objects.create(name="Due never", owner=other_agent)

    page = ask("due")

    assert f"/desk/views/{mine.pk}/" in links(page)
    assert "never" not in page


def test_people_and_articles(ask, ticket, make_article):
    article = make_article()

    assert "requester%3A%22Robin+Kestrel%22" in ask("robin")
    assert article.get_absolute_url() in links(ask("vpn"))
    loose = make_article("Heron in no section", section=None)
    assert loose.get_absolute_url() in links(ask("heron"))


def test_nobody_is_told_how_to_reach_people_here(ask, ticket, requester):
    assert requester.email not in ask("robin")


def test_everything_else_is_one_line_further(ask):
    assert "/desk/search/?q=zzz" in links(ask("zzz"))


def test_without_words_the_tickets_opened_lately(ask, make_ticket, agent, url):
    first, second, third = make_ticket(), make_ticket(), make_ticket()
    for ticket in (third, first):
        DeskReading.objects.create(ticket=ticket, user=agent, version=1)

    page = ask()

    assert links(page)[:2] == [url(first), url(third)]
    assert second.ref not in page


def test_acts_on_the_ticket_that_is_open(ask, ticket, agent):
    assert f'data-press="#take-it, #row-{ticket.number} .fb-take"' in ask("take", ticket=ticket.ref)
    assert 'data-press="#tab-resolve"' in ask("resol", ticket=ticket.ref)

    actions.take(ticket, by=agent)
    assert "#take-it" not in ask("take", ticket=ticket.ref)


ADDRESSES = {
    "assign": "assignment/", "hand over": "team/", "prior": "priority/", "categ": "category/", "serv": "service/",
    "type": "type/", "tags": "tags/", "merge": "merge/", "status": "#steps", "reply": "?compose=reply#composer",
    "resolve": "?compose=resolve#composer", "internal": "?compose=note#composer",
}  # fmt: skip


@pytest.mark.parametrize("typed", ADDRESSES)
def test_acts_lead_to_the_page_that_has_them(ask, desk, lead, client_of, ticket, typed):
    page = body(client_of(lead).get("/desk/palette/", {"q": typed, "ticket": ticket.ref}))

    address = f"{ticket.desk_url}{ADDRESSES[typed]}"
    assert address in links(page)
    assert client_of(lead).get(address.partition("#")[0]).status_code == 200


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("priority high", "priority/"), ("assign to me", "assignment/"), ("wait", "steps/waiting_other/"),
        ("wait", "steps/waiting_requester/"), ("wait", "#steps"), ("start", "steps/open/"),
    ],
)  # fmt: skip
def test_acts_and_steps_are_found_by_other_words_too(lead, client_of, ticket, typed, address):
    page = body(client_of(lead).get("/desk/palette/", {"q": typed, "ticket": ticket.ref}))

    assert f"{ticket.desk_url}{address}" in links(page)


def test_steps_that_the_workflow_does_not_lead_to_are_not_offered(ask, ticket, agent):
    assert "steps/open/" in ask("start", ticket=ticket.ref)

    actions.take(ticket, by=agent)
    assert "steps/open/" not in ask("start", ticket=ticket.ref)


def test_macros_by_their_name_lead_to_the_preview(ask, ticket, agent, lead, url):
    step = [{"act": "take", "with": {}}]
    mine = Macro.objects.create(name="Reset the gateway", owner=agent, steps=step)
    Macro.objects.create(name="Reset of somebody else", owner=lead, steps=step)
    Macro.objects.create(name="Reset nothing", owner=agent, steps=[])

    found = links(ask("reset", ticket=ticket.ref))

    assert url(ticket, "macros", mine.pk) in found
    assert len([link for link in found if "/macros/" in link]) == 1
    assert "/macros/" not in "".join(links(ask("reset")))


@pytest.mark.parametrize("typed", ["sign out", "log out", "logout"])
def test_signing_out_is_found(ask, typed):
    assert "/accounts/logout/" in links(ask(typed))


def test_what_cannot_be_done_to_it_now_is_not_offered(ask, ticket, agent, requester, make_ticket):
    def offered():
        presses = re.findall(r'data-press="([^",]*)', ask(ticket=ticket.ref))
        return {press.removeprefix("#") for press in presses}

    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    assert offered() == {"steps", "tab-reply", "tab-note"}
    actions.confirm(ticket, by=requester)
    assert offered() == {"tab-note"}
    other = make_ticket()
    actions.merge(other, into=make_ticket(), by=agent)
    assert "data-press" not in ask(ticket=other.ref)


def test_who_may_only_read_is_offered_no_acts(client_of, auditor, ticket):
    page = body(client_of(auditor).get("/desk/palette/", {"ticket": ticket.ref}))

    assert "data-press" not in page


def test_nothing_of_others_is_offered(client_of, other_agent, ticket, team, private_team):
    DeskReading.objects.create(ticket=ticket, user=other_agent, version=1)
    browser = client_of(other_agent)

    for asked in ({}, {"q": "vpn"}, {"q": ticket.ref}, {"ticket": ticket.ref}, {"q": "network"}, {"q": "security"}):  # fmt: skip
        page = body(browser.get("/desk/palette/", asked))
        assert "/desk/tickets/INC" not in page, asked
        assert "data-press" not in page, asked
        assert "/desk/queues/network/" not in page, asked
        assert "/desk/queues/security/" not in page, asked


@pytest.mark.parametrize("typed", ["\x00", "<script>alert(1)</script>", "%", "'", '"', "status:", "a" * 1000, "-", "²", "9" * 400])  # fmt: skip
@pytest.mark.parametrize("name", ["q", "ticket"])
def test_nothing_typed_fails(desk, ticket, name, typed):
    answer = desk.get("/desk/palette/", {name: typed})

    assert answer.status_code == 200
    assert "<script" not in body(answer)


def test_it_asks_few_queries(desk, make_ticket, django_assert_max_num_queries):
    for _ in range(12):
        make_ticket()

    with django_assert_max_num_queries(12):
        desk.get("/desk/palette/?q=vpn+drop")
