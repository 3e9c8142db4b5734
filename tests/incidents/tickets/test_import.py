"""`import_tickets`: every row in, or refused with line and reason; run again, nothing doubled."""

import csv
import gzip
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Team, User
from incidents.tickets import rebuild
from incidents.tickets.importing import run
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Event, Message, Service, Ticket
from incidents.workflow.states import Status
from tests.conftest import make_person

pytestmark = pytest.mark.django_db

REAL = Path(__file__).parents[4] / "shared" / "data" / "tickets" / "tickets_train.csv.gz"
PLAIN = ["id=external_id", "subject=title", "text=description"]
HEAD = "id,subject,text"


class Import:
    """Writes a file, runs the command on it, and keeps what it said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = folder / "export.csv"
        self.capsys = capsys
        self.code = 0
        self.out = self.error = ""

    def __call__(self, content: str | bytes, *options: str, columns: list[str] = PLAIN) -> "Import":
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.again(*options, columns=columns)

    def again(self, *options: str, columns: list[str] = PLAIN) -> "Import":
        self.code, self.error = 0, ""
        try:
            call_command(
                "import_tickets",
                str(self.path),
                *options,
                *(f"--map={one}" for one in columns),
                skip_checks=True,
            )
        except CommandError as error:
            self.code, self.error = error.returncode, str(error)
        self.out = self.capsys.readouterr().out
        return self

    @property
    def refused(self) -> list[str]:
        return [line for line in self.out.splitlines() if line.startswith("line ")]

    def counted(self, imported: int, there: int, refused: int) -> bool:
        read = imported + there + refused
        said = f"{read} rows read: {imported} imported, {there} already there, {refused} refused."
        return said in self.out


@pytest.fixture
def bring(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    return Import(tmp_path, capsys)


def the_ticket() -> Ticket:
    return Ticket.objects.get()


def kinds() -> list[str]:
    return list(the_ticket().events.order_by("number").values_list("kind", flat=True))


# What comes in ----------------------------------------------------------------------------------------


def test_a_row_becomes_a_ticket_with_its_log(bring: Import) -> None:
    done = bring(f"{HEAD}\n7,No sound,Since Monday.\n")

    ticket = the_ticket()
    assert done.code == 0
    assert done.counted(1, 0, 0)
    assert (ticket.external_id, ticket.title, ticket.origin) == ("7", "No sound", "import")
    assert ticket.messages.get().body == "Since Monday."
    assert rebuild.compare(ticket, rebuild.rebuild(ticket)) == []
    assert rebuild.broken_link(ticket) is None


def test_every_field_can_be_mapped(
    bring: Import, requester: User, agent: User, team: Team, category: Category, service: Service
) -> None:
    fields = [
        "external_id", "title", "description", "category", "priority", "status", "type", "requester", "assignee",
        "team", "service", "created_at", "resolved_at", "resolution", "resolution_code",
    ]  # fmt: skip
    row = [
        "A-1", "No sound", "Text", "vpn", "P2", "Closed", "request", requester.email, agent.email,
        "network", "VPN access", "2024-01-31T09:00:00Z", "2024-02-01T10:30:00Z", "New cable.", "workaround",
    ]  # fmt: skip
    bring(f"{','.join(fields)}\n{','.join(row)}\n", columns=[f"{name}={name}" for name in fields])

    ticket = the_ticket()
    assert (ticket.category, ticket.service, ticket.team) == (category, service, team)
    assert (ticket.requester, ticket.reporter, ticket.assignee) == (requester, requester, agent)
    assert (ticket.priority, ticket.status, ticket.type) == (2, Status.CLOSED, "request")
    assert ticket.resolution_code == "workaround"
    assert ticket.messages.get(kind=Message.Kind.RESOLUTION).body == "New cable."


def test_events_carry_the_times_of_the_export(bring: Import) -> None:
    bring(
        "id,subject,state,opened,done\n1,No sound,closed,2024-01-31 09:00,2024-02-01 10:30\n",
        "--time-zone=Europe/Berlin",
        columns=[
            "id=external_id",
            "subject=title",
            "state=status",
            "opened=created_at",
            "done=resolved_at",
        ],
    )

    times = dict(Event.objects.values_list("kind", "occurred_at"))
    opened, done = datetime(2024, 1, 31, 8, tzinfo=UTC), datetime(2024, 2, 1, 9, 30, tzinfo=UTC)
    assert times == {Kind.FILED: opened, Kind.RESOLVED: done, Kind.CLOSED: done}
    assert (the_ticket().created_at, the_ticket().closed_at) == (opened, done)


@pytest.mark.parametrize(
    ("status", "log"),
    [
        ("New", [Kind.FILED]),
        ("in progress", [Kind.FILED, Kind.STATUS_CHANGED]),
        ("waiting_requester", [Kind.FILED, Kind.STATUS_CHANGED]),
        ("Waiting for other", [Kind.FILED, Kind.STATUS_CHANGED]),
        ("RESOLVED", [Kind.FILED, Kind.RESOLVED]),
        ("closed", [Kind.FILED, Kind.RESOLVED, Kind.CLOSED]),
        ("", [Kind.FILED]),
    ],
)
def test_a_status_is_known_by_value_or_label(bring: Import, status: str, log: list[str]) -> None:
    bring(
        f"id,subject,state\n1,No sound,{status}\n",
        columns=["id=external_id", "subject=title", "state=status"],
    )

    assert kinds() == log
    assert Message.objects.filter(kind__in=["reply", "note"]).count() == 0


def test_a_time_of_resolution_alone_means_resolved(bring: Import) -> None:
    bring(
        "id,subject,done\n1,No sound,2024-02-01\n",
        columns=["id=external_id", "subject=title", "done=resolved_at"],
    )

    assert the_ticket().status == Status.RESOLVED
    assert the_ticket().messages.get(kind="resolution").body == "Imported as resolved."


def test_their_words_can_be_told_to_mean_ours(bring: Import) -> None:
    bring(
        "id,subject,state,prio\n1,No sound,Done!,urgent\n",
        "--value=status:done!=closed", "--value=priority:Urgent=P1",
        columns=["id=external_id", "subject=title", "state=status", "prio=priority"],
    )  # fmt: skip

    assert (the_ticket().status, the_ticket().priority) == (Status.CLOSED, 1)
    assert the_ticket().priority_by_hand


def test_a_date_format_can_be_given(bring: Import) -> None:
    bring(
        "id,subject,opened\n1,No sound,31/01/2024 09:00\n", "--date-format=%d/%m/%Y %H:%M", "--time-zone=UTC",
        columns=["id=external_id", "subject=title", "opened=created_at"],
    )  # fmt: skip

    assert the_ticket().created_at == datetime(2024, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Printer is dead. It was fine on Monday.", "Printer is dead"),
        ("Does it work? I think not.", "Does it work?"),
        ("## VPN v2.1 drops\n\nEvery day.", "VPN v2.1 drops"),
        ("\n\n   lower case words only  \nmore", "lower case words only"),
        ("word " * 60, " ".join(["word"] * 15) + "…"),
    ],
)
def test_a_title_is_taken_from_the_text(bring: Import, text: str, title: str) -> None:
    bring(f'id,text\n1,"{text}"\n', columns=["id=external_id", "text=description"])

    assert the_ticket().title == title
    assert the_ticket().messages.get().body == text.strip()


def test_a_title_alone_is_also_the_text(bring: Import) -> None:
    bring(f"{HEAD}\n1,No sound,\n")

    assert the_ticket().messages.get().body == "No sound"


def test_without_a_requester_the_desk_reports(bring: Import) -> None:
    bring(f"{HEAD}\n1,No sound,Text\n")

    assert the_ticket().requester == User.objects.system()


def test_a_default_requester_stands_in(
    bring: Import, requester: User, other_requester: User
) -> None:
    bring(
        f"id,subject,who\n1,A,\n2,B,Mika <{other_requester.email.upper()}>\n",
        f"--default-requester={requester.email}",
        columns=["id=external_id", "subject=title", "who=requester"],
    )

    assert [t.requester for t in Ticket.objects.order_by("pk")] == [requester, other_requester]
    assert Message.objects.filter(author=requester).count() == 1


def test_people_are_made_only_when_asked(bring: Import) -> None:
    file, columns = (
        "id,subject,who\n1,A,ada.byron@example.com\n",
        ["id=external_id", "subject=title", "who=requester"],
    )
    assert (
        "requester: “ada.byron@example.com” is nobody here"
        in bring(file, columns=columns).refused[0]
    )

    bring.again("--create-people", columns=columns)

    assert the_ticket().requester.display_name == "Ada Byron"
    assert not the_ticket().requester.has_usable_password()


def test_missing_categories_are_made_by_path(bring: Import, category: Category) -> None:
    file = "id,subject,topic\n1,A,VPN\n2,B,Hardware › Screen\n3,C,hardware/screen\n4,D,Hardware\n"
    done = bring(
        file, "--create-categories", columns=["id=external_id", "subject=title", "topic=category"]
    )

    screen = Category.objects.get(name="Screen")
    assert done.counted(4, 0, 0)
    assert screen.parent == Category.objects.get(name="Hardware")
    assert [t.category for t in Ticket.objects.order_by("pk")] == [
        category,
        screen,
        screen,
        screen.parent,
    ]


def test_a_merged_category_is_the_one_it_became(bring: Import, category: Category) -> None:
    Category.objects.create(name="Old", slug="old", is_retired=True, merged_into=category)
    bring(
        "id,subject,topic\n1,A,Old\n", columns=["id=external_id", "subject=title", "topic=category"]
    )

    assert the_ticket().category == category


def test_history_may_name_somebody_who_left_the_team(
    bring: Import, category: Category, other_agent: User
) -> None:
    bring(
        f"id,subject,topic,who\n1,A,vpn,{other_agent.email}\n",
        columns=["id=external_id", "subject=title", "topic=category", "who=assignee"],
    )

    assert the_ticket().assignee == other_agent


def test_private_teams_can_be_imported_into(bring: Import, private_team: Team) -> None:
    guard = make_person("Gil Guard", ("agent", private_team))
    bring(
        f"id,subject,team,who,state\n1,A,Security,{guard.email},closed\n",
        columns=["id=external_id", "subject=title", "team=team", "who=assignee", "state=status"],
    )

    assert kinds() == [Kind.FILED, Kind.ASSIGNED, Kind.RESOLVED, Kind.CLOSED]


def test_cells_that_look_like_formulas_stay_text(bring: Import) -> None:
    bring(f'{HEAD}\n1,=2+5,"@SUM(A1) +x"\n')

    assert the_ticket().title == "=2+5"
    assert the_ticket().messages.get().body == "@SUM(A1) +x"


# Files as they come ----------------------------------------------------------------------------------------


def test_a_packed_file_is_read(bring: Import) -> None:
    assert bring(gzip.compress(f"{HEAD}\n1,A,Text\n".encode())).counted(1, 0, 0)


def test_a_byte_order_mark_is_no_part_of_the_heading(bring: Import) -> None:
    assert bring(b"\xef\xbb\xbf" + f"{HEAD}\n1,Käse,Text\n".encode()).counted(1, 0, 0)
    assert the_ticket().title == "Käse"


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_delimiters_are_found_out(bring: Import, mark: str) -> None:
    assert bring(f"{HEAD}\n1,A,Text\n".replace(",", mark)).counted(1, 0, 0)


def test_a_delimiter_can_be_given(bring: Import) -> None:
    assert (
        bring(
            "id^subject,x^text\n1^A^Text\n",
            "--delimiter=^",
            columns=["id=external_id", "text=description"],
        ).code
        == 0
    )


def test_lines_are_numbered_as_an_editor_does(bring: Import) -> None:
    done = bring(f'{HEAD}\n1,A,"two\nlines"\n\n,B,Text\n')

    assert done.counted(1, 0, 1)
    assert done.refused[0].startswith("line 5: external_id: is empty")


def test_two_megabytes_in_one_cell_are_refused_with_the_reason(bring: Import) -> None:
    done = bring(f"{HEAD}\n1,A,{'x' * 2_000_000}\n2,B,Text\n")

    assert done.counted(1, 0, 1)
    assert "line 2: description: This is longer than 100,000 characters" in done.refused[0]


def test_zero_bytes_never_reach_the_database(bring: Import) -> None:
    done = bring(f"{HEAD}\n1,A\0B,Te\0xt\n2\0,C,Text\n")

    assert done.counted(1, 0, 1)
    assert (the_ticket().title, the_ticket().messages.get().body) == ("AB", "Text")
    assert "external_id: holds a zero byte" in done.refused[0]


def test_bytes_that_are_not_utf8_refuse_only_their_row(bring: Import) -> None:
    done = bring(f"{HEAD}\n1,".encode() + b"K\xe4se,Text\n2,B,Text\n")

    assert done.counted(1, 0, 1)
    assert "line 2: column “subject” holds bytes that are not UTF-8" in done.refused[0]


def test_a_file_in_another_encoding_is_refused_as_a_whole(bring: Import) -> None:
    done = bring(f"{HEAD}\n1,A,Text\n".encode("utf-16"))

    assert done.code == 2
    assert "not UTF-8" in done.error


def test_a_quote_that_never_ends_is_one_refused_row(bring: Import) -> None:
    done = bring(f'{HEAD}\n1,A,Text\n2,B,"open\n3,C,Text\n')

    assert done.counted(1, 0, 1)
    assert "line 3: this is not a row of CSV" in done.refused[0]


def test_a_damaged_packed_file_says_how_far_it_came(bring: Import) -> None:
    whole = gzip.compress(
        "".join(
            [f"{HEAD}\n", *(f"{n},T{n * 7919},Text{n * 104729}\n" for n in range(2000))]
        ).encode()
    )
    done = bring(whole[: len(whole) // 2])

    assert done.code == 1
    assert "damaged after line" in done.error
    assert Ticket.objects.count() > 0


# Rows that are refused ---------------------------------------------------------------------------------------

COLUMNS = [
    "id=external_id", "subject=title", "topic=category", "prio=priority", "state=status", "kind=type", "who=requester",
    "by=assignee", "team=team", "service=service", "opened=created_at", "done=resolved_at", "code=resolution_code",
]  # fmt: skip
NAMES = [pair.split("=")[0] for pair in COLUMNS]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"id": ""}, "external_id: is empty"),
        ({"id": "x" * 121}, "external_id: has more than 120 characters"),
        ({"subject": ""}, "title: Say in a few words"),
        ({"subject": "x" * 201}, "title: Keep this under 200 characters"),
        ({"topic": "Nowhere"}, "category: “Nowhere” is not known. Known: VPN."),
        ({"prio": "huge"}, "priority: “huge” is not known"),
        ({"prio": "6"}, "priority: “6” is not known"),
        ({"state": "done"}, "status: “done” is not known. Known: closed,"),
        (
            {"kind": "problem"},
            "type: “problem” is not known. Known: complex, complex incident, incident,",
        ),
        ({"who": "nobody@example.com"}, "requester: “nobody@example.com” is nobody here"),
        ({"who": "not an address"}, "requester: “not an address” is nobody here"),
        ({"by": "nobody@example.com"}, "assignee: “nobody@example.com” is nobody here"),
        ({"team": "Nowhere"}, "team: “Nowhere” is not known. Known: Network."),
        ({"service": "Nowhere"}, "service: “Nowhere” is not known"),
        ({"opened": "yesterday"}, "created_at: “yesterday” is not a time"),
        ({"opened": "0001-01-01"}, "created_at: “0001-01-01” is before 1970"),
        ({"opened": "2999-01-01"}, "created_at: is in the future"),
        ({"opened": "2024-01-02", "done": "2024-01-01"}, "resolved_at: is before created_at"),
        ({"state": "new", "done": "2024-01-01"}, "resolved_at: is given, but the ticket is “New”"),
        ({"state": "closed", "code": "magic"}, "resolution_code: “magic” is not known"),
    ],
)
def test_a_refusal_names_line_field_and_reason(
    bring: Import, category: Category, cells: dict[str, str], reason: str
) -> None:
    row = {"id": "1", "subject": "A", **cells}
    good = {"id": "2", "subject": "B"}
    lines = [",".join(one.get(name, "") for name in NAMES) for one in (row, good)]
    done = bring("\n".join([",".join(NAMES), *lines]), columns=COLUMNS)

    assert done.code == 1
    assert done.counted(1, 0, 1)
    assert done.refused[0].startswith(f"line 2: {reason}")
    assert the_ticket().external_id == "2"


def test_a_row_with_too_few_or_many_columns_is_refused(bring: Import) -> None:
    done = bring(f"{HEAD}\n1,A\n2,A,Text,more\n")

    assert done.counted(0, 0, 2)
    assert done.refused[0] == "line 2: this row has 2 columns, the heading has 3"


def test_a_name_that_two_categories_have_needs_its_path(bring: Import) -> None:
    for name in ("Left", "Right"):
        parent = Category.objects.create(name=name, slug=name.lower())
        Category.objects.create(name="Other", slug=f"{name.lower()}-other", parent=parent)
    columns = ["id=external_id", "subject=title", "topic=category"]
    done = bring("id,subject,topic\n1,A,Other\n2,B,right > other\n", columns=columns)

    assert "“Other” stands in several places: Left › Other, Right › Other" in done.refused[0]
    assert the_ticket().category == Category.objects.get(slug="right-other")


def test_the_same_key_twice_in_a_file_is_refused(bring: Import) -> None:
    done = bring(f"{HEAD}\n1,A,Text\n1,B,Text\n")

    assert done.counted(1, 0, 1)
    assert "line 3: external_id: “1” stands in this file twice" in done.refused[0]


def test_a_refused_row_leaves_nothing_behind(bring: Import) -> None:
    bring(
        "id,subject,topic,who,prio\n1,A,New one,new@example.com,huge\n2,B,New one,new@example.com,P1\n",
        "--create-categories", "--create-people",
        columns=["id=external_id", "subject=title", "topic=category", "who=requester", "prio=priority"],
    )  # fmt: skip

    assert the_ticket().category == Category.objects.get()
    assert the_ticket().requester == User.objects.people().get()


def test_refused_rows_are_written_to_a_file(bring: Import, tmp_path: Path) -> None:
    report = tmp_path / "refused.csv"
    bring(f"{HEAD}\n,A,Text\n", f"--refused={report}")

    with report.open(newline="") as file:
        heading, row = csv.reader(file)
    assert heading == ["line", "field", "reason", "id", "subject", "text"]
    assert row[:2] == ["2", "external_id"]
    assert row[3:] == ["", "A", "Text"]


@pytest.mark.parametrize(
    ("options", "columns", "said"),
    [
        ([], ["id=external_id"], "Map a column to title or description"),
        ([], ["subject=title"], "Say which column is the key"),
        ([], ["id=external_id", "title=subject"], "“subject” is not a field"),
        (
            [],
            ["id=external_id", "Subject=title"],
            "“Subject” is no column. Columns are id, subject, text.",
        ),
        ([], [*PLAIN, "text=title"], "two columns for title"),
        (["--value=status:x=done"], PLAIN, "“done” is not known"),
        (["--value=x"], PLAIN, "write FIELD:THEIRS=OURS"),
        (["--time-zone=Mars/Olympus"], PLAIN, "“Mars/Olympus” is not one"),
        (["--default-requester=x@example.com"], PLAIN, "nobody here has x@example.com"),
        (["--delimiter=ab"], PLAIN, "one character"),
    ],
)
def test_wrong_use_is_said_before_anything_is_read(
    bring: Import, options: list[str], columns: list[str], said: str
) -> None:
    done = bring(f"{HEAD}\n1,A,Text\n", *options, columns=columns)

    assert done.code == 2
    assert said in done.error
    assert not Ticket.objects.exists()


def test_a_missing_or_empty_file_is_said(bring: Import) -> None:
    assert "No such file" in bring.again().error
    assert "empty" in bring("").error


# Again, and after a kill ---------------------------------------------------------------------------------------

THREE = f"{HEAD}\n1,A,Text\n2,B,Text\n3,C,Text\n"


def test_a_second_run_doubles_nothing(bring: Import) -> None:
    bring(THREE)
    done = bring.again()

    assert done.code == 0
    assert done.counted(0, 3, 0)
    assert Ticket.objects.count() == Event.objects.count() == 3


def test_a_run_killed_in_the_middle_goes_on_where_its_last_batch_ended(
    bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    file = run.Run.file
    killed_at = itertools.count(1)

    def killed(self: run.Run, row: Any) -> Ticket:
        if next(killed_at) == 4:
            raise KeyboardInterrupt
        return file(self, row)

    monkeypatch.setattr(run.Run, "file", killed)
    assert bring(f"{THREE}4,D,Text\n5,E,Text\n").code == 130
    assert Ticket.objects.count() == 2

    assert bring.again().counted(3, 2, 0)
    assert sorted(Ticket.objects.values_list("external_id", flat=True)) == list("12345")


def test_a_mended_row_comes_in_with_the_next_run(bring: Import) -> None:
    bring(f"{HEAD}\n1,A,Text\n2,,\n")

    assert bring(f"{HEAD}\n1,A,Text\n2,B,Text\n").counted(1, 1, 0)


def test_the_line_can_be_the_key(bring: Import) -> None:
    columns = ["text=description"]
    assert bring(THREE, "--map-line-as-id", columns=columns).counted(3, 0, 0)
    assert bring.again("--map-line-as-id", columns=columns).counted(0, 3, 0)
    assert Ticket.objects.filter(external_id="export.csv:2").exists()


def test_two_tools_with_the_same_keys_are_told_apart(bring: Import) -> None:
    bring(THREE, "--id-prefix=old:")

    assert bring.again("--id-prefix=older:").counted(3, 0, 0)


def test_a_dry_run_says_the_same_and_saves_nothing(
    bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    columns = ["id=external_id", "subject=title", "text=description", "topic=category"]
    file = "id,subject,text,topic\n1,A,Text,New\n2,,,New\n3,C,Text,New\n1,D,Text,New\n"
    done = bring(file, "--dry-run", "--create-categories", columns=columns)

    assert done.code == 1
    assert "4 rows read: 2 would be imported, 0 already there, 2 refused." in done.out
    assert not Ticket.objects.exists()
    assert not Category.objects.exists()
    assert bring.again("--create-categories", columns=columns).counted(2, 0, 2)


# The real thing ------------------------------------------------------------------------------------------------


@pytest.fixture
def two_thousand(tmp_path: Path) -> Path:
    """The first rows of the real file, or made-up ones of the same shape."""

    def made_up() -> Iterator[str]:
        yield "row,Document,Topic_group\n"
        yield from (
            f"{n},please reset password for account number {n} thank,Access\n" for n in range(2000)
        )

    path = tmp_path / "two-thousand.csv"
    if REAL.exists():
        with gzip.open(REAL, "rt", encoding="utf-8", newline="") as real:
            path.write_text("".join(itertools.islice(real, 2001)))
    else:
        path.write_text("".join(made_up()))
    return path


@pytest.mark.slow
def test_two_thousand_real_rows(bring: Import, two_thousand: Path) -> None:
    bring.path = two_thousand
    columns = ["row=external_id", "Document=description", "Topic_group=category"]

    assert bring.again("--create-categories", columns=columns).counted(2000, 0, 0)
    assert bring.again("--create-categories", columns=columns).counted(0, 2000, 0)
    assert list(rebuild.all_differences()) == []
    assert not Ticket.objects.filter(title="").exists()
