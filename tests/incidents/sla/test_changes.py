"""Rules are changed in administration: drafted, tried on open tickets, put in force, and followed by every clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.administration import versions
from accounts.administration.configuration import collect
from accounts.errors import EditConflict, NotAllowed, Refused
from accounts.models import AdminChange, Role
from incidents.escalation.models import Chain
from incidents.notify.models import Delivery
from incidents.sla import actions, library, replay, rules
from incidents.sla.models import Calendar, Change, Clock, Holiday, HolidaySet, Policy, Target
from incidents.sla.rehearsal import rehearse
from incidents.tickets import actions as tickets
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event
from tests.conftest import make_person

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=BERLIN)
LIST = "/admin/sla/"


@pytest.fixture
def clock():
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def at_admin(admin, client_of):
    return client_of(admin)


def office() -> Calendar:
    return Calendar.objects.get(name="Office hours")


def hours(week: list, name: str = "Office hours", **more) -> dict:
    """A week as the form sends it: for each day pairs of times."""
    sent = {"name": name, "zone": "Europe/Berlin", **more}
    for day, pairs in enumerate(week):
        for place, (opens, closes) in enumerate(pairs):
            sent |= {f"d{day}-{place}-from": opens, f"d{day}-{place}-to": closes}
    return sent


def promises(policy: Policy | None = None, **sent) -> dict:
    """A policy's form as it stands, with changes."""
    row = policy or Policy.objects.get()
    fields = {"name": row.label, "is_active": "on", "after": 0, "calendar": row.calendar_id}
    for target in row.targets.all():
        fields |= {f"{target.kind}-p{key}": f"{time} min" for key, time in target.minutes.items()}
        fields |= {f"{target.kind}-warn": "75", f"{target.kind}-pauses": target.pauses_on}
    return {**fields, **sent}


def draft_of(answer) -> Change:
    assert answer.status_code == 302, answer.content.decode()
    return Change.objects.get(pk=int(answer.url.rstrip("/").rpartition("/")[2]))


def put_in_force(client, change: Change) -> None:
    assert client.post(f"/admin/sla/changes/{change.pk}/application/").status_code == 302
    replay.go_on(change.pk)
    change.refresh_from_db()


def due(ticket, kind="resolution") -> datetime | None:
    return Clock.objects.get(ticket=ticket, kind=kind).due_at


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def test_everything_is_on_one_page(at_admin):
    page = at_admin.get(LIST).content.decode()

    for words in ("Office hours", "Standard", "15 min", "08:00–18:00", "For every ticket"):
        assert words in page


def test_shorter_hours_are_tried_first_and_followed_then(clock, at_admin, ticket):
    sent = at_admin.post(
        f"/admin/sla/calendars/{office().pk}/",
        hours([[("09:00", "12:00"), ("13:00", "17:00")]] * 5),
    )
    change = draft_of(sent)

    page = at_admin.get(sent.url).content.decode()
    assert "1 open ticket would be due otherwise" in page
    assert ticket.ref in page
    assert due(ticket) == at("2026-03-11 10:00")  # nothing follows a draft

    put_in_force(at_admin, change)
    assert due(ticket) == at("2026-03-13 11:00")
    assert (change.state, change.done, change.total) == ("applied", 1, 1)


def test_a_night_shift_and_round_the_clock_can_be_said(at_admin):
    change = draft_of(
        at_admin.post("/admin/sla/calendars/new/", hours([[("22:00", "06:00")]], "Night"))
    )
    put_in_force(at_admin, change)

    assert Calendar.objects.get(name="Night").week[:2] == [[[1320, 1440]], [[0, 360]]]


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ([[("08:00", "12:00"), ("11:00", "18:00")]], "Monday: 08:00–12:00 and 11:00–18:00 overlap."),
        ([[], [("22:00", "06:00")], [("05:00", "09:00")]], "Wednesday: 00:00–06:00 and 05:00–09:00 overlap."),
        ([], "A calendar without any hours can’t keep a promise."),
        ([[("08:00", "")]], "Monday: Give both a beginning and an end."),
        ([[("8 o'clock", "12:00")]], "Enter a valid time."),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused_with_their_day(at_admin, week, words):
    answer = at_admin.post("/admin/sla/calendars/new/", hours(week, "Odd"))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Change.objects.exists()


