"""How long things are kept: the rehearsal says what the night then does."""

import json
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.db.models import ProtectedError
from django.utils import timezone

from accounts import audit
from accounts.administration import versions
from accounts.administration.configuration import apply, collect, read, written
from accounts.audit.verifying import verify
from accounts.errors import NotAllowed
from accounts.models import AdminChange, AuditEntry, User
from incidents.privacy import actions, jobs, retention
from incidents.privacy.models import RetentionRule
from incidents.tickets import actions as tickets
from incidents.tickets import rebuild
from incidents.tickets.actions.categories import add_category, merge_category, move_category
from incidents.tickets.models import Category, Message, Ticket
from tests.conftest import make_person
from tests.incidents.privacy.conftest import CANARY, found_anywhere

LONG_AGO = timedelta(days=800)


@pytest.fixture
def old(category, other_category, requester, agent, admin):
    """Two old closed tickets of two categories, a young closed one and an old open one."""
    helper = make_person("Uma Wren", "agent")
    made = {}
    for name, where, ago, close in (
        ("old", category, LONG_AGO, True),
        ("other", other_category, LONG_AGO, True),
        ("young", category, timedelta(days=10), True),
        ("open", category, LONG_AGO, False),
    ):
        with time_machine.travel(timezone.now() - ago):
            one = tickets.file(f"{CANARY} {name}", by=requester, description=f"{CANARY} {name}", category=where)  # fmt: skip
            if close:
                tickets.take(one, by=helper)
                tickets.resolve(one, f"{CANARY} {name}", code="fixed", by=helper)
                tickets.confirm(one, by=requester)
            made[name] = Ticket.objects.get(pk=one.pk)
    return made


@pytest.fixture(autouse=True)
def no_rules(db):
    """Those for mail are there from the beginning, see `test_mail_rules`."""
    RetentionRule.objects.all().delete()


def rule(**given):
    return RetentionRule.objects.create(**{"what": "tickets", "months": 12, "is_on": True, **given})


def words_of(ticket):
    return " ".join(Message.objects.filter(ticket=ticket).values_list("body", flat=True))


def test_the_rehearsal_equals_what_is_then_done(old, category):
    for_all, for_one = rule(months=12), rule(category=category, months=6)
    now = timezone.now()
    said = {one.pk: sum(part.count for part in retention.rehearse(one, now)) for one in (for_all, for_one)}  # fmt: skip

    done = actions.retain(now=now)

    assert said == done == {for_all.pk: 1, for_one.pk: 1}
    assert CANARY not in words_of(old["old"]) + words_of(old["other"])
    assert CANARY in words_of(old["young"])
    assert CANARY in words_of(old["open"])


def test_the_rehearsal_names_month_and_category(old):
    [first, second] = retention.rehearse(rule(), timezone.now())

    assert {first.category, second.category} == {"VPN", "Laptop"}
    assert first.month == old["old"].closed_at.date().replace(day=1)


def test_nothing_happens_before_it_is_switched_on(old):
    rule(is_on=False)

    assert actions.retain(now=timezone.now()) == {}
    assert CANARY in words_of(old["old"])


def test_a_second_night_finds_nothing(old):
    one = rule()
    assert actions.retain(now=timezone.now())[one.pk] == 2
    assert actions.retain(now=timezone.now())[one.pk] == 0
    assert retention.rehearse(one, timezone.now()) == []


def test_of_an_old_ticket_only_figures_are_left(old, requester, department):
    for name in ("young", "open"):
        Ticket.objects.filter(pk=old[name].pk).update(closed_at=None)
    rule()
    before = [(one.message_count, one.created_at, one.closed_at) for one in (old["old"], old["other"])]  # fmt: skip
    jobs.retain()

    rows = [Ticket.objects.get(pk=old[name].pk) for name in ("old", "other")]
    assert [(one.message_count, one.created_at, one.closed_at) for one in rows] == before
    assert {one.requester.display_name for one in rows} == {"Former employee"}
    assert {one.requester.department for one in rows} == {department}
    assert found_anywhere(f"{CANARY} old", f"{CANARY} other") == []
    assert not Ticket.objects.involving(requester).filter(pk=rows[0].pk).exists()


