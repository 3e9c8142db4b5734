"""Types that the desk proposes: complex by what happened, repetitive by likeness. Accepted or dismissed by people."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotAllowed, Refused
from incidents.tickets import actions, jobs, proposing, timeline
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Proposal, ProposalRules, Ticket
from incidents.tickets.rebuild import compare, rebuild
from incidents.workflow.models import IncidentType


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def pass_around(ticket, people, times):
    for turn in range(times):
        actions.assign(ticket, to=people[turn % 2], by=people[turn % 2])


@pytest.fixture
def passed_around(ticket, agent, lead):
    pass_around(ticket, [agent, lead], 4)
    return now(ticket)


def test_what_changed_hands_often_may_be_complex(passed_around, agent):
    proposal = passed_around.proposals.get()

    assert (proposal.type, proposal.state) == ("complex", "open")
    assert proposal.reasons == [{"why": "assignments", "n": 3}]
    assert passed_around.proposed_type == "complex"
    event = passed_around.events.get(kind=Kind.PROPOSED)
    assert (event.is_public, event.actor.is_system) == (False, True)
    assert (
        "This may be of the type <b>Complex incident"
        in timeline.for_staff(passed_around, agent)[-1].sentence
    )
    assert compare(passed_around, rebuild(passed_around)) == []


def test_less_says_nothing_and_0_switches_a_sign_off(ticket, make_ticket, agent, lead):
    pass_around(ticket, [agent, lead], 3)
    ProposalRules.objects.create(pk=1, assignments=0)
    pass_around(make_ticket(), [agent, lead], 6)

    assert not Proposal.objects.exists()


def test_what_several_teams_had_may_be_complex(ticket, manager, team, other_team):
    ProposalRules.objects.create(pk=1, teams=2)

    actions.move(ticket, to=other_team, by=manager)

    assert ticket.proposals.get().reasons == [{"why": "teams", "n": 2}]


def test_what_is_opened_again_and_again_may_be_complex(ticket, agent, requester):
    for _turn in range(2):
        actions.resolve(ticket, "Done.", code="fixed", by=agent)
        actions.reopen(ticket, "Still", by=requester)

    assert ticket.proposals.get().reasons == [{"why": "reopenings", "n": 2}]


def test_what_is_open_for_long_may_be_complex_and_is_said_once(ticket, make_ticket):
    before = now(ticket).updated_at
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        make_ticket()
        assert jobs.propose_by_age() == 1
        assert jobs.propose_by_age() == 0

    assert ticket.proposals.get().reasons == [{"why": "age", "n": 15}]
    assert now(ticket).updated_at == before  # nobody worked on it


def test_a_further_reason_joins_the_one_that_is_open(passed_around):
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        jobs.propose_by_age()

    assert [one["why"] for one in passed_around.proposals.get().reasons] == ["assignments", "age"]


def test_accepting_sets_the_type(passed_around, agent):
    actions.accept_proposal(passed_around, passed_around.proposals.get().pk, by=agent)

    assert (now(passed_around).type, now(passed_around).proposed_type) == ("complex", "")
    assert passed_around.proposals.get().state == "accepted"
    assert passed_around.events.get(kind=Kind.PROPOSAL_SETTLED).data["accepted"] is True


def test_setting_the_type_oneself_settles_it_as_well(passed_around, lead):
    actions.set_type(passed_around, type="complex", by=lead)

    assert (passed_around.proposals.get().state, passed_around.proposals.get().settled_by) == (
        "accepted",
        lead,
    )


def test_dismissed_is_not_proposed_again_for_the_same_reason(passed_around, agent, lead):
    actions.dismiss_proposal(passed_around, passed_around.proposals.get().pk, by=agent)
    pass_around(passed_around, [agent, lead], 3)
    assert now(passed_around).proposed_type == ""

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert jobs.propose_by_age() == 1
    assert [one.reasons[0]["why"] for one in passed_around.proposals.all()] == [
        "assignments",
        "age",
    ]


def test_who_may_not_work_on_it_decides_nothing(passed_around, requester, auditor, other_agent):
    pk = passed_around.proposals.get().pk
    for person in (requester, auditor, other_agent):
        for verb in (actions.accept_proposal, actions.dismiss_proposal):
            with pytest.raises(NotAllowed):
                verb(passed_around, pk, by=person)


def test_it_is_decided_once(passed_around, agent, lead):
    pk = passed_around.proposals.get().pk
    actions.dismiss_proposal(passed_around, pk, by=agent)

    for verb in (actions.accept_proposal, actions.dismiss_proposal):
        with pytest.raises(Refused):
            verb(passed_around, pk, by=lead)


def test_what_somebody_made_major_is_not_called_complex(ticket, agent, lead):
    actions.set_type(ticket, type="major", by=lead)
    pass_around(ticket, [agent, lead], 6)

    assert not ticket.proposals.exists()


def test_a_retired_type_is_not_proposed(ticket, agent, lead):
    IncidentType.objects.filter(slug="complex").update(is_retired=True)
    from incidents.workflow import rulebook

    rulebook.renew()
    pass_around(ticket, [agent, lead], 6)

    assert not ticket.proposals.exists()


# Repetitive ----------------------------------------------------------------------------------------------------


@pytest.fixture
def printing(make_ticket, service, agent):
    """Tickets of one service; three of them tell of the same."""

    def make(title, **given):
        return make_ticket(
            title=title,
            description=given.pop("description", "Please help."),
            service=service,
            **given,
        )

    earlier = [
        make("Printer on floor 3 jams"),
        make("The printer on floor 3 jams again"),
        make("Paper jams in the printer, floor 3"),
    ]
    make("Invoice has a wrong address")
    actions.spend(earlier[0], 30, by=agent)
    actions.resolve(earlier[0], "Took the paper out.", code="fixed", by=agent)
    return make


def test_what_reads_like_earlier_ones_of_its_service_may_be_repetitive(printing, agent):
    again = printing("Printer on floor 3 jams once more")
    jobs.compare_new()
    assert jobs.compare_new() == 0

    (reason,) = again.proposals.get().reasons
    assert (reason["why"], reason["n"], reason["minutes"]) == ("alike", 3, 30)
    assert (
        "3 earlier tickets of this service within 90 days tell of the same; they took 30 min."
        in proposing.in_words(reason)
    )
    assert now(again).proposed_type == "repetitive"


def test_other_words_other_services_and_older_ones_say_nothing(printing, make_ticket, agent):
    other_words = printing("VPN does not connect")
    no_service = make_ticket(title="Printer on floor 3 jams")
    with time_machine.travel(timezone.now() + timedelta(days=100)):
        later = printing("Printer on floor 3 jams")
        jobs.compare_new()

    for one in (other_words, no_service, later):
        assert not one.proposals.exists()


def test_it_is_found_as_well_when_the_service_is_named_later(printing, make_ticket, service, agent):
    again = make_ticket(title="Printer on floor 3 jams")
    jobs.compare_new()
    actions.set_service(again, service=service, by=agent)
    jobs.compare_new()

    assert again.proposals.get().type == "repetitive"


def test_what_is_kept_apart_is_no_reason_elsewhere(printing, team):
    team.is_private = True
    team.save()
    from accounts.models import Team

    again = printing("Printer on floor 3 jams")
    Ticket.objects.filter(pk=again.pk).update(team=Team.objects.create(name="Open", slug="open"))
    jobs.compare_new()

    assert not again.proposals.exists()


# On the desk -----------------------------------------------------------------------------------------------------


def test_the_workspace_shows_it_with_the_reason_and_both_answers(printing, agent, client_of):
    again = printing("Printer on floor 3 jams once more")
    jobs.compare_new()
    desk = client_of(agent)

    page = desk.get(again.desk_url).content.decode()

    assert "This may be: Repetitive incident" in page
    assert "earlier tickets of this service" in page
    assert "The printer on floor 3 jams again" in page
    assert "may be: Repetitive incident" in desk.get("/desk/all/").content.decode()
    assert again.ref in desk.get("/desk/all/?marked=proposed").content.decode()

    address = f"{again.desk_url}proposals/{again.proposals.get().pk}/"
    assert desk.post(address, {"to": "perhaps"}).status_code == 422
    assert desk.post(address, {"to": "accepted"}).status_code == 302
    assert now(again).type == "repetitive"
    assert desk.post(address, {"to": "dismissed"}).status_code == 409
    assert "This may be:" not in desk.get(again.desk_url).content.decode()


def test_a_ticket_that_the_reader_does_not_see_is_not_named(
    printing, make_ticket, agent, other_team, client_of
):
    Ticket.objects.filter(title="The printer on floor 3 jams again").update(team=other_team)
    again = printing("Printer on floor 3 jams once more")
    jobs.compare_new()

    assert (
        "The printer on floor 3 jams again"
        not in client_of(agent).get(again.desk_url).content.decode()
    )


def test_a_required_step_is_skipped_on_a_page_with_a_reason(ticket, lead, agent, client_of):
    actions.add_steps(ticket, ["Tell somebody"], by=agent)
    item = ticket.checklist.get()
    address = f"{ticket.desk_url}steps/{item.pk}/skipping/"

    assert client_of(agent).get(address).status_code == 403
    assert client_of(lead).get(address).status_code == 200
    assert client_of(lead).post(address, {"reason": ""}).status_code == 422
    assert client_of(lead).post(address, {"reason": "Not needed"}).status_code == 302
    assert "Skipped: Not needed" in client_of(lead).get(f"{ticket.desk_url}work/").content.decode()
