"""Going on from an earlier revision."""

import pytest

from accounts.errors import EditConflict
from knowledge import actions


def test_it_becomes_the_newest_revision_and_nothing_is_lost(drafted, agent):
    first = drafted.revisions.get(number=1)

    article = actions.restore(drafted, first, by=agent, expected=2)

    newest = article.revisions.get(number=3)
    assert (newest.body, newest.note) == (first.body, "Restored revision 1")
    assert article.revisions.count() == 3


def test_restoring_what_is_there_changes_nothing(drafted, agent):
    newest = drafted.revisions.get(number=2)

    assert actions.restore(drafted, newest, by=agent).revision_number == 2


def test_restoring_over_a_newer_text_is_refused(drafted, agent):
    with pytest.raises(EditConflict):
        actions.restore(drafted, drafted.revisions.get(number=1), by=agent, expected=1)
