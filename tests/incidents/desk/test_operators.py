"""What is typed into the search box, read: a table of cases. Nothing here touches a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.desk.narrowing import FIXED, NAMED
from incidents.desk.operators import OPERATORS, Asked, Problem, Term, parse

TODAY = date(2026, 3, 31)
OPEN = tuple(sorted(["new", "open", "waiting_requester", "waiting_other"]))


def term(name, *values, **more):
    return Asked(terms=(Term(name, values, **more),))


CASES = {
    # Words, phrases, exclusions
    "": Asked(),
    "   ": Asked(),
    "printer offline": Asked(words="printer offline"),
    '"paper jam"': Asked(phrases=("paper jam",)),
    "“paper  jam”": Asked(phrases=("paper jam",)),
    '"never closed': Asked(phrases=("never closed",)),
    '""': Asked(),
    "printer -tray": Asked(words="printer", without=("tray",)),
    '-"paper jam"': Asked(without=("paper jam",)),
    "wi-fi": Asked(words="wi-fi"),
    "- alone --force": Asked(words="- alone --force"),
    "INC-1042": Asked(words="INC-1042"),
    "https://intra/x C:\\temp 10:30": Asked(words="https://intra/x C:\\temp 10:30"),
    # Fixed values
    "status:open": term("status", *OPEN),
    "status:new,closed": term("status", "closed", "new"),
    "STATUS:In_Progress": term("status", "open"),
    "-status:closed": term("status", "closed", is_not=True),
    "is:unread": term("is", "unread"),
    "priority:1": term("priority", "1"),
    "priority:p1,high": term("priority", "1", "2"),
    "type:request": term("type", "request"),
    "has:files": term("has", "files"),
    # Names
    "team:network": term("team", "network"),
    "queue:network": term("team", "network"),
    "assignee:me": term("assignee", "me"),
    'requester:"robin kestrel"': term("requester", "robin kestrel"),
    'tag:"floor 2",vip': term("tag", "floor 2", "vip"),
    "tag:floor-2": term("tag", "floor-2"),
    # Days
    "created:2026-01-15": term("created", since=date(2026, 1, 15), until=date(2026, 1, 16)),
    "created:>2026-01-15": term("created", since=date(2026, 1, 16)),
    "created:>=2026-01-15": term("created", since=date(2026, 1, 15)),
    "created:<2026-01-15": term("created", until=date(2026, 1, 15)),
    "created:<=2026-01-15": term("created", until=date(2026, 1, 16)),
    "created:2026-02": term("created", since=date(2026, 2, 1), until=date(2026, 3, 1)),
    "created:2026-12": term("created", since=date(2026, 12, 1), until=date(2027, 1, 1)),
    "created:2026-01-01..2026-01-31": term("created", since=date(2026, 1, 1), until=date(2026, 2, 1)),
    "created:7d": term("created", since=date(2026, 3, 24)),
    "created:<2w": term("created", until=date(2026, 3, 17)),
    "updated:today": term("updated", since=TODAY, until=date(2026, 4, 1)),
    "resolved:yesterday": term("resolved", since=date(2026, 3, 30), until=TODAY),
    # What is not understood
    "status:broken": Asked(problems=(Problem("status", "broken"),)),
    "status:new,broken": Asked(terms=(Term("status", ("new",)),), problems=(Problem("status", "broken"),)),
    "created:soon": Asked(problems=(Problem("created", "soon"),)),
    "created:2026-02-30": Asked(problems=(Problem("created", "2026-02-30"),)),
    "created:9999y": Asked(problems=(Problem("created", "9999y"),)),
    "created:>": Asked(problems=(Problem("created", ">"),)),
    "colour:red": Asked(words="colour:red", problems=(Problem("colour", is_operator=True),)),
    "priority:7": Asked(problems=(Problem("priority", "7"),)),
}  # fmt: skip

LOOKUPS = [
    "user__password:x", "assignee__password__startswith:a", "pk__in:1", "_connector:OR", "id:1", "requester.email:a",
    "status__regex:.*", "team__name:x", "number__gt:0", "log_head:a", "created_at__year:2026", "category_id:1",
    "is__open:1", "order_by:password", "__class__:x", "filter:x", "tickets_ticket.id:1", "self:x", "model:x", "q:x",
]  # fmt: skip


@pytest.mark.parametrize("typed", CASES)
def test_what_is_typed_is_read(typed):
    assert parse(typed, today=TODAY) == CASES[typed]


def test_everything_at_once():
    asked = parse(
        'printer "paper jam" -tray status:new team:network -tag:vip priority:1 colour:red',
        today=TODAY,
    )

    assert asked == Asked(
        "printer colour:red",
        ("paper jam",),
        ("tray",),
        (
            Term("status", ("new",)),
            Term("team", ("network",)),
            Term("tag", ("vip",), is_not=True),
            Term("priority", ("1",)),
        ),
        (Problem("colour", is_operator=True),),
    )


@pytest.mark.parametrize("typed", LOOKUPS)
def test_no_name_of_a_field_is_an_operator(typed):
    asked = parse(typed, today=TODAY)

    assert not asked.terms
    assert typed in asked.words


def test_every_operator_has_its_filter():
    assert set(OPERATORS) == set(FIXED) | set(NAMED)
    assert not set(FIXED) & set(NAMED)


@given(st.text(max_size=400))
def test_nothing_typed_fails(text):
    parse(text, today=TODAY)


@given(st.text(alphabet='abc":,-<>. 0123456789dstatuscreated', max_size=60))
def test_no_odd_operator_fails(text):
    for name in OPERATORS:
        parse(f"{name}:{text}", today=TODAY)
