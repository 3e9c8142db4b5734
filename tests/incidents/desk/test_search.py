"""The desk's search: one box, operators, what each may find, and numbers that lead straight to a ticket."""

import html
import re

import pytest

from incidents.desk.forms import ticket_number
from incidents.desk.views import search as search_view
from incidents.tickets import actions
from incidents.tickets.models import Category, DeskReading
from tests.incidents.desk.conftest import body
from tests.incidents.desk.test_operators import LOOKUPS


@pytest.mark.parametrize("words", ["INC-{n}", "inc-{n}", "{n}", "#{n}", " INC {n} "])
def test_a_number_leads_to_the_ticket(desk, ticket, url, words):
    response = desk.get("/desk/search/", {"q": words.format(n=ticket.number)})

    assert response.status_code == 302
    assert response.url == url(ticket)


def test_a_number_that_one_does_not_see_is_searched_for_like_any_word(
    desk, make_ticket, other_category
):
    hidden = make_ticket(category=other_category)

    response = desk.get("/desk/search/", {"q": hidden.ref})

    assert response.status_code == 200
    assert hidden.title not in body(response)


def test_matches_are_marked_and_articles_follow(desk, ticket):
    page = body(desk.get("/desk/search/", {"q": "vpn"}))

    assert ticket.ref in page
    assert "<mark>VPN</mark>" in page
    assert 'hx-get="/desk/search/others/?q=vpn"' in page


def test_nothing_asked_shows_the_field_only(desk):
    assert "No ticket" not in body(desk.get("/desk/search/"))


def test_the_question_is_shown_as_text(desk):
    assert "<script>" not in body(
        desk.get("/desk/search/", {"q": "<script>alert(1)</script>"})
    ).replace("<script src", "")


def test_employees_do_not_search_here(client_of, requester):
    assert client_of(requester).get("/desk/search/?q=vpn").status_code == 403


@pytest.mark.parametrize("words", ["", "INC", "INC-", "INC-1x", "1.5", "²", "9" * 40, "-5 apples"])
def test_what_is_no_number(words):
    assert ticket_number(words) is None


# Operators ----------------------------------------------------------------------------------------------


def refs(response):
    """The tickets that stand on the page, in order."""
    return re.findall(r'<span class="fb-subtle">(INC-\d+)</span>', body(response))


@pytest.fixture
def ask(desk):
    return lambda typed, **more: desk.get("/desk/search/", {"q": typed, **more})


def test_operators_narrow_what_is_found(ask, make_ticket, other_requester, agent, service):
    plain = make_ticket("VPN drops")
    urgent = make_ticket("VPN gone", impact="many", urgency="stop", service=service)
    mine = actions.take(make_ticket("VPN slow", by=other_requester, type="request"), by=agent)
    actions.tag(urgent, add=["floor-2"], by=agent)
    done = actions.resolve(make_ticket("VPN twice"), "Done.", code="fixed", by=agent)

    for typed, wanted in {
        "vpn status:open": [mine, urgent, plain],
        "vpn status:resolved": [done],
        "is:closed": [done],
        "assignee:me": [mine],
        "assignee:nobody status:open": [urgent, plain],
        "is:unassigned vpn -is:closed": [urgent, plain],
        "priority:1": [urgent],
        "type:request": [mine],
        "tag:floor-2": [urgent],
        "-tag:floor-2 is:open": [mine, plain],
        'requester:"mika thistle"': [mine],
        "requester:mika": [mine],
        "team:network is:open": [mine, urgent, plain],
        "category:vpn priority:1": [urgent],
        "service:vpn-access": [urgent],
        "created:today type:request": [mine],
        "created:<2020-01-01": [],
        "resolved:today": [done],
        '"vpn gone"': [urgent],
        "vpn -slow -twice": [urgent, plain],
        "-vpn": [],
        "vpn colour:red": [],
    }.items():
        assert refs(ask(typed)) == [one.ref for one in wanted], typed


