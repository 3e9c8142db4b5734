"""Phone numbers, however they are written."""

import re

import pytest

from accounts import phones
from accounts.actions import save_phone
from accounts.errors import InvalidInput, NotAllowed
from accounts.models import AdminChange


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("+49 30 1234567", "0049 30 1234567", 3),
        ("+49 30 1234567", "+49 (0)30 123-4567", 3),
        ("+49 30 1234567", "030 1234567", 2),
        ("0301234567", "1234567", 2),
        ("+44 30 1234567", "+49 30 1234567", 1),
        ("5301", "5301", 3),
        ("5301", "+49 30 123 5301", 0),
        ("+49 30 1234567", "+49 30 1234568", 0),
        ("", "", 0), ("0", "0", 0), ("x", "+49 30 1234567", 0),
    ],
)  # fmt: skip
def test_which_are_the_same_line(one, other, likeness):
    assert phones.likeness(one, other) == phones.likeness(other, one) == likeness
    if likeness:
        assert re.search(phones.pattern(one), other)


@pytest.mark.parametrize("text", ["+49 30 1234567", "030/123-45.67", "5301", "(030) 1234567"])
def test_what_is_a_number(text):
    assert phones.is_number(text)
    assert phones.link(text).startswith("tel:")


@pytest.mark.parametrize(
    "text",
    ["", "abc", "anonymous", "+49 30 ext 5", "'; DROP TABLE", "1" * 200, "<script>", "٣٤٥٦٧٨٩", "++", "0", "1\n2;x"],
)  # fmt: skip
def test_what_is_none(text):
    assert not phones.is_number(text)
    assert phones.link(text) == ""


def test_a_number_is_saved_by_who_manages_people_and_logged(requester, admin, agent):
    save_phone(requester, " +49 30  1234567 ", by=admin)

    requester.refresh_from_db()
    assert requester.phone == "+49 30 1234567"
    assert AdminChange.objects.get().after == {"phone": "+49 30 1234567"}
    save_phone(requester, "+49 30 1234567", by=admin)
    assert AdminChange.objects.count() == 1
    with pytest.raises(NotAllowed):
        save_phone(requester, "5301", by=agent)
    with pytest.raises(InvalidInput):
        save_phone(requester, "none", by=admin)
