"""From ticket to ticket: next and previous follow the list that one came from, its filters and its order."""

import html
import re
from itertools import pairwise

import pytest
from django.utils.http import urlencode

from incidents.desk.models import SavedView, Scope
from incidents.tickets import actions
from tests.incidents.desk.conftest import body


@pytest.fixture
def queue(make_ticket):
    """Four in the order of urgency."""
    low, first, second = make_ticket(), make_ticket(impact="many", urgency="stop"), make_ticket(impact="team")  # fmt: skip
    return [first, second, low, make_ticket()]


@pytest.fixture
def opened(desk):
    """The address with which a list opens a ticket, by its number."""

    def of(address):
        found = re.findall(r'<a href="([^"]+)" id="open-(\d+)"', body(desk.get(address)))
        return {int(number): html.unescape(link) for link, number in found}

    return of


def parts(address):
    """Whatever the order of its parameters."""
    return sorted(re.split(r"[?&]", address))


@pytest.fixture
def go(desk):
    """Where J or K leads from an opened ticket: the number, or the address of the list; and the address opened."""

    def by(address, name="Next"):
        page = body(desk.get(address))
        link = re.search(rf'href="([^"]+)" aria-label="{name} ticket', page)[1]
        there = desk.get(html.unescape(link)).url
        ref = re.match(r"/desk/tickets/INC-(\d+)/", there)
        return (int(ref[1]) if ref else there), there

    return by


def test_without_a_list_they_go_along_the_teams_queue(queue, url, go):
    for here, there in pairwise(queue):
        assert go(url(here))[0] == there.number
        assert go(url(there), "Previous")[0] == here.number

    assert go(url(queue[-1]))[0] == "/desk/queues/network/"
    assert go(url(queue[0]), "Previous")[0] == "/desk/queues/network/"


@pytest.mark.parametrize(
    "address",
    [
        "/desk/queues/network/",
        "/desk/queues/network/?sort=-created",
        "/desk/queues/network/?sort=number&priority=4",
        "/desk/all/?sort=updated",
        "/desk/all/?sort=-updated&team=network",
        "/desk/unassigned/?sort=-priority",
    ],
)
def test_they_follow_the_list_with_its_filters_and_its_order(queue, opened, go, address):
    links = opened(address)
    assert len(links) >= 2

    for here, there in pairwise(links):
        assert go(links[here])[0] == there
        assert go(links[there], "Previous")[0] == here
    assert parts(go(links[list(links)[-1]])[0]) == parts(address)


def test_a_whole_list_is_walked_from_its_first_ticket(queue, opened, go):
    links = opened("/desk/all/?sort=-created")
    walked, address = [next(iter(links))], next(iter(links.values()))

    for _ticket in queue[1:]:
        number, address = go(address)
        walked.append(number)

    assert walked == list(links)


def test_my_work_and_what_is_shown_of_it_on_the_overview_are_lists(desk, queue, opened, go, agent):
    for ticket in queue[::2]:
        actions.take(ticket, by=agent)
    first, _second, third, _fourth = queue
    overview = re.search(rf'href="([^"]+)">{first.title}', body(desk.get("/desk/overview/")))[1]

    assert go(opened("/desk/mine/")[first.number])[0] == third.number
    assert go(html.unescape(overview))[0] == third.number


@pytest.fixture
def view(agent):
    return SavedView.objects.create(
        name="Latest", owner=agent, scope=Scope.MINE, query="team=network&sort=-number"
    )


def test_a_saved_view_is_followed_as_it_was_saved_or_changed(queue, view, opened, go):
    by_number = sorted((one.number for one in queue), reverse=True)
    assert list(opened(f"/desk/views/{view.pk}/")) == by_number

    links = opened(f"/desk/views/{view.pk}/")
    assert go(links[by_number[0]])[0] == by_number[1]

    links = opened(f"/desk/views/{view.pk}/?sort=number&changed=1")
    assert go(links[by_number[1]])[0] == by_number[0]


def test_a_view_that_was_deleted_leaves_the_teams_queue(queue, view, opened, go):
    link = opened(f"/desk/views/{view.pk}/")[queue[0].number]
    view.delete()

    assert go(link)[0] == queue[1].number