def test_a_policy_with_a_condition_of_its_own_goes_first(
    clock, at_admin, ticket, make_ticket, other_category
):
    sent = promises(
        name="Laptops", **{"if-category": [other_category.pk], "resolution-p4": "1 h", "after": 0}
    )
    change = draft_of(at_admin.post("/admin/sla/policies/new/", sent))
    put_in_force(at_admin, change)
    laptop = make_ticket(category=other_category)

    assert list(Policy.objects.values_list("name", flat=True)) == ["Laptops", "Standard"]
    assert due(laptop) == at("2026-03-04 11:00")
    assert due(ticket) == at("2026-03-11 10:00")


def test_breach_actions_are_kept_with_the_promise(at_admin, team):
    sent = promises(
        **{
            "resolution-missed-raise": "on",
            "resolution-missed-tag": "Late One",
            "resolution-warned-team": team.pk,
        }
    )
    put_in_force(
        at_admin, draft_of(at_admin.post(f"/admin/sla/policies/{Policy.objects.get().pk}/", sent))
    )

    assert Target.objects.get(kind="resolution").actions == [
        {"on": "warned", "do": "notify", "team": team.pk},
        {"on": "missed", "do": "raise_priority"},
        {"on": "missed", "do": "tag", "tag": "late-one"},
    ]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"resolution-p1": "soon"}, "Write a time like 15 min, 4 h or 1 h 30 min."),
        ({"resolution-warn": "150"}, "Write up to five whole numbers between 1 and 99"),
        ({"if-team": ["999"]}, "Select a valid choice."),
        ({"calendar": "999"}, "Select a valid choice."),
        ({"name": ""}, "This field is required."),
        ({"resolution-missed-person": "x"}, "Select a valid choice."),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(at_admin, sent, words):
    answer = at_admin.post(f"/admin/sla/policies/{Policy.objects.get().pk}/", promises(**sent))

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_policy_that_promises_nothing_is_refused(at_admin):
    nothing = {"name": "Empty", "after": 0, "calendar": office().pk}

    answer = at_admin.post("/admin/sla/policies/new/", nothing)

    assert answer.status_code == 422
    assert "Promise a time for at least one priority." in answer.content.decode()


def test_a_condition_that_names_what_is_gone_is_said(at_admin):
    Policy.objects.update(conditions={"team": [999999]})

    page = at_admin.get(f"/admin/sla/policies/{Policy.objects.get().pk}/").content.decode()

    assert "names what is not there any more (999999)" in page


def test_holidays_of_a_country_move_what_is_due(clock, at_admin, make_ticket):
    sent = {"name": "Germany", "source": "library", "country": "DE", "subdivision": "by"}
    put_in_force(at_admin, draft_of(at_admin.post("/admin/sla/holidays/new/", sent)))
    days = HolidaySet.objects.get(name="Germany")
    week = [[("08:00", "18:00")]] * 5
    put_in_force(
        at_admin,
        draft_of(
            at_admin.post(f"/admin/sla/calendars/{office().pk}/", hours(week, holidays=[days.pk]))
        ),
    )
    clock.move_to(at("2026-04-02 10:00"))

    assert days.days.filter(day="2026-04-03").exists()
    assert due(make_ticket()) == at(
        "2026-04-13 10:00"
    )  # Good Friday and Easter Monday do not count


