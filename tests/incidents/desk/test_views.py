"""Saved views: made, opened, shared, put in order, deleted; what the desk opens with, and the columns of lists."""

import pytest

from incidents.desk import sidebar
from incidents.desk.models import DeskSettings, SavedView
from incidents.tickets import actions
from tests.incidents.desk.conftest import body

VIEWS = "/desk/views/"


def numbers(response):
    return [row.number for row in response.context["rows"]]


@pytest.fixture
def view(agent):
    return SavedView.objects.create(
        name="Mine, not new", owner=agent, query="status=open&assignee=me"
    )


def test_what_a_list_shows_is_saved_under_a_name(desk, agent, make_ticket):
    taken, _new = actions.take(make_ticket(), by=agent), make_ticket()

    response = desk.post(VIEWS, {"name": "Started", "query": "team=network&status=open", "scope": "mine"})  # fmt: skip

    made = SavedView.objects.get()
    assert response["Location"] == f"/desk/views/{made.pk}/"
    assert numbers(desk.get(response["Location"])) == [taken.number]


def test_a_query_that_no_list_knows_is_not_saved(desk):
    response = desk.post(VIEWS, {"name": "x", "query": "requester__password=1", "scope": "mine"})

    assert response.status_code == 422
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name(desk):
    response = desk.post(VIEWS, {"name": "", "query": "status=open", "scope": "mine"})

    assert response.status_code == 422
    assert 'name="query" value="status=open"' in body(response)


def test_it_can_be_narrowed_further_and_changed_to_that(desk, agent, view, make_ticket):
    actions.take(make_ticket("Printer"), by=agent)
    phone = actions.take(make_ticket("Telephone"), by=agent)
    asked = "status=open&assignee=me&q=telephone"

    changed = desk.get(f"{VIEWS}{view.pk}/?changed=1&{asked}")

    assert numbers(changed) == [phone.number]
    assert "Change “Mine, not new” to this" in body(changed)
    desk.post(f"{VIEWS}{view.pk}/query/", {"query": asked})
    assert numbers(desk.get(f"{VIEWS}{view.pk}/")) == [phone.number]


def test_its_filters_can_all_be_taken_back(desk, agent, view, make_ticket):
    ticket = make_ticket()

    assert numbers(desk.get(f"{VIEWS}{view.pk}/")) == []
    assert numbers(desk.get(f"{VIEWS}{view.pk}/?changed=1")) == [ticket.number]


def test_another_persons_view_is_gone_for_me(client_of, view, lead):
    response = client_of(lead).get(f"{VIEWS}{view.pk}/")

    assert response.status_code == 404
    assert "This view is gone" in body(response)
    assert client_of(lead).post(f"{VIEWS}{view.pk}/removal/").status_code == 404
    assert view.name not in body(response)


def test_deleting_asks_first_as_a_page_or_in_a_dialog(desk, htmx, view, agent, lead):
    DeskSettings.objects.create(user=lead, start=f"view:{view.pk}")
    page, part = (body(one.get(f"{VIEWS}{view.pk}/removal/")) for one in (desk, htmx))

    assert "<html" in page
    assert part.lstrip().startswith("<form")
    for shown in (page, part):
        assert f"Delete the view “{view.name}”?" in shown
        assert "Only you use it." in shown
        assert "The desk of one person opens with it" in shown
    assert SavedView.objects.filter(pk=view.pk).exists()

    desk.post(f"{VIEWS}{view.pk}/removal/")
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_who_would_lose_a_shared_view_is_said(client_of, lead, manager, team):
    ours = SavedView.objects.create(name="Ours", owner=lead, scope="team", team=team)
    all_ours = SavedView.objects.create(name="For all", owner=manager, scope="everybody")

    assert "everybody in the team Network" in body(client_of(lead).get(f"{VIEWS}{ours.pk}/removal/"))  # fmt: skip
    assert "everybody on the desk" in body(client_of(manager).get(f"{VIEWS}{all_ours.pk}/removal/"))


def test_a_deleted_views_address_says_so_and_where_to_go(desk, view):
    other = SavedView.objects.create(name="Other", owner=view.owner)
    desk.post(f"{VIEWS}{view.pk}/removal/")

    page = body(desk.get(f"{VIEWS}{view.pk}/"))

    assert "This view is gone" in page
    assert f"{VIEWS}{other.pk}/" in page
    assert "/desk/all/" in page


