"""The demonstration: its secret, its accounts, and the banner with what to try."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from radiusd.rules.passwords import word

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Store

SECRET_FILE = "radiusd-demo.secret"  # noqa: S105 - a file's name
LISTEN_KEYS = ("authentication", "accounting", "radsec", "web", "internal")
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
        Account("demo", word(), "a password, and an address of the user's own", framed_ip_address="192.0.2.10"),
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
    from radiusd.passwords import hash_queue
    from store import Connection, users
    from store.records import NewUser

    hashes = [Secret(hash_queue.make(account.password)) for account in made]

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
    """What runs where, and commands that work as they stand in a second terminal in the same folder.

    `radiusd` is how this program was called, in a shell's words.
    """
    server = str(settings.listen.authentication[0])
    client = next(iter(settings.clients.values()))
    secret = client.secret.reveal() if client.secret else ""
    web = settings.listen.web
    password, mailed, by_sms, approved = made
    outbox = f"http://{web[0]}/outbox" if web else "the outbox, which needs listen.web"
    return [
        "",
        "radiusd runs as a demonstration, for this machine only. Ctrl-C ends it.",
        "",
        f"  RADIUS      {_listed(settings.listen.authentication)} (accounting {_listed(settings.listen.accounting)})",
        f"  Web         {', '.join(f'http://{listener}/outbox' for listener in web) or 'off'}: mails and SMS",
        f"  Database    {_database(settings)}",
        f"  Secret      {secret} (in {SECRET_FILE})",
        "",
        "  User           Password      Shows",
        *(f"  {account.username:<14} {account.password}  {account.shows}" for account in made),
        "",
        f"Try it in a second terminal, in {folder}:",
        "",
        "  A password. A NAS asks (radclient is in Debian's freeradius-utils):",
        *_asked(password, server, secret),
        "  The same without radclient:",
        *_typed(password, radiusd),
        "  A wrong password, and why it was refused (REF is in the answer):",
        f"    echo wrong | {radiusd} login {password.username} --password-stdin",
        f"    {radiusd} explain REF",
        "",
        f"  A code by mail. It is in {outbox}; type it when you are asked:",
        f"    {radiusd} login {mailed.username}",
        "  With radclient: the State of the answer goes back with the code (STATE and CODE):",
        *_asked(mailed, server, secret),
        *_answered(mailed, server, secret),
        f"  A code by SMS, in {outbox} as well:",
        f"    {radiusd} login {by_sms.username}",
        *_asked(by_sms, server, secret),
        *_answered(by_sms, server, secret),
        f"  A manager's approval: the request waits until you open the link in {outbox} and approve:",
        *_typed(approved, radiusd),
        *_asked(approved, server, secret, "-t 60 -r 1 "),
    ]


def _asked(account: Account, server: str, secret: str, options: str = "") -> list[str]:
    attributes = (
        f"User-Name={account.username},User-Password={account.password},Calling-Station-Id=here,"
        "Message-Authenticator=0x00"
    )
    return [f'    echo "{attributes}" | radclient -x {options}{server} auth {shlex.quote(secret)}', ""]


def _answered(account: Account, server: str, secret: str) -> list[str]:
    attributes = (
        f"User-Name={account.username},User-Password=CODE,State=STATE,Calling-Station-Id=here,"
        "Message-Authenticator=0x00"
    )
    return [f'    echo "{attributes}" | radclient -x {server} auth {shlex.quote(secret)}', ""]


def _typed(account: Account, radiusd: str) -> list[str]:
    return [f"    echo {account.password} | {radiusd} login {account.username} --password-stdin", ""]


def _listed(listeners: Sequence[object]) -> str:
    return ", ".join(str(listener) for listener in listeners) or "off"


def _database(settings: Settings) -> str:
    """The file; of another database only its kind, since the URL may have a password."""
    scheme, _, rest = settings.database.partition("://")
    return rest[1:] if scheme == "sqlite" else scheme
