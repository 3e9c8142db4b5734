"""What a hypothesis rests on: links to pages of ours and to other tools, checked before they are kept. Pure."""

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from incidents.tickets import numbers

LONGEST_ADDRESS = 500
LONGEST_LABEL = 120
_OURS = re.compile(r"/(?:desk/)?(?:tickets|kb|files)/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*")
_TICKET = re.compile(r"(?:#|inc[- ]?)([1-9][0-9]{0,14})", re.IGNORECASE | re.ASCII)
_NEVER = re.compile(r"[\s\\\x00-\x1f\x7f]")


def tidy(address: str, label: str = "") -> dict[str, str]:
    """A link as it is kept: label and address. A ticket's number alone is its page on the desk.

    Raises:
        InvalidInput: it is neither a page of ours nor an http(s) address.
    """
    address, label = address.strip(), " ".join(label.replace("\x00", "").split())
    if ticket := _TICKET.fullmatch(address):
        ref = numbers.show(int(ticket[1]))
        address, label = f"/desk/tickets/{ref}/", label or ref
    if len(address) > LONGEST_ADDRESS or not _is_fit(address):
        raise InvalidInput(
            _("Paste an address that begins with https://, a page of ours, or a ticket’s number."),
            field="url",
        )
    return {"label": label[:LONGEST_LABEL] or _short(address), "url": address}


def _is_fit(address: str) -> bool:
    if not address or _NEVER.search(address):
        return False
    if address.startswith("/"):
        return bool(_OURS.fullmatch(address)) and "/.." not in address
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        return False


def _short(address: str) -> str:
    """The address as its label, without what every address has."""
    return re.sub(r"^https?://(?:www\.)?", "", address).rstrip("/")[:LONGEST_LABEL]