def test_only_who_leads_the_team_shares_with_it(client_of, agent, lead, team):
    given = {"name": "Ours", "query": "team=network", "scope": "team", "team": team.pk}

    assert client_of(agent).post(VIEWS, given).status_code == 422
    assert client_of(lead).post(VIEWS, given).status_code == 302
    assert "Ours" in body(client_of(agent).get(VIEWS))


def test_a_teams_view_is_not_there_for_others(client_of, lead, other_agent, other_team, team):
    ours = SavedView.objects.create(name="Heronsight", owner=lead, scope="team", team=team)
    other = client_of(other_agent)

    for address in (f"{VIEWS}{ours.pk}/", f"{VIEWS}{ours.pk}/news/", f"/desk/board/?view={ours.pk}"):  # fmt: skip
        assert other.get(address).status_code == 404, address
    for address in (VIEWS, "/desk/mine/", "/desk/counts/", "/desk/palette/?q=heron"):
        page = body(other.get(address))
        assert "Heronsight" not in page, address
        assert f"view-{ours.pk}" not in page, address
    assert other.post(f"{VIEWS}{ours.pk}/removal/").status_code == 404
    assert SavedView.objects.filter(pk=ours.pk).exists()


def test_only_who_leads_everywhere_shares_with_everybody(client_of, lead, manager, other_agent):
    given = {"name": "For all", "query": "priority=1", "scope": "everybody"}

    assert client_of(lead).post(VIEWS, given).status_code == 422
    assert client_of(manager).post(VIEWS, given).status_code == 302
    assert "For all" in body(client_of(other_agent).get("/desk/mine/"))


def test_who_uses_a_shared_view_may_not_change_it(client_of, agent, lead, team):
    shared = SavedView.objects.create(name="Ours", owner=lead, scope="team", team=team)
    person = client_of(agent)

    for part in ("settings/", "query/", "removal/", "place/"):
        assert part != "removal/" or person.get(f"{VIEWS}{shared.pk}/{part}").status_code == 403
        assert person.post(f"{VIEWS}{shared.pk}/{part}", {"query": "", "name": "x"}).status_code == 403  # fmt: skip
    assert person.post("/desk/columns/", {"view": shared.pk, "column": "number"}).status_code == 403
    assert SavedView.objects.get().name == "Ours"


def test_a_shared_view_shows_each_reader_only_what_they_see(
    client_of, manager, other_agent, ticket
):
    shared = SavedView.objects.create(name="All", owner=manager, scope="everybody")

    assert numbers(client_of(manager).get(f"{VIEWS}{shared.pk}/")) == [ticket.number]
    assert numbers(client_of(other_agent).get(f"{VIEWS}{shared.pk}/")) == []


def test_it_is_renamed_and_no_longer_shared(client_of, lead, team):
    shared = SavedView.objects.create(name="Ours", owner=lead, scope="team", team=team)

    client_of(lead).post(f"{VIEWS}{shared.pk}/settings/", {"name": "Mine", "scope": "mine"})

    shared.refresh_from_db()
    assert (shared.name, shared.scope, shared.team) == ("Mine", "mine", None)


def test_views_are_put_in_order(desk, agent):
    first, second, third = (
        SavedView.objects.create(name=name, owner=agent, position=place)
        for place, name in enumerate("ABC")
    )

    desk.post(f"{VIEWS}{third.pk}/place/", {"to": "up"})
    desk.post(f"{VIEWS}{first.pk}/place/", {"to": "down"})

    assert [v.name for v in SavedView.objects.order_by("position")] == ["C", "A", "B"]
    assert second.name == "B"


def test_a_view_that_no_longer_makes_sense_says_what_is_not_known(desk, view):
    SavedView.objects.update(query="category=retired-long-ago&status=open")

    response = desk.get(f"{VIEWS}{view.pk}/")

    assert response.status_code == 400
    assert "Category" in body(response)
    assert f"{VIEWS}{view.pk}/?status=open&amp;changed=1" in body(response)


def test_more_views_than_any_cap(desk, agent):
    for n in range(45):
        SavedView.objects.create(name=f"View {n}", owner=agent, query="status=open")

    assert body(desk.get("/desk/mine/")).count('id="count-view-') == 45


