"""What a run of the suite says last: which tests did not pass at once, or why a part ended without naming any."""

import pytest

from config.bootstrap import FAULT, End
from tests.conftest import FAULTS


@pytest.mark.parametrize("word", FAULTS.values())
def test_lines_that_name_a_test_are_found_among_all_others(word):
    assert FAULT.match(f"{word}: tests/accounts/test_tags.py::test_icons - AssertionError")
    assert not FAULT.match(f"tests/accounts/test_tags.py {word}: ...")


def test_a_part_that_named_its_faults_says_them_alone():
    end = End("SQLite, 1 of 6", 1, ["failed: tests/a.py::b - no"], ["1 failed in 2 s"])
    assert end.told == "SQLite, 1 of 6, ended with 1:\nfailed: tests/a.py::b - no"


def test_a_second_try_is_told_where_all_passed():
    end = End("SQLite, 1 of 6", 0, ["second try: tests/a.py::b - late"], ["1 passed in 2 s"])
    assert end.told == "SQLite, 1 of 6, ended with 0:\nsecond try: tests/a.py::b - late"


@pytest.mark.parametrize("code", [1, 3, 4, -9])
def test_a_part_that_ended_otherwise_says_its_last_words(code):
    assert End("SQLite, 1 of 6", code, [], ["out of memory", "x" * 500]).told == (
        f"SQLite, 1 of 6, ended with {code}:\nout of memory\n{'x' * 200}"
    )