def test_somebody_elses_view_is_none(client_of, lead, queue, view, url):
    came = client_of(lead).get(url(queue[0], "next"), {"in": f"view:{view.pk}"})

    assert came.url.startswith(url(queue[1]) + "?in=queue%3Anetwork")


def test_u_leads_back_to_the_list_as_it_was(desk, queue, view, opened, url):
    for address, title in [
        ("/desk/all/?sort=-created&team=network", "All tickets"),
        (f"/desk/views/{view.pk}/", "Latest"),
        ("/desk/queues/network/", "Network"),
    ]:
        links = opened(address)
        back = re.search(r'data-key="u"[^>]* href="([^"]+)"[^>]*>.*?<bdi>([^<]+)</bdi>', body(desk.get(links[queue[0].number])))  # fmt: skip
        assert parts(html.unescape(back[1])) == parts(address)
        assert back[2] == title


# Work on the way -------------------------------------------------------------------------------------------


def test_a_ticket_that_left_the_list_has_neighbours_still(queue, opened, go, agent):
    links = opened("/desk/unassigned/")
    actions.take(queue[1], by=agent)
    actions.resolve(queue[1], "Done.", code="fixed", by=agent)

    assert go(links[queue[1].number])[0] == queue[2].number
    assert go(links[queue[1].number], "Previous")[0] == queue[0].number


def test_answering_the_longest_untouched_one_goes_on_with_the_next(queue, opened, go, agent):
    links = opened("/desk/all/?sort=updated")
    first, second = list(links)[:2]
    actions.note(next(one for one in queue if one.number == first), "Looked at it.", by=agent)

    assert go(links[first])[0] == second


def test_answering_the_most_urgent_one_goes_on_with_the_next(queue, opened, go, agent):
    links = opened("/desk/queues/network/")
    first, second = list(links)[:2]
    actions.reply(
        next(one for one in queue if one.number == first), "We look at it.", by=agent,
        origin="desk",
    )  # fmt: skip

    assert go(links[first])[0] == second, "its first response is given, so it is due later now"


def test_another_priority_does_not_jump_ahead(queue, opened, go, agent):
    links = opened("/desk/queues/network/")
    actions.set_priority(queue[2], by=agent, impact="many", urgency="stop")

    assert go(links[queue[2].number])[0] == queue[3].number


def test_handing_it_over_stays_with_the_queue_one_works_on(
    client_of, queue, url, manager, other_team
):
    desk = client_of(manager)
    page = body(desk.get(url(queue[1])))
    link = html.unescape(re.search(r'href="([^"]+)" aria-label="Next', page)[1])
    actions.move(queue[1], to=other_team, by=manager)

    assert desk.get(link).url.startswith(url(queue[2]))


def test_a_row_that_was_taken_in_place_still_belongs_to_its_list(htmx, queue, url, opened):
    row = htmx.post(
        url(queue[1], "take"),
        {"in": "all?sort=updated", "sort": "updated", "columns": "number"},
        headers={"HX-Target": f"row-{queue[1].number}"},
    )

    assert "?in=all%3Fsort%3Dupdated&amp;at=" in body(row)


def test_other_tabs_and_views_of_the_history_keep_the_list(desk, queue, url):
    page = body(desk.get(url(queue[0]), {"in": "all?sort=number"}))

    assert f'href="{url(queue[0])}?in=all%3Fsort%3Dnumber&amp;show=notes"' in page
    assert 'href="?in=all%3Fsort%3Dnumber&amp;compose=note#composer"' in page


# What is not ours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "password", "__class__", "//evil", "view:0", "view:1 or 1", "queue:../mine", "all?password=1", "all?sort=number&team__slug=x",
        "all?after=x",
    ],
)  # fmt: skip
def test_another_list_than_ours_is_refused(desk, queue, url, name):
    assert desk.get(url(queue[0]), {"in": name}).status_code == 400
    assert desk.get(url(queue[0], "next"), {"in": name}).status_code == 400


@pytest.mark.parametrize("query", ["sort=password", "status=evil", "team=network&sort=title"])
def test_values_that_no_list_knows_are_refused_when_one_goes_along_it(desk, queue, url, query):
    assert desk.get(url(queue[0], "next"), {"in": f"all?{query}"}).status_code == 400


