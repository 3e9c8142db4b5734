"""Several changes in one click: made step by step, looked at, and done all or not at all."""

import pytest

from incidents.desk import macros
from incidents.desk.models import BulkRun, Macro, Scope
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body

LIST = "/desk/macros/"
STEPS = [
    {"act": "take", "with": {}},
    {"act": "tags", "with": {"add": ["vpn"], "remove": []}},
    {"act": "resolve", "with": {"code": "fixed", "text": "Hi {{requester.first_name}}, **fixed**."}},
]  # fmt: skip


@pytest.fixture
def macro(agent):
    return Macro.objects.create(name="Gateway", owner=agent, steps=STEPS)


@pytest.fixture
def at(macro, url):
    return lambda ticket, one=macro: url(ticket, "macros", one.pk)


def run(browser, address, macro, **more):
    return browser.post(address, {"steps": macros.mark(macro), **more})


# Making them ------------------------------------------------------------------------------------------------


def test_a_macro_is_made_step_by_step(desk, agent, lead, service):
    made = desk.post(f"{LIST}new/", {"name": "New starter", "scope": "mine"})
    macro = Macro.objects.get()
    assert made.url == f"{LIST}{macro.pk}/"
    assert (macro.owner, macro.scope) == (agent, Scope.MINE)

    add = f"{LIST}{macro.pk}/steps/new/"
    assert "Assignee" in body(desk.get(add, {"act": "assign"}))
    desk.post(add, {"act": "assign", "to": lead.pk})
    desk.post(add, {"act": "take"})
    desk.post(add, {"act": "tags", "add": "starter, laptop"})
    page = body(desk.get(f"{LIST}{macro.pk}/"))
    assert "Assign to Noor Aspen" in page
    assert "Add the tags laptop, starter" in page

    desk.post(f"{LIST}{macro.pk}/steps/3/place/")
    desk.post(f"{LIST}{macro.pk}/steps/1/place/", {"down": "1"})
    desk.post(f"{LIST}{macro.pk}/steps/3/removal/")
    macro.refresh_from_db()
    assert [step["act"] for step in macro.steps] == ["tags", "assign"]

    change = f"{LIST}{macro.pk}/steps/1/"
    assert 'value="laptop, starter"' in body(desk.get(change))
    desk.post(change, {"act": "tags", "add": "starter"})
    macro.refresh_from_db()
    assert macro.steps[0]["with"]["add"] == ["starter"]

    desk.post(f"{LIST}{macro.pk}/removal/")
    assert not Macro.objects.exists()


def test_a_step_that_is_not_right_comes_back(desk, macro):
    add = f"{LIST}{macro.pk}/steps/new/"

    answer = desk.post(add, {"act": "reply", "text": "{{ticket.secret}}"})
    assert answer.status_code == 422
    assert "There is no {{ticket.secret}}." in body(answer)
    assert desk.post(add, {"act": "explode"}).status_code == 404
    assert desk.get(f"{LIST}{macro.pk}/steps/9/").status_code == 404
    assert desk.post(f"{LIST}new/", {"name": ""}).status_code == 422


def test_there_is_an_end_to_steps(desk, macro):
    macro.steps = STEPS[:1] * macros.MOST_STEPS
    macro.save()

    answer = desk.post(f"{LIST}{macro.pk}/steps/new/", {"act": "take"})

    assert answer.status_code == 409


