"""The page on which everybody starts."""

import pytest

from incidents.tickets import actions
from incidents.workflow.states import Status
from knowledge import actions as knowledge
from knowledge.models import Article


def ask(ticket, agent):
    return actions.transition(ticket, to=Status.WAITING_REQUESTER, by=agent, text="Which building?")


def test_it_greets_and_offers_search_categories_and_featured_articles(
    client_of, requester, category, make_article
):
    article = make_article()
    type(article).objects.filter(pk=article.pk).update(is_featured=True)

    page = client_of(requester).get("/").content.decode()

    assert "Robin" in page
    assert 'action="/kb/search/"' in page
    assert "/tickets/new/?category=vpn" in page
    assert article.get_absolute_url() in page


def test_what_is_put_first_is_put_before_those_who_may_read_it(
    client_of, requester, agent, make_article, team, editor
):
    hidden = [
        make_article("Canary for staff", audience="staff"),
        make_article("Canary for a team", audience="teams", teams=[team]),
        make_article("Canary draft", published=False),
    ]
    archived = make_article("Canary of old")
    Article.objects.update(is_featured=True)
    knowledge.archive(archived, by=editor)

    assert "Canary" not in client_of(requester).get("/").content.decode()
    page = client_of(agent).get("/").content.decode()
    assert [one.get_absolute_url() in page for one in hidden] == [True, True, False]
    assert archived.get_absolute_url() not in page


def test_it_lists_open_tickets_with_the_last_word_and_whose_turn_it_is(
    client_of, requester, ticket, agent
):
    ask(ticket, agent)

    page = client_of(requester).get("/").content.decode()

    assert "Which building?" in page
    assert "We are waiting for you" in page
    assert f"{ticket.get_absolute_url()}#id_body" in page


def test_a_resolved_ticket_waits_there_to_be_checked_and_a_closed_one_is_gone(
    client_of, requester, ticket, agent
):
    actions.resolve(ticket, "Restarted the gateway.", code="fixed", by=agent)
    client = client_of(requester)
    assert "Please check" in client.get("/").content.decode()

    actions.confirm(ticket, by=requester)

    assert ticket.title not in client.get("/").content.decode()


def test_an_internal_note_is_never_the_last_word(client_of, requester, ticket, agent):
    actions.note(ticket, "secret canary", by=agent)

    assert "secret canary" not in client_of(requester).get("/").content.decode()


def test_other_peoples_tickets_are_not_listed(client_of, other_requester, ticket):
    assert ticket.title not in client_of(other_requester).get("/").content.decode()


def test_the_list_by_itself_answers_nothing_new_until_something_changed(
    client_of, requester, ticket, agent
):
    client = client_of(requester)
    stamp = client.get("/").context["stamp"]
    assert client.get("/tickets/open/", {"seen": stamp}).status_code == 204

    actions.reply(ticket, "Looking into it.", by=agent)

    answer = client.get("/tickets/open/", {"seen": stamp}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Looking into it." in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("number", [10, 50])
def test_it_needs_few_queries_however_many_tickets(number, client_of, requester, agent, make_ticket, make_article, django_assert_max_num_queries):  # fmt: skip
    make_article()
    for n in range(number):
        actions.reply(make_ticket(f"Broken {n}"), "Which one?", by=agent)
    client = client_of(requester)
    client.get("/")

    with django_assert_max_num_queries(10):
        assert client.get("/").status_code == 200


# Suggestions while typing -------------------------------------------------------------------------


def test_typing_suggests_articles_and_at_last_reporting_it(client_of, requester, make_article):
    article = make_article()

    answer = client_of(requester).get(
        "/suggest/", {"q": "vpn disc"}, headers={"HX-Request": "true"}
    )

    page = answer.content.decode()
    assert article.get_absolute_url() in page
    assert "<mark>" in page
    assert page.index(article.get_absolute_url()) < page.index("/tickets/new/?title=vpn%20disc")


def test_nothing_that_one_may_not_read_is_suggested(client_of, requester, make_article):
    make_article("Vpn gateway runbook", audience="staff")
    make_article("Vpn draft", published=False)

    page = (
        client_of(requester)
        .get("/suggest/", {"q": "vpn"}, headers={"HX-Request": "true"})
        .content.decode()
    )

    assert "runbook" not in page
    assert "draft" not in page


def test_what_was_typed_comes_back_as_text(client_of, requester):
    words = '<img src=x onerror=alert(1)>"&?'

    page = (
        client_of(requester)
        .get("/suggest/", {"q": words}, headers={"HX-Request": "true"})
        .content.decode()
    )

    assert "<img" not in page
    assert "?title=%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%22%26%3F" in page


def test_an_emptied_box_suggests_nothing(client_of, requester):
    answer = client_of(requester).get("/suggest/", {"q": " "}, headers={"HX-Request": "true"})

    assert answer.content.decode().strip() == ""


def test_without_javascript_suggestions_lead_to_search(client_of, requester):
    answer = client_of(requester).get("/suggest/", {"q": "vpn"})

    assert answer.url == "/kb/search/?q=vpn"


def test_articles_beside_the_form_follow_its_title(client_of, requester, make_article):
    article = make_article()

    page = (
        client_of(requester)
        .get("/tickets/new/answers/", {"title": "vpn disconnects"})
        .content.decode()
    )

    assert article.get_absolute_url() in page
