"""Whatever somebody does to the audit log past the code is found, and where."""

import io
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import audit
from accounts.audit import Kind
from accounts.audit.blanking import Traces, blank_changes, blank_entries
from accounts.audit.marking import mark_audit
from accounts.audit.verifying import verify
from accounts.models import AdminChange, AuditEntry, AuditHead, AuditMark
from tests.conftest import make_person
from tests.threads import together


@pytest.fixture
def log(admin, requester, client_of):
    """Ten entries, sealed."""
    for _time in range(8):
        audit.note(Kind.OPENED, by=admin, about=requester, page="/admin/")
    client = client_of(admin)  # signs in
    client.post("/admin/accounts/department/add/", {"name": "Sales"})
    audit.seal()
    return list(AuditEntry.objects.order_by("number"))


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_log_that_nobody_touched_holds(log):
    verdict = verify()

    assert verdict.holds
    assert (verdict.checked, verdict.first, verdict.last) == (10, 1, 10)


def test_entries_are_numbered_without_gaps_in_the_order_of_their_rows(log):
    assert [entry.number for entry in log] == list(range(1, 11))
    assert [entry.pk for entry in log] == sorted(entry.pk for entry in log)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE accounts_auditentry SET kind = 'exported' WHERE number = 4", "entry 4"),
        ("UPDATE accounts_auditentry SET actor_id = NULL WHERE number = 4", "entry 4"),
        ("UPDATE accounts_auditentry SET label = 'Somebody else' WHERE number = 4", "entry 4"),
        ("UPDATE accounts_auditentry SET data = '{}' WHERE number = 4", "entry 4"),
        ("UPDATE accounts_auditentry SET at = at - (at - at), about_key = '7' WHERE number = 4", "entry 4"),
        ("DELETE FROM accounts_auditentry WHERE number = 4", "entry 4"),
        ("DELETE FROM accounts_auditentry WHERE number > 8", "entry 9"),
        ("DELETE FROM accounts_auditentry WHERE number < 3", "entry 1"),
        ("DELETE FROM accounts_auditentry", "entry 1"),
    ],
)  # fmt: skip
def test_tampering_is_found_with_its_place(log, change, place):
    if "at - (at - at)" in change and connection.vendor == "sqlite":
        change = change.replace("at = at - (at - at), ", "")
    sql(change)

    verdict = verify()

    assert not verdict.holds
    assert verdict.faults[0].place == place


def test_swapped_rows_are_found(log):
    sql("UPDATE accounts_auditentry SET number = 99 WHERE number = 4")
    sql("UPDATE accounts_auditentry SET number = 4 WHERE number = 5")
    sql("UPDATE accounts_auditentry SET number = 5 WHERE number = 99")

    assert [fault.place for fault in verify().faults][:2] == ["entry 4", "entry 5"]


def test_a_tail_cut_off_together_with_the_head_is_found_by_the_mark(log):
    mark_audit(timezone.now())
    kept = AuditEntry.objects.get(number=8)
    sql("DELETE FROM accounts_auditentry WHERE number > 8")
    sql("UPDATE accounts_audithead SET number = 8, hash = %s", kept.hash)

    assert [str(fault)[:24] for fault in verify().faults] == ["entry 10: it is missing;"]


def test_a_mark_kept_elsewhere_finds_what_the_database_was_made_to_forget(log, settings, tmp_path):
    settings.AUDIT_MARKS_FILE = str(tmp_path / "marks.tsv")
    mark_audit(timezone.now())
    kept = AuditEntry.objects.get(number=8)
    sql("DELETE FROM accounts_auditentry WHERE number > 8")
    sql("DELETE FROM accounts_auditmark")
    sql("UPDATE accounts_audithead SET number = 8, hash = %s", kept.hash)

    assert verify().faults == [] or not verify().holds
    assert not verify(marks_file=tmp_path / "marks.tsv").holds


def test_a_changed_or_removed_line_of_the_change_log_is_found(log):
    line = AdminChange.objects.get()
    sql('UPDATE accounts_adminchange SET after = \'{"name": "Legal"}\' WHERE id = %s', line.pk)
    assert f"change log line {line.pk}: it was changed" in map(str, verify().faults)

    sql("DELETE FROM accounts_adminchange WHERE id = %s", line.pk)
    assert f"change log line {line.pk}: it is missing" in str(verify().faults[0])


def test_a_line_put_into_the_change_log_is_found(log, admin):
    AdminChange.objects.create(
        actor=admin, action="added", kind="accounts.team", object_id="1", label="X"
    )
    put_in = AdminChange.objects.latest("pk")
    sql("UPDATE accounts_adminchange SET at = %s WHERE id = %s", timezone.now() - timezone.timedelta(hours=1), put_in.pk)  # fmt: skip

    assert [str(fault) for fault in verify().faults] == [
        f"change log line {put_in.pk}: no entry tells of it"
    ]


def test_a_part_is_checked_from_where_it_begins(log):
    sql("UPDATE accounts_auditentry SET label = 'X' WHERE number = 2")

    assert verify(newest=5).holds
    assert verify(newest=5).checked == 5
    assert not verify().holds
    assert verify(since=timezone.now() + timezone.timedelta(days=1)).checked == 0


def test_the_command_names_the_place_and_fails(log):
    sql("DELETE FROM accounts_auditentry WHERE number = 4")
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_log", stdout=out)

    assert "entry 4: it is missing" in out.getvalue()


def test_the_command_is_content_with_a_whole_log(log, ticket):
    out = io.StringIO()
    call_command("verify_log", stdout=out)

    assert "Audit log: 10 entries, 0 blanked by erasures, 0 faults." in out.getvalue()
    assert "0 broken logs" in out.getvalue()


def test_marking_twice_on_a_quiet_day_writes_one_mark(log):
    assert mark_audit(timezone.now()) is not None
    assert mark_audit(timezone.now()) is None
    assert AuditMark.objects.count() == 1


def test_code_can_neither_change_nor_remove_entries(log):
    entry = log[0]
    for act in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(kind="added"),
        lambda: AuditMark.objects.update(upto=1),
    ):
        with pytest.raises(TypeError):
            act()


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_sealed_right_after_the_commit_and_never_twice():
    person = make_person("Robin Kestrel")

    def change():
        for _time in range(5):
            audit.note(Kind.OPENED, by=person, about=person)

    together(4, change)

    assert AuditEntry.objects.filter(number=None).count() == 0
    assert AuditHead.objects.get().number == AuditEntry.objects.count() == 20
    assert verify().holds


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["changes", "entries"])
def test_two_erasures_at_once_do_not_undo_each_other(table):
    people = [make_person("Ann Heron"), make_person("Bo Lark")]
    if table == "changes":
        AdminChange.objects.create(
            actor=people[0], action="added", kind="accounts.team", object_id="1", label="Ann Heron and Bo Lark",
        )  # fmt: skip
        blank, rows = blank_changes, AdminChange.objects
    else:
        audit.note(Kind.EXPORTED, by=people[0], label="Ann Heron and Bo Lark")
        blank, rows = blank_entries, AuditEntry.objects.filter(kind=Kind.EXPORTED)
    left = list(people)

    def erase():
        person = left.pop()
        blank(Slow(person.pk, (person.display_name,), "Gone"), 0, by=person, about=person)

    together(2, erase)

    assert rows.get().label == "Gone and Gone"


class Slow(Traces):
    """Takes its time between reading and writing."""

    def out_of(self, value, **given):
        time.sleep(0.05)
        return super().out_of(value, **given)
