"""The short form: log and resolve in one go."""

import re

import pytest

from incidents.tickets.models import Ticket
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body


@pytest.fixture
def given(requester, category):
    return {
        "who": "Robin Kestrel", "person": str(requester.pk), "title": "Password forgotten", "category": str(category.pk),
        "done": "Reset it.", "code": "fixed", "minutes": "5", "then": "resolve",
    }  # fmt: skip


def test_log_and_resolve(desk, given, agent, requester):
    response = desk.post("/desk/tickets/quick/", given)

    ticket = Ticket.objects.get()
    assert (response.status_code, response.url) == (302, ticket.desk_url)
    assert (ticket.status, ticket.requester, ticket.assignee) == (Status.RESOLVED, requester, agent)
    assert (ticket.minutes_spent, ticket.origin) == (5, "desk")


def test_log_and_keep_open_needs_only_who_what_and_where(desk, given):
    desk.post("/desk/tickets/quick/", given | {"then": "open", "done": "", "minutes": ""})

    assert Ticket.objects.get().status == Status.OPEN


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"done": " "}, "Say what you did"),
        ({"who": "Nobody Of This Name", "person": ""}, "find anybody"),
        ({"title": ""}, "Say in a few words"),
        ({"category": ""}, "Choose a category"),
        ({"category": "999999"}, "valid choice"),
        ({"minutes": "ages"}, "Type a time like"),
        ({"code": "nonsense"}, "valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(desk, given, change, words):
    response = desk.post("/desk/tickets/quick/", given | change)

    assert response.status_code == 422
    assert words in body(response)
    assert change.get("title", "Password forgotten") in body(response)
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(("known", "field"), [("", "who"), ("title=Toner", "who")])
def test_one_types_at_once_where_the_first_field_is_empty(desk, category, known, field):
    page = body(desk.get(f"/desk/tickets/quick/?{known}"))

    assert [name for name in ("who", "title") if has_cursor(page, name)] == [field]


def has_cursor(page, name):
    return bool(re.search(rf'<(?:input|select|textarea)[^>]*\bname="{name}"[^>]*\bautofocus', page))


def test_what_resolving_needs_is_not_called_optional(desk):
    page = body(desk.get("/desk/tickets/quick/"))

    label = re.search(r'<label for="id_done"[^>]*>(.*?)</label>', page, re.DOTALL)[1]
    assert label.strip() == "What you did (needed to resolve it)"


def test_a_category_that_asks_gets_its_answers(desk, given, category, ask):
    version = ask(
        category, [{"key": "room", "kind": "text", "label": "Which room?", "required": True}]
    )
    response = desk.post("/desk/tickets/quick/", given)
    assert response.status_code == 422
    assert "Which room?" in body(response)
    desk.post("/desk/tickets/quick/", given | {"questions": str(version.pk), "q-room": "2.14"})

    assert Ticket.objects.get().answers.get().given == {"room": "2.14"}


def test_what_one_often_logs_is_a_click_away(desk, given, category, make_ticket, requester):
    for _ in range(2):
        desk.post("/desk/tickets/quick/", given)
    desk.post("/desk/tickets/quick/", given | {"title": "Once only"})
    page = body(desk.get("/desk/tickets/quick/"))

    assert 'data-title="Password forgotten"' in page
    assert "Once only" not in page
    link = f"/desk/tickets/quick/?title=Password%20forgotten&category={category.pk}"
    assert 'value="Password forgotten"' in body(desk.get(link))


def test_only_who_works_on_tickets_logs_any(client_of, auditor, requester, given):
    for person in (auditor, requester):
        assert client_of(person).get("/desk/tickets/quick/").status_code == 403
        assert client_of(person).post("/desk/tickets/quick/", given).status_code == 403


@pytest.mark.parametrize(
    "query", ["?category=x", "?category=9999", "?title=" + "x" * 900, "?category=%00"]
)
def test_nonsense_in_the_address_does_no_harm(desk, category, query):
    assert desk.get(f"/desk/tickets/quick/{query}").status_code == 200


# Solved with an article -------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["article", "article_typed"])
@pytest.mark.parametrize("named", ["{0.slug}", "{0.title}"])
@pytest.mark.parametrize("address", ["/desk/tickets/quick/", "/desk/call/"])
def test_what_solved_it_is_said_and_counted(desk, given, make_article, field, named, address):
    article = make_article()
    desk.post(address, given | {field: named.format(article)})
    article.refresh_from_db()

    assert Ticket.objects.get().solved_with == article
    assert article.solved_count == 1


def test_what_stays_open_was_solved_with_nothing(desk, given, make_article):
    desk.post("/desk/tickets/quick/", given | {"then": "open", "article": make_article().slug})

    assert Ticket.objects.get().solved_with is None


def test_an_article_that_is_not_there_is_said_and_nothing_is_filed(desk, given, make_article):
    draft = make_article("Draft of ours", published=False)
    response = desk.post("/desk/tickets/quick/", given | {"article": draft.title})

    assert response.status_code == 422
    assert "there is none called “Draft of ours”" in body(response)
    assert "Reset it." in body(response)
    assert not Ticket.objects.exists()


def test_articles_are_found_by_the_title_or_by_words(desk, htmx, make_article):
    article = make_article()
    make_article("VPN plans of the board", published=False)
    choice = "/desk/articles/choice/"

    for asked in ({"title": "VPN drops", "article_words": ""}, {"article_words": "vpn"}):
        found = body(htmx.get(choice, asked))
        assert f'value="{article.slug}"' in found
        assert "board" not in found
    assert "Type words to find one" in body(htmx.get(choice))
    assert f"<small>{article.slug}</small>" in body(desk.get(choice, {"article_words": "vpn"}))
    assert choice in body(desk.get("/desk/tickets/quick/"))
    assert choice in body(desk.get("/desk/call/"))
