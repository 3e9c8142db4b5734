"""Time spent on a ticket."""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.tickets import actions, durations, rebuild, timeline
from incidents.tickets.kinds import Kind
from incidents.tickets.models import TimeEntry


def test_time_adds_up_and_the_log_tells_the_sum(ticket, agent, lead):
    actions.spend(ticket, 20, note="On  the phone", by=agent)
    actions.spend(ticket, 65, by=lead)

    ticket.refresh_from_db()
    assert ticket.minutes_spent == 85
    assert ticket.time_entries.get(user=agent).note == "On the phone"
    assert rebuild.compare(ticket, rebuild.rebuild(ticket)) == []
    assert not ticket.events.of_kind(Kind.TIME_SPENT)[0].is_public
    assert "phone" not in str(ticket.events.of_kind(Kind.TIME_SPENT)[0].data)


def test_a_wrong_entry_is_taken_back_and_history_stays(ticket, agent):
    entry = actions.spend(ticket, 200, by=agent)
    actions.take_back(ticket, entry.pk, by=agent)
    actions.take_back(ticket, entry.pk, by=agent)

    ticket.refresh_from_db()
    assert (ticket.minutes_spent, TimeEntry.objects.count()) == (0, 0)
    assert [event.data["minutes"] for event in ticket.events.of_kind(Kind.TIME_SPENT)] == [200, -200]  # fmt: skip
    lines = [entry.sentence for entry in timeline.for_staff(ticket, agent)][1:]
    assert "spent 3 h 20 min" in lines[0]
    assert "took back 3 h 20 min" in lines[1]


def test_somebody_elses_is_taken_back_by_who_leads_the_team_only(
    ticket, agent, lead, requester, category, team
):
    from tests.conftest import make_person

    colleague = make_person("Uma Wren", ("agent", team))
    entry = actions.spend(ticket, 20, by=agent)
    with pytest.raises(NotAllowed):
        actions.take_back(ticket, entry.pk, by=colleague)
    actions.take_back(ticket, entry.pk, by=lead)

    assert not TimeEntry.objects.exists()


@pytest.mark.parametrize(("minutes", "note"), [(0, ""), (-5, ""), (1441, ""), (5, "x" * 201)])
def test_bad_entries_are_refused(ticket, agent, minutes, note):
    with pytest.raises(InvalidInput):
        actions.spend(ticket, minutes, note=note, by=agent)


def test_time_is_noted_after_the_ticket_is_closed_too(ticket, agent, requester):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)
    actions.spend(ticket, 5, by=agent)

    ticket.refresh_from_db()
    assert (ticket.minutes_spent, ticket.is_closed) == (5, True)


def test_only_who_works_on_it_notes_time(ticket, requester, other_agent, auditor):
    for person in (requester, other_agent, auditor):
        with pytest.raises(NotAllowed):
            actions.spend(ticket, 5, by=person)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("20", 20), ("45m", 45), ("45 min", 45), ("1h 20m", 80), ("1h20", 80), ("1:20", 80), ("1.5h", 90), ("1,5 Std", 90),
        ("2 hours 5 minutes", 125), ("24h", 1440), (" 5 ", 5),
        ("", None), ("0", None), ("25h", None), ("1441", None), ("-5", None), ("abc", None), ("1h 20m x", None), ("h", None),
        ("1:75", None), ("٥", None), ("9" * 300, None),
    ],
)  # fmt: skip
def test_how_people_write_a_time(written, minutes):
    assert durations.read(written) == minutes


def test_a_form_sent_twice_notes_the_time_once(ticket, agent):
    first = actions.spend(ticket, 20, by=agent, key="once")
    second = actions.spend(ticket, 20, by=agent, key="once")

    ticket.refresh_from_db()
    assert first == second
    assert (ticket.minutes_spent, ticket.time_entries.count()) == (20, 1)
