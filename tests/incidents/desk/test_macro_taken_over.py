"""A macro that begins with what was just done: a change of many tickets, or what the desk did to one."""

import html
import re

import pytest

from incidents.desk import acts, runs
from incidents.desk.models import Macro
from incidents.tickets import actions
from incidents.tickets.models import Category
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body

NEW = "/desk/macros/new/"


def offered(page):
    """The steps in words, and whether each is ticked."""
    boxes = re.findall(r'name="take_over" value="\d+" id="[^"]+" (checked)?>\s*<label[^>]*>(.*?)</label>', body(page), re.DOTALL)  # fmt: skip
    return {html.unescape(re.sub(r"<.*", "", words)).strip(): bool(on) for on, words in boxes}


def mark(page):
    return re.search(r'name="steps" value="(\w+)"', body(page))[1]


@pytest.fixture
def tagging(taken, agent):
    return runs.start(acts.ACTS["tags"], {"add": ["vpn"], "remove": []}, [taken.number], by=agent, key="k")  # fmt: skip


@pytest.fixture
def handled(make_ticket, agent, lead, service, requester):
    """Taken, given a service and a tag, answered, and resolved with the requester's name in it."""
    ticket = actions.take(make_ticket(), by=agent)
    actions.set_service(ticket, service=service, by=agent)
    actions.tag(ticket, add=["vpn"], by=agent)
    actions.note(ticket, "Looks like the gateway.", by=agent)
    words = f"Hello {requester.first_name}, {ticket.ref} is done. {agent.first_name}"
    return actions.resolve(ticket, words, code="fixed", by=agent)


# After a bulk change ------------------------------------------------------------------------------------------


def test_a_bulk_change_offers_to_make_a_macro_of_it(desk, tagging):
    page = body(desk.get(tagging.get_absolute_url()))

    assert f'href="{NEW}?run={tagging.pk}"' in page


def test_the_macro_begins_with_what_was_changed(desk, agent, tagging):
    page = desk.get(f"{NEW}?run={tagging.pk}")
    assert offered(page) == {"Add the tags vpn": True}
    assert 'value="Add the tags vpn"' in body(page)  # what it may be called

    made = desk.post(f"{NEW}?run={tagging.pk}", {"name": "VPN", "scope": "mine", "steps": mark(page), "take_over": "0"})  # fmt: skip

    macro = Macro.objects.get()
    assert made.url == f"/desk/macros/{macro.pk}/"
    assert macro.steps == [{"act": "tags", "with": {"add": ["vpn"], "remove": []}}]


def test_a_macro_that_was_run_becomes_the_same_steps(desk, agent, taken):
    one = Macro.objects.create(name="Old", owner=agent, steps=[{"act": "take", "with": {}}, {"act": "note", "with": {"text": "Hm."}}])  # fmt: skip
    from incidents.desk import macros

    run = runs.start(macros.MACRO, macros.given(one), [taken.number], by=agent, key="k")

    assert list(offered(desk.get(f"{NEW}?run={run.pk}"))) == ["Take it", "Add an internal note: “Hm.”"]  # fmt: skip
    assert "Make macro" not in body(desk.get(run.get_absolute_url()))  # there is one


@pytest.mark.parametrize(
    "asked", ["run=0", "run=x", "run=", "ticket=99999", "ticket=INC-1", "run=1' OR '1"]
)
def test_what_is_not_there_is_404(desk, asked):
    assert desk.get(f"{NEW}?{asked}").status_code == 404


def test_a_colleagues_change_and_a_ticket_out_of_sight_are_404(
    client_of, lead, other_agent, tagging, taken
):
    assert client_of(lead).get(f"{NEW}?run={tagging.pk}").status_code == 404
    assert client_of(other_agent).get(f"{NEW}?ticket={taken.number}").status_code == 404
    assert (
        client_of(other_agent).post(f"{NEW}?ticket={taken.number}", {"name": "x"}).status_code
        == 404
    )


# From a ticket ------------------------------------------------------------------------------------------------


def test_the_menu_of_a_ticket_offers_it(htmx, taken, url):
    assert f'href="{NEW}?ticket={taken.number}"' in body(htmx.get(url(taken, "macros")))


def test_what_was_done_on_a_ticket_becomes_steps_with_variables_for_names(desk, handled):
    page = desk.get(f"{NEW}?ticket={handled.number}")

    assert offered(page) == {
        "Set service VPN access": True,
        "Take it": True,
        "Add the tags vpn": True,
        "Add an internal note: “Looks like the gateway.”": False,
        "Resolve (Fixed): “Hello {{requester.first_name}}, {{ticket.number}} is done. {{agent.first_name}}”": True,
    }
    ticked = [n for n, on in enumerate(offered(page).values()) if on]
    desk.post(f"{NEW}?ticket={handled.number}", {"name": "Gateway", "scope": "mine", "steps": mark(page), "take_over": ticked})  # fmt: skip
    steps = Macro.objects.get().steps
    assert [step["act"] for step in steps] == ["service", "take", "tags", "resolve"]


