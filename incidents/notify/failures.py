"""Why something did not leave, for whoever reads that it did not. What was noted is for who looks after the server."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CAME_BACK = "came back: "
NO_WORKER = "given up: no worker could send it"

_NAME = re.compile(r"(?:\w+\.)*(\w+): ")
_BROKE_OFF = gettext_lazy("The connection to the server broke off.")
_UNTRUSTED = gettext_lazy("The connection to the server can’t be trusted: its certificate does not fit.")  # fmt: skip
_UNFIT = gettext_lazy("No mail can be made of this address or text.")
_KNOWN: dict[str, str | Promise] = {
    "ConnectionRefusedError": gettext_lazy("The server refused the connection."),
    "TimeoutError": gettext_lazy("The server did not answer in time."),
    "gaierror": gettext_lazy("No server of this name is known."),
    "SSLCertVerificationError": _UNTRUSTED,
    "SSLError": _UNTRUSTED,
    "ConnectionResetError": _BROKE_OFF,
    "ConnectionAbortedError": _BROKE_OFF,
    "BrokenPipeError": _BROKE_OFF,
    "SSLEOFError": _BROKE_OFF,
    "SMTPServerDisconnected": _BROKE_OFF,
    "ValueError": _UNFIT,
    "BadHeaderError": _UNFIT,
    "HeaderWriteError": _UNFIT,
    "UnicodeEncodeError": _UNFIT,
}
"""By the name of the error, as Python has it."""
_OTHER = re.compile(r"\w*(?:Error|Exception|Warning|Refused)\Z")


def in_words(noted: str) -> str:
    """What was noted of a failure as a sentence; the answer of a server stays as it is."""
    if noted.startswith(CAME_BACK):
        said = noted.removeprefix(CAME_BACK)
        return _("It came back: %(said)s") % {"said": said} if said else _("It came back.")
    if noted == NO_WORKER:
        return _("It was given up: no worker could send it.")
    found = _NAME.match(noted)
    if found and found[1] in _KNOWN:
        return str(_KNOWN[found[1]])
    if found and _OTHER.match(found[1]):
        return _("The server can’t be reached, or does not take what we send.")
    return noted


def behind(noted: str) -> str:
    """What was noted, where the words say less."""
    return "" if in_words(noted) == noted or noted.startswith(CAME_BACK) else noted
