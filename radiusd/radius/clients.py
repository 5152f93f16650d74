"""The clients (NASes), found by the source address of their packets (RFC 2865 section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from config.patience import patience
from radiusd.metrics import ClientCounts
from radiusd.radius.learning import Learner
from radiusd.radius.packet import Request
from radiusd.radius.shared_secret import Keys

ADDRESSES_KEPT = 65_536  # looked-up addresses, unknown ones too; a flood of forged sources empties the memory, no more

# A FreeRADIUS proxy takes a server for dead that was silent for 30 s, and refuses all sign-ins for minutes then.
PROXIED_SECONDS = 25.0

StationOctets = tuple[Callable[[bytes], str], bytes] | None  # what makes text of a value, and the value
StationAttribute = tuple[int, int, Callable[[bytes], str]]  # vendor (0: none), type, and what makes text of a value


class Client:
    """One entry of `clients:`, with what each packet needs made ready."""

    __slots__ = (
        "application",
        "counts",
        "encodings",
        "keys",
        "learner",
        "learns",
        "limit_proxy_state",
        "name",
        "patience",
        "proxied_patience",
        "requires_message_authenticator",
        "silent_on_outage",
        "stations",
        "status_server",
        "status_window",
    )

    def __init__(
        self,
        *,
        name: str,
        application: str,
        secret: bytes,
        requires_message_authenticator: bool,
        learns: bool,
        limit_proxy_state: bool,
        hold: float | None,
        learner: Learner,
        stations: Sequence[StationAttribute],
        encodings: Sequence[str],
        status_server: bool,
        silent_on_outage: bool,
        counts: ClientCounts,
    ) -> None:
        self.name = name
        self.application = application
        self.keys = Keys(secret)
        self.requires_message_authenticator = requires_message_authenticator
        self.learns = learns
        self.limit_proxy_state = limit_proxy_state
        self.learner = learner
        if hold is None:
            learner.follow(self.waits)
        else:
            self.patience = self.proxied_patience = patience(hold)
        self.stations = tuple(stations)
        self.encodings = tuple(encodings)
        self.status_server = status_server
        self.silent_on_outage = silent_on_outage
        self.counts = counts
        self.status_window = (0.0, 0)  # begin of the running second, and Status-Servers answered in it

    def waits(self, hold: float) -> None:
        """So long it is taken to wait, in seconds: an answer must reach it, or a proxy before it, before that gives up."""
        self.patience = patience(hold)
        self.proxied_patience = min(self.patience, PROXIED_SECONDS)

    def station_octets(self, request: Request) -> StationOctets:
        """What names the user's device: the first of the client's station attributes that is present, and its reader."""
        for vendor, kind, text_of in self.stations:
            octets = request.vendor_first(vendor, kind) if vendor else request.first(kind)
            if octets:
                return text_of, octets
        return None

    def station(self, request: Request) -> str:
        """The user's device as text, "" where the request names none."""
        return station_text(self.station_octets(request))

    def password(self, octets: bytes) -> str | None:
        """The password in the first encoding in which the octets are valid; None where they are in none."""
        for encoding in self.encodings:
            try:
                return octets.decode(encoding)
            except UnicodeDecodeError:
                continue
        return None


def station_text(found: StationOctets) -> str:
    """What `Client.station_octets` found as text, "" for nothing."""
    return "" if found is None else found[0](found[1])


class Clients:
    """Finds the client of an address: the most specific network wins."""

    def __init__(self, networks: Iterable[tuple[IPv4Network | IPv6Network, Client]]) -> None:
        self._networks = sorted(networks, key=lambda pair: pair[0].prefixlen, reverse=True)
        self._found: dict[str, Client | None] = {}

    def of(self, source: tuple[Any, ...]) -> Client | None:
        """The client that a socket's address is of, None where none has it. IPv4 mapped into IPv6 counts as IPv4."""
        address = source[0]
        try:
            return self._found[address]
        except KeyError:
            pass
        parsed = ip_address(address.partition("%")[0])
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        client = next((client for network, client in self._networks if parsed in network), None)
        if len(self._found) >= ADDRESSES_KEPT:
            self._found.clear()
        self._found[address] = client
        return client