def test_it_runs_on_the_next_ticket(desk, handled, make_ticket, url):
    page = desk.get(f"{NEW}?ticket={handled.number}")
    desk.post(f"{NEW}?ticket={handled.number}", {"name": "G", "scope": "mine", "steps": mark(page), "take_over": [0, 1, 2, 4]})  # fmt: skip
    from incidents.desk import macros

    macro, ticket = Macro.objects.get(), make_ticket()
    desk.post(url(ticket, "macros", macro.pk), {"steps": macros.mark(macro)})

    ticket.refresh_from_db()
    assert (ticket.is_resolved, ticket.tags) == (True, ["vpn"])


def test_what_was_taken_back_and_what_others_do_by_themselves_is_left_out(desk, taken, agent, lead, other_team, requester):  # fmt: skip
    actions.tag(taken, add=["vpn"], by=agent)
    actions.tag(taken, remove=["vpn"], by=agent)
    actions.set_priority(taken, override=1, reason="Hurry", by=agent)
    actions.undo(taken, numbers=[taken.events.count()], by=agent)
    actions.reply(taken, "Any news?", by=requester)

    assert offered(desk.get(f"{NEW}?ticket={taken.number}")) == {"Take it": True}


def test_waiting_comes_with_the_question(desk, taken, agent):
    actions.transition(taken, to=Status.WAITING_REQUESTER, text="Which room?", by=agent)

    assert offered(desk.get(f"{NEW}?ticket={taken.number}")) == {
        "Take it": True,
        "Set to Waiting for requester: “Which room?”": True,
    }


def test_another_team_and_priority_by_hand(client_of, manager, ticket, other_team):
    actions.set_priority(ticket, override=1, reason="Hurry", by=manager)
    actions.move(ticket, to=other_team, by=manager)

    steps = list(offered(client_of(manager).get(f"{NEW}?ticket={ticket.number}")))
    assert steps[0] == f"Hand over to {other_team.name}"
    assert "priority Critical by hand" in steps[1]


def test_of_what_is_confidential_no_words_go_along(desk, handled, category):
    Category.objects.filter(pk=category.pk).update(is_confidential=True, is_confined=True)

    page = desk.get(f"{NEW}?ticket={handled.number}")
    assert list(offered(page)) == ["Set service VPN access", "Take it", "Add the tags vpn"]
    assert f'value="{handled.title}"' not in body(page)


@pytest.mark.parametrize("is_confined", [True, False])
def test_a_reason_about_this_ticket_alone_sets_no_priority_elsewhere(client_of, lead, handled, category, is_confined):  # fmt: skip
    reason = (
        "Dismissal on Friday" if is_confined else f"{handled.requester.first_name} has to leave"
    )
    actions.set_priority(handled, override=1, reason=reason, by=lead)
    Category.objects.filter(pk=category.pk).update(is_confidential=True, is_confined=is_confined)

    page = client_of(lead).get(f"{NEW}?ticket={handled.number}")

    assert reason not in body(page)
    assert not any("by hand" in step for step in offered(page))


def test_where_nothing_was_done_it_says_so(desk, ticket):
    page = body(desk.get(f"{NEW}?ticket={ticket.number}"))

    assert "Nothing was done there that a macro could do again." in page
    assert "Save, then add steps" in page


def test_what_changed_meanwhile_is_shown_again_and_nothing_is_kept(desk, taken, agent):
    address = f"{NEW}?ticket={taken.number}"
    seen = mark(desk.get(address))
    actions.tag(taken, add=["vpn"], by=agent)

    answer = desk.post(address, {"name": "Mine", "scope": "mine", "steps": seen, "take_over": "0"})

    assert answer.status_code == 422
    assert "Look at them again" in body(answer)
    assert 'value="Mine"' in body(answer)
    assert not Macro.objects.exists()


def test_a_name_is_needed_here_too_and_ticks_stay(desk, handled):
    address = f"{NEW}?ticket={handled.number}"
    page = desk.get(address)

    answer = desk.post(address, {"name": "", "steps": mark(page), "take_over": ["3"]})

    assert answer.status_code == 422
    assert list(offered(answer).values()) == [False, False, False, True, False]


def test_repeated_trouble_begins_with_how_it_was_solved(
    client_of, lead, agent, make_ticket, service
):
    jams = [make_ticket(title="Printer floor 3 jams", service=service) for _ in range(3)]
    actions.resolve(actions.take(jams[0], by=agent), "Cleaned.", code="fixed", by=agent)

    page = body(client_of(lead).get("/desk/repeated/"))

    assert f'href="{NEW}?ticket={jams[0].number}"' in page
