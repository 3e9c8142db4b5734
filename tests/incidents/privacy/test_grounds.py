"""Who appends an entry that says “this was blanked” or “this was trimmed” fools nobody: something must have allowed it."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import audit, chain
from accounts.audit import Kind
from accounts.audit.blanking import Traces, blank_changes, blank_entries, blank_where, trim
from accounts.audit.marking import keep
from accounts.audit.noting import coverage_of
from accounts.audit.verifying import verify
from accounts.models import AdminChange, AuditEntry, AuditMark, User
from incidents.privacy import actions, retention
from incidents.privacy.models import Erasure, RetentionRule


@pytest.fixture
def desk(db):
    return User.objects.system()


@pytest.fixture
def log(admin, requester, client_of):
    """Entries of long ago and of today, one of them about a change."""
    for ago in (800, 700):
        with time_machine.travel(timezone.now() - timedelta(days=ago)):
            audit.note(Kind.SIGNED_IN, by=admin, about=admin, address="203.0.113.7", browser="Firefox")  # fmt: skip
            audit.note(Kind.OPENED, by=admin, about=requester, page="/admin/")
            audit.seal()
    client_of(admin).post("/admin/accounts/department/add/", {"name": "Sales"})
    audit.seal()


def forge(number, **content):
    """Change what an entry says, past the code; the digest of what stands there then."""
    entry = AuditEntry.objects.get(number=number)
    for name, value in content.items():
        setattr(entry, name, value)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_auditentry SET label = %s WHERE number = %s", [entry.label, number]
        )
    return chain.digest(entry.content)


def places(verdict):
    return {fault.place for fault in verdict.faults}


def rule(what, **given):
    return RetentionRule.objects.create(what=what, **{"months": 12, "is_on": True, **given})


def erased(requester, admin):
    return actions.erase(requester, by=admin, reason="They asked")


# Blanking -----------------------------------------------------------------------------------------------


def test_an_appended_blanking_without_an_erasure_is_found(log, admin, requester):
    left = forge(2, label="Somebody else")
    told = audit.note(Kind.TEXTS_REMOVED, by=admin, about=requester, entries={"2": left})

    verdict = verify()

    assert places(verdict) == {"entry 2", f"entry {AuditEntry.objects.get(pk=told.pk).number}"}
    assert any("nothing allowed that" in fault.reason for fault in verdict.faults)


def test_nor_does_an_erasure_of_somebody_cover_words_that_were_put_in(log, admin, requester):
    erased(requester, admin)
    left = forge(2, label="Somebody else")
    audit.note(Kind.TEXTS_REMOVED, by=admin, about=requester, entries={"2": left})

    assert places(verify()) == {"entry 2"}


@pytest.mark.parametrize("wrong", ["actor", "time", "person"])
def test_an_erasure_of_another_person_time_or_actor_allows_nothing(log, admin, requester, manager, wrong):  # fmt: skip
    erasure = erased(requester, admin)
    if wrong == "time":
        Erasure.objects.filter(pk=erasure.pk).update(done_at=timezone.now() - timedelta(days=1))
    about = manager if wrong == "person" else requester
    about.refresh_from_db()
    left = forge(2, label=f"About {about.display_name}")
    by = manager if wrong == "actor" else admin
    audit.note(Kind.TEXTS_REMOVED, by=by, about=about, entries={"2": left})

    assert "entry 2" in places(verify())


def test_a_changed_line_of_the_change_log_needs_an_erasure_too(log, admin, requester):
    line = AdminChange.objects.get(kind="accounts.department")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_adminchange SET label = 'X' WHERE id = %s", [line.pk])
    line.refresh_from_db()
    told = {str(line.pk): coverage_of(line)}
    audit.note(Kind.TEXTS_REMOVED, by=admin, about=requester, changes=told)

    assert f"change log line {line.pk}" in places(verify())


def test_from_where_may_only_go_by_a_rule_that_was_on_then(log, desk, admin):
    rule("audit")
    blank_where(timezone.now() - timedelta(days=365), by=desk)

    assert "nothing allowed that" in " ".join(map(str, verify().faults))


def test_a_rule_does_not_cover_younger_entries_than_it_says(log, desk, admin):
    rule("sign_ins", months=12)
    audit.note(Kind.SIGNED_IN, by=admin, about=admin, address="203.0.113.9", browser="Firefox")
    audit.seal()
    young = AuditEntry.objects.filter(kind="signed_in").latest("number")
    blank_where(timezone.now() + timedelta(days=1), by=desk)

    assert f"entry {young.number}" in places(verify())


def test_a_rule_that_was_switched_off_afterwards_did_allow_it(log, desk, admin):
    one = actions.add_rule(RetentionRule(what="sign_ins", months=12), by=admin)
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        AdminChange.objects.update(at=timezone.now())
    one.refresh_from_db()
    actions.switch_rule(one, on=True, seen=retention.mark_of(one), by=admin)
    actions.retain(now=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        actions.switch_rule(one, on=False, seen="", by=admin)
        actions.remove_rule(one, by=admin)
        verdict = verify()

    assert [str(fault) for fault in verdict.faults if "nothing allowed" in fault.reason] == []
    assert verdict.blanked == 2


def test_what_an_erasure_blanks_is_fine(log, admin, requester):
    old_name = requester.display_name
    erasure = erased(requester, admin)
    requester.refresh_from_db()
    traces = Traces(requester.pk, (old_name,), requester.display_name)
    blank_changes(traces, 0, by=admin, about=requester)
    blank_entries(traces, 0, by=admin, about=requester)

    verdict = verify()

    assert [str(fault) for fault in verdict.faults] == []
    assert verdict.blanked >= 2
    assert any(f"erasure {erasure.pk} of account {requester.pk}" in str(cut) for cut in verdict.cuts)  # fmt: skip


# Trimming -----------------------------------------------------------------------------------------------


def test_a_beginning_trimmed_without_a_rule_is_found(log, desk):
    trim(timezone.now() - timedelta(days=365), by=desk)

    verdict = verify()

    assert "entry 1" in places(verdict)
    assert any("nothing allowed that" in fault.reason for fault in verdict.faults)


def test_nor_may_a_person_trim_in_place_of_the_desk(log, admin):
    rule("audit")
    trim(timezone.now() - timedelta(days=365), by=admin)

    assert not verify().holds


def test_younger_entries_than_the_rule_says_are_missed_by_the_marks(log, desk):
    rule("audit", months=12)
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        AuditMark.objects.create(
            chain="audit", at=timezone.now(), start=0, upto=2, count=2, digest="x"
        )
    trim(timezone.now() + timedelta(days=1), by=desk)

    assert not verify().holds


def test_an_offsite_mark_of_the_beginning_is_missed_unless_a_rule_took_it(log, desk, settings, tmp_path):  # fmt: skip
    settings.AUDIT_MARKS_FILE = str(tmp_path / "marks.tsv")
    ago = timezone.now() - timedelta(days=800)
    head = AuditEntry.objects.get(number=2)
    keep(AuditMark(chain="audit", at=ago, start=0, upto=2, count=2, digest=head.hash))
    trim(timezone.now() - timedelta(days=365), by=desk)

    missed = [fault for fault in verify(marks_file=tmp_path / "marks.tsv").faults if "the mark of" in fault.reason]  # fmt: skip
    assert {fault.place for fault in missed} == {"entry 2"}

    rule("audit")
    missed = [fault for fault in verify(marks_file=tmp_path / "marks.tsv").faults if "the mark of" in fault.reason]  # fmt: skip
    assert missed == []


def test_the_command_names_every_trim_and_blanking_with_who_and_when(log):
    rule("audit", months=24)
    rule("sign_ins", months=12)
    today = timezone.now().date().isoformat()
    actions.retain(now=timezone.now())
    out = io.StringIO()

    call_command("verify_log", stdout=out)

    told = out.getvalue()
    assert "trimmed 2 entries up to number 2, by " in told
    assert "retention of the audit log, 24 months" in told
    assert "blanked 1 entries and 0 lines of the change log, by " in told
    assert "retention of sign-ins, 12 months" in told
    assert told.count(f"at {today}T") >= 2
