"""Chains in administration: made with their steps, tried on a ticket, and what is refused with place and reason."""

import pytest

from accounts.models import AdminChange
from incidents.escalation.models import Book, Chain, ChainStep, Level
from incidents.sla import rules as sla_rules
from incidents.sla.models import Calendar
from incidents.workflow.models import IncidentType

LIST = "/admin/escalation/chain/"


def row(**given):
    return {
        "position": 1, "after": 30, "basis": "unassigned", "deed": "tell", "person": "", "team": "",
        "level": "", "priority": "", **given,
    }  # fmt: skip


def form(*steps, initial=0, **given):
    fields = {
        "name": "Network", "position": 10, "is_active": "on", "category": "", "service": "", "type": "",
        "team": "", "least_priority": "", "steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": initial,
        **given,
    }  # fmt: skip
    for number, step in enumerate(steps):
        fields |= {f"steps-{number}-{name}": value for name, value in step.items()}
    return fields


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


def test_a_chain_is_made_with_its_steps_and_noted(client, admin, team, lead):
    before = Book.now().mark
    answer = client.post(
        f"{LIST}add/",
        form(
            row(tells_leads="on"),
            row(position=2, after=60, deed="raise"),
            team=team.pk,
        ),
    )

    assert answer.status_code == 302, answer.content.decode()
    chain = Chain.objects.get()
    assert [step.after for step in chain.steps.all()] == [30, 60]
    assert Book.now().mark != before
    [change] = AdminChange.objects.all()
    assert change.kind == "escalation.chain"
    assert [step["after"] for step in change.after["steps"]] == [30, 60]


def test_a_change_keeps_its_steps_and_counts_versions(client, make_chain, lead):
    chain = make_chain("Network", {"after": 30, "tells_leads": True})
    step = chain.steps.get()
    changed = row(id=step.pk, chain=chain.pk, after=45, tells_leads="on")
    answer = client.post(f"{LIST}{chain.pk}/change/", form(changed, initial=1, reaches_back="on"))

    assert answer.status_code == 302, answer.content.decode()
    again = chain.steps.get()
    assert (again.after, again.key) == (45, step.key)
    assert Chain.objects.get().version == 2


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "A chain needs at least one step."),
        ([row()], "Step 1: say who is told"),
        ([row(deed="hand_over")], "Step 1: say to whom it goes"),
        ([row(deed="call")], "Step 1: choose the level"),
        ([row(tells_assignee="on")], "Step 1: there is no assignee to tell"),
        (
            [row(tells_leads="on", after=60), row(position=2, tells_leads="on", after=30)],
            "Step 2: it comes before the one above it",
        ),
    ],
)
def test_steps_that_make_no_sense_are_refused_with_their_place(client, steps, said):
    answer = client.post(f"{LIST}add/", form(*steps))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Chain.objects.exists()
    assert not AdminChange.objects.exists()


@pytest.mark.parametrize(
    ("deed", "said"), [("tell", "does not see tickets"), ("hand_over", "does not work on tickets")]
)
def test_people_who_can_not_act_are_refused(client, requester, auditor, deed, said):
    person = requester if deed == "tell" else auditor
    answer = client.post(f"{LIST}add/", form(row(deed=deed, person=person.pk)))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page or "Select a valid choice" in page


def test_somebody_who_left_is_refused(client, agent, make_chain):
    chain = make_chain("Network", {"after": 30, "person": agent})
    agent.is_active = False
    agent.save()
    step = chain.steps.get()
    answer = client.post(
        f"{LIST}{chain.pk}/change/",
        form(row(id=step.pk, chain=chain.pk, after=5, person=agent.pk), initial=1),
    )

    assert answer.status_code == 422
    assert chain.steps.get().after == 30


def test_an_empty_level_and_a_retired_team_are_refused(client, other_team):
    level = Level.objects.create(name="2nd level", team=other_team)
    answer = client.post(f"{LIST}add/", form(row(deed="call", level=level.pk)))
    assert "nobody is in the level “2nd level”" in answer.content.decode()

    other_team.is_retired = True
    other_team.save()
    answer = client.post(f"{LIST}add/", form(row(deed="hand_over", team=other_team.pk)))
    assert answer.status_code == 422


