"""ICMP errors as a router sends them, or somebody who forges them; by raw sockets on loopback, which are root's."""

from __future__ import annotations

import socket
import struct

IPPROTO_UDP, IPPROTO_ICMPV6 = 17, 58
PORT_UNREACHABLE = "port unreachable"
TYPES = {  # of ICMP and ICMPv6
    PORT_UNREACHABLE: ((3, 3), (1, 4)),
    "host unreachable": ((3, 1), (1, 3)),
    "fragmentation needed": ((3, 4), (2, 0)),
}


def error(source: tuple[str, int], to: tuple[str, int], quoted: bytes, why: str = PORT_UNREACHABLE) -> bytes:
    """The octets of an error about a datagram that left `source` for `to` and began with `quoted`."""
    six = ":" in source[0]
    kind, code = TYPES[why][six]
    udp = struct.pack("!HHHH", source[1], to[1], 8 + len(quoted), 0) + quoted
    if six:
        head = struct.pack("!IHBB", 6 << 28, len(udp), IPPROTO_UDP, 64)
        addresses = socket.inet_pton(socket.AF_INET6, source[0]) + socket.inet_pton(socket.AF_INET6, to[0])
        return struct.pack("!BBHI", kind, code, 0, 1280 if kind == 2 else 0) + head + addresses + udp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, IPPROTO_UDP, 0)
    octets = struct.pack("!BBHHH", kind, code, 0, 0, 1280) + head
    octets += socket.inet_aton(source[0]) + socket.inet_aton(to[0]) + udp
    return octets[:2] + struct.pack("!H", checksum(octets)) + octets[4:]


def checksum(octets: bytes) -> int:
    """RFC 1071. The kernel makes ICMPv6's by itself."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def opened(six: bool) -> socket.socket:
    """A raw socket."""
    if six:
        return socket.socket(socket.AF_INET6, socket.SOCK_RAW, IPPROTO_ICMPV6)
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def forge(source: tuple[str, int], to: tuple[str, int], quoted: bytes, why: str = PORT_UNREACHABLE) -> None:
    """Sends one to `source`."""
    with opened(":" in source[0]) as raw:
        raw.sendto(error(source, to, quoted, why), (source[0], 0))
