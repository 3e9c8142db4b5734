"""Which chat and phone services there are, and what an address of one may look like. Apprise itself is not asked here."""

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput

SERVICES = frozenset(
    """
    slack workflow workflows mmost mmosts rocket rockets discord gchat matrix matrixs wxteams webex
    zulip tgram threema whatsapp signal signals line ryver cliq flock guilded revolt nctalk nctalks lark feishu
    dingtalk twist synology synologys ntfy ntfys gotify gotifys pover pbul simplepush spush pushy bark barks
    twilio vonage nexmo clicksend d7sms msgbird sinch sns smseagle smseagles bulksms bulkvs seven msg91 httpsms
    plivo clickatell voipms kavenegar 46elks elks infobip telnyx burstsms smsmgr freemobile sfr octopush exotel
    atalk cm acs serwersms kaleyra
    pagerduty opsgenie splunk victorops signl4 squadcast spike pagertree betterstack ilert
    json jsons form forms xml xmls
    """.split()  # noqa: SIM905 (a list that people read)
)
"""All of them talk to a service over the network. Not here: what rings on the server itself, mail (we have our own),
and whatever reads keys from files."""

NAMES_FILES = ("file", "template", "attach", "include", "config", "path", "cert")
"""No parameter whose name holds one of these: Apprise reads what it names."""
TO = "{to}"
SAMPLES = ("+15550100199", "@sasha")
"""What people may enter as their own; a service takes one or the other."""
LONGEST = 1_000
LONGEST_TO = 80
_TO = re.compile(r"[+@#]?\w[\w.+\-@]{0,78}")
_NUMBER = re.compile(r"[+\d][\d\s()/.\-]*")
"""As people write it."""


def check_address(address: str, *, for_people: bool) -> str:
    """The address as it may be kept.

    Raises:
        InvalidInput: it is of no service that we offer, names a file, or has no place for people's own.
    """
    address = address.strip()
    parts = _read(address)
    scheme = parts.scheme.lower()
    if scheme not in SERVICES:
        raise InvalidInput(
            _("“%(scheme)s” is no service that can be used here. Take the address of one that is reached over the network, such as slack://, workflows:// or mmosts://.") % {"scheme": scheme}, field="address"
        )  # fmt: skip
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        plain = name.lower().lstrip("+-:")
        names_others = plain == "redirect" or any(part in plain for part in NAMES_FILES)
        if names_others or "://" in value or value.startswith("/"):
            raise InvalidInput(
                _("“%(name)s” can’t be used here: an address may not name files or other addresses.") % {"name": name},
                field="address",
            )  # fmt: skip
    if for_people and TO not in address:
        raise InvalidInput(_("Write {to} where people’s own number or name goes."), field="address")
    if not for_people and TO in address:
        raise InvalidInput(_("Only a service for people’s own use has {to}."), field="address")
    return address


def check_to(to: str) -> str:
    """What somebody enters as their own.

    Raises:
        InvalidInput: it is no number and no name.
    """
    to = to.strip()
    if _NUMBER.fullmatch(to):
        to = re.sub(r"[^+\d]", "", to)
    if len(to) > LONGEST_TO or not _TO.fullmatch(to):
        raise InvalidInput(
            _("Enter a number or a name, like +49 151 2345678 or @sasha."), field="to"
        )
    return to


def address_for(address: str, to: str = "") -> str:
    """The address with somebody's own in it, checked again: it is read in the worker, later.

    Raises:
        InvalidInput
    """
    checked = check_address(address, for_people=bool(to))
    return checked.replace(TO, quote(check_to(to), safe="")) if to else checked


def _read(address: str) -> SplitResult:
    if len(address) > LONGEST or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise InvalidInput(_("This is no Apprise address."), field="address")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise InvalidInput(_("This is no Apprise address."), field="address") from error
    if not parts.scheme or "://" not in address:
        raise InvalidInput(_("This is no Apprise address."), field="address")
    return parts
