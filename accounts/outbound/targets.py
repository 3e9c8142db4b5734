"""Which web addresses may be asked for: scheme, host, port, and what an operator allows besides.

`OUTBOUND_ALLOWED` names hosts, addresses and networks inside the house, each with a port where it is not a usual
one: `chat.example.internal`, `10.20.0.0/16`, `127.0.0.1:9000`, `[fd00::/8]:8443`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from .addresses import NEVER_BY_NAME, Address, Network, is_nearby, is_public, is_within
from .errors import Forbidden

PUBLIC_PORTS = {443, 8443}  # https only
INSIDE_PORTS = {80, 443, 8080, 8443}
MOST_SIGNS = 2000
UNFIT = re.compile(r"[\x00-\x20\x7f\\]")  # parsers do not agree on what these mean
LOCAL = re.compile(r"(?:[^.]+|.*\.(?:localhost|local|internal|localdomain|home\.arpa))\.?")
"""Names that lead into the house or onto this machine, whoever asks: without a dot, or kept for that (RFC 6761, 6762,
8375)."""
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)  # how a host of digits ends


@dataclass(frozen=True)
class Allowed:
    """One entry of `OUTBOUND_ALLOWED`."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def covers_port(self, port: int) -> bool:
        return port == self.port if self.port else port in INSIDE_PORTS


@dataclass(frozen=True)
class Target:
    """A web address that was understood: where to connect, what to ask for."""

    scheme: str
    host: str  # without brackets, lower case, in ASCII
    port: int
    path: str  # with query
    inside: tuple[str, ...] | None = None  # entries in the place of OUTBOUND_ALLOWED

    @property
    def allowed(self) -> tuple[Allowed, ...]:
        return read_allowed(
            tuple(settings.OUTBOUND_ALLOWED) if self.inside is None else self.inside
        )

    @property
    def literal(self) -> Address | None:
        """The address that the host is, where it is no name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def is_allowed_by_name(self) -> bool:
        name = self.host.rstrip(".")
        return any(entry.name == name and entry.covers_port(self.port) for entry in self.allowed)

    @property
    def is_usual(self) -> bool:
        return self.scheme == "https" and self.port in PUBLIC_PORTS

    def may_connect_to(self, address: Address) -> bool:
        """Whether this web address may lead there."""
        if any(
            entry.network is not None
            and is_within(address, [entry.network])
            and entry.covers_port(self.port)
            for entry in self.allowed
        ):
            return True
        if self.is_allowed_by_name:
            return not is_within(address, NEVER_BY_NAME)
        return self.is_usual and is_public(address)


def check_url(url: str, *, inside: Sequence[str] | None = None) -> Target:
    """The target of a web address, as far as can be told without asking for the name: for forms, and first of all.

    `inside` names what of the house may be asked for, in the place of OUTBOUND_ALLOWED.

    Raises:
        Forbidden: the portal doesn't send there; the reason says why.
    """
    target = replace(_parse(url), inside=None if inside is None else tuple(inside))
    literal = target.literal
    if literal is not None and not target.may_connect_to(literal):
        raise Forbidden(_why(target, literal))
    # A name may lead into an allowed network, then http and another port are fine: known once it was resolved.
    may_lead_inside = any(entry.network is not None and entry.covers_port(target.port) for entry in target.allowed)  # fmt: skip
    if literal is None and not (target.is_usual or target.is_allowed_by_name or may_lead_inside):
        raise Forbidden(_why(target, None))
    if (
        literal is None
        and LOCAL.fullmatch(target.host)
        and not (target.is_allowed_by_name or may_lead_inside)
    ):
        raise Forbidden(_not_public(target))
    return target


def require_reachable(target: Target, addresses: list[Address]) -> None:
    """Refuse unless every address of the name may be connected to; one wrong one among right ones is an attempt.

    Raises:
        Forbidden: the reason says why.
    """
    for address in addresses:
        if not target.may_connect_to(address):
            raise Forbidden(_why(target, address))


def require_not_nearby(host: str, port: int, addresses: Iterable[Address]) -> None:
    """For mail servers, which may stand anywhere in the house: not on this machine or beside it, unless allowed.

    Raises:
        Forbidden: the reason says why.
    """
    target = Target("imap", host.lower(), port, "")
    for address in addresses:
        if is_nearby(address) and not target.may_connect_to(address):
            raise Forbidden(_why(target, address))


def allowed() -> tuple[Allowed, ...]:
    return read_allowed(tuple(settings.OUTBOUND_ALLOWED))


@lru_cache(maxsize=8)
def read_allowed(entries: tuple[str, ...]) -> tuple[Allowed, ...]:
    """What the setting's entries say.

    Raises:
        ValueError: an entry is neither a network nor a host, so that a slip does not open or close silently.
    """
    return tuple(_read_entry(entry.strip()) for entry in entries if entry.strip())


def _read_entry(entry: str) -> Allowed:
    """A network first: `fd00::/8` has colons of its own, so with a port it stands in brackets."""
    if bracketed := re.fullmatch(r"\[([^\]]+)\](?::(\d+))?", entry):
        return Allowed(network=ip_network(bracketed[1]), port=int(bracketed[2] or 0) or None)
    try:
        return Allowed(network=ip_network(entry))
    except ValueError:
        host, _colon, port = entry.partition(":")
    try:
        return Allowed(network=ip_network(host), port=int(port) if port else None)
    except ValueError:
        if not re.fullmatch(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*", host, re.IGNORECASE) or (
            port and not port.isdigit()
        ):
            raise ValueError(f"OUTBOUND_ALLOWED: {entry!r} is neither a network nor a host") from None  # fmt: skip
        return Allowed(name=host.lower(), port=int(port) if port else None)


def _parse(url: str) -> Target:
    if len(url) > MOST_SIGNS:
        raise Forbidden(_("This address is too long."))
    if UNFIT.search(url):
        raise Forbidden(_("This address contains signs that an address can't have."))
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise Forbidden(_("This is not a web address.")) from None
    if parts.scheme not in ("https", "http"):
        raise Forbidden(_("The address must start with https://."))
    if parts.auth is not None:
        raise Forbidden(_("The address must not contain a user name or password."))
    host = (parts.host or "").strip("[]").lower()
    if not host or "%" in host:
        raise Forbidden(_("This is not a web address."))
    if NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) and not _is_plain_ipv4(host):
        raise Forbidden(_("Write an address of numbers as four decimal numbers, such as 203.0.113.7."))  # fmt: skip
    port = parts.port if parts.port is not None else {"https": 443, "http": 80}[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query is not None else "")
    return Target(parts.scheme, host, port, path)


def _is_plain_ipv4(host: str) -> bool:
    """Octal, hexadecimal, shortened: the system's resolver takes them, `ipaddress` does not."""
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _why(target: Target, address: Address | None) -> str:
    inside = address is not None and not is_public(address)
    if inside:
        return _not_public(target)
    if target.scheme == "http":
        return _("The address must start with https://.")
    return _("Port %(port)s is not allowed. An operator can allow it by OUTBOUND_ALLOWED.") % {"port": target.port}  # fmt: skip


def _not_public(target: Target) -> str:
    return _("%(host)s leads to an address that is not public. An operator can allow it by OUTBOUND_ALLOWED.") % {"host": target.host}  # fmt: skip
