"""What a list can be narrowed by, and in which order it comes."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from incidents.desk.filters import UnknownFilter
from incidents.desk.listings import narrowed
from incidents.desk.orders import ORDERS
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from tests.incidents.desk.conftest import body

ALL = "/desk/all/"


def found(query, user):
    return set(narrowed(QueryDict(query), user).tickets.values_list("number", flat=True))


def titles(response):
    return [row.title for row in response.context["rows"]]


def test_open_ones_unless_a_status_is_named(agent, resolved, make_ticket):
    new = make_ticket()

    assert found("", agent) == {new.number}
    assert found("status=resolved", agent) == {resolved.number}
    assert found("status=resolved&status=new", agent) == {resolved.number, new.number}


def test_only_what_one_sees_as_staff(agent, other_agent, manager, ticket):
    assert found("", other_agent) == set()
    assert found("", manager) == {ticket.number}


def test_by_team(manager, ticket, make_ticket, other_category):
    other = make_ticket(category=other_category)

    assert found("team=network", manager) == {ticket.number}
    assert found("team=network&team=workplace", manager) == {ticket.number, other.number}
    assert found("team=none", manager) == set()


def test_by_who_has_it(agent, lead, make_ticket):
    mine, theirs, free = make_ticket(), make_ticket(), make_ticket()
    actions.take(mine, by=agent)
    actions.take(theirs, by=lead)

    assert found("assignee=me", agent) == {mine.number}
    assert found(f"assignee={lead.pk}", agent) == {theirs.number}
    assert found("assignee=nobody&assignee=me", agent) == {mine.number, free.number}


def test_by_service_type_and_category(agent, make_ticket, service, category, other_category):
    with_service = make_ticket(service=service)
    plain = make_ticket()

    assert found("service=vpn-access", agent) == {with_service.number}
    assert found("service=none", agent) == {plain.number}
    assert found("type=incident", agent) == {with_service.number, plain.number}
    assert found("type=request", agent) == set()
    assert found("category=vpn&category=laptop", agent) == {with_service.number, plain.number}


def test_by_requester_and_their_department(agent, requester, department, make_ticket, admin):
    theirs = make_ticket()
    other = make_ticket(by=admin)

    assert found(f"requester={requester.pk}", agent) == {theirs.number}
    assert found("requester_name=kestrel", agent) == {theirs.number}
    assert found(f"requester={admin.pk}&requester_name=kestrel", agent) == {other.number}
    assert found(f"department={department.pk}", agent) == {theirs.number}


def test_by_tag_as_people_type_it(agent, ticket, make_ticket):
    make_ticket()
    actions.tag(ticket, add=["floor 2"], by=agent)

    assert found("tag=floor-2", agent) == {ticket.number}
    assert found("tag=%23Floor 2&tag=none-such", agent) == {ticket.number}


def test_by_words_anywhere_in_the_ticket(agent, make_ticket):
    in_title = make_ticket("Printer jams")
    in_note = make_ticket("Something else")
    actions.note(in_note, "It is the printer again.", by=agent)
    make_ticket("No network")

    assert found("q=printers", agent) == {in_title.number, in_note.number}
    assert found("q=print", agent) == {in_title.number, in_note.number}
    assert found("q=printer jams", agent) == {in_title.number}
    assert found(f"q={in_title.ref}", agent) == {in_title.number}
    assert found("q=%22%27--", agent) == set()


def test_by_when_it_was_filed_and_last_changed(agent, make_ticket):
    now = timezone.now()
    old = make_ticket("Old", at=now - timedelta(days=5))
    new = make_ticket("New")
    day, later = (
        (timezone.localtime(now) - timedelta(days=days)).date().isoformat() for days in (5, 4)
    )

    assert found("created=last-1", agent) == {new.number}
    assert found("created=over-3", agent) == {old.number}
    assert found("updated=over-3", agent) == {old.number}
    assert found(f"created_from={day}&created_to={day}", agent) == {old.number}
    assert found(f"created_from={later}", agent) == {new.number}
    assert found("updated=last-1", agent) == {new.number}
    assert found(f"updated_from={later}", agent) == {new.number}
    assert found(f"updated_to={day}", agent) == {old.number}


def test_unread_is_what_changed_since_i_looked_and_what_nobody_looked_at(agent, lead, make_ticket):
    never, read, changed, theirs = (make_ticket(name) for name in "ABCD")
    for one in (read, changed):
        actions.note_desk_reading(one, by=agent, version=one.version)
    actions.note(changed, "News.", by=lead)
    actions.take(theirs, by=lead)

    assert found("unread=1", agent) == {never.number, changed.number}


def test_rows_stand_out_by_the_same_rule(desk, agent, lead, make_ticket):
    read, _never, theirs = make_ticket("A"), make_ticket("B"), make_ticket("C")
    actions.note_desk_reading(read, by=agent, version=read.version)
    actions.take(theirs, by=lead)

    rows = desk.get(ALL).context["rows"]

    assert {row.number for row in rows if row.is_unread} == found("unread=1", agent)


def test_too_many_values_are_refused(agent):
    with pytest.raises(UnknownFilter):
        narrowed(QueryDict("&".join(f"tag=t{n}" for n in range(30))), agent)


def test_what_a_page_of_its_own_adds_is_left_alone(agent, ticket):
    with pytest.raises(UnknownFilter):
        narrowed(QueryDict("lanes=status"), agent)

    assert narrowed(QueryDict("lanes=status"), agent, also={"lanes"}).tickets.get() == ticket


def test_what_was_understood_can_still_be_asked_for(agent):
    with pytest.raises(UnknownFilter) as refused:
        narrowed(QueryDict("status=new&priority=99&x=1&sort=number"), agent)

    assert refused.value.understood == "status=new&sort=number"
    assert refused.value.what == ["Priority", "“x”"]


def test_the_query_string_says_the_whole_list(agent, ticket):
    now = narrowed(QueryDict("status=new&after=x"), agent, fixed={"team": "network"})

    assert now.query == "team=network&status=new"
    assert now.address() == "status=new"
    assert [chip.name for chip in now.chips()] == ["status"]


# Orders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_comes_in_pages_without_gap_or_repeat(desk, make_ticket, order):
    made = {make_ticket(f"Ticket {n}").number for n in range(53)}

    first = desk.get(f"{ALL}?sort={order}")
    second = desk.get(first.context["list"].next)
    rows = [row.number for row in [*first.context["rows"], *second.context["rows"]]]

    assert len(rows) == 53
    assert set(rows) == made
    keys = ORDERS[order].keys
    assert rows == list(Ticket.objects.order_by(*keys).values_list("number", flat=True))


def test_a_page_of_one_order_is_none_of_another(desk, make_ticket):
    for n in range(52):
        make_ticket(f"Ticket {n}")
    after = desk.get(f"{ALL}?sort=created").context["list"].page.next

    assert desk.get(f"{ALL}?sort=-created&after={after}").status_code == 400


def test_what_is_settled_comes_latest_first(desk, agent, make_ticket):
    for name in ("First", "Second"):
        done = actions.take(make_ticket(name), by=agent)
        actions.resolve(done, "Done.", code="fixed", by=agent)

    assert titles(desk.get(f"{ALL}?status=resolved")) == ["Second", "First"]
    assert titles(desk.get(f"{ALL}?status=resolved&sort=created")) == ["First", "Second"]


# The menu ----------------------------------------------------------------------------------------------------


def test_the_menu_offers_choices_and_knows_what_is_on(htmx, ticket, agent, service):
    page = body(htmx.get("/desk/filters/?status=new&next=/desk/queues/network/&hide=team"))

    assert 'value="new" id="f-status-new" checked' in page
    assert "VPN access" in page
    assert 'name="team"' not in page
    assert "<html" not in page


def test_without_a_script_it_is_a_page(desk, ticket):
    page = body(desk.get("/desk/filters/?status=new&next=/desk/queues/network/&hide=team"))

    assert 'action="/desk/queues/network/"' in page
    assert "<html" in page


def test_a_form_to_elsewhere_is_not_made(desk):
    page = body(desk.get("/desk/filters/?next=https://evil.example/"))

    assert 'action="/desk/all/"' in page


def test_it_names_only_people_of_teams_that_one_sees(htmx, agent, lead, other_agent):
    page = body(htmx.get("/desk/filters/"))

    assert lead.display_name in page
    assert other_agent.display_name not in page
