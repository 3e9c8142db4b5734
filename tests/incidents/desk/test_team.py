"""The team's lead: who has how much, who is away, how tickets are given out, and giving them to others."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Absence, Team
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from tests.conftest import make_person
from tests.incidents.desk.conftest import body

PAGE = "/desk/team/network/"


@pytest.fixture
def leads(client_of, lead):
    return client_of(lead)


@pytest.fixture
def colleague(team):
    return make_person("Cem Cedar", ("agent", team))


def days(number, zone=settings.DEFAULT_TIME_ZONE):
    """The day that many days from today where this zone is: by default, that of people who chose none."""
    return timezone.localdate(timezone=ZoneInfo(zone)) + timedelta(days=number)


def row_of(page, person):
    return next(row for row in page.split("<tr>") if f"<bdi>{person.display_name}</bdi>" in row)


def test_it_shows_what_everybody_has(leads, agent, colleague, make_ticket):
    old = timezone.now() - timedelta(days=40)
    actions.take(make_ticket(at=old), by=agent)
    actions.set_priority(
        actions.take(make_ticket(), by=agent), impact="many", urgency="stop", by=agent
    )
    waits = actions.take(make_ticket(), by=agent)
    actions.transition(waits, to="waiting_other", text="For a part.", by=agent)
    actions.resolve(make_ticket(), "Done.", code="fixed", by=agent)
    actions.resolve(actions.take(make_ticket(), by=colleague), "Done.", code="fixed", by=agent)

    page = body(leads.get(PAGE))

    cells = [
        re.sub("<[^>]*>", "", cell).split()[-1] for cell in row_of(page, agent).split("</td>")[:2]
    ]
    assert cells == ["3", "1"]
    assert 'data-tone="danger"' in row_of(page, agent)
    assert row_of(page, colleague).split("</td>")[4].endswith(">1")
    assert "3 open tickets" in page
    assert "more than 30 days" in page


def test_every_number_leads_to_the_tickets_that_it_counts(leads, agent, make_ticket):
    make_ticket(at=timezone.now() - timedelta(days=40))
    waits = actions.take(make_ticket(), by=agent)
    actions.transition(waits, to="waiting_other", text="For a part.", by=agent)
    actions.set_priority(
        actions.take(make_ticket(), by=agent), impact="many", urgency="stop", by=agent
    )

    page = body(leads.get(PAGE))

    found = re.findall(
        r'<a[^>]*href="(/desk/queues/network/[^"]*)"[^>]*>(?:<svg.*?</svg>)?(\d+)', page
    )
    counts = [(url.partition("?")[2].replace("&amp;", "&"), int(n)) for url, n in found]
    assert len(counts) == 8
    for query, count in counts:
        assert len(leads.get(f"/desk/queues/network/?{query}").context["rows"]) == count, query


def test_whoever_is_away_is_marked(leads, agent, lead):
    Absence.objects.create(user=agent, starts_on=days(-1), ends_on=days(1), entered_by=lead)

    assert "Absent until" in row_of(body(leads.get(PAGE)), agent)


def test_who_left_the_team_but_has_its_tickets_is_shown(leads, agent, make_ticket):
    actions.take(make_ticket(), by=agent)
    agent.grants.all().delete()

    assert "not in the team" in row_of(body(leads.get(PAGE)), agent)


def test_only_who_leads_the_team_opens_it(client_of, agent, other_agent, manager, auditor):
    codes = {
        one: client_of(one).get(PAGE).status_code for one in (agent, other_agent, manager, auditor)
    }

    assert codes == {agent: 403, other_agent: 404, manager: 200, auditor: 403}


def test_a_private_team_is_hidden_from_who_leads_everywhere(client_of, manager, private_team):
    assert client_of(manager).get("/desk/team/security/").status_code == 404


def test_the_sidebar_leads_there(leads, desk, client_of, manager, team, other_team):
    assert 'href="/desk/team/"' in body(leads.get("/desk/"))
    assert 'href="/desk/team/"' not in body(desk.get("/desk/"))
    assert leads.get("/desk/team/").url == PAGE
    there = body(client_of(manager).get("/desk/team/"))
    assert team.name in there
    assert other_team.name in there


@pytest.mark.parametrize("size", [1, 25])
def test_it_costs_the_same_however_many_there_are(
    leads, team, make_ticket, size, django_assert_max_num_queries
):
    for number in range(size):
        one = make_person(f"Agent {number}", ("agent", team))
        actions.take(make_ticket(), by=one)
        Absence.objects.create(user=one, starts_on=days(0), ends_on=days(0))
    leads.get(PAGE)

    with django_assert_max_num_queries(20):
        leads.get(PAGE)


# How new tickets are given out --------------------------------------------------------------------------


def test_the_lead_decides_how_tickets_are_given_out(leads, agent, make_ticket):
    leads.post(f"{PAGE}giving/", {"assigns": "in_turn"})

    assert Team.objects.get(slug="network").assigns == "in_turn"
    assert Ticket.objects.get(pk=make_ticket().pk).assignee is not None


def test_what_is_no_way_is_refused_and_others_may_not(leads, desk):
    assert leads.post(f"{PAGE}giving/", {"assigns": "by_magic"}).status_code == 422
    assert desk.post(f"{PAGE}giving/", {"assigns": "in_turn"}).status_code == 403
    assert Team.objects.get(slug="network").assigns == "by_hand"


# Absences ----------------------------------------------------------------------------------------------------


def test_an_absence_is_entered_and_removed(leads, lead, agent):
    given = {"user": agent.pk, "starts_on": days(1), "ends_on": days(3), "note": "Holiday"}
    leads.post(f"{PAGE}absences/", given)
    absence = Absence.objects.get()
    assert (absence.user, absence.entered_by, absence.ends_on) == (agent, lead, days(3))
    assert "Holiday" in body(leads.get(PAGE))

    leads.post(f"{PAGE}absences/{absence.pk}/removal/")
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (3, 1, "The last day is before the first."),
        (-5, -3, "over already"),
        (None, 1, "Enter the first day."),
    ],
)
def test_days_that_can_not_be_are_named(leads, agent, first, last, words):
    given = {
        "user": agent.pk,
        "starts_on": "" if first is None else days(first),
        "ends_on": days(last),
    }
    response = leads.post(f"{PAGE}absences/", given)

    assert response.status_code == 422
    assert words in body(response)


EARLIEST, LATEST = "Pacific/Pago_Pago", "Pacific/Kiritimati"
"""25 hours apart: where the second is, it is always at least the day after."""


def test_an_absence_is_one_of_the_days_where_the_person_is(client_of, team):
    far = make_person("Robin Reed", ("agent", team), time_zone=EARLIEST)
    lead = make_person("Noa Larch", ("team-lead", team), time_zone=LATEST)
    today = days(0, EARLIEST)

    given = {"user": far.pk, "starts_on": today, "ends_on": today}
    client_of(lead).post(f"{PAGE}absences/", given)

    assert Absence.objects.get().ends_on == today < days(0, LATEST)
    assert "Absent until" in row_of(body(client_of(lead).get(PAGE)), far)


def test_no_day_that_is_over_where_the_person_is(client_of, team):
    far = make_person("Robin Reed", ("agent", team), time_zone=LATEST)
    lead = make_person("Noa Larch", ("team-lead", team), time_zone=EARLIEST)
    yesterday = days(-1, LATEST)

    given = {"user": far.pk, "starts_on": yesterday, "ends_on": yesterday}
    response = client_of(lead).post(f"{PAGE}absences/", given)

    assert response.status_code == 422
    assert "over already" in body(response)


def test_nobody_enters_or_removes_those_of_another_team(leads, other_agent):
    given = {"user": other_agent.pk, "starts_on": days(1), "ends_on": days(3)}
    assert leads.post(f"{PAGE}absences/", given).status_code == 422
    theirs = Absence.objects.create(user=other_agent, starts_on=days(1), ends_on=days(1))

    assert leads.post(f"{PAGE}absences/{theirs.pk}/removal/").status_code == 404


def test_everybody_enters_their_own(desk, agent, other_agent):
    desk.post("/desk/absences/", {"user": other_agent.pk, "starts_on": days(0), "ends_on": days(0)})
    own = Absence.objects.get()
    assert (own.user, own.entered_by) == (agent, agent)
    assert "Sasha Vole" in body(desk.get("/desk/absences/"))

    theirs = Absence.objects.create(user=other_agent, starts_on=days(1), ends_on=days(1))
    assert desk.post(f"/desk/absences/{theirs.pk}/removal/").status_code == 404
    desk.post(f"/desk/absences/{own.pk}/removal/")
    assert Absence.objects.get() == theirs


# Giving tickets to others ----------------------------------------------------------------------------------------


def test_chosen_tickets_go_to_somebody_else(leads, agent, colleague, make_ticket):
    kept, given = (actions.take(make_ticket(), by=agent) for _ in range(2))

    leads.post(f"{PAGE}people/{agent.pk}/", {"ticket": given.number, "to": colleague.pk})

    kept.refresh_from_db()
    given.refresh_from_db()
    assert (kept.assignee, given.assignee) == (agent, colleague)


def test_all_are_shared_out_among_those_who_are_here(
    leads, agent, lead, colleague, team, make_ticket
):
    away = make_person("Dan Dogwood", ("agent", team))
    Absence.objects.create(user=away, starts_on=days(0), ends_on=days(0))
    tickets = [actions.take(make_ticket(), by=agent) for _ in range(4)]

    leads.post(
        f"{PAGE}people/{agent.pk}/", {"ticket": [one.number for one in tickets], "to": "shared"}
    )

    counts = {
        one.display_name: one.assigned_tickets.count() for one in (agent, lead, colleague, away)
    }
    assert counts == {"Sasha Vole": 0, "Noor Aspen": 2, "Cem Cedar": 2, "Dan Dogwood": 0}


def test_nothing_chosen_or_a_strangers_ticket_is_refused(leads, agent, colleague, make_ticket, other_agent, other_category):  # fmt: skip
    actions.take(make_ticket(), by=agent)
    foreign = actions.take(make_ticket(category=other_category), by=other_agent)
    where = f"{PAGE}people/{agent.pk}/"

    assert leads.post(where, {"to": colleague.pk}).status_code == 422
    assert leads.post(where, {"ticket": foreign.number, "to": colleague.pk}).status_code == 422
    assert leads.post(where, {"ticket": foreign.number, "to": other_agent.pk}).status_code == 422
    foreign.refresh_from_db()
    assert foreign.assignee == other_agent