@pytest.mark.parametrize("at", ["x", "-1", "9" * 19, "1;", "²", "1-2-3", "1-"])
def test_another_place_than_a_number_is_refused(desk, queue, url, at):
    address = url(queue[0], "next") + "?" + urlencode({"in": "all", "at": at})

    assert desk.get(address).status_code == 400


def test_a_place_far_away_is_just_the_end(desk, queue, url):
    for order in ("priority", "-priority", "updated", "-updated"):
        for at in ("0", "9" * 16):
            came = desk.get(url(queue[0], "next"), {"in": f"all?sort={order}", "at": at})
            assert came.status_code == 302


def test_they_lead_to_nothing_hidden(client_of, queue, other_agent, make_ticket, other_category, url):  # fmt: skip
    theirs, other = make_ticket(category=other_category), client_of(other_agent)

    assert other.get(url(queue[0], "next")).status_code == 404
    assert other.get(url(theirs, "next")).url == "/desk/queues/workplace/"
    assert other.get(url(theirs, "next"), {"in": "queue:security"}).url == "/desk/queues/workplace/"


def test_going_on_costs_the_same_few_queries(desk, queue, view, url, django_assert_max_num_queries):
    for name in ("all?sort=updated", f"view:{view.pk}", "queue:network?sort=-created", "mine"):
        with django_assert_max_num_queries(8):
            desk.get(url(queue[0], "next"), {"in": name})


# From a search and from a board -----------------------------------------------------------------------------


def test_hits_of_a_search_are_walked_in_their_order(desk, queue, go):
    page = body(desk.get("/desk/search/?q=VPN&kind=tickets"))
    hits = [
        html.unescape(one)
        for one in re.findall(r'<a class="fb-semi" href="([^"]+)" data-row', page)
    ]
    assert len(hits) == 4

    there, numbers = hits[0], [int(re.search(r"INC-(\d+)", one)[1]) for one in hits]
    for number in numbers[1:]:
        found, there = go(there)
        assert found == number
    assert go(there)[0] == "/desk/search/?q=VPN&kind=tickets"
    assert go(there, "Previous")[0] == numbers[-2]
    assert go(hits[0], "Previous")[0] == "/desk/search/?q=VPN&kind=tickets"


def test_a_search_that_does_not_find_the_ticket_leads_back_to_itself(desk, queue, url, go):
    there = f"{url(queue[0])}?{urlencode({'in': 'search?q=xylowombat'})}"

    assert go(there)[0] == "/desk/search/?q=xylowombat&kind=tickets"


def test_a_search_knows_no_filters(desk, queue, url):
    there = f"{url(queue[0])}?{urlencode({'in': 'search?q=vpn&priority=1'})}"

    assert desk.get(there).status_code == 400


def test_cards_of_a_board_follow_the_same_list(desk, queue, go):
    address = f"/desk/board/?team=network&lanes=assignee&priority={queue[2].priority}"
    cards = re.findall(r'id="open-(\d+)" href="([^"]+)"', body(desk.get(address)))
    links = {int(number): html.unescape(link) for number, link in cards}
    assert set(links) == {queue[2].number, queue[3].number}
    first, last = sorted(links)

    assert go(links[first])[0] == last
    assert go(links[last])[0] == f"/desk/queues/network/?priority={queue[2].priority}"


# Without JavaScript -----------------------------------------------------------------------------------------


def test_a_form_that_was_sent_keeps_the_list(desk, queue, url):
    listed = urlencode({"in": "all?priority=1", "at": "1"})
    page = body(desk.get(f"{url(queue[0])}?{listed}"))
    actions = [html.unescape(one) for one in re.findall(r'<form[^>]* action="([^"]+)"', page)]
    for part, given in (("take", {}), ("replies", {"body": "Hello."}), ("title", {"title": "New"})):
        address = f"{url(queue[0], part)}?{listed}"
        assert address in actions or part == "title"
        answer = desk.post(address, given)
        assert answer.url.split("#")[0] == f"{url(queue[0])}?{listed}"
    refused = desk.post(f"{url(queue[0], 'replies')}?{listed}", {"body": ""})
    assert refused.status_code == 422
    assert html.escape(listed) in body(refused)
