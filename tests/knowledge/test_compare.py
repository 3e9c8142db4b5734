"""What differs between two texts."""

import random
import time

import pytest

from knowledge import compare


def said(row):
    """One row as people read it: unchanged, or what left and what came, marked words in brackets."""

    def side(line):
        return line and "".join(f"[{p.text}]" if p.is_marked else p.text for p in line.pieces)

    if row.folded:
        return f"… {row.folded}"
    return side(row.left) if row.is_same else (side(row.left), side(row.right))


def test_the_same_text_has_nothing_to_show():
    found = compare.texts("a\nb\n", "a\nb")

    assert found.is_same
    assert not [row for row in found.rows if not row.is_same]


def test_changed_words_are_marked_within_their_line():
    found = compare.texts("Open the client.\nDone.", "Open the new app.\nDone.")

    assert said(found.rows[0]) == ("Open the [client].", "Open the [new app].")
    assert said(found.rows[1]) == "Done."
    assert (found.added, found.removed) == (1, 1)


def test_lines_that_came_and_went_stand_alone():
    found = compare.texts("one\ntwo\nthree", "one\nthree\nfour")

    assert [said(row) for row in found.rows] == ["one", ("two", None), "three", (None, "four")]


def test_a_new_line_before_a_changed_one_is_not_mistaken_for_it():
    old = "Restart the laptop and wait."
    new = "First close everything else\nRestart the laptop and wait a minute."

    found = compare.texts(old, new)

    assert [(row.left and 1, row.right and row.right.number) for row in found.rows] == [
        (None, 1),
        (1, 2),
    ]


def test_two_different_lines_are_not_called_one_changed_line():
    rows = compare.texts("Call the desk.", "https://intranet.example.com/vpn").rows

    assert [(bool(row.left), bool(row.right)) for row in rows] == [(True, False), (False, True)]


def test_long_runs_of_the_same_are_folded_and_can_be_shown():
    old = "\n".join(f"line {n}" for n in range(100))
    new = old.replace("line 50", "line fifty")

    folded = compare.texts(old, new)

    assert [said(row) for row in folded.rows][:2] == ["… 47", "line 47"]
    assert len(folded.rows) == 9
    assert len(compare.texts(old, new, whole=True).rows) == 100


def test_a_moved_paragraph_is_taken_away_and_put_down():
    found = compare.texts("a\nb\nc\nd\ne", "d\na\nb\nc\ne")

    assert (found.added, found.removed) == (1, 1)


def test_every_line_of_both_texts_is_there_in_order():
    dice = random.Random(7)
    for _round in range(60):
        old = [str(dice.randrange(12)) for _line in range(dice.randrange(40))]
        new = [str(dice.randrange(12)) for _line in range(dice.randrange(40))]
        rows = compare.texts("\n".join(old), "\n".join(new), whole=True).rows

        lefts = ["".join(p.text for p in row.left.pieces) for row in rows if row.left]
        rights = ["".join(p.text for p in row.right.pieces) for row in rows if row.right]
        assert (lefts, rights) == (old, new)
        assert [row.left.number for row in rows if row.left] == list(range(1, len(old) + 1))


LARGE = {
    "the same line again and again": ("x\n" * 100_000, "x\ny\n" * 60_000),
    "one line of many words": ("word " * 40_000, "word other " * 20_000),
    "brackets": ("[" * 200_000, "[*" * 100_000),
    "all lines new": (
        "\n".join(f"line {n} of the old text" for n in range(9_000)),
        "\n".join(f"row {n} of the new one" for n in range(9_000)),
    ),
    "every tenth line changed": (
        "\n".join(f"This is line {n} of a long runbook." for n in range(5_500)),
        "\n".join(
            f"This is {'row' if n % 10 == 0 else 'line'} {n} of a long runbook."
            for n in range(5_500)
        ),
    ),
    "blank lines": ("\n" * 200_000, "\n a" * 60_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_200_kb_are_compared_at_once(name):
    old, new = LARGE[name]
    start = time.process_time()

    found = compare.texts(old, new)

    assert len(found.rows) <= compare.MOST_ROWS
    assert found.added
    assert time.process_time() - start < 4
