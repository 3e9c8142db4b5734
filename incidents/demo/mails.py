"""Mail that reached the demo company: some became tickets, some wait for somebody, some are nothing to answer."""

from datetime import datetime, timedelta
from email.utils import format_datetime

from incidents.demo.company import FOLDER, Company
from incidents.mail import actions
from incidents.mail.models import Mailbox, RawMail
from incidents.mail.store import keep
from incidents.tickets.models import Ticket

APART = timedelta(minutes=11)
TO_ALL = 250
"""So many addresses no mail that is meant for the desk has."""


def bring_in(company: Company, *, now: datetime) -> list[Ticket]:
    """A general mailbox, and what lay in it this morning, in the order of the files' names; the tickets it became."""
    mailbox = Mailbox.objects.create(
        slug="help", address="help@example.com", name="Fernhill IT Help", is_general=True
    )
    paths = sorted((FOLDER / "mails").glob("*.eml"))
    everybody = ", ".join(f"desk{n:03}@northgate-cooling.example" for n in range(TO_ALL))
    for place, path in enumerate(paths):
        at = now - APART * (len(paths) - place)
        said = path.read_text(encoding="utf-8").replace("{date}", format_datetime(at))
        raw = said.replace("{everybody}", everybody).encode()
        mail, _is_new = keep(mailbox, raw, via=RawMail.Via.POST)
        RawMail.objects.filter(pk=mail.pk).update(received_at=at)
        actions.take_in(mail)
    return list(Ticket.objects.filter(mails__mailbox=mailbox).distinct())