def test_a_file_of_holidays_is_read_and_a_broken_one_refused(at_admin):
    good = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20300506\nEND:VEVENT\nEND:VCALENDAR"

    def send(content: bytes):
        file = SimpleUploadedFile("days.ics", content, "text/calendar")
        sent = {"name": "Fairs", "source": "file", "file": file}
        return at_admin.post("/admin/sla/holidays/new/", sent)

    refused = send(good.replace(b"SUMMARY:Fair", b"Fair"))
    assert refused.status_code == 422
    assert "Line 3: this is no line of the format." in refused.content.decode()

    put_in_force(at_admin, draft_of(send(good)))
    assert [(str(one.day), one.name) for one in Holiday.objects.all()] == [("2030-05-06", "Fair")]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"source": "library", "country": "DE", "subdivision": "XX"}, "There is no such region. Known are: BB,"),
        ({"source": "library"}, "Choose a country from the list."),
        ({"source": "file"}, "Choose a file."),
        ({"source": "typed", "typed": "2026-12-24 Eve\n24.12. Eve"}, "Line 2: “24.12.” is no date like 2026-12-24."),
        ({"source": "typed", "typed": ""}, "Write at least one day."),
    ],
)  # fmt: skip
def test_holidays_that_cannot_be_are_refused(at_admin, sent, words):
    answer = at_admin.post("/admin/sla/holidays/new/", {"name": "Ours", **sent})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_change_is_noted_with_before_and_after(at_admin, admin):
    change = draft_of(
        at_admin.post(
            f"/admin/sla/policies/{Policy.objects.get().pk}/", promises(**{"resolution-p1": "2 h"})
        )
    )
    assert not AdminChange.objects.exists()
    put_in_force(at_admin, change)

    noted = AdminChange.objects.get()
    assert (noted.actor, noted.kind, noted.action) == (admin, "sla.policy", "changed")
    before = next(one for one in noted.before["targets"] if one["kind"] == "resolution")
    after = next(one for one in noted.after["targets"] if one["kind"] == "resolution")
    assert (before["minutes"]["1"], after["minutes"]["1"]) == (240, 120)


def test_the_log_of_administration_tells_hours_days_and_times(at_admin):
    night = hours([[("22:00", "06:00")]], "Night")
    eve = {"name": "Eve", "source": "typed", "typed": "2026-12-24 Christmas Eve"}
    policy = f"/admin/sla/policies/{Policy.objects.get().pk}/"
    for url, sent in (
        ("/admin/sla/calendars/new/", night),
        ("/admin/sla/holidays/new/", eve),
        (policy, promises(**{"resolution-p1": "2 h"})),
    ):
        put_in_force(at_admin, draft_of(at_admin.post(url, sent)))

    for noted in AdminChange.objects.all():
        page = at_admin.get(f"/admin/accounts/adminchange/{noted.pk}/change/")
        assert page.status_code == 200
        words = {
            "sla.calendar": "1320, 1440",
            "sla.holidayset": "Christmas Eve",
            "sla.policy": "1: 120",
        }
        assert words[noted.kind] in page.content.decode()


def test_what_is_over_by_new_rules_at_once_is_told_to_nobody(clock, at_admin, ticket, lead):
    clock.shift(timedelta(hours=3))
    told = Delivery.objects.count()
    change = draft_of(
        at_admin.post(
            f"/admin/sla/policies/{Policy.objects.get().pk}/", promises(**{"resolution-p4": "1 h"})
        )
    )
    assert (
        "would be over at once" in at_admin.get(f"/admin/sla/changes/{change.pk}/").content.decode()
    )
    put_in_force(at_admin, change)

    resolution = Clock.objects.get(ticket=ticket, kind="resolution")
    assert (resolution.state, resolution.next_step_at) == ("missed", None)
    assert not Event.objects.filter(kind=Kind.TARGET_MISSED).exists()
    assert Delivery.objects.count() == told


def test_two_who_change_the_same_do_not_overwrite_each_other(at_admin, admin):
    policy = Policy.objects.get()
    first = draft_of(
        at_admin.post(f"/admin/sla/policies/{policy.pk}/", promises(**{"resolution-p1": "2 h"}))
    )
    other = make_person("Uma Wren", "administrator")
    second = actions.draft_change(Change.About.POLICY, policy, first.content, by=other)
    actions.apply_change(first, by=admin)

    with pytest.raises(EditConflict):
        actions.apply_change(second, by=other)


def test_applying_twice_is_applying_once(at_admin, admin):
    change = draft_of(
        at_admin.post("/admin/sla/calendars/new/", hours([[("08:00", "12:00")]], "Short"))
    )
    actions.apply_change(change, by=admin)
    actions.apply_change(change, by=admin)

    assert Calendar.objects.filter(name="Short").count() == 1


def test_a_draft_can_be_discarded(at_admin):
    change = draft_of(
        at_admin.post("/admin/sla/calendars/new/", hours([[("08:00", "12:00")]], "Short"))
    )

    assert at_admin.post(f"/admin/sla/changes/{change.pk}/discard/").status_code == 302
    assert not Change.objects.exists()


