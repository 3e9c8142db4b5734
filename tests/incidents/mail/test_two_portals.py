"""Two portals that write to each other come to an end (security A5): through a real mail server, each with its own
name, key and mailbox."""

from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import override_settings

from incidents.mail.models import Mailbox, RawMail
from incidents.notify import addresses
from incidents.notify.addresses import Postal
from incidents.notify.models import Acknowledgement
from incidents.notify.worker import send_due
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from tests.conftest import make_person
from tests.incidents.mail.letters import arrive
from tests.incidents.notify.conftest import smtp  # noqa: F401 (a fixture)

ONE, OTHER = "help@one.example", "support@other.example"
MARKS = (
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)


class Portals:
    """The same program as two sites. What one knows the other does not: mailboxes of the other are out of sight."""

    def __init__(self, sink):
        self.sink = sink
        self.boxes = {
            address: Mailbox.objects.create(
                slug=slug, address=address, name=slug, senders="everybody", is_general=False
            )
            for slug, address in (("one", ONE), ("other", OTHER))
        }
        self.handed_over = 0

    def mailbox_of(self, ticket):
        return Postal(settings.DEFAULT_FROM_EMAIL, "Help")

    @contextmanager
    def at(self, address):
        others = Mailbox.objects.exclude(address=address)
        for box in others:
            Mailbox.objects.filter(pk=box.pk).update(address=f"{box.slug}@out-of-sight.invalid")
        host = address.partition("@")[2]
        with override_settings(
            SITE_HOST=host,
            SITE_URL=f"https://{host}",
            SECRET_KEY=f"key of {host}",
            DEFAULT_FROM_EMAIL=address,
        ):
            yield Mailbox.objects.get(address=address)
        for known, box in self.boxes.items():
            Mailbox.objects.filter(pk=box.pk).update(address=known)

    def carry(self, without=()):
        """Hand every mail that is out to the portal that it is for; how many went from one to the other."""
        new = self.sink.mails[self.handed_over :]
        self.handed_over = len(self.sink.mails)
        carried = 0
        for mail in new:
            to = mail["To"].addresses[0].addr_spec
            if to in self.boxes:
                carried += 1
                for name in without:
                    del mail[name]
                with self.at(to) as box:
                    arrive(box, mail.as_bytes())
                    send_due()
        return carried


@pytest.fixture
def portals(db, smtp, monkeypatch):  # noqa: F811
    found = Portals(smtp)
    monkeypatch.setattr(addresses, "mailbox_of", found.mailbox_of)
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("without", [(), MARKS], ids=["as sent", "stripped on the way"])
@pytest.mark.parametrize("known", [True, False], ids=["people of each other", "strangers"])
def test_they_end_within_three_mails(portals, category, without, known):
    partner = make_person("Other Desk", email=OTHER)
    if known:
        make_person("One Desk", email=ONE)
    with portals.at(ONE):
        actions.file("Printer", by=partner, description="It jams.", category=category)
        send_due()

    carried = [portals.carry(without) for _time in range(8)]

    assert sum(carried) <= 3
    assert carried[-3:] == [0, 0, 0]
    assert Ticket.objects.count() <= 2
    assert RawMail.objects.count() == sum(carried)
    assert Acknowledgement.objects.count() <= 1
