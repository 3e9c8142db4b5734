"""Pages of a list."""

from itertools import chain

import pytest

from accounts.models import Department
from accounts.paging import page


@pytest.fixture
def departments(db):
    return [Department.objects.create(name=f"Department {n:02}") for n in range(7)]


def walk(queryset, keys, size=3):
    token, pages = "", []
    while True:
        here = page(queryset, keys, token, size)
        pages.append([row["id"] if isinstance(row, dict) else row.pk for row in here.rows])
        if not (token := here.next):
            return pages


@pytest.mark.parametrize("keys", [("-id",), ("id",), ("-name", "id"), ("name", "-pk")])
def test_pages_hold_every_row_once_in_order(departments, keys):
    pages = walk(Department.objects.all(), keys)

    assert [len(rows) for rows in pages] == [3, 3, 1]
    assert list(chain(*pages)) == list(
        Department.objects.order_by(*keys).values_list("pk", flat=True)
    )


def test_rows_may_be_plain_values(departments):
    assert walk(Department.objects.values("id", "name"), ("name", "id")) == walk(
        Department.objects.all(), ("name", "id")
    )


def test_times_are_kept_to_the_microsecond(make_ticket):
    from incidents.tickets.models import Ticket

    made = [make_ticket(f"Broken {n}") for n in range(5)]

    assert list(chain(*walk(Ticket.objects.all(), ("priority", "created_at", "id"), size=2))) == [
        t.pk for t in made
    ]


def test_the_last_page_names_no_next_one(departments):
    assert page(Department.objects.all(), ("id",), size=7).next == ""


def test_a_row_that_comes_meanwhile_moves_nothing(departments):
    first = page(Department.objects.all(), ("-id",), size=3)
    Department.objects.create(name="New")

    second = page(Department.objects.all(), ("-id",), first.next, size=3)

    assert [row.name for row in second.rows] == ["Department 03", "Department 02", "Department 01"]


@pytest.mark.parametrize("token", ["x", "a:b:c", "1' OR 1=1", "%00", "WyIxIl0:bad:bad"])
def test_a_bad_token_gives_the_first_page(departments, token):
    assert page(Department.objects.all(), ("id",), token, 3).rows == departments[:3]


def test_a_token_for_other_keys_gives_the_first_page(departments):
    token = page(Department.objects.all(), ("-id",), size=3).next

    assert page(Department.objects.all(), ("id",), token, 3).rows == departments[:3]
