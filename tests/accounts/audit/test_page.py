"""The auditor's page: what it shows, how it is narrowed, what leaves it as a file."""

import csv
import io
import json

import pytest

from accounts import audit
from accounts.audit import Kind
from accounts.models import AuditEntry
from tests.conftest import make_person

PAGE = "/admin/audit/"


def text_of(answer):
    return b"".join(answer.streaming_content).decode()


@pytest.fixture
def auditing(auditor, client_of):
    return client_of(auditor)


def test_the_auditor_reads_who_did_what(auditing, admin, requester):
    audit.note(Kind.SIGNED_IN, by=requester, about=requester, address="10.1.2.3", browser="Firefox")
    audit.note(Kind.OPENED, by=admin, about=requester, page="/admin/accounts/user/1/change/")

    html = auditing.get(PAGE).content.decode()

    assert "10.1.2.3 · Firefox" in html
    assert "Alex Heron" in html
    assert "Robin Kestrel" in html


@pytest.mark.parametrize("who", ["requester", "agent", "manager", "editor"])
def test_others_are_turned_away(who, request, client_of):
    client = client_of(request.getfixturevalue(who))

    for page in (PAGE, f"{PAGE}check/", f"{PAGE}csv/"):
        assert client.get(page).status_code == 403


def test_it_is_narrowed_by_person_kind_words_and_days(auditing, admin, requester, agent):
    audit.note(Kind.ADDED, by=admin, label="Kestrel lane")
    audit.note(Kind.OPENED, by=admin, about=requester)
    audit.note(Kind.SIGNED_IN, by=agent, about=agent)
    own = AuditEntry.objects.filter(kind=Kind.SIGNED_IN, actor=agent)

    def kinds(**asked):
        page = auditing.get(PAGE, asked)
        assert page.status_code == 200
        return {row.did for row in page.context["rows"]}

    assert kinds(who="Robin") == {"opened"}
    assert kinds(who=agent.email.upper()) == {"signed in"}
    assert kinds(kind="changes") == {"added"}
    assert kinds(kind="opened") == {"opened"}
    assert kinds(about="lane") == {"added"}
    assert kinds(start="2001-01-01", end="2001-01-02") == set()
    assert "added" in kinds(start=f"{own.get().at:%Y-%m-%d}")


@pytest.mark.parametrize(
    "asked",
    [{"start": "yesterday"}, {"kind": "password"}, {"start": "2026-05-03", "end": "2026-05-01"}],
)
def test_what_can_not_be_asked_is_said_beside_the_field(asked, auditing):
    page = auditing.get(PAGE, asked)

    assert page.status_code == 400
    assert page.context["form"].errors


def test_older_entries_are_behind_a_link(auditing, admin):
    for number in range(120):
        audit.note(Kind.ADDED, by=admin, label=f"Thing {number}")
    seen = []
    address = f"{PAGE}?kind=added"
    while address:
        page = auditing.get(address)
        seen += [row.about for row in page.context["rows"]]
        following = page.context["following"]
        address = f"{PAGE}?{following}" if following else ""

    assert seen == [f"Thing {number}" for number in reversed(range(120))]


def test_the_page_costs_the_same_few_queries_however_long_it_is(
    auditing, admin, requester, django_assert_max_num_queries
):
    for _time in range(60):
        audit.note(Kind.OPENED, by=admin, about=requester)
    auditing.get(PAGE)
    with django_assert_max_num_queries(10):
        auditing.get(PAGE)


def test_names_are_text(auditing, admin):
    hostile = make_person("<img src=x onerror=alert(1)>", email="hostile@example.com")
    audit.note(Kind.OPENED, by=hostile, about=hostile, page="<script>")

    html = auditing.get(PAGE).content.decode()
    assert "<img src=x" not in html
    assert "<script>&" not in html


# Files ----------------------------------------------------------------------------------------------


def test_the_file_holds_what_the_filters_leave(auditing, admin, requester):
    audit.note(Kind.ADDED, by=admin, label="Sales")
    audit.note(Kind.OPENED, by=admin, about=requester)

    rows = list(csv.DictReader(io.StringIO(text_of(auditing.get(f"{PAGE}csv/?kind=added")))))
    lines = [json.loads(x) for x in text_of(auditing.get(f"{PAGE}jsonl/?kind=added")).splitlines()]

    assert [row["label"] for row in rows] == ["Sales"]
    assert [line["label"] for line in lines] == ["Sales"]
    assert lines[0]["hash"] == AuditEntry.objects.get(kind=Kind.ADDED).hash


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@SUM(A1)", "\tx"])
def test_a_spreadsheet_finds_no_formula(name, auditing, admin):
    audit.note(Kind.ADDED, by=admin, label=name)

    rows = list(csv.DictReader(io.StringIO(text_of(auditing.get(f"{PAGE}csv/?kind=added")))))

    assert rows[0]["label"] == f"'{name}"


def test_fetching_the_file_is_itself_an_entry(auditing, auditor):
    auditing.get(f"{PAGE}csv/?who=Robin")

    entry = AuditEntry.objects.get(kind=Kind.EXPORTED)
    assert entry.actor == auditor
    assert entry.data == {"what": "audit_log", "form": "csv", "asked": {"who": "Robin"}}


def test_there_is_no_other_form(auditing):
    assert auditing.get(f"{PAGE}xml/").status_code == 404


# The check ------------------------------------------------------------------------------------------


def test_the_check_says_that_the_log_holds(auditing, admin):
    audit.note(Kind.ADDED, by=admin, label="Sales")

    page = auditing.get(f"{PAGE}check/")

    assert "as they were written" in page.content.decode()
    assert AuditEntry.objects.get(kind=Kind.VERIFIED).data["faults"] == 0


def test_the_check_names_the_place_of_what_was_changed(auditing, admin):
    from django.db import connection

    for _time in range(4):
        audit.note(Kind.ADDED, by=admin, label="Sales")
    audit.seal()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditentry SET label = 'X' WHERE number = 3")

    page = auditing.get(f"{PAGE}check/").content.decode()

    assert "The log is not what was written." in page
    assert "entry 3: what it says was changed" in page


def test_the_check_is_not_for_hammering(auditing):
    answers = [auditing.get(f"{PAGE}check/").status_code for _time in range(7)]

    assert answers[-1] == 429


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1999-12-31", "2201-01-01"])
def test_a_day_that_no_clock_has_is_refused_in_words(auditing, day):
    for name in ("start", "end"):
        page = auditing.get(PAGE, {name: day})
        assert "Choose a day between 2000 and 2200." in page.content.decode()
