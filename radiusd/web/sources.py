"""Where a request over HTTP came from, and whether it came from our own page."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.datastructures import Headers

Network = IPv4Network | IPv6Network


def source_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of who asks: the peer's, or what proxies that we trust say of it.

    `forwarded` are the values of X-Forwarded-For. Each proxy adds the address that it saw at the end, so they are
    believed from there back to the first address that is no trusted proxy; what stands before it anybody can write.
    """
    hops = [hop for value in forwarded for hop in value.split(",")]
    source = _address(peer)
    if source is None:
        return ""
    while hops and any(source in network for network in trusted if network.version == source.version):
        before = _address(hops.pop())
        if before is None:
            break
        source = before
    return str(source)


def is_https(scheme: str, peer: str, forwarded: str, trusted: Sequence[Network]) -> bool:
    """Whether the browser came by https: to us, or to a proxy that we trust and that says so by X-Forwarded-Proto."""
    source = _address(peer)
    believed = source is not None and any(source in network for network in trusted if network.version == source.version)
    return scheme == "https" or (believed and forwarded.rpartition(",")[2].strip().casefold() == "https")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """With or without a port, which some proxies add."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def one_host(source: str) -> str:
    """By what a source is known that may have many addresses: an IPv6 source is its /64, since one host has all of it."""
    address = _address(source)
    if address is None or address.version == 4:
        return source if address is None else str(address)
    return str(IPv6Network((address, 64), strict=False))


def is_loopback(text: str) -> bool:
    """Whether an address, or the value of a Host header, names this machine and nothing else."""
    if text.partition(":")[0].casefold().rstrip(".") == "localhost":
        return True
    address = _address(text)
    return address is not None and address.is_loopback


def is_ours(headers: Headers) -> bool:
    """Whether a form was sent by a page of ours, as far as the browser says.

    Browsers send `Origin: null` for a form on a page whose Referrer-Policy is no-referrer, as ours has: it tells
    nothing. A program that sends neither header has no cookie of anybody's to misuse.
    Source: Fetch Metadata Request Headers (W3C), section 2.3; Fetch standard, "append a request `Origin` header".
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc.casefold() == headers.get("host", "").casefold()