def test_the_sidebar_counts_each_view_with_few_queries(
    desk, agent, ticket, view, django_assert_max_num_queries
):
    for n in range(10):
        SavedView.objects.create(name=f"View {n}", owner=agent, query="team=network")

    with django_assert_max_num_queries(16):
        page = body(desk.get("/desk/counts/"))

    assert page.count(">1<") >= 10
    assert f'id="count-view-{view.pk}" hx-swap-oob="true">0<' in page


def test_the_count_of_a_view_stops_at_the_cap(desk, agent, make_ticket, monkeypatch):
    monkeypatch.setattr(sidebar, "COUNT_CAP", 2)
    full = SavedView.objects.create(name="All", owner=agent)
    mine = SavedView.objects.create(name="Mine", owner=agent, query="assignee=me")
    made = [make_ticket() for _ in range(4)]
    for ticket in made[:2]:
        actions.take(ticket, by=agent)

    page = body(desk.get("/desk/counts/"))

    assert f'id="count-view-{full.pk}" hx-swap-oob="true">2+<' in page
    assert f'id="count-view-{mine.pk}" hx-swap-oob="true">2<' in page


def test_a_count_of_a_view_that_is_not_understood_is_a_dash(desk, view):
    SavedView.objects.update(query="category=retired-long-ago")

    assert f'id="count-view-{view.pk}" hx-swap-oob="true">–<' in body(desk.get("/desk/counts/"))


# What the desk opens with ------------------------------------------------------------------------------------


def test_a_view_can_be_the_start_page_and_the_overview_stays(desk, view):
    desk.post("/desk/start/", {"start": f"view:{view.pk}"})

    assert desk.get("/desk/")["Location"] == f"/desk/views/{view.pk}/"
    assert desk.get("/desk/overview/").status_code == 200


@pytest.mark.parametrize(("start", "leads"), [("mine", "/desk/mine/"), ("queue:network", "/desk/queues/network/")])  # fmt: skip
def test_or_my_work_or_a_queue(desk, start, leads):
    desk.post("/desk/start/", {"start": start})

    assert desk.get("/desk/")["Location"] == leads


@pytest.mark.parametrize("start", ["queue:workplace", "view:99", "https://example.com", "mine:x", "ticket"])  # fmt: skip
def test_the_desk_starts_with_nothing_that_one_does_not_see(desk, other_team, start):
    desk.post("/desk/start/", {"start": start})

    assert not DeskSettings.objects.exists()


def test_where_the_start_view_is_gone_the_overview_comes(desk, view):
    desk.post("/desk/start/", {"start": f"view:{view.pk}"})
    view.delete()

    assert desk.get("/desk/").status_code == 200


# Columns -------------------------------------------------------------------------------------------------------


def heads(response):
    return [head.column.name for head in response.context["heads"]]


def test_each_person_chooses_their_columns(desk, client_of, lead, ticket):
    desk.post("/desk/columns/", {"column": ["number", "tags", "updated"], "next": "/desk/mine/"})

    assert heads(desk.get("/desk/all/")) == ["number", "title", "tags", "updated"]
    assert "requester" in heads(client_of(lead).get("/desk/all/"))


def test_what_a_list_is_sorted_by_is_shown_though_nobody_chose_it(desk, ticket):
    desk.post("/desk/columns/", {"column": ["number"]})

    def shown(address):
        return desk.get(address).context["columns"]

    assert shown("/desk/mine/") == "number,title"
    assert shown("/desk/mine/?sort=-created") == "number,title,age"


def test_a_view_has_columns_of_its_own(desk, view):
    desk.post("/desk/columns/", {"column": ["status"], "view": view.pk})

    assert heads(desk.get(f"{VIEWS}{view.pk}/")) == ["title", "status"]
    assert "requester" in heads(desk.get("/desk/all/"))


def test_what_is_no_column_is_left_out_and_the_usual_ones_come_back(desk, agent):
    desk.post("/desk/columns/", {"column": ["requester__password", "number"]})
    assert agent.desk_settings.columns == ["number", "title"]

    desk.post("/desk/columns/", {"reset": "1", "column": ["number"]})
    assert "requester" in heads(desk.get("/desk/all/"))


def test_every_column_can_be_shown(desk, agent, ticket):
    actions.tag(actions.take(ticket, by=agent), add=["printer"], by=agent)
    from incidents.desk.columns import COLUMNS

    desk.post("/desk/columns/", {"column": list(COLUMNS)})

    page = body(desk.get("/desk/all/"))
    assert "printer" in page
    assert "Standard incident" in page