def test_the_logs_verify_afterwards(old):
    rule()
    actions.retain(now=timezone.now())

    assert list(rebuild.all_breaks()) == []
    assert AuditEntry.objects.get(kind="retained").data["count"] == 2
    assert verify().holds


def test_a_rule_holds_below_its_category_until_one_has_its_own(old, category, team):
    below = Category.objects.create(name="Deep", slug="deep", parent=category, default_team=team)
    Ticket.objects.filter(pk=old["old"].pk).update(category=below)
    for_parent, for_all = rule(category=category), rule()

    def count(one):
        return sum(part.count for part in retention.rehearse(one, timezone.now()))

    assert (count(for_parent), count(for_all)) == (1, 1)
    own = rule(category=below, months=600)
    assert (count(for_parent), count(for_all), count(own)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("months", "expected"), [(1, "2026-02-28"), (12, "2025-03-31"), (13, "2025-02-28")]
)
def test_months_are_counted_by_the_calendar(months, expected):
    now = timezone.now().replace(year=2026, month=3, day=31)

    assert str(retention.cutoff(RetentionRule(what="tickets", months=months), now).date()) == expected  # fmt: skip


# The audit log ------------------------------------------------------------------------------------------


@pytest.fixture
def log(admin):
    for ago in (800, 700, 20, 10):
        with time_machine.travel(timezone.now() - timedelta(days=ago)):
            audit.note(audit.Kind.SIGNED_IN, by=admin, about=admin, address=f"203.0.113.{ago % 250}", browser="Firefox")  # fmt: skip
            audit.seal()


def test_from_where_is_forgotten_and_that_somebody_came_stays(log, admin):
    one = rule(what="sign_ins")
    assert retention.entries_due(one, timezone.now()) == 2

    assert actions.retain(now=timezone.now())[one.pk] == 2

    told = [entry.data for entry in AuditEntry.objects.filter(kind="signed_in").order_by("pk")]
    assert told[:2] == [{}, {}]
    assert all("address" in data for data in told[2:])
    assert verify().holds
    assert verify().blanked == 2


def test_old_entries_are_trimmed_and_the_chain_goes_on(log, admin):
    one = rule(what="audit")
    assert retention.entries_due(one, timezone.now()) == 2

    assert actions.retain(now=timezone.now())[one.pk] == 2

    verdict = verify()
    assert verdict.faults == []
    assert verdict.first == 3
    assert actions.retain(now=timezone.now())[one.pk] == 0


