"""After another key was put first in `key_file`: what the database keeps sealed is sealed anew, under that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog

from radiusd.process.key_file import WrongKey, sealing
from radiusd.rules.sealing import NotOpened, Sealing
from store import Connection, Store, authenticators

log = structlog.get_logger()


def found(connection: Connection) -> Mapping[str, int]:
    """The ids of the keys that secrets are sealed under, and how many are under each."""
    return authenticators.sealed_under(connection)


def missing(sealed: Mapping[str, int], sealed_by: Sealing) -> dict[str, int]:
    """Of keys that secrets are sealed under, with how many, those that the file has not."""
    return {key: many for key, many in sealed.items() if not sealed_by.has(key)}


def told_of(lacking: Mapping[str, int], path: Path) -> str:
    """What is wrong, and what to do."""
    many = sum(lacking.values())
    secrets = "secrets of authenticator apps are" if many > 1 else "secret of an authenticator app is"
    return (
        f"{path} has lost a key (a line): {many} {secrets} sealed under it; put the line back, and take it away"
        " once the server was started with it and `radiusd check --live` says that nothing is sealed under it"
    )


def seal_anew(store: Store, keys: Sequence[bytes], path: Path) -> int:
    """How many secrets were sealed anew: all that were under another key than the first. Before the server serves.

    Raises WrongKey where a key is missing that some were sealed under, and store.Unavailable.
    """
    sealed_by = sealing(keys)
    lacking = missing(store.read_now(found), sealed_by)
    if lacking:
        raise WrongKey(told_of(lacking, path))
    done, damaged = 0, set[str]()
    while True:
        some = store.read_now(partial(authenticators.sealed_otherwise, current=sealed_by.current, but=damaged))
        if not some:
            break
        done += store.write_now(partial(_seal_some, sealed_by, some, damaged))
    if done:
        log.info("secrets sealed anew under the first key of key_file", secrets=done)
    return done


def _seal_some(sealed_by: Sealing, some: Sequence[tuple[str, str]], damaged: set[str], connection: Connection) -> int:
    done = 0
    for number, before in some:
        place = authenticators.place_of(number)
        try:
            after = sealed_by.seal(sealed_by.open(before, place), place)
        except NotOpened as why:
            log.warning("a secret can not be opened", authenticator=number, cause=str(why))
            damaged.add(number)
            continue
        done += authenticators.seal_anew(connection, number, before, after)
    return done