def test_a_calendar_that_a_policy_follows_cannot_be_removed(at_admin, admin):
    with pytest.raises(Refused, match="The policy “Standard” follows this calendar"):
        actions.draft_removal(Change.About.CALENDAR, office(), by=admin)


@pytest.mark.parametrize("use", [("calendar", ""), ("when_calendar", "inside")])
def test_a_calendar_that_a_chain_goes_by_is_not_removed_either(at_admin, admin, use):
    nights = Calendar.objects.create(name="Nights", zone="Europe/Berlin", week=[[[0, 360]]] * 7)
    Chain.objects.create(name="At night", when=use[1], **{use[0]: nights})
    removal = actions.draft_removal(Change.About.CALENDAR, nights, by=admin)

    with pytest.raises(Refused, match="“At night” still goes by this"):
        actions.apply_change(removal, by=admin)
    assert Calendar.objects.filter(pk=nights.pk).exists()


def test_of_two_drafts_of_one_name_the_second_is_refused_in_words(at_admin, admin):
    sent = {"name": "Germany", "source": "library", "country": "DE", "subdivision": ""}
    first, second = (draft_of(at_admin.post("/admin/sla/holidays/new/", sent)) for _ in range(2))
    actions.apply_change(first, by=admin)

    with pytest.raises(Refused, match="one of this name already"):
        actions.apply_change(second, by=admin)


def test_without_its_policy_a_ticket_is_promised_nothing(at_admin, ticket):
    answer = at_admin.post(f"/admin/sla/policies/{Policy.objects.get().pk}/removal/")
    change = draft_of(answer)
    assert "no longer promised" in at_admin.get(answer.url).content.decode()
    put_in_force(at_admin, change)

    assert {one.state for one in Clock.objects.filter(ticket=ticket)} == {"cancelled"}


def removed(at_admin, policy):
    put_in_force(at_admin, draft_of(at_admin.post(f"/admin/sla/policies/{policy.pk}/removal/")))


def test_a_removed_policy_is_retired_and_settled_tickets_still_name_it(at_admin, make_ticket, agent):  # fmt: skip
    settled, open_one = make_ticket(), make_ticket()
    tickets.resolve(tickets.take(settled, by=agent), "Done.", code="fixed", by=agent)
    policy = Policy.objects.get()
    removed(at_admin, policy)

    assert Policy.objects.get().is_retired
    assert {one.policy for one in Clock.objects.filter(ticket=settled)} == {policy}
    assert {one.state for one in Clock.objects.filter(ticket=open_one)} == {"cancelled"}
    assert "Nothing is promised for any ticket." in at_admin.get("/admin/sla/").content.decode()
    assert at_admin.get(f"/admin/sla/policies/{policy.pk}/").status_code == 404
    assert at_admin.post(f"/admin/sla/policies/{policy.pk}/removal/").status_code == 404
    assert collect()["sla_policies"] == []


def test_its_name_and_its_calendar_are_free_again(at_admin, admin):
    calendar = office()
    removed(at_admin, Policy.objects.get())
    again = draft_of(at_admin.post("/admin/sla/policies/new/", promises(name="Standard")))
    actions.discard_change(again, by=admin)

    gone = actions.draft_removal(Change.About.CALENDAR, calendar, by=admin)
    actions.apply_change(gone, by=admin)

    assert not Calendar.objects.filter(pk=calendar.pk).exists()
    assert Policy.objects.get().calendar is None


def test_a_removed_policy_is_put_back_with_its_targets(at_admin, admin, ticket):
    policy = Policy.objects.get()
    before = rules.content_of(policy)
    removed(at_admin, policy)
    change = AdminChange.objects.filter(kind="sla.policy").latest("pk")
    history = at_admin.get(f"/admin/history/sla.policy/{policy.pk}/").content.decode()
    assert "This was removed." in history

    versions.put_back(change, by=admin)
    replay.go_on(Change.objects.latest("pk").pk)

    policy.refresh_from_db()
    assert (rules.content_of(policy), policy.is_retired) == (before, False)
    assert "running" in {one.state for one in Clock.objects.filter(ticket=ticket)}
    assert AdminChange.objects.filter(kind="sla.policy").latest("pk").action == "added"


