"""Time left, as people on the desk see it: in lists, on the ticket, on cards; narrowed and ordered by it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.desk import due, listings
from incidents.desk.models import SavedView
from incidents.sla.models import Clock
from incidents.tickets import actions
from incidents.tickets.models import NEVER, Ticket
from incidents.workflow.states import Status

HOUR = timedelta(hours=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client_of, agent):
    return client_of(agent)


@pytest.fixture
def due_in(make_ticket):
    def make(title, **by):
        ticket = make_ticket(title)
        Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() + timedelta(**by))
        return ticket

    return make


# In words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "tone", "said"),
    [
        (timedelta(days=1, hours=4, minutes=30), "neutral", "1d 4h left"),
        (timedelta(hours=2, minutes=5), "neutral", "2h 5m left"),
        (timedelta(minutes=60), "warning", "1h left"),
        (timedelta(minutes=9), "warning", "9m left"),
        (timedelta(seconds=1), "warning", "1m left"),
        (timedelta(0), "danger", "1m late"),
        (timedelta(minutes=-12), "danger", "12m late"),
        (timedelta(days=-3), "danger", "3d late"),
    ],
)
def test_the_chip_says_how_long_is_left(left, tone, said):
    now = timezone.now()
    chip = due.chip(now + left, now)

    assert f'data-tone="{tone}"' in chip
    assert f"<span>{said}</span>" in chip


@pytest.mark.parametrize(
    ("left", "seen", "read_out"),
    [
        (timedelta(hours=19, minutes=45), "19h 45m", "19h 45m left"),
        (timedelta(minutes=-12), "12m late", "12m late"),
        (timedelta(hours=-23, minutes=-59), "23h late", "23h 59m late"),
        (timedelta(days=-12, hours=-23), "12d late", "12d 23h late"),
    ],
)
def test_below_its_head_it_is_brief_and_read_out_in_full(left, seen, read_out):
    now = timezone.now()
    chip = due.chip(now + left, now, brief=True)

    assert f'<span aria-hidden="true">{seen}</span>' in chip
    assert f'<span class="visually-hidden">{read_out}</span>' in chip


def test_where_nothing_is_promised_there_is_no_chip():
    assert due.chip(NEVER, timezone.now()) == ""


def test_pages_give_the_script_its_words(desk, ticket):
    page = desk.get("/desk/all/").content.decode()
    given = page.split('data-countdown="')[1].split('"')[0].replace("&quot;", '"')

    words = json.loads(given)
    assert words["left"] == "%(span)s left"
    assert abs(words["now"] - timezone.now().timestamp() * 1000) < 60_000


# Kept on the ticket --------------------------------------------------------------------------------------------


def test_a_ticket_knows_which_of_its_clocks_is_due_first(make_ticket, agent):
    ticket = make_ticket()
    ticket.refresh_from_db()
    first = Clock.objects.get(ticket=ticket, kind="first_response")
    assert ticket.due_at == first.due_at

    actions.reply(ticket, "On it.", by=agent)
    ticket.refresh_from_db()
    assert ticket.due_at == Clock.objects.get(ticket=ticket, kind="resolution").due_at


def test_what_waits_or_is_resolved_is_not_due(make_ticket, agent):
    waiting, done = make_ticket(), make_ticket()
    actions.transition(waiting, to=Status.WAITING_REQUESTER, text="Which?", by=agent)
    actions.resolve(done, "Done.", code="fixed", by=agent)

    for ticket in (waiting, done):
        ticket.refresh_from_db()
        assert ticket.due_at == NEVER


# Lists ---------------------------------------------------------------------------------------------------------


def numbers(answer):
    return [row.number for row in answer.context["rows"]]


def test_queues_go_by_priority_then_time_left(desk, due_in, make_ticket):
    later = due_in("Later", hours=9)
    soon = due_in("Soon", hours=1)
    late = due_in("Late", hours=-2)
    urgent = make_ticket("Urgent", impact="many", urgency="stop")
    Ticket.objects.filter(pk=urgent.pk).update(due_at=NEVER)

    answer = desk.get("/desk/queues/network/")
    assert numbers(answer) == [one.number for one in (urgent, late, soon, later)]
    page = answer.content.decode()
    assert "1h left" in page
    assert "2h late" in page


def test_lists_are_ordered_by_what_is_due(desk, due_in):
    one, two = due_in("One", hours=5), due_in("Two", hours=2)

    assert numbers(desk.get("/desk/all/?sort=due")) == [two.number, one.number]
    assert numbers(desk.get("/desk/all/?sort=-due")) == [one.number, two.number]


def test_pages_go_on_where_nothing_is_due(desk, make_ticket, monkeypatch):
    monkeypatch.setattr(listings, "SIZE", 2)
    tickets = [make_ticket(f"T{n}") for n in range(5)]
    Ticket.objects.update(due_at=NEVER)
    seen, address = [], "/desk/all/?sort=due"
    while address:
        answer = desk.get(address)
        seen += numbers(answer)
        address = answer.context["list"].next

    assert seen == [one.number for one in tickets]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("late", ["Late"]),
        ("1", ["Late", "Soon"]),
        ("24", ["Late", "Soon", "Later"]),
    ],
)
def test_lists_are_narrowed_to_what_is_due(desk, due_in, asked, found):
    due_in("Late", hours=-1)
    due_in("Soon", minutes=50)
    due_in("Later", hours=9)
    due_in("Far", days=3)

    rows = desk.get(f"/desk/all/?due={asked}&sort=due").context["rows"]
    assert [row.title for row in rows] == found


def test_another_span_is_no_filter(desk):
    assert desk.get("/desk/all/?due=2").status_code == 400


def test_the_menu_of_filters_offers_it(desk, ticket):
    page = desk.get("/desk/filters/?next=/desk/all/", headers=HTMX).content.decode()

    assert "within an hour, or late" in page


def test_a_view_keeps_it(desk, due_in, agent):
    late = due_in("Late", hours=-1)
    due_in("Later", hours=9)
    view = SavedView.objects.create(owner=agent, name="Late ones", query="due=late")
    assert numbers(desk.get(f"/desk/views/{view.pk}/")) == [late.number]


# The ticket, the board -----------------------------------------------------------------------------------------


def test_a_ticket_tells_each_promise(desk, ticket, agent):
    page = desk.get(f"{ticket.desk_url}due/", headers=HTMX).content.decode()
    assert "First response" in page
    assert "Resolution" in page
    assert f'href="{ticket.desk_url}clocks/"' in page

    actions.transition(ticket, to=Status.WAITING_REQUESTER, text="Which?", by=agent)
    page = desk.get(f"{ticket.desk_url}due/").content.decode()
    assert "Met" in page
    assert "Paused, " in page


def test_what_was_missed_is_told(desk, ticket, agent):
    Clock.objects.filter(ticket=ticket, kind="first_response").update(
        state="missed", stopped_at=timezone.now()
    )
    assert "Missed" in desk.get(f"{ticket.desk_url}due/").content.decode()


def test_without_a_promise_it_says_so(desk, ticket):
    Clock.objects.all().delete()

    assert "No time is promised" in desk.get(f"{ticket.desk_url}due/").content.decode()


def pause(ticket, agent):
    """A promise of four hours of which two are used, standing."""
    actions.transition(ticket, to=Status.WAITING_REQUESTER, text="Which room?", by=agent)
    Clock.objects.filter(ticket=ticket, stopped_at=None).update(target_seconds=4 * 3600, used_seconds=2 * 3600 - 300)  # fmt: skip


def test_rows_and_cards_show_what_stands(desk, ticket, agent, make_ticket):
    pause(ticket, agent)

    board = desk.get("/desk/board/?of=all").content.decode()
    assert "<span>Paused, 2h 5m left</span>" in board
    rows = desk.get("/desk/all/").content.decode()
    short, long = '<span aria-hidden="true">Paused</span>', "Paused, 2h 5m left</span>"
    assert f'{short}<span class="visually-hidden">{long}' in rows

    actions.reply(ticket, "Room 4.", by=ticket.requester)
    for path in ("/desk/all/", "/desk/board/?of=all"):
        assert "Paused, " not in desk.get(path).content.decode(), path


def test_cards_show_what_is_left_however_long_and_else_their_age(desk, due_in, make_ticket):
    due_in("Far", days=3)
    old = make_ticket("Nothing promised")
    Ticket.objects.filter(pk=old.pk).update(due_at=NEVER, created_at=timezone.now() - 5 * HOUR)

    page = desk.get("/desk/board/?of=all").content.decode()

    assert "3d left" in page
    assert ">open 5h</time>" in page


def test_of_several_that_stand_the_least_left_is_shown(desk, ticket, agent):
    pause(ticket, agent)
    clock = Clock.objects.get(ticket=ticket, stopped_at=None)
    Clock.objects.filter(ticket=ticket).exclude(pk=clock.pk).update(
        stopped_at=None,
        paused_since=timezone.now(),
        target_seconds=3600,
        used_seconds=0,
        state="paused",
    )

    assert "Paused, 1h left" in desk.get("/desk/all/").content.decode()


def test_used_up_and_standing_is_late_and_not_paused(desk, ticket, agent):
    pause(ticket, agent)
    Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() - HOUR)
    page = desk.get("/desk/all/").content.decode()

    assert "1h late" in page
    assert "Paused, " not in page


@pytest.mark.parametrize("path", ["/desk/all/", "/desk/queues/network/"])
def test_lists_of_what_stands_ask_no_more_than_they_may(desk, make_ticket, agent, path, django_assert_max_num_queries):  # fmt: skip
    for n in range(8):
        pause(make_ticket(f"Standing {n}"), agent)
    desk.get(path)

    with django_assert_max_num_queries(12):
        assert desk.get(path).content.decode().count("Paused, 2h 5m left") == 8