def test_unread_is_what_one_has_not_seen_yet(ask, make_ticket, agent, lead):
    seen, unseen = make_ticket(), make_ticket()
    DeskReading.objects.create(ticket=seen, user=agent, version=seen.version)

    assert refs(ask("is:unread")) == [unseen.ref]

    actions.note(seen, "News.", by=lead)
    assert refs(ask("is:unread")) == [unseen.ref, seen.ref]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("colour:red", "“colour:” is nothing to search by"),
        ("status:broken", "“status:” knows open, new"),
        ("team:nowhere", "“team:” knows no “nowhere”"),
        ("created:soon", "takes a day like 2026-01-31"),
        ("requester:zzzz", "“requester:” knows no “zzzz”"),
        ("category:zzzz service:zzzz assignee:zzzz", "“assignee:” knows no “zzzz”"),
    ],
)
def test_what_is_not_understood_is_told_under_the_box(ask, ticket, typed, hint):
    response = ask(typed)

    assert response.status_code == 200
    assert hint in body(response)


@pytest.mark.parametrize("typed", LOOKUPS)
def test_no_field_is_reached_by_its_name(ask, ticket, typed):
    response = ask(typed)

    assert response.status_code == 200
    assert refs(response) == []


@pytest.mark.parametrize("name", ["kind", "after"])
@pytest.mark.parametrize("value", ["user__password", "__class__", "-1", "';--", "1:2:3", "\x00"])
def test_other_parameters_come_from_a_list(ask, ticket, name, value):
    response = ask("vpn", **{name: value})

    assert response.status_code == (400 if name == "kind" else 200)


def test_the_next_page_goes_on_where_this_one_ends(desk, make_ticket, monkeypatch):
    monkeypatch.setattr(search_view, "SIZE", 2)
    tickets = [make_ticket("Heron") for _ in range(5)]
    found, page = [], desk.get("/desk/search/?q=heron")
    while True:
        found += refs(page)
        more = re.search(r'href="([^"]+)"[^>]* rel="next"', body(page))
        if not more:
            break
        page = desk.get(html.unescape(more[1]))

    assert found == [ticket.ref for ticket in reversed(tickets)]


def test_htmx_gets_the_next_rows_alone(client_of, agent, make_ticket, monkeypatch):
    monkeypatch.setattr(search_view, "SIZE", 1)
    make_ticket("Heron"), make_ticket("Heron")
    headers = {"HX-Request": "true", "HX-Target": "more"}
    page = client_of(agent).get("/desk/search/?q=heron")
    more = html.unescape(re.search(r'href="([^"]+)"[^>]* rel="next"', body(page))[1])

    answer = client_of(agent, headers=headers).get(more)

    assert body(answer).lstrip().startswith("<li>")
    assert len(refs(answer)) == 1


def test_the_page_asks_few_queries(desk, make_ticket, django_assert_max_num_queries, on_postgres):
    for _ in range(30):
        make_ticket()
    desk.get("/desk/search/?q=vpn")

    with django_assert_max_num_queries(4 if on_postgres else 6):
        desk.get("/desk/search/?q=vpn+drops")


# Who finds what ------------------------------------------------------------------------------------------


def test_operators_never_widen_what_is_seen(
    ask, make_ticket, other_category, private_team, manager
):
    secret = Category.objects.create(name="Fraud", slug="fraud", default_team=private_team)
    hidden = make_ticket("Canarybird", category=secret)
    make_ticket("Canarybird", category=other_category)

    for typed in ("canarybird", "is:open", "category:fraud", "category:laptop", "-heron", '"canarybird"', "requester:robin"):  # fmt: skip
        assert refs(ask(typed)) == [], typed
    assert "team:” knows no “security”" in body(ask("team:security"))
    assert hidden.title not in body(ask(hidden.ref))


def test_confidential_tickets_are_their_teams_alone(client_of, make_ticket, team, manager, agent):
    closed = Category.objects.create(name="Pay", slug="pay", default_team=team, is_confidential=True, is_confined=True)  # fmt: skip
    ticket = make_ticket("Canarybird", category=closed)

    assert refs(client_of(manager).get("/desk/search/?q=is:confidential")) == []
    assert refs(client_of(agent).get("/desk/search/?q=is:confidential")) == [ticket.ref]


def test_notes_are_searched_by_staff_of_the_ticket(client_of, ticket, agent, other_agent):
    actions.note(ticket, "The canarybird is the cause.", by=agent)

    assert refs(client_of(agent).get('/desk/search/?q="canarybird+is"')) == [ticket.ref]
    assert "canarybird is" not in body(client_of(other_agent).get("/desk/search/?q=cause")).lower()


