"""Asking an LDAP directory. Loaded only when somebody uses one.

Never in clear beyond this machine, never without the server's certificate checked, never along a referral, and never
with an empty password, to which a server says yes without having checked anything.
"""

import ssl
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ldap3 import NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_bytes, escape_filter_chars

from accounts import outbound
from accounts.sso.claims import Claims, from_mapping
from accounts.sso.fetching import LOOPBACK
from accounts.sso.models import LONGEST_SUBJECT, Provider
from accounts.sso.troubles import Away, NotProven

TO_CONNECT, TO_READ, TO_FIND = 3, 4, 3.0
MOST_ENTRIES = 2000
AT_ONCE = 50
OF_GROUPS = {"member", "uniquemember", "memberuid"}
"""Where groups name their members, and people don't name their groups."""
DISABLED = 2
"""Active Directory's bit for it in userAccountControl."""
SUCCESS, TOO_MANY, WRONG_PASSWORD = 0, 4, 49


@dataclass(frozen=True)
class Entry:
    """Somebody as the directory has them."""

    dn: str
    said: Mapping[str, list[bytes]]

    def text(self, name: str) -> list[str]:
        found = next(
            (values for key, values in self.said.items() if key.lower() == name.lower()), []
        )
        return [_text(name, value) for value in found]

    @property
    def is_disabled(self) -> bool:
        flags = self.text("userAccountControl")
        locked = self.text("nsAccountLock")
        return bool(flags and flags[0].isdigit() and int(flags[0]) & DISABLED) or locked[:1] in (
            ["true"],
            ["TRUE"],
        )


def sign_in(row: Provider, name: str, password: str) -> Claims | None:
    """Who this is, or nobody: unknown, ambiguous, disabled, or the password is not theirs.

    Raises:
        Away: the directory can't be asked.
    """
    if not password or not name.strip() or "\x00" in name + password:
        return None
    with searching(row) as connection:
        found = list(
            _search(
                row,
                connection,
                f"({row.login_attribute}={escape_filter_chars(name.strip())})",
                most=2,
            )
        )
        if len(found) != 1 or found[0].is_disabled:
            return None
        claims = claims_of(row, connection, found[0])
    return claims if _is_password_of(row, found[0].dn, password) else None


def claims_of(row: Provider, connection: Connection, entry: Entry) -> Claims:
    """What the entry says of somebody.

    Raises:
        NotProven: it has nothing that never changes.
    """
    subject = (entry.text(row.claim("subject")) or [""])[0]
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotProven(f"the entry has no {row.claim('subject')}, so nothing that never changes")
    names = {what: row.claim(what) for what in ("email", "name", "groups")}
    said: dict[str, Any] = {name: entry.text(name) for name in names.values()}
    said[names["name"]] = said[names["name"]] or entry.text("cn")
    if names["groups"].lower() in OF_GROUPS:
        said[names["groups"]] = _groups_naming(row, connection, entry, names["groups"])
    return from_mapping(
        said, issuer=row.issuer, subject=subject, names=names, email_proven=row.trusts_addresses
    )


def by_subjects(row: Provider, connection: Connection, subjects: Iterable[str]) -> Iterator[Entry]:
    """Entries of these subjects, as many as are still there."""
    name, some = row.claim("subject"), list(subjects)
    for start in range(0, len(some), AT_ONCE):
        each = "".join(f"({name}={_escaped(name, one)})" for one in some[start : start + AT_ONCE])
        yield from _search(row, connection, f"(|{each})", most=AT_ONCE * 2)


@contextmanager
def searching(row: Provider) -> Iterator[Connection]:
    """A connection that may search: as the name that was set up, or as nobody.

    Raises:
        Away
    """
    with _connected(row, row.client_id, row.secret if row.client_id else "") as connection:
        if not connection.bind():
            raise Away(f"it does not let us search: {connection.result.get('description', '')}")
        yield connection


def try_out(row: Provider) -> str:
    """Raises what is wrong, or says how many people are found below the base.

    Raises:
        Away, NotProven
    """
    with searching(row) as connection:
        found = list(_search(row, connection, f"({row.login_attribute}=*)", most=50))
        if not found:
            raise Away(f"below {row.base} nobody has {row.login_attribute}")
        if not found[0].text(row.claim("subject")):
            raise Away(f"{found[0].dn} has no {row.claim('subject')}")
        return str(len(found))


