"""What happens by itself to a ticket that waits, and calling for help by hand."""

import pytest
from django.utils import timezone

from incidents.escalation import rules
from incidents.escalation.models import Chain, ChainStep, Taken
from incidents.notify.models import Delivery
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
