"""What an import would do to each user, beside what is in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from config.secret import Secret
from radiusd.administration import fields
from radiusd.administration.user_rows import Wanted
from radiusd.administration.users_csv import Fault
from radiusd.passwords import hashing

if TYPE_CHECKING:
    from store.records import LocalUser


YES_OR_NO = frozenset({"enabled", "must_change_password"})  # an empty cell leaves these as they are


class Fate(NamedTuple):
    """`user` is None for a new one; `values` are the fields that they get, and none where all stays as it is."""

    wanted: Wanted
    user: LocalUser | None
    values: Mapping[str, Any]


def clashes(wanted: Sequence[Wanted], users: Iterable[LocalUser], column: str) -> list[Fault]:
    """The Framed-IP-Addresses that two users would have, of the file and the database together."""
    lines = {each.username: each.line for each in wanted}
    addresses = {user.username: user.framed_ip_address for user in users}
    addresses |= {
        each.username: each.values["framed_ip_address"] for each in wanted if "framed_ip_address" in each.values
    }
    owners: dict[str, list[str]] = {}
    for name, address in addresses.items():
        if address is not None:
            owners.setdefault(address, []).append(name)
    faults = []
    for address, names in owners.items():
        # Of two lines the later one is to blame; of a line and the database, the line.
        first, *others = sorted(names, key=lambda name: lines.get(name, 0))
        where = f"as line {lines[first]} has it" if first in lines else "in the database"
        faults += [Fault(lines[name], column, f"{address} is {first}'s already, {where}") for name in others]
    return faults


def stored(wanted: Wanted, user: LocalUser | None, *, dry_run: bool = False) -> Secret | None:
    """The hash that the user is to get; None where there is none to set. It takes a core for a while.

    Of a new user in a dry run it is enough that there is one.
    """
    if wanted.password is None:
        return wanted.password_hash
    if user is None and dry_run:
        return Secret(hashing.DUMMY)
    clear = wanted.password.reveal()
    if user is not None and user.password_hash is not None and hashing.verify(user.password_hash.reveal(), clear):
        return None
    return Secret(hashing.make(clear))


def fate(wanted: Wanted, user: LocalUser | None, password_hash: Secret | None) -> Fate:
    """`password_hash` is the one to be stored; None leaves it as it is."""
    values = {name: value for name, value in wanted.values.items() if value is not None or name not in YES_OR_NO}
    if user is not None:
        values = {name: value for name, value in values.items() if not _same(name, getattr(user, name), value)}
    if password_hash is not None and (user is None or user.password_hash != password_hash):
        values["password_hash"] = password_hash
        if user is not None and user.must_change_password:
            values.setdefault("must_change_password", wanted.values.get("must_change_password") or False)
    return Fate(wanted, user, values)


def difference(each: Fate, zone: tzinfo | None) -> str:
    """What a user's fields were and would be; of a password only that it is set."""
    told = []
    for name, value in each.values.items():
        if name == "password_hash":
            told.append("password is set")
        else:
            label = "expires" if name == "expires_at" else name
            was = _shown(name, getattr(each.user, name), zone)
            told.append(f"{label} {was} -> {_shown(name, value, zone)}")
    return ", ".join(told)


def _same(name: str, there: Any, value: Any) -> bool:
    return bool(set(there) == set(value) if name == "groups" else there == value)


def _shown(name: str, value: Any, zone: tzinfo | None) -> str:
    if name == "expires_at":
        return fields.expires_text(value, zone)
    if name in YES_OR_NO:
        return "yes" if value else "no"
    text = ";".join(value) if isinstance(value, tuple) else value
    return f'"{text}"' if text else "nothing"
