"""Changing many tickets at once, item by item, with what was refused told and all of it undone for ten minutes."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import InvalidInput
from accounts.models import Grant
from incidents.desk import jobs, runs
from incidents.desk.models import BulkItem, BulkRun, SavedView
from incidents.desk.selection import Selection
from incidents.tickets import actions
from incidents.tickets.actions import steps
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Message, Ticket
from incidents.workflow.states import Status
from tests.conftest import make_person
from tests.incidents.desk.conftest import body

NEW, RUNS = "/desk/bulk/new/", "/desk/bulk/"


@pytest.fixture
def tickets(make_ticket):
    return [make_ticket(f"VPN drops {n}") for n in range(3)]


@pytest.fixture
def numbers(tickets):
    return [ticket.ref for ticket in tickets]


def last_run():
    return BulkRun.objects.latest("pk")


def states(run):
    return list(run.items.order_by("ticket").values_list("state", flat=True))


# Without JavaScript -----------------------------------------------------------------------------------------


def test_the_list_is_a_form_that_leads_to_the_form_of_an_act(desk, tickets, numbers):
    page = body(desk.get("/desk/queues/network/"))
    assert f'name="ticket" value="{tickets[0].number}" form="bulk"' in page
    assert '<form class="fb-bulk" id="bulk" method="get" action="/desk/bulk/new/"' in page

    form = body(
        desk.get(NEW, {"act": "assign", "ticket": numbers, "from": "/desk/queues/network/"})
    )
    assert "3 tickets" in form
    assert "<html" in form
    assert 'href="/desk/queues/network/"' in form


def test_assigning_three_tickets_is_one_event_each_and_a_page_that_says_so(
    desk, tickets, numbers, lead
):
    answer = desk.post(NEW, {"act": "assign", "ticket": numbers, "to": lead.pk})

    run = last_run()
    assert answer.status_code == 302
    assert answer.url == f"/desk/bulk/{run.pk}/"
    for ticket in tickets:
        ticket.refresh_from_db()
        assert ticket.assignee == lead
        assert ticket.events.of_kind(Kind.ASSIGNED).get().actor != lead
    page = body(desk.get(answer.url))
    assert "Assign to Noor Aspen" in page
    assert "3 tickets changed." in page


def test_what_is_refused_is_named_with_the_reason_and_does_not_stop_the_rest(
    desk, agent, tickets, numbers
):
    actions.resolve(tickets[1], "Done.", code="fixed", by=agent)

    answer = desk.post(NEW, {"act": "take", "ticket": numbers}, follow=True)

    assert states(last_run()) == ["done", "refused", "done"]
    page = body(answer)
    assert "2 tickets changed. 1 was refused." in page
    assert f"{tickets[1].ref} VPN drops 1</a>: This ticket is resolved." in page


def test_what_was_so_already_is_told_apart(desk, agent, tickets, numbers):
    actions.take(tickets[0], by=agent)

    desk.post(NEW, {"act": "take", "ticket": numbers})

    assert states(last_run()) == ["unchanged", "done", "done"]


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("category", {"category": "other"}),
        ("priority", {"impact": "many", "urgency": "stop"}),
        ("tags", {"add": "storm"}),
        ("status", {"to": "waiting_other", "text": "The vendor."}),
        ("status", {"to": "waiting_requester", "text": "Which, {{requester.first_name}}?"}),
        ("resolve", {"code": "fixed", "text": "Gateway replaced."}),
        ("reply", {"text": "We know, {{requester.first_name}}."}),
        ("note", {"text": "Same gateway."}),
        ("service", {"service": ""}),
    ],
)
def test_every_act_in_bulk(desk, tickets, numbers, other_category, act, given):
    given = {"category": other_category.pk} if act == "category" else given

    answer = desk.post(NEW, {"act": act, "ticket": numbers, **given})

    assert answer.status_code == 302
    assert set(states(last_run())) == ({"unchanged"} if act == "service" else {"done"})


def test_variables_are_filled_in_for_each_ticket(desk, make_ticket, other_requester, ticket):
    other = make_ticket(by=other_requester)

    desk.post(NEW, {"act": "reply", "ticket": [ticket.ref, other.ref], "text": "Hi {{requester.first_name}}"})  # fmt: skip

    assert ticket.messages.latest("pk").body == "Hi Robin"
    assert other.messages.latest("pk").body == "Hi Mika"


def test_a_form_that_is_not_right_comes_back_and_changes_nothing(desk, numbers):
    answer = desk.post(NEW, {"act": "resolve", "ticket": numbers, "text": "Done"})

    assert answer.status_code == 422
    assert "Choose how it was resolved." in body(answer)
    assert not BulkRun.objects.exists()


def test_a_form_warns_that_words_cant_be_unsent(desk, numbers):
    assert "can’t be unsent" in body(desk.get(NEW, {"act": "reply", "ticket": numbers}))
    assert "can’t be unsent" not in body(desk.get(NEW, {"act": "assign", "ticket": numbers}))


def test_nothing_selected_and_unknown_acts(desk, numbers):
    assert desk.get(NEW, {"act": "assign"}).status_code == 422
    assert desk.get(NEW, {"act": "assign", "ticket": "__class__"}).status_code == 422
    assert desk.get(NEW, {"act": "delete", "ticket": numbers}).status_code == 404


def test_the_same_form_sent_twice_is_one_run(desk, tickets, numbers):
    given = {"act": "note", "ticket": numbers, "text": "Once.", "key": "k1"}

    first, second = desk.post(NEW, given), desk.post(NEW, given)

    assert first.url == second.url
    assert BulkRun.objects.count() == 1
    assert tickets[0].events.of_kind(Kind.NOTED).count() == 1


# Rights -----------------------------------------------------------------------------------------------------


def test_what_one_may_not_see_does_not_exist(desk, ticket, make_ticket, other_category, other_team):
    hidden = make_ticket(category=other_category)

    desk.post(NEW, {"act": "note", "ticket": [ticket.ref, hidden.ref], "text": "x"})
    assert list(last_run().items.values_list("ticket", flat=True)) == [ticket.pk]

    answer = desk.post(NEW, {"act": "note", "ticket": [hidden.ref], "text": "x"})
    assert answer.status_code == 422
    assert not hidden.events.of_kind(Kind.NOTED).exists()


def test_who_only_reads_sees_no_bar_and_changes_nothing(client_of, auditor, ticket):
    reader = client_of(auditor)

    assert 'id="bulk"' not in body(reader.get("/desk/queues/network/"))
    assert reader.get(NEW, {"act": "take", "ticket": ticket.ref}).status_code == 403
    assert reader.post(NEW, {"act": "take", "ticket": ticket.ref}).status_code == 403


def test_the_verb_asks_for_every_ticket(client_of, ticket, make_ticket, other_category, manager, team, other_team):  # fmt: skip
    other = make_ticket(category=other_category)
    person = make_person("Pim Wren", ("agent", team), ("auditor", other_team))

    client_of(person).post(NEW, {"act": "take", "ticket": [ticket.ref, other.ref]})

    assert states(last_run()) == ["done", "refused"]


def test_a_run_is_only_its_makers(desk, client_of, lead, numbers):
    desk.post(NEW, {"act": "take", "ticket": numbers})
    other, run = client_of(lead), last_run()

    assert other.get(f"/desk/bulk/{run.pk}/").status_code == 404
    assert other.post(f"/desk/bulk/{run.pk}/undo/").status_code == 404
    assert "nothing in bulk yet" in body(other.get(RUNS))


def test_a_title_is_shown_only_while_one_sees_the_ticket(desk, agent, numbers, tickets, manager, private_team):  # fmt: skip
    actions.resolve(tickets[1], "Done.", code="fixed", by=agent)
    desk.post(NEW, {"act": "take", "ticket": numbers})
    actions.reopen(tickets[1], "No.", by=tickets[1].requester)
    actions.move(tickets[1], to=private_team, by=manager)

    page = body(desk.get(f"/desk/bulk/{last_run().pk}/"))
    assert tickets[1].ref in page
    assert "VPN drops 1" not in page


def test_a_selection_is_only_its_makers(agent, lead, tickets):
    token = Selection((tickets[0].number,)).token(agent)

    assert Selection.read({"chosen": token}, agent).numbers == (tickets[0].number,)
    for given in (token, token[:-2], "x"):
        with pytest.raises(InvalidInput):
            Selection.read({"chosen": given}, lead)


# All that match ---------------------------------------------------------------------------------------------


def test_all_that_match_are_those_of_the_list_with_its_filters(desk, tickets, make_ticket, agent):
    actions.take(tickets[0], by=agent)
    make_ticket("Printer", description="It jams.")
    address = "/desk/queues/network/?q=drops&assignee=nobody"

    assert body(desk.get("/desk/bulk/count/", {"from": address})) == "2 selected"
    form = body(desk.get(NEW, {"act": "tags", "all": "1", "from": address}))
    assert "2 tickets" in form
    desk.post(NEW, {"act": "tags", "all": "1", "from": address, "add": "storm"})

    assert set(Ticket.objects.filter(tags=["storm"])) == {tickets[1], tickets[2]}


def test_all_that_match_a_saved_view(desk, tickets, agent):
    actions.take(tickets[0], by=agent)
    view = SavedView.objects.create(name="Nobody's", owner=agent, query="assignee=nobody")
    address = f"/desk/views/{view.pk}/"

    assert body(desk.get("/desk/bulk/count/", {"from": address})) == "2 selected"
    desk.post(NEW, {"act": "tags", "all": "1", "from": address, "add": "storm"})

    assert set(Ticket.objects.filter(tags=["storm"])) == {tickets[1], tickets[2]}


@pytest.mark.parametrize(
    "address",
    ["/desk/queues/workplace/", "/desk/queues/network/?assignee=root", "/desk/", "/nowhere/", "//evil.example/desk/", "//[", "/desk/views/999999/"],
)  # fmt: skip
def test_all_of_a_list_that_is_none_of_mine(desk, other_team, address):
    answer = desk.get(NEW, {"act": "take", "all": "1", "from": address})

    assert answer.status_code in {400, 404, 422}


def test_merging_leaves_the_ticket_that_stays_and_can_be_undone(desk, tickets, numbers):
    form = body(desk.get(NEW, {"act": "merge", "ticket": numbers}))
    assert f'value="{tickets[0].ref}"' in form

    desk.post(NEW, {"act": "merge", "ticket": numbers, "into": tickets[0].ref})
    assert states(last_run()) == ["unchanged", "done", "done"]
    assert set(Ticket.objects.filter(merged_into=tickets[0])) == set(tickets[1:])

    desk.post(f"/desk/bulk/{last_run().pk}/undo/")
    assert not Ticket.objects.filter(merged_into__isnull=False).exists()
    assert set(Ticket.objects.values_list("status", flat=True)) == {"new"}


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_somebody_merged_anew_is_not_taken_out(desk, tickets, numbers, make_ticket, lead, elsewhere):  # fmt: skip
    desk.post(NEW, {"act": "merge", "ticket": numbers, "into": tickets[0].ref})
    there = make_ticket("The gateway") if elsewhere else tickets[0]
    actions.unmerge(tickets[1], by=lead)
    actions.merge(tickets[1], into=there, by=lead)

    page = body(desk.post(f"/desk/bulk/{last_run().pk}/undo/", follow=True))

    assert states(last_run()) == ["unchanged", "kept", "undone"]
    assert "Noor Aspen changed this since." in page
    tickets[1].refresh_from_db()
    assert tickets[1].merged_into == there


@pytest.mark.parametrize("into", ["", "nothing", "INC-999999"])
def test_merging_into_what_is_not_there(desk, numbers, into):
    assert desk.post(NEW, {"act": "merge", "ticket": numbers, "into": into}).status_code == 422


def test_no_more_than_the_cap(desk, tickets, monkeypatch):
    monkeypatch.setattr("incidents.desk.selection.MOST", 2)

    form = body(desk.get(NEW, {"act": "take", "all": "1", "from": "/desk/queues/network/"}))

    assert "The first 2 tickets" in form


def test_the_way_back_leads_nowhere_else(desk, numbers):
    for address in ("https://evil.example/desk/", "//evil.example/desk/", "javascript:alert(1)"):
        form = body(desk.get(NEW, {"act": "take", "ticket": numbers, "from": address}))
        assert "evil" not in form
        assert "javascript:" not in form


# By htmx ----------------------------------------------------------------------------------------------------


def test_by_htmx_the_form_is_a_part_and_the_result_a_notice(htmx, numbers):
    part = body(htmx.get(NEW, {"act": "take", "ticket": numbers}))
    assert part.lstrip().startswith("<form")

    answer = htmx.post(NEW, {"act": "take", "ticket": numbers})

    assert answer["HX-Retarget"] == "#notices"
    assert "bulk:done" in answer["HX-Trigger"]
    assert "3 tickets changed." in body(answer)
    assert 'data-key="z"' in body(answer)
    assert "hx-trigger" not in body(answer)


def test_by_htmx_a_wrong_form_is_422_in_its_place(htmx, numbers):
    answer = htmx.post(NEW, {"act": "note", "ticket": numbers, "text": "{{nope}}"})

    assert answer.status_code == 422
    assert "There is no {{nope}}." in body(answer)


# The words of a change of status -----------------------------------------------------------------------------


def options(page):
    """Which words each choice takes, as the page shows them."""
    return dict(re.findall(r'<option value="([^"]+)"[^>]*? data-words="([^"]+)"', page))


def test_each_status_asks_for_its_own_words(desk, numbers):
    page = body(desk.get(NEW, {"act": "status", "ticket": numbers}))

    assert options(page) == {"waiting_requester": "ask", "waiting_other": "hold"}
    assert '<span data-words="hold">What do you wait for?</span>' in page
    assert "Why is it opened again?" not in page


def test_resolved_tickets_are_not_opened_again_without_a_reason(desk, tickets, numbers, agent):
    actions.resolve(tickets[0], "Done.", code="fixed", by=agent)
    given = {"act": "status", "ticket": numbers, "to": "open"}

    answer = desk.post(NEW, {**given, "text": " "})

    assert answer.status_code == 422
    assert options(body(answer))["open"] == "reopen"
    assert "Write why it is opened again: some of these tickets are resolved." in body(answer)
    assert not BulkRun.objects.exists()
    desk.post(NEW, {**given, "text": "It is back."})
    assert states(last_run()) == ["done"] * 3
    assert Message.objects.filter(body="It is back.").count() == 1


def test_words_that_no_ticket_keeps_are_not_named_in_the_result(desk, numbers):
    desk.post(NEW, {"act": "status", "ticket": numbers, "to": "open", "text": "Left over."})

    assert last_run().label == "Set to In progress"


# Undo -------------------------------------------------------------------------------------------------------


def test_undoing_sets_everything_back_where_nobody_changed_it_since(
    desk, agent, tickets, numbers, lead
):
    desk.post(NEW, {"act": "assign", "ticket": numbers, "to": lead.pk})
    actions.assign(tickets[2], to=agent, by=lead)
    run = last_run()

    page = body(desk.post(f"/desk/bulk/{run.pk}/undo/", follow=True))

    assert states(run) == ["undone", "undone", "kept"]
    assert list(Ticket.objects.filter(assignee__isnull=False)) == [tickets[2]]
    assert "2 tickets are as before. 1 stays as it is." in page
    assert "Noor Aspen changed this since." in page
    assert tickets[0].events.of_kind(Kind.UNDONE).count() == 1


def test_undoing_a_resolution_takes_its_parts_back_and_names_those_that_stay(
    desk, agent, make_ticket, requester
):
    parts = [make_ticket(f"No phone in room {n}") for n in range(6)]
    whole = make_ticket("Line is cut")
    for part in parts:
        actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    given = {"act": "resolve", "ticket": whole.ref, "code": "fixed", "text": "A new cable."}

    desk.post(NEW, given)
    for part in parts[:4]:
        actions.reopen(part, "Still dead.", by=requester)
        actions.resolve(part, "By itself.", code="workaround", by=agent)
    page = body(desk.post(f"/desk/bulk/{last_run().pk}/undo/", follow=True))

    assert states(last_run()) == ["undone"]
    assert set(Ticket.objects.filter(pk__in=[one.pk for one in (*parts[4:], whole)]).values_list("status", flat=True)) == {"new"}  # fmt: skip
    assert set(Ticket.objects.filter(pk__in=[one.pk for one in parts[:4]]).values_list("status", flat=True)) == {"resolved"}  # fmt: skip
    for part in parts[:3]:
        assert f"{part.ref}, a part of it, stays: {agent.display_name} changed this since." in page
    assert "1 more part stays." in page


def test_where_the_whole_stays_its_parts_still_go_back_and_it_is_told(
    desk, agent, make_ticket, requester
):
    part, whole = make_ticket("No phone"), make_ticket("Line is cut")
    actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    desk.post(NEW, {"act": "resolve", "ticket": whole.ref, "code": "fixed", "text": "A new cable."})
    actions.reopen(whole, "Cut again.", by=requester)

    page = body(desk.post(f"/desk/bulk/{last_run().pk}/undo/", follow=True))

    assert states(last_run()) == ["kept"]
    part.refresh_from_db()
    assert part.is_open
    assert "changed this since. 1 part of it is as before." in page


def test_a_run_that_resolves_holds_the_parts_before_their_whole(
    desk, agent, make_ticket, monkeypatch
):
    part, whole = make_ticket("No phone"), make_ticket("Line is cut")
    actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    held = []
    lock_all = steps.lock_all
    monkeypatch.setattr(steps, "lock_all", lambda keys: held.append(lock_all(keys)) or held[-1])

    desk.post(NEW, {"act": "resolve", "ticket": whole.ref, "code": "fixed", "text": "A new cable."})

    assert states(last_run()) == ["done"]
    assert [list(rows) for rows in held] == [[part.pk, whole.pk]] * 2  # by the run, then the verb
    part.refresh_from_db()
    assert part.status == "resolved"


def test_what_was_written_is_said_to_stay(desk, tickets, numbers):
    desk.post(NEW, {"act": "status", "ticket": numbers, "to": "waiting_other", "text": "Parts."})

    page = body(desk.post(f"/desk/bulk/{last_run().pk}/undo/", follow=True))

    assert "3 tickets are as before; what was written stays." in page


def test_undoing_twice_changes_nothing_more(desk, tickets, numbers):
    desk.post(NEW, {"act": "take", "ticket": numbers})
    for _again in range(2):
        assert desk.post(f"/desk/bulk/{last_run().pk}/undo/").status_code == 302

    assert tickets[0].events.of_kind(Kind.UNDONE).count() == 1


def test_it_can_be_undone_for_ten_minutes(desk, numbers, tickets):
    desk.post(NEW, {"act": "take", "ticket": numbers})
    run = last_run()

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert f"/desk/bulk/{run.pk}/undo/" not in body(desk.get(f"/desk/bulk/{run.pk}/"))
        assert desk.post(f"/desk/bulk/{run.pk}/undo/").status_code == 409
    tickets[0].refresh_from_db()
    assert tickets[0].assignee is not None

    with time_machine.travel(timezone.now() + timedelta(minutes=9)):
        assert f"/desk/bulk/{run.pk}/undo/" in body(desk.get(f"/desk/bulk/{run.pk}/"))
        desk.post(f"/desk/bulk/{run.pk}/undo/")
    assert states(run) == ["undone"] * 3


def test_words_alone_are_not_offered_to_be_undone(desk, numbers):
    desk.post(NEW, {"act": "note", "ticket": numbers, "text": "x"})

    assert not runs.can_undo(last_run(), at=timezone.now())


def test_the_page_of_my_runs(desk, numbers):
    assert "nothing in bulk yet" in body(desk.get(RUNS))
    desk.post(NEW, {"act": "take", "ticket": numbers})

    page = body(desk.get(RUNS))
    assert "Take it" in page
    assert f"/desk/bulk/{last_run().pk}/undo/" in page


# Many, by the queue -----------------------------------------------------------------------------------------


@pytest.fixture
def many(monkeypatch, desk, numbers):
    """A run that is left to the queue, with nobody there yet."""
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    nudged = []
    monkeypatch.setattr(runs, "async_task", lambda *given, **options: nudged.append(given))
    desk.post(NEW, {"act": "take", "ticket": numbers})
    assert nudged == [("incidents.desk.jobs.go_on", last_run().pk)]
    return last_run()


def test_more_than_a_few_are_left_to_the_queue_with_progress(desk, htmx, many):
    assert states(many) == ["waiting"] * 3
    going = body(htmx.get(f"/desk/bulk/{many.pk}/"))
    assert "0 of 3 tickets are through." in going
    assert 'hx-trigger="every 1s"' in going

    jobs.go_on(many.pk)

    assert states(many) == ["done"] * 3
    assert "3 tickets changed." in body(desk.get(f"/desk/bulk/{many.pk}/"))


def test_a_run_goes_on_where_a_lost_worker_stopped(many, tickets, agent):
    item = many.items.order_by("ticket")[0]
    BulkItem.objects.filter(pk=item.pk).update(state="done", first_event=2, last_event=3)
    hold = timezone.now() + timedelta(seconds=60)
    BulkRun.objects.filter(pk=many.pk).update(state="running", leased_until=hold)

    assert jobs.sweep() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert jobs.sweep() == 1

    many.refresh_from_db()
    assert (many.state, many.done) == ("done", 3)
    tickets[0].refresh_from_db()
    assert tickets[0].assignee is None  # nothing is done twice


def test_the_sweep_finds_a_run_whose_nudge_was_lost(many):
    assert jobs.sweep() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert jobs.sweep() == 1
    assert states(many) == ["done"] * 3


def test_rights_are_those_of_the_moment(many, agent, tickets):
    Grant.objects.filter(user=agent).delete()

    jobs.go_on(many.pk)

    assert states(many) == ["refused"] * 3
    assert many.items.first().message == "You don’t see this ticket any more."


def test_one_bad_ticket_does_not_stop_the_others(many, tickets, monkeypatch):
    def breaks(ticket, **_given):
        if ticket.pk == tickets[1].pk:
            raise ZeroDivisionError
        return take(ticket, **_given)

    take = actions.take
    monkeypatch.setattr(actions, "take", breaks)

    jobs.go_on(many.pk)

    assert states(many) == ["done", "refused", "done"]
    assert "Something broke on our side" in many.items.get(state="refused").message


def test_many_are_undone_by_the_queue_too(desk, many):
    jobs.go_on(many.pk)

    desk.post(f"/desk/bulk/{many.pk}/undo/")
    many.refresh_from_db()
    assert many.state == "undoing"
    jobs.go_on(many.pk)

    many.refresh_from_db()
    assert many.state == "undone"
    assert states(many) == ["undone"] * 3


def test_refusals_are_told_in_the_makers_language(many, agent, tickets):
    agent.language = "de"
    agent.save()
    actions.resolve(tickets[0], "Done.", code="fixed", by=agent)

    jobs.go_on(many.pk)

    assert "gelöst" in many.items.get(state="refused").message


def test_old_runs_are_forgotten(many):
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        jobs.tidy()

    assert not BulkRun.objects.exists()


def test_a_ticket_that_waits_for_its_answer_is_opened_in_bulk(desk, agent, tickets, numbers):
    for ticket in tickets:
        actions.transition(ticket, to=Status.WAITING_OTHER, text="Vendor", by=agent)

    desk.post(NEW, {"act": "status", "ticket": numbers, "to": "open"})

    assert set(Ticket.objects.values_list("status", flat=True)) == {"open"}
