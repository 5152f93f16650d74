"""The demonstration: its secret, its accounts, and the banner with what to try."""

from __future__ import annotations

import secrets
import shlex
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Store

SECRET_FILE = "radiusd-demo.secret"  # noqa: S105 - a file's name
LISTEN_KEYS = ("authentication", "accounting", "radsec", "web", "internal")
SHOWN = 3  # names of users that are not of the demonstration
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # of which none looks like another


class Account(NamedTuple):
    """A user that the demonstration adds at each start, with a password of its own."""

    username: str
    password: str
    framed_ip_address: str


def word(length: int = 12) -> str:
    """A random text that a shell, a terminal and a person read alike; 5 bits a letter."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def accounts() -> tuple[Account, ...]:
    """The accounts of this start."""
    return (Account("demo", word(), "192.0.2.10"),)


def beyond_loopback(settings: Settings) -> Iterator[str]:
    """The listeners that others than this machine can reach, as KEY: ADDRESS."""
    for key in LISTEN_KEYS:
        for listener in getattr(settings.listen, key):
            if not listener.address.is_loopback:
                yield f"listen.{key}: {listener}"


def without_missing_ipv6(settings: Settings) -> Settings:
    """The settings without listeners at ::1 where this machine has no IPv6, as in most containers."""
    if _has_ipv6():
        return settings
    kept = {
        key: tuple(each for each in getattr(settings.listen, key) if each.address.version == 4) for key in LISTEN_KEYS
    }
    return settings.model_copy(update={"listen": settings.listen.model_copy(update=kept)})


def _has_ipv6() -> bool:
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
    from radiusd import hashing
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
                framed_ip_address=account.framed_ip_address,
                description="made by radiusd run --demo",
                demo=True,
            )
            users.add(connection, new, now)
        return []

    return store.write_now(step)


def banner(settings: Settings, made: Sequence[Account], radiusd: str, folder: Path) -> list[str]:
    """What runs where, and commands that work as they stand in a second terminal in the same folder.

    `radiusd` is how this program was called, in a shell's words.
    """
    account = made[0]
    server = str(settings.listen.authentication[0])
    client = next(iter(settings.clients.values()))
    secret = shlex.quote(client.secret.reveal()) if client.secret else "SECRET"
    attributes = f"User-Name={account.username},User-Password={account.password},Message-Authenticator=0x00"
    web = ", ".join(f"http://{listener}/healthz" for listener in settings.listen.web) or "off"
    return [
        "",
        "radiusd runs as a demonstration, for this machine only. Ctrl-C ends it.",
        "",
        f"  RADIUS      {_listed(settings.listen.authentication)} (accounting {_listed(settings.listen.accounting)})",
        f"  Web         {web}",
        f"  Database    {_database(settings)}",
        f"  User        {account.username}, password {account.password}",
        f"  Secret      {client.secret.reveal() if client.secret else ''} (in {SECRET_FILE})",
        "",
        f"Try it in a second terminal, in {folder}:",
        "",
        "  A NAS asks (radclient is in Debian's freeradius-utils):",
        f'    echo "{attributes}" | radclient -x {server} auth {secret}',
        "",
        "  The same without radclient:",
        f"    echo {account.password} | {radiusd} login {account.username} --password-stdin",
        "",
        "  A wrong password, and why it was refused (REF is in the answer):",
        f"    echo wrong | {radiusd} login {account.username} --password-stdin",
        f"    {radiusd} explain REF",
        "",
    ]


def _listed(listeners: Sequence[object]) -> str:
    return ", ".join(str(listener) for listener in listeners) or "off"


def _database(settings: Settings) -> str:
    """The file; of another database only its kind, since the URL may have a password."""
    scheme, _, rest = settings.database.partition("://")
    return rest[1:] if scheme == "sqlite" else scheme
