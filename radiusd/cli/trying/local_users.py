"""`radiusd check --live`: users of the database who cannot sign in, for what this machine or radius.yaml lacks by now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from radiusd.cli.trying.tried import Tried
from radiusd.passwords import foreign_hashes

if TYPE_CHECKING:
    from config.settings import Settings
    from store.records import LocalUser

NAMED = 5


def local_users(settings: Settings, users: Sequence[LocalUser]) -> Iterator[Tried]:
    """Of each kind at most one line: the first few are named."""
    from radiusd.administration.faults import Invalid
    from radiusd.administration.fields import Reader
    from radiusd.cli.user_values import dictionaries

    reader = Reader(settings, dictionaries(settings))

    def cannot_be(field: str) -> Callable[[LocalUser], bool]:
        def judged(user: LocalUser) -> bool:
            try:
                reader.read(field, list(getattr(user, field)), field)
            except Invalid:
                return True
            return False

        return judged

    yield from _told(
        "password hashes",
        [user for user in users if foreign_hashes.is_not_known_here(_hash(user))],
        "this machine's libcrypt.so.1, which is missing or too old, must verify the hash of",
        "Install libcrypt (Debian: libcrypt1), or give them new passwords: `radiusd user bulk passwords`.",
    )
    yield from _told(
        "reply attributes",
        [user for user in users if cannot_be("reply")(user)],
        "no Access-Accept can have what `user edit --reply` gave to",
        "Is a file of `dictionaries` missing? `radiusd user show NAME` tells what they have.",
    )
    yield from _told(
        "clients and applications",
        [user for user in users if cannot_be("clients")(user) or cannot_be("applications")(user)],
        "radius.yaml has no more all the clients and applications through which they may sign in:",
        "`radiusd user edit NAME --client NAME` sets them anew.",
    )
    windows = [user.username for user in users if foreign_hashes.is_of_windows(_hash(user))]
    if windows:
        note = f"{_some(windows)} still {'has one' if len(windows) == 1 else 'have one'} of Windows (NT), as good as the password itself to whoever reads it"
        yield Tried("local users, password hashes", note=note)


def _told(what: str, users: Sequence[LocalUser], why: str, advice: str) -> Iterator[Tried]:
    if users:
        yield Tried(f"local users, {what}", f"{why} {_some([user.username for user in users])}", advice)


def _hash(user: LocalUser) -> str:
    return "" if user.password_hash is None else user.password_hash.reveal()


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
