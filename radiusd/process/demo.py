"""The demonstration: its secret, its accounts, and the banner with what to try."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from radiusd.rules.passwords import word

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Store

SECRET_FILE = "radiusd-demo.secret"  # noqa: S105 - a file's name
LISTEN_KEYS = ("authentication", "accounting", "radsec", "web", "internal", "health")
SHOWN = 3  # names of users that are not of the demonstration


class Account(NamedTuple):
    """A user that the demonstration adds at each start, with a password of its own. `shows` what it is there for."""

    username: str
    password: str
    shows: str
    framed_ip_address: str | None = None
    email: str = ""
    phone: str = ""
    sponsor_email: str = ""


def accounts() -> tuple[Account, ...]:
    """The accounts of this start."""
    return (
        Account("demo", word(), "a password", framed_ip_address="192.0.2.10"),
        Account("demo-mail", word(), "a code by mail", email="demo@example.com"),
        Account("demo-sms", word(), "a code by SMS", phone="+905554443322"),
        Account("demo-approval", word(), "a manager's approval", sponsor_email="manager@example.com"),
    )


def beyond_loopback(settings: Settings) -> Iterator[str]:
    """The listeners that others than this machine can reach, as KEY: ADDRESS."""
    for key in LISTEN_KEYS:
        for listener in getattr(settings.listen, key):
            if not listener.address.is_loopback:
                yield f"listen.{key}: {listener}"


def without_missing_ipv6(settings: Settings) -> Settings:
    """The settings without listeners at ::1 where this machine has no IPv6, as in most containers."""
    if has_ipv6():
        return settings
    kept = {
        key: tuple(each for each in getattr(settings.listen, key) if each.address.version == 4) for key in LISTEN_KEYS
    }
    return settings.model_copy(update={"listen": settings.listen.model_copy(update=kept)})


def has_ipv6() -> bool:
    """Whether this machine can be asked over IPv6; most containers can not."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def prepare(store: Store, made: Sequence[Account], now: float) -> list[str]:
    """Puts the accounts into the database, in place of those of earlier starts.

    Gives names of users who are no demo accounts, not of all: then nothing was done. Raises store.Unavailable.
    """
    from config.secret import Secret
    from radiusd.passwords import hashing
    from store import Connection, users
    from store.records import NewUser

    hashes = [Secret(hashing.make(account.password)) for account in made]

    def step(connection: Connection) -> list[str]:
        others = [user.username for user in users.listed(connection, limit=len(made) + SHOWN) if not user.demo]
        if users.count(connection, demo=False):
            return others[:SHOWN]
        users.remove_demo(connection)
        for account, digest in zip(made, hashes, strict=True):
            new = NewUser(
                username=account.username,
                password_hash=digest,
                first_name="Demo",
                last_name=account.username.removeprefix("demo").strip("-").capitalize(),
                framed_ip_address=account.framed_ip_address,
                email=account.email,
                phone=account.phone,
                sponsor_email=account.sponsor_email,
                description="made by radiusd run --demo",
                demo=True,
            )
            users.add(connection, new, now)
        return []

    return store.write_now(step)


def banner(settings: Settings, made: Sequence[Account], radiusd: str, folder: Path) -> list[str]:
    """Commands that work as they stand in a second terminal in the same folder, short enough for one of 80 columns.

    `radiusd` is how this program was called, in a shell's words.
    """
    server = str(settings.listen.authentication[0])
    web = settings.listen.web
    outbox = f"http://{web[0]}/outbox" if web else "the outbox, which needs listen.web"
    first = made[0]
    return [
        "",
        "radiusd runs as a demonstration, for this machine only. Ctrl-C ends it.",
        "",
        "  user           password      signs in with",
        *(f"  {account.username:<14} {account.password}  {account.shows}" for account in made),
        "",
        f"In a second terminal, in {folder}:",
        "",
        f"  {radiusd} login {first.username}",
        "",
        "It asks for the password, and shows what a NAS would get. So do the others.",
        f"Codes and the manager's link: {outbox}",
        "Access denied? The answer has a reference, and the reference the reason:",
        "",
        f"  {radiusd} explain REF",
        "",
        "The same by radclient (Debian: freeradius-utils), or by a NAS of yours:",
        "",
        f'  echo "User-Name={first.username},User-Password={first.password},Message-Authenticator=0x00" |',
        f"    radclient -x -S {SECRET_FILE} {server} auth",
        "",
    ]
