"""The desk's search: tickets and articles, and numbers that lead straight to a ticket."""

import pytest

from incidents.desk.forms import ticket_number
from tests.incidents.desk.conftest import body


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


def test_tickets_and_articles_in_two_groups(desk, ticket, make_article):
    article = make_article("VPN disconnects every few minutes")

    page = body(desk.get("/desk/search/", {"q": "vpn"}))

    assert ticket.ref in page
    assert article.get_absolute_url() in page
    assert "<mark>VPN</mark>" in page


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