def test_who_leads_a_team_makes_the_teams(client_of, agent, lead, manager, team, other_agent):
    given = {"name": "Ours", "scope": "team", "team": team.pk}
    assert client_of(agent).post(f"{LIST}new/", given).status_code == 422
    assert client_of(lead).post(f"{LIST}new/", {**given, "team": ""}).status_code == 422
    assert client_of(lead).post(f"{LIST}new/", {**given, "scope": "everybody"}).status_code == 422
    assert client_of(lead).post(f"{LIST}new/", given).status_code == 302
    client_of(manager).post(f"{LIST}new/", {"name": "All", "scope": "everybody"})
    ours, everybodys = Macro.objects.order_by("pk")

    member, outsider = client_of(agent), client_of(other_agent)
    assert "Ours" in body(member.get(LIST))
    assert "Ours" not in body(outsider.get(LIST))
    assert "All" in body(outsider.get(LIST))
    assert outsider.get(f"{LIST}{ours.pk}/").status_code == 404
    assert member.get(f"{LIST}{ours.pk}/").status_code == 200
    for path in ("", "steps/new/", "removal/"):
        assert member.post(f"{LIST}{ours.pk}/{path}", {"act": "take"}).status_code == 403
    assert client_of(lead).post(f"{LIST}{everybodys.pk}/removal/").status_code == 403


def test_ones_own_is_nobody_elses(client_of, lead, manager, macro):
    for person in (lead, manager):
        assert client_of(person).get(f"{LIST}{macro.pk}/").status_code == 404


# On a ticket ------------------------------------------------------------------------------------------------


def test_the_workspace_offers_macros(desk, htmx, ticket, macro, url):
    assert url(ticket, "macros") in body(desk.get(url(ticket)))
    assert "Gateway" in body(desk.get(url(ticket, "macros")))
    assert body(htmx.get(url(ticket, "macros"))).lstrip().startswith("<a")


def test_the_preview_says_what_will_happen_with_the_text_as_it_will_read(desk, ticket, macro, at):
    page = body(desk.get(at(ticket)))

    assert "Take it" in page
    assert "Add the tags vpn" in page
    assert "Hi Robin, <strong>fixed</strong>." in page
    assert "Run it" in page
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.version) == (None, 1)
    assert ticket.messages.count() == 1


def test_the_preview_names_what_would_be_refused_and_offers_no_run(desk, ticket, macro, at, agent):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)

    page = body(desk.get(at(ticket)))

    assert "Would be refused: This ticket is resolved. Reopen it before somebody takes it." in page
    assert "Run it" not in page


def test_running_does_all_of_it_and_can_be_undone(desk, htmx, ticket, macro, at, agent):
    answer = run(htmx, at(ticket), macro)

    ticket.refresh_from_db()
    assert answer["HX-Retarget"] == "#notices"
    assert (ticket.assignee, ticket.tags, ticket.status) == (agent, ["vpn"], Status.RESOLVED)
    assert ticket.messages.latest("pk").body == "Hi Robin, **fixed**."

    desk.post(f"/desk/bulk/{BulkRun.objects.get().pk}/undo/")
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.tags, ticket.status) == (None, [], Status.NEW)


def test_without_javascript_the_result_is_a_page(desk, ticket, macro, at):
    answer = run(desk, at(ticket), macro)

    assert answer.url == f"/desk/bulk/{BulkRun.objects.get().pk}/"


def test_a_refused_step_undoes_those_before_it(desk, ticket, macro, at, agent):
    macro.steps = [*STEPS, {"act": "take", "with": {}}]
    macro.save()

    answer = run(desk, at(ticket), macro)

    assert answer.status_code == 409
    assert "Nothing was changed. Step 4, “Take it”, was refused:" in body(answer)
    ticket.refresh_from_db()
    assert ticket.version == 1


def test_steps_see_what_those_before_them_did(desk, ticket, macro, at, other_team, manager, client_of):  # fmt: skip
    macro.scope, macro.steps = Scope.EVERYBODY, [
        {"act": "team", "with": {"to": other_team.pk}},
        {"act": "note", "with": {"text": "Now with {{team.name}}."}},
    ]  # fmt: skip
    macro.save()
    browser = client_of(manager)

    assert "Now with Workplace." in body(browser.get(at(ticket)))
    run(browser, at(ticket), macro)

    assert ticket.messages.latest("pk").body == "Now with Workplace."


def test_what_was_looked_at_is_what_is_run(desk, ticket, macro, at):
    seen = macros.mark(macro)
    macro.steps = STEPS[:1]
    macro.save()

    answer = desk.post(at(ticket), {"steps": seen})

    assert answer.status_code == 409
    assert "Somebody changed this macro meanwhile." in body(answer)
    assert not BulkRun.objects.exists()


