"""Merging and splitting on the desk: find the other one, see what will happen, do it, take it back."""

import re

import pytest

from incidents.desk import merging
from incidents.tickets import actions
from incidents.tickets.models import Follower, Ticket
from tests.incidents.desk.conftest import body


@pytest.fixture
def double(make_ticket, other_requester):
    return make_ticket("Tunnel does not come up", by=other_requester)


@pytest.fixture
def merged(double, ticket, agent):
    return actions.merge(double, into=ticket, by=agent)


def test_the_workspace_leads_to_merging(desk, double, url):
    assert f'href="{url(double, "merge")}"' in body(desk.get(url(double)))


def test_open_tickets_of_the_same_category_are_offered(desk, double, ticket, make_ticket, other_category, url):  # fmt: skip
    make_ticket("Pay slip is wrong", category=other_category)

    page = body(desk.get(url(double, "merge")))

    assert f"?into={ticket.ref}" in page
    assert "Pay slip is wrong" not in page


@pytest.mark.parametrize("words", ["VPN keeps", "number"])
def test_the_other_is_found_by_words_or_number(htmx, double, ticket, url, words):
    found = htmx.get(
        url(double, "merge"),
        {"q": ticket.ref if words == "number" else words},
        headers={"HX-Target": "found"},
    )

    assert f"?into={ticket.ref}" in body(found)
    assert "<h1" not in body(found)


def test_what_will_happen_is_shown_before(desk, double, ticket, url):
    page = body(desk.get(url(double, "merge"), {"into": ticket.ref}))

    for words in (double.title, ticket.title, "Mika Thistle", "Robin Kestrel"):
        assert words in page
    assert f"Merge {double.ref} into {ticket.ref}" in page
    assert Ticket.objects.filter(merged_into=None).count() == 2


def test_merging_goes_on_at_the_other_which_shows_what_was_merged(desk, double, ticket, url):
    response = desk.post(url(double, "merge"), {"into": ticket.ref})

    assert response.url == url(ticket)
    assert url(ticket, "merged") in body(desk.get(url(ticket)))
    there = body(desk.get(url(ticket, "merged")))
    assert double.title in there
    assert "It drops every few minutes." in there
    assert not Follower.objects.exists()


def test_the_requester_is_added_where_it_is_ticked(desk, double, ticket, other_requester, url):
    desk.post(url(double, "merge"), {"into": ticket.ref, "follow": "1", "tell": "1"})

    assert Follower.objects.get().user == other_requester


def test_the_merged_ticket_leads_on_and_nothing_can_be_typed_there(desk, merged, ticket, url):
    page = body(desk.get(url(merged)))

    assert "Merged into" in page
    assert ticket.title in page
    assert 'id="composer"' not in page
    assert 'id="take-it"' not in page


def test_what_is_typed_on_a_page_from_before_is_kept_and_leads_on(htmx, merged, ticket, url):
    response = htmx.post(url(merged, "replies"), {"body": "Hello Mika."})

    assert response.status_code == 409
    assert f"merged into {ticket.ref}" in body(response)
    assert "Hello Mika." in body(response)


def test_it_is_taken_out_from_either_page(desk, merged, ticket, agent, url):
    assert desk.post(url(merged, "merge", "removal")).url == url(merged)
    actions.merge(merged, into=ticket, by=agent)

    assert desk.post(url(merged, "merge", "removal"), {"back": "1"}).url == url(ticket)
    merged.refresh_from_db()
    assert merged.merged_into is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_merges_the_other_way_round_is_told_that_it_is_done(desk, merged, ticket, agent, url, method):  # fmt: skip
    response = getattr(desk, method)(url(ticket, "merge"), {"into": merged.ref})

    page = body(response)
    assert response.status_code == (200 if method == "get" else 409)
    assert f"{agent.display_name} merged {merged.ref} into this one" in re.sub(
        "[\u2068\u2069]", "", page
    )
    assert "Nothing left to do." in page
    assert f"Open {ticket.ref}" in page
    assert url(merged, "merge", "removal") in page
    assert "Goes on" not in page
    assert "Error:" not in page


@pytest.mark.parametrize("number", ["", "nonsense", "INC-999999"])
def test_a_number_that_is_none_is_said(desk, double, url, number):
    assert "no ticket of this number" in body(desk.get(url(double, "merge"), {"into": number}))
    assert desk.post(url(double, "merge"), {"into": number}).status_code == 422


def test_a_hidden_ticket_is_as_if_it_were_not_there(desk, double, make_ticket, other_category, url):
    hidden = make_ticket("Pay slip is wrong", category=other_category)

    page = body(desk.get(url(double, "merge"), {"into": hidden.ref}))

    assert "no ticket of this number" in page
    assert hidden.title not in page
    assert desk.post(url(double, "merge"), {"into": hidden.ref}).status_code == 422


def test_what_is_refused_is_said_before_and_no_button_offered(desk, double, ticket, requester, url):
    actions.withdraw(ticket, by=requester)

    page = body(desk.get(url(double, "merge"), {"into": ticket.ref}))

    assert f"{ticket.ref} is closed" in page
    assert f"Merge {double.ref} into {ticket.ref}</button>" not in page
    assert desk.post(url(double, "merge"), {"into": ticket.ref}).status_code == 409


def test_of_merged_tickets_only_those_are_shown_that_one_sees(
    client_of, merged, ticket, other_team, other_agent, lead, manager, url
):
    actions.move(ticket, to=other_team, by=lead)

    there = body(client_of(other_agent).get(url(ticket, "merged")))

    assert merged.title not in there
    assert merged.title in body(client_of(manager).get(url(ticket, "merged")))


