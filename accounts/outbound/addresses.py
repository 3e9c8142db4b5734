"""To which addresses the portal may connect. Pure; addresses in, a yes or no out.

A table of our own: what Python calls global depends on its version. 3.11.7 holds 2002:7f00:1::, 64:ff9b::7f00:1 and
224.0.0.1 to be (measured), and each of them leads, or may lead, to the machine itself.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special purpose addresses, without what is meant to be reached from everywhere.
NOT_PUBLIC_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
PUBLIC_V6 = IPv6Network("2000::/3")  # all that was ever given out; the rest is special or unused
NOT_PUBLIC_V6 = [
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
    )
]  # fmt: skip
NAT64 = IPv6Network(
    "64:ff9b::/96"
)  # how a network without IPv4 reaches one: judged by what is inside

# What no allowed name may lead to: cloud metadata and neighbours found by themselves, everybody, nobody.
NEVER_BY_NAME = [
    ip_network(text)
    for text in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::/32")
]  # fmt: skip


def is_public(address: Address) -> bool:
    """Whether this is an address of the open internet, in a form that hides no other one."""
    if isinstance(address, IPv4Address):
        return not is_within(address, NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in PUBLIC_V6 and not is_within(address, NOT_PUBLIC_V6)


def is_nearby(address: Address) -> bool:
    """Whether this is the machine itself, its cloud's metadata, or a neighbour found without an address of the house."""
    inner = getattr(address, "ipv4_mapped", None) or address
    return inner.is_loopback or is_within(inner, NEVER_BY_NAME)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
