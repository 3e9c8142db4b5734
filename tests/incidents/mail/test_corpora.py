"""Mails that real programs wrote. The collections are not in this repository but beside it, or where
`MAIL_COLLECTIONS` says.

What came of each is written below, so a change shows.
"""

import os
from pathlib import Path

import pytest

from incidents.mail.reading import read
from incidents.mail.sorting import sort
from incidents.mail.trimming import trim
from tests.incidents.mail.letters import arrive

COLLECTIONS = Path(
    os.environ.get("MAIL_COLLECTIONS") or Path(__file__).resolve().parents[4] / "shared/data/emails"
)
MAILS = sorted(COLLECTIONS.rglob("*.eml"))
NO_TICKET = {
    "report_530.eml", "delivery-status.eml", "lhost-gmail-01.eml", "lhost-office365-01.eml", "lhost-postfix-01.eml",
    "rfc3834-01.eml", "rfc3834-02.eml", "bad_date_header.eml",
}  # fmt: skip
"""Came back, or was written by a machine."""
pytestmark = pytest.mark.skipif(not MAILS, reason="the collections of mails are not here")


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_each_can_be_read(path):
    letter = read(path.read_bytes())

    told = [letter.subject, *(name for name, _address in (*letter.senders, *letter.recipients))]
    assert "\ufffd" not in "".join(told)
    assert letter.senders or path.name == "mixed.eml"
    assert (sort(letter) is not None) == (path.name in NO_TICKET)
    if not sort(letter):
        assert letter.text.strip() or letter.files


def test_each_ends_as_a_ticket_or_is_ignored(it_help):
    it_help.senders = "everybody"
    it_help.save()

    ends = {path.name: arrive(it_help, path.read_bytes()) for path in MAILS}

    assert {name for name, mail in ends.items() if mail.state == "ignored"} == NO_TICKET
    others = {name: mail for name, mail in ends.items() if name not in NO_TICKET}
    assert {mail.state for mail in others.values()} <= {"taken", "held"}
    for mail in others.values():
        assert mail.reason or mail.ticket.messages.get().body.strip()


def replies():
    folder = COLLECTIONS / "reply-trimmer-discourse"
    for path in sorted((folder / "emails").glob("*.txt")):
        yield path.read_text(), (folder / "trimmed" / path.name).read_text()


def test_replies_are_trimmed_as_expected():
    """14 of 15; mail-parser-reply alone gets 5."""
    assert sum(trim(text)[0].strip() == wanted.strip() for text, wanted in replies()) >= 14


def test_nothing_of_a_trimmed_mail_is_lost():
    for text, _wanted in replies():
        kept, whole = trim(text)
        assert (whole or kept) == text
