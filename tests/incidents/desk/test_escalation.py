"""What happens by itself to a ticket that waits, and calling for help by hand."""

import re

import pytest
from django.utils import timezone

from incidents.desk import acts, macros, runs
from incidents.desk.models import Macro
from incidents.escalation import rules
from incidents.escalation.models import Chain, ChainStep, Taken
from incidents.notify.models import Delivery
from incidents.sla import rules as sla_rules
from incidents.sla.models import Calendar
from incidents.tickets import actions
from incidents.tickets.kinds import Kind

HTMX = {"HX-Request": "true"}


@pytest.fixture
def chain(db, lead):
    chain = Chain.objects.create(name="Network", reaches_back=True)
    ChainStep.objects.create(chain=chain, position=1, after=30, tells_leads=True)
    ChainStep.objects.create(chain=chain, position=2, after=60, deed="raise")
    rules.renew()
    return chain


def shown(client, ticket):
    return client.get(f"{ticket.desk_url}escalation/", headers=HTMX).content.decode()


def test_the_chain_is_seen_before_it_runs(chain, ticket, agent, client_of):
    page = shown(client_of(agent), ticket)

    assert "If nobody takes this by " in page
    assert "Noor Aspen is told." in page
    assert "its priority becomes Medium." in page


def test_without_a_chain_nothing_happens_by_itself(ticket, agent, client_of):
    assert "no chain is for this ticket" in shown(client_of(agent), ticket)


def test_taking_it_leaves_no_step_to_come(chain, ticket, agent, client_of):
    actions.take(ticket, by=agent)

    assert "“Network” has no step to come." in shown(client_of(agent), ticket)


def test_calling_for_help_takes_the_next_step_at_once(chain, ticket, agent, lead, client_of):
    client = client_of(agent)
    answer = client.post(f"{ticket.desk_url}escalations/", {"reason": "The board waits."}, headers=HTMX)  # fmt: skip

    assert answer.status_code == 200
    event = ticket.events.get(kind=Kind.ESCALATED)
    assert (event.actor, event.is_public) == (agent, False)
    assert event.data["reason"] == "The board waits."
    assert event.data["told"] == [lead.pk]
    assert Delivery.objects.filter(event=event, recipient=lead).count() == 2
    assert Taken.objects.get().by_hand
    page = client.get(ticket.desk_url).content.decode()
    assert "escalated this" in page
    assert "The board waits." in page

    client.post(f"{ticket.desk_url}escalations/", {"reason": "Still."}, headers=HTMX)
    ticket.refresh_from_db()
    assert ticket.priority == 3


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


