"""Who may see what came into a mailbox."""

import pytest

from incidents.mail.models import Mailbox, RawMail
from incidents.tickets.models import Category


@pytest.fixture
def boxes(db, team, other_team, private_team, category):
    confidential = Category.objects.create(
        name="HR", slug="hr", default_team=other_team, is_confidential=True, is_confined=True
    )
    closed = Category.objects.create(name="Locks", slug="locks", default_team=private_team)
    made = {
        "of team": {"team": team},
        "of other team": {"team": other_team},
        "of private team": {"team": private_team},
        "of nobody": {},
        "by category": {"category": category},
        "confidential": {"category": confidential},
        "to private team": {"category": closed},
    }
    for n, (name, fields) in enumerate(made.items()):
        Mailbox.objects.create(slug=f"b{n}", address=f"b{n}@example.com", name=name, **fields)


def seen(person):
    return set(Mailbox.objects.worked_by(person).values_list("name", flat=True))


OPEN = {"of team", "of other team", "of nobody", "by category"}


def test_agents_see_their_teams_and_nobodys(boxes, agent):
    assert seen(agent) == {"of team", "of nobody", "by category"}


def test_agents_see_what_is_confidential_to_their_team(boxes, other_agent):
    assert seen(other_agent) == {"of other team", "of nobody", "by category", "confidential"}


def test_managers_and_administrators_see_what_nobody_keeps_apart(boxes, manager, admin):
    assert seen(manager) == OPEN
    assert seen(admin) == OPEN


def test_others_see_nothing(boxes, requester, editor, auditor):
    assert not seen(requester) | seen(editor) | seen(auditor)


def test_a_mail_is_seen_by_whom_its_mailbox_is(boxes, agent, other_agent):
    box = Mailbox.objects.get(name="of team")
    RawMail.objects.create(mailbox=box, key="k", digest="d", size=1, via="post")

    assert RawMail.objects.worked_by(agent).count() == 1
    assert not RawMail.objects.worked_by(other_agent).exists()
