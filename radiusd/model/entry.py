"""A person as a directory has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address


@dataclass(frozen=True, slots=True)
class Limits:
    """When a person may sign in, as rules.hours has it, and through which clients and applications; none: any of them."""

    hours: tuple[tuple[int, int], ...] = ()
    clients: frozenset[str] = frozenset()
    applications: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """What a directory knows of one person; never a password or its hash.

    `directory` and `unique_id` together are the person: whatever is counted, blocked or joined is keyed by them
    (D21). `attributes` has the values that policies match: for LDAP the directory's own names (keys in lower
    case), for local users those of D20. `credential` is the generation of the password: another one once it was
    changed, "" where the directory does not tell.
    """

    directory: str
    unique_id: str
    username: str
    display_name: str = ""
    mail: str = ""
    mobile: str = ""
    manager: str = ""
    language: str = ""
    framed_ip_address: IPv4Address | None = None
    enabled: bool = True
    expires_at: float | None = None  # seconds since the epoch, UTC
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    credential: str = ""
    reply: tuple[tuple[str, tuple[str, ...]], ...] = ()  # RADIUS attributes of their own
    limits: Limits | None = None
    spelled: str = ""  # the name as people read it; "": as `username` is
    must_change: bool = False  # the password: a right one lets nobody in before it was changed
    handle: str = ""  # how the directory itself finds it again: the DN of LDAP
