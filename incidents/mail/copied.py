"""Whom a mail went to besides us: proposed on its ticket, and added by nobody but a person."""

from accounts.models import User
from incidents.mail.deciding import is_mailbox
from incidents.mail.models import Copied, RawMail
from incidents.mail.reading import Letter
from incidents.tickets import policies
from incidents.tickets.models import Ticket

MOST = 20


def note_copied(mail: RawMail, letter: Letter, ticket: Ticket) -> None:
    """Keep those who are not on the ticket, for somebody to decide."""
    found = {address: name for name, address in letter.recipients if address}
    found.pop(letter.sender, None)
    wanted = [address for address in found if not is_mailbox(address)][:MOST]
    known = {person.email: person for person in User.objects.filter(email__in=wanted)}
    Copied.objects.bulk_create(
        [
            Copied(ticket=ticket, mail=mail, address=address, name=found[address][:120])
            for address in wanted
            if address not in known or _may_be_added(known[address], ticket)
        ],
        ignore_conflicts=True,
    )


def _may_be_added(person: User, ticket: Ticket) -> bool:
    if not person.is_active or person.is_system:
        return False
    return not (policies.is_party(person, ticket) or policies.is_follower(person, ticket))