def test_who_cuts_the_beginning_off_by_hand_is_found(log):
    from django.db import connection

    rule(what="audit")
    actions.retain(now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry WHERE number = 3")

    assert not verify().holds


# The page -----------------------------------------------------------------------------------------------


def test_a_rule_is_made_looked_at_and_switched_on(old, admin, client_of, category):
    client = client_of(admin)
    form = {"what": "tickets", "months": 12, "category": category.pk}
    assert client.post("/admin/retention/rules/", form).status_code == 302
    made = RetentionRule.objects.get()
    assert not made.is_on

    page = client.get("/admin/retention/").content.decode()
    assert "This night it would touch 1 ticket." in page
    seen = retention.mark_of(made)
    client.post(f"/admin/retention/rules/{made.pk}/switch/", {"on": "1", "seen": seen})

    made.refresh_from_db()
    assert made.is_on
    assert [line.action for line in AdminChange.objects.filter(kind="privacy.retentionrule").order_by("pk")] == ["added", "changed"]  # fmt: skip
    assert "No other rule covers this" in client.get(f"/admin/retention/rules/{made.pk}/removal/").content.decode()  # fmt: skip
    client.post(f"/admin/retention/rules/{made.pk}/removal/")
    assert not RetentionRule.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {"what": "tickets", "months": 0},
        {"what": "audit", "months": 3, "category": "own"},
        {"what": "everything", "months": 3},
        {"what": "tickets", "months": 12},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(form, admin, client_of, category):
    rule(is_on=False)
    if form.get("category"):
        form = form | {"category": category.pk}

    answer = client_of(admin).post("/admin/retention/rules/", form)

    assert answer.status_code == 422
    assert RetentionRule.objects.count() == 1


def test_only_who_may_erase_makes_rules(auditor, manager, client_of):
    assert client_of(auditor).get("/admin/retention/").status_code == 200
    assert client_of(manager).get("/admin/retention/").status_code == 403
    for who in (auditor, manager):
        answer = client_of(who).post("/admin/retention/rules/", {"what": "audit", "months": 3})
        assert answer.status_code == 403
    assert User.objects.filter(email__contains="former-of").count() == 0


# Nothing is taken that nobody looked at ------------------------------------------------------------------


@pytest.fixture
def kept_long(old, category, admin):
    """All others for a year, switched on; the VPN's for fifty."""
    for_all = actions.add_rule(RetentionRule(what="tickets", months=12), by=admin)
    narrow = actions.add_rule(RetentionRule(what="tickets", months=600, category=category), by=admin)  # fmt: skip
    actions.switch_rule(for_all, on=True, seen=retention.mark_of(for_all), by=admin)
    return for_all, narrow


def taken():
    return sum(actions.retain(now=timezone.now()).values())


def test_removing_a_rule_shows_what_the_wider_one_would_get_and_that_waits(
    kept_long, old, admin, client_of
):
    for_all, narrow = kept_long
    client = client_of(admin)

    page = client.get(f"/admin/retention/rules/{narrow.pk}/removal/").content.decode()
    assert "the rule for all other categories, which keeps them for 12 months." in page
    assert "1 ticket is old enough for that rule." in page
    client.post(f"/admin/retention/rules/{narrow.pk}/removal/")

    assert not RetentionRule.objects.filter(pk=narrow.pk).exists()
    assert taken() == 1
    assert CANARY in words_of(old["old"])
    assert "1 ticket of theirs is old enough." in client.get("/admin/retention/").content.decode()

    seen = retention.mark_of(RetentionRule.objects.get())
    client.post(f"/admin/retention/rules/{for_all.pk}/agreement/", {"seen": seen})
    assert taken() == 1
    assert CANARY not in words_of(old["old"])
    agreed = AdminChange.objects.filter(kind="privacy.retentionrule").latest("pk")
    assert [one["name"] for one in agreed.after["includes"]] == ["VPN"]


def test_a_category_that_is_moved_out_of_its_rule_waits(kept_long, old, category, team, admin):
    below = Category.objects.create(name="Deep", slug="deep", parent=category, default_team=team)
    Ticket.objects.filter(pk=old["old"].pk).update(category=below)
    taken()  # a night that knows of it
    move_category(below, under=None, by=admin)

    assert taken() == 0
    assert CANARY in words_of(old["old"])


def test_a_category_that_is_merged_into_another_one_waits(
    kept_long, old, category, other_category, admin
):
    taken()
    below = add_category("Deep", by=admin, parent=category)
    Ticket.objects.filter(pk=old["old"].pk).update(category=below)
    taken()
    merge_category(below, into=other_category, by=admin)

    assert taken() == 0


def test_a_rule_lets_go_of_what_got_a_rule_of_its_own_even_for_a_day(old, category, admin):
    for_all = actions.add_rule(RetentionRule(what="tickets", months=12), by=admin)
    actions.switch_rule(for_all, on=True, seen=retention.mark_of(for_all), by=admin)
    narrow = actions.add_rule(RetentionRule(what="tickets", months=600, category=category), by=admin)  # fmt: skip
    actions.remove_rule(narrow, by=admin)

    assert taken() == 1
    assert CANARY in words_of(old["old"])


def test_a_new_category_is_what_the_one_above_it_is(kept_long, old, other_category, team):
    below = Category.objects.create(
        name="New", slug="new", parent=other_category, default_team=team
    )
    Ticket.objects.filter(pk=old["other"].pk).update(category=below)

    assert taken() == 1


def test_what_was_looked_at_must_be_what_is_switched_on(old, category, admin, client_of):
    one = rule(is_on=False)
    seen = retention.mark_of(one)
    rule(category=category, months=600)

    answer = client_of(admin).post(
        f"/admin/retention/rules/{one.pk}/switch/", {"on": "1", "seen": seen}
    )

    assert answer.status_code == 409
    one.refresh_from_db()
    assert not one.is_on


def test_a_rule_that_ends_in_the_night_takes_no_more(old, monkeypatch, admin):
    one = rule()
    retain = import_module(
        "incidents.privacy.actions.retain"
    )  # the package says `retain` for the verb in it
    monkeypatch.setattr(retain, "AT_ONCE", 1)
    age = retain._age

    def end_it(ticket, desk):
        actions.switch_rule(one, on=False, seen="", by=admin)
        return age(ticket, desk)

    monkeypatch.setattr(retain, "_age", end_it)

    assert taken() == 1


def test_a_category_with_a_rule_is_not_removed(category):
    rule(category=category)

    with pytest.raises(ProtectedError):
        category.delete()


def test_who_may_not_erase_changes_no_rule(old, manager, auditor, client_of):
    one = rule()
    for who in (manager, auditor):
        for what in ("agreement", "removal", "switch"):
            answer = client_of(who).post(f"/admin/retention/rules/{one.pk}/{what}/", {"on": "0"})
            assert answer.status_code == 403
    with pytest.raises(NotAllowed):
        actions.remove_rule(one, by=manager)
    assert RetentionRule.objects.get().is_on


# As configuration -----------------------------------------------------------------------------------------


def test_rules_come_with_the_file_and_are_off_there(category, admin):
    rule(category=category, months=600)
    rule(what="audit", months=24)
    made = written(collect())
    RetentionRule.objects.all().delete()

    result = apply(read(made), by=admin)

    assert [(line.place, line.why) for line in result.refused] == []
    assert written(collect()) == made
    assert apply(read(made), by=admin).changes == 0
    assert not RetentionRule.objects.filter(is_on=True).exists()


@pytest.mark.parametrize(("months", "stays_on"), [(24, True), (6, False)])
def test_a_file_that_keeps_things_shorter_switches_the_rule_off(admin, months, stays_on):
    one = rule(months=12)
    document = read(written(collect()))
    document["retention_rules"][0]["months"] = months

    apply(document, by=admin)

    one.refresh_from_db()
    assert (one.months, one.is_on) == (months, stays_on)


def test_a_removed_rule_and_former_months_are_put_back_switched_off(category, admin):
    one = actions.add_rule(RetentionRule(what="tickets", months=12, category=category), by=admin)
    actions.switch_rule(one, on=True, seen=retention.mark_of(one), by=admin)
    actions.change_rule(one, months=24, by=admin)
    changed = AdminChange.objects.filter(kind="privacy.retentionrule").latest("pk")
    versions.put_back(changed, by=admin)
    one.refresh_from_db()
    assert (one.months, one.is_on) == (12, False)

    actions.remove_rule(one, by=admin)
    removed = AdminChange.objects.filter(kind="privacy.retentionrule").latest("pk")
    versions.put_back(removed, by=admin)

    again = RetentionRule.objects.get()
    assert (again.category, again.months, again.is_on) == (category, 12, False)


def test_that_a_rule_was_switched_is_not_put_back_but_done_on_its_page(admin):
    one = actions.add_rule(RetentionRule(what="audit", months=12), by=admin)
    actions.switch_rule(one, on=True, seen=retention.mark_of(one), by=admin)
    actions.switch_rule(one, on=False, seen="", by=admin)

    with pytest.raises(versions.NothingBefore, match="kept elsewhere"):
        versions.put_back(AdminChange.objects.latest("pk"), by=admin)


def test_who_may_not_erase_puts_no_rule_in(manager):
    document = read(json.dumps({"format": "firebreak-configuration", "version": 1, "retention_rules": [{"what": "audit", "category": None, "months": 1}]}).encode())  # fmt: skip

    assert apply(document, by=manager).refused
    assert not RetentionRule.objects.exists()
