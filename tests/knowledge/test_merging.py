"""Two texts that began as one, made into one."""

import random
import time

import pytest

from knowledge.merging import merge

BASE = "Open the client.\n\nChoose Automatic.\n\nWait."


def test_changes_in_different_places_are_both_there():
    ours = BASE.replace("client", "new app")
    theirs = BASE.replace("Wait.", "Wait a minute.\n\nThen restart.")

    found = merge(BASE, ours, theirs)

    assert found.text == "Open the new app.\n\nChoose Automatic.\n\nWait a minute.\n\nThen restart."
    assert not found.contested


def test_where_both_changed_the_same_line_ours_stays_and_the_place_is_named():
    ours = BASE.replace("Choose Automatic.", "Choose Manual.").replace("Wait.", "Done.")
    theirs = BASE.replace("Choose Automatic.", "Choose Always on.").replace("client", "app")

    found = merge(BASE, ours, theirs)

    assert found.text == "Open the app.\n\nChoose Manual.\n\nDone."
    assert found.contested == ((2, 3, 2, 3),)


def test_lines_that_touch_are_one_place():
    assert merge("a\nb\n", "A\nb\n", "a\nB\n").contested == ((0, 2, 0, 2),)


def test_what_one_changed_and_the_other_took_away_is_contested():
    ours, theirs = "a\nB\nc", "a\nc"

    assert merge("a\nb\nc", ours, theirs).contested == ((1, 1, 1, 2),)
    assert merge("a\nb\nc", theirs, ours).contested == ((1, 2, 1, 1),)
    assert merge("a\nb\nc", theirs, ours).text == theirs


def test_what_both_changed_alike_is_there_once():
    assert merge("a\nb", "a\nb\nc", "a\nb\nc").text == "a\nb\nc"
    assert not merge("a\nb", "a\nb\nc", "a\nb\nc").contested


@pytest.mark.parametrize("text", ["", "one", "a\n\nb", "a\x0bb\x85c\u2028d", "\n\n"])
def test_who_changed_nothing_gets_the_other_text(text):
    assert merge("a\nb", "a\nb", text).text == text.rstrip("\n")
    assert merge("a\nb", text, "a\nb").text == text.rstrip("\n")


def test_no_line_that_somebody_wrote_is_lost_or_said_twice():
    """Whatever two people do to a text: each new line of ours is in it, and of theirs, where they are not contested."""
    dice = random.Random(11)

    def changed(lines, name):
        for n in range(dice.randrange(4)):
            at = dice.randrange(len(lines) + 1)
            lines = [*lines[:at], f"{name}{n}", *lines[at + dice.randrange(2) :]]
        return lines

    for _round in range(300):
        base = [str(dice.randrange(6)) for _line in range(dice.randrange(12))]
        ours, theirs = changed(base, "o"), changed(base, "t")

        found = merge(*("\n".join(lines) for lines in (base, ours, theirs)))

        merged = found.text.split("\n")
        apart = {n for start, end, _c, _d in found.contested for n in range(start, end)}
        wanted = [line for line in ours if line[0] == "o"]
        wanted += [line for n, line in enumerate(theirs) if line[0] == "t" and n not in apart]
        assert sorted(line for line in merged if line[0:1] in ("o", "t")) == sorted(wanted)


def test_large_texts_are_merged_at_once():
    base = "x\n" * 100_000
    start = time.process_time()

    merge(base, "x\ny\n" * 60_000, "y\nx\n" * 60_000)
    merge("\n" * 200_000, "\n a" * 60_000, "\n b" * 60_000)

    assert time.process_time() - start < 4