def test_what_the_page_showed_is_done_or_refused_with_what_would_come(chain, ticket, agent, lead, client_of):  # fmt: skip
    client, url = client_of(agent), f"{ticket.desk_url}escalations/"
    coming = hidden(shown(client, ticket), "coming")
    first = client_of(lead).post(url, {"reason": "The board waits.", "coming": coming}, headers=HTMX)  # fmt: skip
    assert first.status_code == 200

    answer = client.post(url, {"reason": "My customers wait.", "coming": coming}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Something changed meanwhile." in page
    assert "At once: its priority becomes Medium." in page
    assert "My customers wait." in page
    assert ticket.events.of_kind(Kind.ESCALATED).count() == 1

    again = {"reason": "My customers wait.", "coming": hidden(page, "coming")}
    assert client.post(url, again, headers=HTMX).status_code == 200
    ticket.refresh_from_db()
    assert ticket.priority == 3


def test_without_a_chain_who_is_slower_learns_that_somebody_called(ticket, agent, lead, client_of):
    url = f"{ticket.desk_url}escalations/"
    given = {"reason": "Now.", "coming": hidden(shown(client_of(agent), ticket), "coming")}

    assert client_of(lead).post(url, given, headers=HTMX).status_code == 200
    answer = client_of(agent).post(url, given, headers=HTMX)
    assert answer.status_code == 409
    assert "At once: Noor Aspen is told." in answer.content.decode()


def test_another_who_would_be_told_is_another_thing(chain, ticket, agent, lead, client_of):
    coming = hidden(shown(client_of(agent), ticket), "coming")
    lead.is_active = False
    lead.save()
    answer = client_of(agent).post(
        f"{ticket.desk_url}escalations/", {"reason": "Now.", "coming": coming}, headers=HTMX
    )

    assert answer.status_code == 409
    assert not ticket.events.of_kind(Kind.ESCALATED).exists()


def test_the_same_form_sent_twice_takes_one_step(chain, ticket, agent, client_of):
    client, url = client_of(agent), f"{ticket.desk_url}escalations/"
    page = shown(client, ticket)
    given = {"reason": "Now.", "coming": hidden(page, "coming"), "key": hidden(page, "key")}

    assert [client.post(url, given, headers=HTMX).status_code for _n in range(2)] == [200, 200]
    assert ticket.events.of_kind(Kind.ESCALATED).count() == 1
    assert client.post(url, {**given, "reason": "Else."}, headers=HTMX).status_code == 422


def test_nonsense_as_what_was_shown_is_refused(chain, ticket, agent, client_of):
    url = f"{ticket.desk_url}escalations/"
    for coming, status in (("nonsense", 409), ("x" * 65, 422)):
        answer = client_of(agent).post(url, {"reason": "Now.", "coming": coming}, headers=HTMX)
        assert answer.status_code == status
    assert not Taken.objects.exists()


def test_several_tickets_are_escalated_in_one_go(chain, ticket, make_ticket, agent, lead):
    other = make_ticket()
    act = acts.find("escalate")
    values = act.form({"text": "{{ticket.number}} must not wait."}, by=agent).data
    form = act.form(values, by=agent)
    assert form.is_valid()
    run = runs.start(act, form.plain(), [ticket.number, other.number], by=agent, key="k")

    assert run.done == 2
    assert not runs.can_undo(run, at=timezone.now())
    for one in (ticket, other):
        event = one.events.get(kind=Kind.ESCALATED)
        assert event.data["reason"] == f"{one.ref} must not wait."
        assert event.data["told"] == [lead.pk]


def test_a_macro_may_escalate(chain, ticket, agent, lead):
    steps = [
        {"act": "note", "with": {"text": "It burns."}},
        {"act": "escalate", "with": {"text": "It burns."}},
    ]
    macro = Macro.objects.create(name="Burns", owner=agent, steps=steps)
    told = macros.rehearse(macro, ticket, by=agent)
    assert [(one.words, one.refused) for one in told] == [("Add an internal note", ""), ("Escalate", "")]  # fmt: skip
    assert not ticket.events.of_kind(Kind.ESCALATED).exists()

    macros.MACRO.run(ticket, by=agent, values=macros.given(macro))
    assert ticket.events.of_kind(Kind.ESCALATED).count() == 1


def test_the_palette_leads_there(ticket, agent, auditor, client_of):
    asked = {"q": "escal", "ticket": ticket.ref}
    page = client_of(agent).get("/desk/palette/", asked, headers=HTMX).content.decode()
    assert f'data-href="{ticket.desk_url}escalation/"' in page
    page = client_of(auditor).get("/desk/palette/", asked, headers=HTMX).content.decode()
    assert "escalation/" not in page


def test_resolved_tickets_are_not_offered_it(ticket, agent, client_of):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    asked = {"q": "escal", "ticket": ticket.ref}

    assert "escalation/" not in client_of(agent).get("/desk/palette/", asked).content.decode()


def test_what_is_for_some_times_says_so(ticket, agent, lead, client_of):
    office = Calendar.objects.create(name="Office", zone="UTC", week=[[[480, 1080]]] * 5 + [[], []])
    sla_rules.changed()
    for position, when in enumerate(["outside", "inside"], start=1):
        one = Chain.objects.create(name=when.title(), position=position, reaches_back=True, when=when, when_calendar=office)  # fmt: skip
        ChainStep.objects.create(chain=one, after=30, tells_leads=True)
    rules.renew()
    page = shown(client_of(agent), ticket)

    assert "Outside: only outside of the hours of “Office”" in page
    assert "Inside: only in the hours of “Office”" in page


def test_a_reason_is_needed(chain, ticket, agent, client_of):
    for reason in ("", "   "):
        answer = client_of(agent).post(f"{ticket.desk_url}escalations/", {"reason": reason}, headers=HTMX)  # fmt: skip
        assert answer.status_code == 422
    assert not ticket.events.filter(kind=Kind.ESCALATED).exists()


def test_without_a_chain_those_who_lead_are_told(ticket, agent, lead, client_of):
    client_of(agent).post(f"{ticket.desk_url}escalations/", {"reason": "The board waits."})

    assert ticket.events.get(kind=Kind.ESCALATED).data["told"] == [lead.pk]


def test_it_works_without_javascript(chain, ticket, agent, client_of):
    client = client_of(agent)
    assert "Why must this not wait?" in client.get(f"{ticket.desk_url}escalation/").content.decode()
    answer = client.post(f"{ticket.desk_url}escalations/", {"reason": "The board waits."})

    assert (answer.status_code, answer["Location"]) == (302, ticket.desk_url)


def test_who_hands_it_out_of_sight_goes_back_to_their_work(ticket, agent, private_team, client_of):
    chain = Chain.objects.create(name="Security", reaches_back=True)
    ChainStep.objects.create(chain=chain, after=30, deed="hand_over", team=private_team)
    rules.renew()
    answer = client_of(agent).post(f"{ticket.desk_url}escalations/", {"reason": "Phishing."}, headers=HTMX)  # fmt: skip

    assert answer["HX-Redirect"] == "/desk/mine/"


def test_resolved_tickets_are_not_escalated(ticket, agent, client_of):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    answer = client_of(agent).post(f"{ticket.desk_url}escalations/", {"reason": "Help."}, headers=HTMX)  # fmt: skip

    assert answer.status_code == 409


def test_others_can_not(ticket, client_of, requester, other_agent, auditor):
    url = f"{ticket.desk_url}escalations/"
    assert client_of(requester).post(url, {"reason": "Now!"}).status_code == 403
    assert client_of(other_agent).post(url, {"reason": "Now!"}).status_code == 404
    assert client_of(auditor).post(url, {"reason": "Now!"}).status_code == 403


def test_times_are_the_readers(chain, ticket, agent, client_of):
    agent.time_zone = "Asia/Kathmandu"
    agent.save()
    from incidents.escalation import words

    with timezone.override(agent.zone):
        line = words.preview(ticket, rules.current(), now=ticket.created_at).lines[0]
        told = words.moment(line.at, ticket.created_at)
    assert told in line.sentence