def test_former_targets_and_former_days_are_put_back(at_admin, admin):
    policy = Policy.objects.get()
    before = rules.content_of(policy)
    sent = promises(**{"resolution-p4": "1 h"})
    put_in_force(at_admin, draft_of(at_admin.post(f"/admin/sla/policies/{policy.pk}/", sent)))
    assert rules.content_of(Policy.objects.get()) != before
    versions.put_back(AdminChange.objects.filter(kind="sla.policy").latest("pk"), by=admin)
    assert rules.content_of(Policy.objects.get())["targets"] == before["targets"]

    content = {"name": "Fair", "source": "typed", "country": "", "subdivision": "", "file_name": "", "known_until": None}  # fmt: skip
    fair = None
    for days in ([["2030-05-06", "Fair"]], []):
        change = actions.draft_change("holidays", fair, {**content, "days": days}, by=admin)
        fair = rules.find(actions.apply_change(change, by=admin))
    versions.put_back(AdminChange.objects.filter(kind="sla.holidayset").latest("pk"), by=admin)
    assert fair.days.get().name == "Fair"


def test_a_draft_from_before_the_removal_does_not_bring_a_policy_back(at_admin, admin):
    policy = Policy.objects.get()
    other = make_person("Second Admin", "administrator")
    draft = actions.draft_change("policy", policy, {**rules.content_of(policy), "name": "Gold"}, by=other)  # fmt: skip
    removed(at_admin, policy)

    with pytest.raises(EditConflict):
        actions.apply_change(draft, by=other)
    assert Policy.objects.get().is_retired


def test_a_run_that_was_lost_goes_on_where_it_stopped(
    clock, at_admin, admin, make_ticket, monkeypatch
):
    monkeypatch.setattr(replay, "AT_A_TIME", 1)
    tickets = [make_ticket() for _n in range(3)]
    change = draft_of(
        at_admin.post(
            f"/admin/sla/policies/{Policy.objects.get().pk}/", promises(**{"resolution-p4": "1 h"})
        )
    )
    actions.apply_change(change, by=admin)
    assert replay._claim(change.pk)
    replay._slice(change.pk)  # and then the worker is gone
    assert replay.forgotten() == []
    clock.shift(timedelta(minutes=5))

    assert replay.forgotten() == [change.pk]
    replay.go_on(change.pk)
    change.refresh_from_db()
    assert (change.state, change.done) == ("applied", 3)
    assert {due(ticket) for ticket in tickets} == {at("2026-03-04 11:00")}


def test_titles_and_private_tickets_are_not_shown_to_who_may_not_read_them(
    clock, admin, make_ticket, private_team, category
):
    open_one = make_ticket("Payroll of the board")
    secret = make_ticket("Break-in", team=private_team)
    content = {**rules.content_of(Policy.objects.get()), "after": 0, "is_active": False}
    change = actions.draft_change(Change.About.POLICY, Policy.objects.get(), content, by=admin)

    Role.objects.create(name="Process", slug="process", permissions=["process.manage"])

    found = rehearse(change, by=make_person("Hana Plover", "process"), now=timezone.now())

    assert found.tickets == 2
    assert {row.ticket.pk for row in found.rows} == {open_one.pk}
    assert not any(row.is_seen for row in found.rows)
    assert found.hidden == 2
    assert secret.pk not in {row.ticket.pk for row in found.rows}


def test_who_only_reads_changes_nothing(auditor, client_of):
    client = client_of(auditor)

    assert client.get(f"/admin/sla/calendars/{office().pk}/").status_code == 200
    assert (
        client.post("/admin/sla/calendars/new/", hours([[("08:00", "12:00")]], "Mine")).status_code
        == 403
    )
    assert not Change.objects.exists()


def test_an_agent_changes_nothing(agent):
    with pytest.raises(NotAllowed):
        actions.draft_change(Change.About.POLICY, None, {"name": "x"}, by=agent)


def test_every_year_one_more_year_of_holidays_is_known(db):
    days = HolidaySet.objects.create(name="UK", source="library", country="GB", known_until=2035)

    assert library.extend(datetime(2026, 1, 1).date()) == 1
    assert set(days.days.values_list("day__year", flat=True)) == {2036}
    assert library.extend(datetime(2026, 1, 1).date()) == 0