def _is_password_of(row: Provider, dn: str, password: str) -> bool:
    with _connected(row, dn, password) as connection:
        if connection.bind():
            return True
        if connection.result.get("result") != WRONG_PASSWORD:
            raise Away(f"it did not check the password: {connection.result.get('description', '')}")
        return False


@contextmanager
def _connected(row: Provider, dn: str, password: str) -> Iterator[Connection]:
    """A secured connection, not bound yet."""
    parts = _address(row)
    host, port = str(parts.hostname), parts.port or (636 if parts.scheme == "ldaps" else 389)
    try:
        address = outbound.addresses_of(parts.scheme, host, port, timeout=TO_FIND)[0]
        server = Server(
            str(address), port, use_ssl=parts.scheme == "ldaps", tls=_tls(row, host), get_info=NONE, connect_timeout=TO_CONNECT
        )  # fmt: skip
        connection = Connection(
            server, user=dn or None, password=password or None, receive_timeout=TO_READ, auto_referrals=False,
            read_only=True, raise_exceptions=False, auto_range=False,
        )  # fmt: skip
        connection.open()
    except outbound.NotSent as error:
        raise Away(error.reason) from error
    except (LDAPException, OSError, ValueError) as error:
        raise Away(_why(error, host)) from error
    try:
        # On this machine itself in clear is fine; anywhere else nothing is said before TLS stands.
        if (
            parts.scheme == "ldap"
            and not (host in LOOPBACK and not row.certificates)
            and not connection.start_tls()
        ):
            raise Away("it does not begin TLS (STARTTLS)")
        yield connection
    except (LDAPException, OSError) as error:
        raise Away(_why(error, host)) from error
    finally:
        with suppress(LDAPException, OSError):  # it may be gone already
            connection.unbind()


def _address(row: Provider) -> Any:
    try:
        parts = urlsplit(row.address.strip())
        ok = (
            parts.scheme in {"ldap", "ldaps"}
            and parts.hostname
            and not parts.username
            and (parts.port or 1)
        )
    except ValueError as error:
        raise Away("its address can't be read") from error
    if not ok:
        raise Away("its address begins neither with ldaps:// nor with ldap://")
    return parts


def _tls(row: Provider, host: str) -> Tls:
    """Verified by the house's authority, or by those that this machine knows; the name has to be the typed one."""
    return Tls(
        validate=ssl.CERT_REQUIRED, version=ssl.PROTOCOL_TLS_CLIENT, ca_certs_data=row.certificates or None,
        valid_names=[host], sni=host,
    )  # fmt: skip


def _search(row: Provider, connection: Connection, wanted: str, *, most: int) -> Iterator[Entry]:
    attributes = {row.claim(what) for what in ("subject", "email", "name", "groups")}
    attributes |= {"cn", "uid", "userAccountControl", "nsAccountLock", row.login_attribute}
    yield from _found(connection, row.base, wanted, sorted(attributes), most)


def _found(
    connection: Connection, base: str, wanted: str, attributes: list[str], most: int
) -> Iterator[Entry]:
    connection.search(
        base, wanted, SUBTREE, attributes=attributes, size_limit=most, time_limit=TO_READ
    )
    if connection.result.get("result") not in (SUCCESS, TOO_MANY):
        raise Away(f"it does not search below {base}: {connection.result.get('description', '')}")
    for one in connection.response or []:
        if one.get("type") == "searchResEntry":  # what is referred elsewhere is not asked
            yield Entry(one["dn"], one["raw_attributes"])


def _groups_naming(
    row: Provider, connection: Connection, entry: Entry, attribute: str
) -> list[str]:
    own = (entry.text("uid") or [""])[0] if attribute.lower() == "memberuid" else entry.dn
    wanted = f"({attribute}={escape_filter_chars(own)})"
    return (
        [group.dn for group in _found(connection, row.base, wanted, ["cn"], MOST_ENTRIES + 1)]
        if own
        else []
    )


def _text(name: str, value: bytes) -> str:
    if name.lower() == "objectguid" and len(value) == 16:
        return str(uuid.UUID(bytes_le=value))
    return value.decode(errors="replace")


def _escaped(name: str, subject: str) -> str:
    if name.lower() == "objectguid":
        try:
            return str(escape_bytes(uuid.UUID(subject).bytes_le))
        except ValueError:
            pass
    return str(escape_filter_chars(subject))


def _why(error: Exception, host: str) -> str:
    words = str(error)
    if "certificate" in words.lower():
        return f"{host}: its certificate is not valid ({words[:200]})"
    return f"{host} can't be reached ({words[:150]})"
