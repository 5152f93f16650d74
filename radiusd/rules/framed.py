"""Which Framed-IP-Addresses a user can have (RFC 2865 section 5.8)."""

from __future__ import annotations

from ipaddress import IPv4Address

NAS_ASKS_THE_USER = IPv4Address("255.255.255.255")


def is_of_a_device(address: IPv4Address) -> bool:
    """Whether a user's device can have it, wherever it was written down."""
    return not (address.is_multicast or address.is_unspecified or address.is_loopback or address == NAS_ASKS_THE_USER)