def test_sending_it_twice_runs_it_once(desk, ticket, macro, at):
    for _again in range(2):
        run(desk, at(ticket), macro, key="k")

    assert ticket.events.of_kind(Kind.RESOLVED).count() == 1


def test_who_only_reads_runs_none(client_of, auditor, ticket, macro, at, url):
    macro.scope = Scope.EVERYBODY
    macro.save()
    reader = client_of(auditor)

    assert reader.get(url(ticket, "macros")).status_code == 403
    assert reader.get(at(ticket)).status_code == 403
    assert run(reader, at(ticket), macro).status_code == 403
    assert reader.get(f"{LIST}new/").status_code == 403


def test_a_hostile_step_text_is_cleaned(desk, ticket, macro, at):
    macro.steps = [{"act": "reply", "with": {"text": "<script>alert(1)</script>[x](javascript:alert(1))"}}]  # fmt: skip
    macro.save()

    page = body(desk.get(at(ticket)))

    assert "<script>alert(1)" not in page
    assert 'href="javascript' not in page


def test_a_macro_that_resolves_holds_the_parts_first(
    desk, agent, ticket, make_ticket, macro, at, monkeypatch
):
    whole = make_ticket("Line is cut")
    actions.link(ticket, to=whole, kind="child_of", by=agent, is_synced=True)
    held = []
    monkeypatch.setattr(actions, "hold_family", held.append)

    desk.get(at(whole))
    assert held == [whole]
    run(desk, at(whole), macro)

    assert set(held) == {whole}
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    held.clear()
    macro.steps = STEPS[:1]
    macro.save()
    run(desk, at(make_ticket("Alone")), macro)
    assert held == []


def test_in_bulk_all_or_nothing_for_each_ticket(desk, agent, ticket, make_ticket, macro):
    other = make_ticket("Another")
    actions.resolve(other, "Done.", code="fixed", by=agent)

    desk.post("/desk/bulk/new/", {"act": "macro", "ticket": [ticket.ref, other.ref], "macro": macro.pk})  # fmt: skip

    items = BulkRun.objects.get().items.order_by("ticket")
    assert [item.state for item in items] == ["done", "refused"]
    assert "Step 1, “Take it”, was refused" in items[1].message
    other.refresh_from_db()
    assert other.tags == []


def test_a_macro_resolves_with_an_article(desk, macro, ticket, at, make_article, url):
    article = make_article()
    add = f"{LIST}{macro.pk}/steps/3/"
    assert "/desk/articles/choice/" in body(desk.get(add))
    desk.post(add, {"act": "resolve", "code": "fixed", "text": "Done.", "article": article.slug})
    macro.refresh_from_db()
    assert f"with the article “{article.title}”" in body(desk.get(at(ticket)))
    assert f'value="{article.slug}" checked' in body(desk.get(add))

    run(desk, at(ticket), macro)

    ticket.refresh_from_db()
    assert ticket.solved_with == article


def test_a_note_stays_and_the_preview_and_undo_say_so(desk, taken, agent, at):
    note = {"act": "note", "with": {"text": "Gateway 2 again."}}
    one = Macro.objects.create(name="Noted", owner=agent, steps=[*STEPS[1:2], note])
    assert "What is written stays. Everything else can be undone." in body(desk.get(at(taken, one)))
    run(desk, at(taken, one), one)

    page = body(desk.post(f"/desk/bulk/{BulkRun.objects.get().pk}/undo/", follow=True))

    assert "1 ticket is as before; what was written stays." in page
    taken.refresh_from_db()
    assert taken.tags == []


def test_the_preview_shows_no_words_that_the_ticket_does_not_keep(desk, taken, agent, at):
    step = {"act": "status", "with": {"to": "open", "text": "It is back."}}
    one = Macro.objects.create(name="On", owner=agent, steps=[step])

    assert "It is back." not in body(desk.get(at(taken, one)))