OTHERS = "/desk/search/others/"


def test_articles_people_and_services_beside_the_tickets(desk, make_article, service, requester):
    article = make_article("VPN for Robin")

    page = body(desk.get(OTHERS, {"q": "vpn"}))
    assert article.get_absolute_url() in page
    assert "service%3Avpn-access" in page

    page = body(desk.get(OTHERS, {"q": "robin"}))
    assert "<mark>Robin</mark> Kestrel" in page
    assert "requester%3A%22Robin+Kestrel%22" in page


def test_how_to_reach_somebody_is_shown_to_those_who_have_their_tickets(
    client_of, agent, other_agent, ticket, requester
):
    requester.phone = "555 0100"
    requester.save()

    for person, reads in ((agent, True), (other_agent, False)):
        for page in (OTHERS, "/desk/search/?kind=people"):
            shown = body(client_of(person).get(page, {"q": "robin", "kind": "people"}))
            assert "Kestrel" in shown
            assert (requester.email in shown) is reads
            assert ("555 0100" in shown) is reads


@pytest.mark.parametrize(
    ("kind", "said"),
    [("tickets", "keeps dropping"), ("articles", "vpn-disconnects"), ("people", "Robin"), ("services", "vpn-access")],
)  # fmt: skip
def test_each_kind_has_a_page_of_its_own(desk, ticket, make_article, service, kind, said):
    make_article()
    words = "robin" if kind == "people" else "vpn"

    assert said in body(desk.get("/desk/search/", {"q": words, "kind": kind}))


def test_articles_of_others_are_not_found(client_of, agent, make_article):
    make_article("Canarybird draft", published=False)

    assert "Canarybird draft" not in body(client_of(agent).get(OTHERS + "?q=canarybird"))


@pytest.mark.parametrize("address", ["/desk/search/?q=vpn", OTHERS + "?q=vpn", "/desk/search/suggestions/?q=vpn", "/desk/palette/?q=vpn"])  # fmt: skip
@pytest.mark.parametrize("role", ["requester", "editor"])
def test_nobody_else_searches_here(client_of, request, ticket, role, address):
    person = request.getfixturevalue(role)

    assert client_of(person).get(address).status_code == 403


# While typing ----------------------------------------------------------------------------------------------


def fills(response):
    return [html.unescape(fill) for fill in re.findall(r'data-completes="([^"]*)"', body(response))]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("sta", ["status:"]),
        ("vpn -sta", ["vpn -status:"]),
        ("status:re", ["status:resolved "]),
        ("status:new,re", ["status:new,resolved "]),
        ("x team:net", ["x team:network "]),
        ("queue:net", ["team:network "]),
        ("category:vp", ["category:vpn "]),
        ("service:acc", ["service:vpn-access "]),
        ("assignee:m", ["assignee:me "]),
        ("requester:robin", ['requester:"Robin Kestrel" ']),
        ('requester:"robin k', ['requester:"Robin Kestrel" ']),
        ("tag:fl", ["tag:floor-2 "]),
        ("vpn ", []),
        ("colour:", []),
    ],
)
def test_operators_and_their_values_are_suggested(desk, ticket, service, agent, typed, wanted):
    actions.tag(ticket, add=["floor-2"], by=agent)

    assert fills(desk.get("/desk/search/suggestions/", {"q": typed})) == wanted


def test_tickets_and_people_are_suggested(desk, ticket):
    page = body(desk.get("/desk/search/suggestions/", {"q": "vpn"}))
    assert ticket.ref in page

    assert "Kestrel" in body(desk.get("/desk/search/suggestions/", {"q": "robin"}))


def test_suggestions_name_nothing_hidden(client_of, other_agent, ticket, agent, private_team):
    actions.tag(ticket, add=["canarytag"], by=agent)
    browser = client_of(other_agent)

    assert fills(browser.get("/desk/search/suggestions/", {"q": "tag:can"})) == []
    assert fills(browser.get("/desk/search/suggestions/", {"q": "team:sec"})) == []
    assert ticket.ref not in body(browser.get("/desk/search/suggestions/", {"q": "vpn"}))