def test_a_chain_may_be_for_some_times_only(client, lead):
    calendar = Calendar.objects.first()
    answer = client.post(
        f"{LIST}add/", form(row(tells_leads="on"), when="outside", when_calendar=calendar.pk)
    )

    assert answer.status_code == 302, answer.content.decode()
    assert Chain.objects.get().when == "outside"
    assert f"only outside of the hours of “{calendar.label}”" in client.get(LIST).content.decode()


@pytest.mark.parametrize("given", [{"when": "outside"}, {"when_calendar": True}, {"when": "noon"}])
def test_half_a_time_is_refused(client, lead, given):
    if "when_calendar" in given:
        given = {"when_calendar": Calendar.objects.first().pk}
    answer = client.post(f"{LIST}add/", form(row(tells_leads="on"), **given))

    assert answer.status_code in {200, 422}
    page = answer.content.decode()
    assert (
        "Choose the time and its calendar, or neither." in page or "Select a valid choice" in page
    )
    assert not Chain.objects.exists()


def test_hours_that_never_come_are_refused(client, lead):
    empty = Calendar.objects.create(name="Never", zone="UTC", week=[[]] * 7)
    answer = client.post(f"{LIST}add/", form(row(tells_leads="on"), when="inside", when_calendar=empty.pk))  # fmt: skip

    assert answer.status_code == 422
    assert "“Never” has no hours" in answer.content.decode()


def test_a_chain_is_tried_at_its_times(client, make_chain, make_ticket, lead):
    calendar = Calendar.objects.create(name="Office", zone="UTC", week=[[[480, 1080]]] * 5 + [[], []])  # fmt: skip
    sla_rules.changed()
    make_chain("Night", {"after": 30, "tells_leads": True}, when="outside", when_calendar=calendar)
    page = client.get("/admin/escalation/trial/", {"ticket": make_ticket().ref}).content.decode()

    assert "(only outside of the hours of “Office”)" in page


def test_chains_that_hand_a_ticket_round_without_end_are_refused(client, make_chain, team, other_team):  # fmt: skip
    make_chain("There", {"after": 10, "deed": "hand_over", "team": team}, team=other_team)
    answer = client.post(
        f"{LIST}add/", form(row(deed="hand_over", team=other_team.pk), name="Here", team=team.pk)
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Tickets would go round without end: “Here” → “There” → “Here”." in page
    assert Chain.objects.count() == 1


def test_other_matters_make_no_circle(client, make_chain, team, other_team):
    types = {one.slug: one for one in IncidentType.objects.all()}
    make_chain("There", {"after": 10, "deed": "hand_over", "team": team}, team=other_team, type=types["request"])  # fmt: skip
    answer = client.post(
        f"{LIST}add/",
        form(row(deed="hand_over", team=other_team.pk), team=team.pk, type=types["incident"].pk),
    )

    assert answer.status_code == 302


def test_a_level_is_a_team_or_a_role(client, team):
    url = "/admin/escalation/level/add/"
    assert client.post(url, {"name": "2nd", "team": team.pk, "role": ""}).status_code == 302
    assert client.post(url, {"name": "3rd", "team": "", "role": ""}).status_code == 422


def test_a_chain_is_tried_on_a_ticket(client, make_chain, make_ticket, lead):
    make_chain("Network", {"after": 30, "tells_leads": True}, {"after": 60, "deed": "raise"})
    ticket = make_ticket()
    page = client.get("/admin/escalation/trial/", {"ticket": ticket.ref}).content.decode()

    assert "Noor Aspen is told." in page
    assert "its priority becomes Medium." in page
    assert not ticket.events.filter(kind="escalated").exists()


@pytest.mark.parametrize(("given", "status"), [("INC-999999", 404), ("nonsense", 422), ("", 200)])
def test_trying_says_what_is_wrong(client, given, status):
    assert client.get("/admin/escalation/trial/", {"ticket": given}).status_code == status


def test_a_chain_goes_with_what_was_planned(client, make_chain, make_ticket):
    chain = make_chain("Network", {"after": 30, "tells_leads": True})
    make_ticket()
    answer = client.post(f"{LIST}{chain.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert not ChainStep.objects.exists()


@pytest.mark.parametrize("role", ["requester", "agent", "manager", "editor"])
def test_nobody_else_opens_them(request, client_of, role):
    client = client_of(request.getfixturevalue(role))
    assert client.get(LIST).status_code == 403
    assert client.get("/admin/escalation/trial/").status_code == 403
