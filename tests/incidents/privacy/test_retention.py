"""How long things are kept: the rehearsal says what the night then does."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import audit
from accounts.audit.verifying import verify
from accounts.models import AdminChange, AuditEntry, User
from incidents.privacy import actions, jobs, retention
from incidents.privacy.models import RetentionRule
from incidents.tickets import actions as tickets
from incidents.tickets import rebuild
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
    client.post(f"/admin/retention/rules/{made.pk}/switch/", {"on": "1"})

    made.refresh_from_db()
    assert made.is_on
    assert [line.action for line in AdminChange.objects.filter(kind="privacy.retentionrule").order_by("pk")] == ["added", "changed"]  # fmt: skip
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
