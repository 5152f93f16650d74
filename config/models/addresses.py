"""The types of addresses that radius.yaml has: of networks, listeners, hosts, links, mail and phones."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator

from config.models.forms import pattern
from config.models.values import Listener, wrong

Network = IPv4Network | IPv6Network


def _listener(value: Any) -> Listener:
    if isinstance(value, Listener):
        return value
    found = re.fullmatch(r"(?:\[([^\[\]]+)\]|([^:\[\]]+)):([0-9]{1,10})", value) if isinstance(value, str) else None
    if found is None:
        raise wrong('{value} is not an address and port; write for example 0.0.0.0:1812 or "[::]:1812"')
    try:
        address = IPv6Address(found[1]) if found[1] else ip_address(found[2])
    except ValueError:
        raise wrong("{value}: an IP address must stand before the port, for example 127.0.0.1") from None
    if int(found[3]) > 65535:
        raise wrong("{value}: a port is a number from 1 to 65535")
    return Listener(address, int(found[3]))


def _network(value: Any) -> Network:
    """An address or network. IPv4 mapped into IPv6 is IPv4: sockets of ours see it as such."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str):
        raise wrong("{value} is not an address; write for example 192.0.2.10 or 2001:db8::/64")
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise wrong("{value} is not an address or network; write for example 192.0.2.10 or 2001:db8::/64") from None
    address = ip_address(value.partition("/")[0])
    if address != network.network_address:
        raise wrong(f"{{value}} has bits behind its prefix; write {network}, or {address} for the one address")
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        return IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", value):
        raise wrong("{value} is not a host name or address; the port has a key of its own")
    return value


def loopback(url: str) -> bool:
    """Whether the host of a URL is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def url_parts(value: str) -> SplitResult | None:
    """The parts of a URL that has a host and a possible port; None where it has not."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and value.isprintable() and " " not in value else None


def _url(value: str) -> str:
    parts = url_parts(value)
    if parts is None or parts.scheme not in {"http", "https"}:
        raise wrong("is not a URL; write for example https://mfa.example.com")
    return value


def _link_base(value: str) -> str:
    parts = urlsplit(_url(value))
    if parts.query or parts.fragment or parts.username is not None:
        raise wrong("must have nothing but scheme, host, port and path: links are made by putting more behind it")
    if parts.scheme == "http" and not loopback(value):
        raise wrong("must be https: whoever reads the link of a login can decide it; http is for loopback alone")
    return value.rstrip("/")


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,253}", value) or not value.isprintable():
        raise wrong("{value} is not a mail address; write for example security@example.com")
    return value


def recipient(value: str) -> str:
    if "@" in value:
        return _mail_address(value)
    if not re.fullmatch(r"\+?[0-9][0-9 ()-]{4,24}", value):
        raise wrong("{value} is neither a mail address nor a phone number in quotes")
    return value


ListenAt = Annotated[
    Listener, BeforeValidator(_listener), pattern(r"^(\[[0-9A-Fa-f:.]+\]|[0-9]{1,3}(\.[0-9]{1,3}){3}):[0-9]{1,10}$")
]
Net = Annotated[
    Network,
    BeforeValidator(_network),
    pattern(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9.]+)?$", r"^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(/[0-9]+)?$"),
]
Host = Annotated[
    str, AfterValidator(_host), pattern(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$", r"^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$")
]
Url = Annotated[str, AfterValidator(_url), pattern(r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/]+[^\s]*$")]
LinkBase = Annotated[
    str,
    AfterValidator(_link_base),
    pattern(
        r"^[Hh][Tt][Tt][Pp][Ss]://[^\s/?#@]+(/[^\s?#]*)?$",
        r"^[Hh][Tt][Tt][Pp]://(127\.[0-9.]+|\[::1\]|([^\s/?#@]*\.)?localhost)(:[0-9]+)?(/[^\s?#]*)?$",
    ),
]
"""The beginning of every link, without a slash at its end."""
MAIL = r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,253}$"
NUMBER = r"^\+?[0-9][0-9 ()-]{4,24}$"
MailAddress = Annotated[str, AfterValidator(_mail_address), pattern(MAIL)]
Recipient = Annotated[str, AfterValidator(recipient), pattern(MAIL, NUMBER)]
