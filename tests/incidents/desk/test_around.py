"""What a ticket is tied to: other tickets, followers, articles."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Follower, Link
from knowledge.models import Article
from tests.incidents.desk.conftest import body


def test_it_lists_the_requesters_other_tickets_that_the_agent_sees(
    desk, ticket, make_ticket, other_category, url
):
    seen = make_ticket("Printer is slow")
    make_ticket("Pay slip is wrong", category=other_category)

    page = body(desk.get(url(ticket, "requester")))

    assert seen.title in page
    assert "Pay slip is wrong" not in page


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_similar_tickets_come_with_what_solved_them(
    request, ticket, make_ticket, other_category, agent, url, browser
):
    solved = actions.take(make_ticket("VPN keeps dropping at night"), by=agent)
    actions.resolve(solved, "Renewed the **certificate**.", code="fixed", by=agent)
    still_open = make_ticket("VPN keeps dropping at noon")
    make_ticket("VPN keeps dropping elsewhere", category=other_category)

    page = body(request.getfixturevalue(browser).get(url(ticket, "similar")))

    assert page.index(f'href="{url(solved)}"') < page.index(f'href="{url(still_open)}"')
    assert "Renewed the certificate." in page
    assert "Fixed, " in page
    assert "elsewhere" not in page
    assert f'hx-get="{url(ticket, "similar")}"' in body(
        request.getfixturevalue("desk").get(url(ticket))
    )


def test_linking_shows_on_both_ends_in_their_words(desk, ticket, make_ticket, url):
    other = make_ticket("No VPN at all")

    desk.post(url(ticket, "links"), {"kind": "duplicate_of", "number": other.ref})

    assert "duplicate of" in body(desk.get(url(ticket, "related")))
    assert "has duplicate" in body(desk.get(url(other, "related")))


@pytest.mark.parametrize("end", [0, 1])
def test_a_link_is_removed_from_either_end(desk, ticket, make_ticket, agent, url, end):
    other = make_ticket()
    actions.link(ticket, to=other, kind="related", by=agent)
    here, there = [(ticket, other), (other, ticket)][end]

    desk.post(
        url(here, "links", "removal"),
        {"number": there.ref, "kind": "related", "back": "1" if end else ""},
    )

    assert not Link.objects.exists()


@pytest.mark.parametrize("number", ["", "nonsense", "INC-999999", "INC-99999999999999999999"])
def test_a_number_that_is_none_is_named(htmx, ticket, url, number):
    response = htmx.post(url(ticket, "links"), {"kind": "related", "number": number})

    assert response.status_code == 422
    assert "number" in body(response)


def test_a_ticket_out_of_sight_is_as_if_it_were_not_there(
    htmx, ticket, make_ticket, other_category, url
):
    hidden = make_ticket(category=other_category)

    there = htmx.post(url(ticket, "links"), {"kind": "related", "number": hidden.ref})
    nowhere = htmx.post(url(ticket, "links"), {"kind": "related", "number": "INC-999999"})

    assert there.status_code == nowhere.status_code == 422
    assert body(there).count("There is no ticket of this number") == body(nowhere).count(
        "There is no ticket of this number"
    )
    assert not Link.objects.exists()


def test_a_link_to_what_one_does_not_see_is_not_shown(
    desk, manager, ticket, make_ticket, other_category, url
):
    hidden = make_ticket("Pay slip is wrong", category=other_category, requester=manager)
    actions.link(ticket, to=hidden, kind="related", by=manager)

    assert hidden.title not in body(desk.get(url(ticket, "related")))


def test_a_ticket_is_not_linked_to_itself(htmx, ticket, url):
    response = htmx.post(url(ticket, "links"), {"kind": "related", "number": ticket.ref})

    assert response.status_code == 422


def test_adding_and_taking_off_a_follower(desk, ticket, other_requester, url):
    desk.post(url(ticket, "followers"), {"who": "Mika Thistle", "person": ""})
    assert Follower.objects.get().user == other_requester

    desk.post(url(ticket, "followers", other_requester.pk, "removal"))
    assert not Follower.objects.exists()


def test_a_name_that_nobody_has_is_named_and_kept(htmx, ticket, url):
    response = htmx.post(url(ticket, "followers"), {"who": "Nobody Inparticular"})

    assert response.status_code == 422
    assert 'value="Nobody Inparticular"' in body(response)


def test_of_two_with_the_same_name_one_is_chosen(htmx, ticket, other_requester, department, url):
    from tests.conftest import make_person

    namesake = make_person("Mika Thistle", department=department)

    response = htmx.post(url(ticket, "followers"), {"who": "Mika Thistle"})
    assert response.status_code == 422
    assert "Whom do you mean?" in body(response)

    htmx.post(url(ticket, "followers"), {"who": "Mika Thistle", "person": namesake.pk})
    assert Follower.objects.get().user == namesake


def test_an_article_is_started_from_the_ticket_and_opened_for_writing(desk, resolved, agent, url):
    actions.note(resolved, "The password is hunter2", by=agent)

    response = desk.post(url(resolved, "article"))

    article = Article.objects.get()
    assert response.url == f"/desk/kb/{article.slug}/"
    assert "Restarted the gateway." in article.body
    assert "hunter2" not in article.body
    assert article.title in body(desk.get(url(resolved, "related")))


def test_articles_for_the_reply_are_found_while_typing(htmx, make_article):
    article = make_article("VPN disconnects every few minutes")
    make_article("VPN secrets", published=False)

    page = body(htmx.get("/desk/articles/", {"q": "vpn disconnects"}))

    assert f'data-url="http://127.0.0.1:8000{article.get_absolute_url()}"' in page
    assert "VPN secrets" not in page


def test_without_a_ticket_the_picker_says_nothing_of_a_requester(htmx, make_article):
    runbook = make_article("VPN gateway runbook", audience="staff")

    page = body(htmx.get("/desk/articles/", {"q": "gateway runbook"}))

    assert runbook.get_absolute_url() in page
    assert "the requester can’t open it" not in page


# Typed links ------------------------------------------------------------------------------------------------


def test_a_link_is_made_in_either_direction(desk, ticket, make_ticket, url):
    part = make_ticket("No phone in Lyon")

    desk.post(url(ticket, "links"), {"kind": "child_of:back", "number": part.ref})

    link = Link.objects.get()
    assert (link.ticket, link.other, link.is_synced) == (part, ticket, False)


def test_the_other_ticket_is_found_by_words_and_picked(
    htmx, ticket, make_ticket, other_category, url
):
    other = make_ticket("Phone is dead in Lyon")
    make_ticket("Phone of the director", category=other_category)

    asked = htmx.post(url(ticket, "links"), {"kind": "related", "number": "phone"})
    assert asked.status_code == 422
    assert f'value="{other.ref}"' in body(asked)
    assert "director" not in body(asked)

    htmx.post(url(ticket, "links"), {"kind": "related", "number": "phone", "picked": other.ref})
    assert Link.objects.get().other == other


def test_parts_resolved_together_are_marked_and_the_composer_says_so(
    desk, ticket, make_ticket, url
):
    whole = make_ticket("Line to Lyon is cut")
    desk.post(url(ticket, "links"), {"kind": "child_of", "number": whole.ref, "is_synced": "1"})

    assert "resolved together" in body(desk.get(url(ticket, "related")))
    assert "This also resolves the ticket that is part of it" in body(desk.get(url(whole)))
    assert "New" in body(desk.get(url(whole, "related")))


def test_what_can_not_be_resolved_together_is_said(htmx, ticket, make_ticket, url):
    other = make_ticket()

    response = htmx.post(
        url(ticket, "links"), {"kind": "related", "number": other.ref, "is_synced": "1"}
    )

    assert response.status_code == 422
    assert "Only a part can be resolved with its whole." in body(response)