def test_a_forwarded_message_stands_in_the_others_history(
    desk, merged, ticket, other_requester, url
):
    actions.reply(merged, "The printer, too.", by=other_requester)

    page = body(desk.get(url(ticket)))

    assert "The printer, too." in page
    assert f"Written on {merged.ref}" in page


@pytest.fixture
def news(htmx, ticket, url):
    """What the ticket's open page gets, which stands at this version."""

    def since(version):
        return htmx.get(url(ticket, "live"), {"version": version, "seen-merged": version})

    return since


def test_an_open_page_names_what_is_merged_meanwhile(desk, news, ticket, double, agent, url):
    page = body(desk.get(url(ticket)))
    assert 'id="merged-here" hidden' in page
    assert f'name="seen-merged" value="{ticket.version}" data-seen-part' in page

    actions.merge(double, into=ticket, by=agent)
    part = body(news(ticket.version))
    assert re.search(r'id="merged-here"[^>]* hx-swap-oob="true"', part)
    assert double.title in part

    ticket.refresh_from_db()
    assert news(ticket.version).status_code == 204
    actions.retitle(ticket, "Other", by=agent)
    assert "merged-here" not in body(news(ticket.version))


def test_what_is_written_there_or_taken_out_shows_at_once(news, merged, ticket, agent):
    ticket.refresh_from_db()
    actions.reply(merged, "It still drops.", by=merged.requester)
    assert "It still drops." in body(news(ticket.version))

    actions.unmerge(merged, by=agent)
    part = body(news(ticket.version))
    assert re.search(r'id="merged-here"[^>]* hidden', part)


@pytest.fixture
def many(make_ticket, ticket, agent, monkeypatch):
    monkeypatch.setattr(merging, "A_PAGE", 5)
    return [
        actions.merge(make_ticket(f"Twin {n}"), into=ticket, by=agent)
        for n in range(merging.MOST_BESIDE + 2)
    ]


def test_beside_the_ticket_the_newest_stand_and_a_link_to_all(htmx, many, ticket, url):
    part = body(htmx.get(url(ticket, "merged")))

    assert part.count("<details") == merging.MOST_BESIDE
    assert many[-1].ref in part
    assert many[0].ref not in part
    assert f'href="{url(ticket, "merged")}">Show all 12</a>' in part


def test_all_of_them_are_read_page_by_page(desk, many, ticket, url):
    found, address = [], url(ticket, "merged")
    for _page in range(4):
        page = body(desk.get(address))
        found += re.findall(r'fb-subtle">(INC-\d+)</span> Twin', page)
        onward = re.search(r'href="(\?after=[^"]+)" rel="next"', page)
        if onward is None:
            break
        address = url(ticket, "merged") + onward[1]

    assert found == [one.ref for one in reversed(many)]


def test_of_a_long_one_the_first_words_stand_and_where_the_rest_is(htmx, merged, ticket, url):
    for n in range(merging.MOST_MESSAGES + 1):
        actions.reply(merged, f"Words {n}.", by=merged.requester)

    part = body(htmx.get(url(ticket, "merged")))
    assert "Words 1." in part
    assert f"Words {merging.MOST_MESSAGES}." not in part
    assert "There is more on the ticket itself." in part


def test_the_list_costs_the_same_however_much_was_merged(
    htmx, many, ticket, url, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        htmx.get(url(ticket, "merged"))


@pytest.mark.parametrize("panel", ["replies", "resolution"])
def test_the_composer_says_it_to_merged_requesters_too(desk, merged, ticket, url, panel):
    assert 'name="also_merged"' in body(desk.get(url(ticket)))

    desk.post(url(ticket, panel), {"body": "It is back.", "code": "fixed", "also_merged": "1"})

    assert merged.messages.filter(body="It is back.").exists()


# Splitting ------------------------------------------------------------------------------------------------


@pytest.fixture
def said(ticket, requester):
    actions.reply(ticket, "And the printer jams.\nSince Monday.", by=requester)
    return ticket.messages.latest("pk")


def test_a_message_leads_to_splitting_and_names_the_new_requester(desk, ticket, said, url):
    where = url(ticket, "messages", said.pk, "split")
    assert where in body(desk.get(url(ticket)))

    page = body(desk.get(where))

    assert 'value="And the printer jams."' in page
    assert "Robin Kestrel</bdi> becomes" in page or "becomes the requester" in page


def test_the_proposed_title_ends_with_a_whole_word(desk, ticket, requester, url):
    words = "And since this morning the printer on the second floor jams whenever somebody prints"
    actions.reply(ticket, words, by=requester)
    message = ticket.messages.latest("pk")

    page = body(desk.get(url(ticket, "messages", message.pk, "split")))

    assert (
        'value="And since this morning the printer on the second floor jams whenever somebody…"'
        in page
    )


def test_splitting_opens_the_new_ticket(desk, ticket, said, url):
    response = desk.post(url(ticket, "messages", said.pk, "split"), {"title": "Printer jams"})

    new = Ticket.objects.get(title="Printer jams")
    assert response.url == url(new)
    assert new.ref in body(desk.get(url(ticket)))


def test_without_a_title_or_of_a_note_it_is_refused(desk, ticket, said, agent, url):
    actions.note(ticket, "The password is hunter2", by=agent)
    note = ticket.messages.latest("pk")

    assert desk.post(url(ticket, "messages", said.pk, "split"), {"title": ""}).status_code == 422
    assert desk.post(url(ticket, "messages", note.pk, "split"), {"title": "T"}).status_code == 422
    assert Ticket.objects.count() == 1


def test_a_message_of_another_ticket_is_not_found(desk, ticket, make_ticket, other_category, url):
    hidden = make_ticket("Pay slip is wrong", category=other_category)

    assert desk.get(url(ticket, "messages", hidden.messages.get().pk, "split")).status_code == 404
