"""Authenticator apps of users, and their recovery codes. A step of time is used once, and a recovery code is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import asdict, astuple
from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select, tuple_, update

from store import notices
from store.enrolled import Authenticator, FewLeft
from store.enrollment_tables import AUTHENTICATORS, RECOVERY_CODES
from store.text import storable

SUBJECT = "authenticators"  # of the notices; their key is the user
FEW = 3  # recovery codes: who has no more left is told
AT_ONCE = 200  # secrets that are sealed anew in one step

Key = tuple[str, str]  # directory and unique id


class Spent(Struct, frozen=True, array_like=True, gc=False):
    """A step of which a code was used, in the order of SPEND's values. It is a write of the verdict (see verdict.Write)."""

    step: int
    drift: int
    seen: int
    used_at: float
    used_station: str
    used_client: str
    id: str
    after: int  # the step again: only after all that were used

    def __call__(self, connection: Connection) -> bool:
        """Whether nobody else has used it, or a later one, and the app counts still."""
        text = SPEND if connection.dialect.name == "sqlite" else SPEND.replace("?", "%s")
        return connection.exec_driver_sql(text, self.values).rowcount == 1

    @property
    def values(self) -> tuple[Any, ...]:
        return astuple(self)


def spent(number: str, *, step: int, drift: int, seen: int, now: float, station: str, client: str) -> Spent:
    """A step that is used by a code from that station, which may be anything from the wire."""
    return Spent(step, drift, seen, now, storable(station), client, number, step)


SPEND = (
    "UPDATE authenticators SET step = ?, drift = ?, seen = ?, used_at = ?, used_station = ?, used_client = ?"
    " WHERE id = ? AND step < ? AND status = 'verified'"
)
COLUMNS = tuple(AUTHENTICATORS.c[name] for name in Authenticator.__struct_fields__)
USER = (AUTHENTICATORS.c.directory, AUTHENTICATORS.c.unique_id)
OWNER = (RECOVERY_CODES.c.directory, RECOVERY_CODES.c.unique_id)


def place_of(number: str) -> str:
    """What the secret of the authenticator with that id is sealed for."""
    return f"authenticator {number}"


def proved(connection: Connection, users: Sequence[Key] | None = None) -> list[Authenticator]:
    """Those that were verified once, of these users or of all, oldest first."""
    statement = _all().where(AUTHENTICATORS.c.verified_at.is_not(None))
    return _read(connection, statement if users is None else statement.where(tuple_(*USER).in_(users)))


def of_user(connection: Connection, directory: str, unique_id: str) -> list[Authenticator]:
    """All of one user, oldest first."""
    return _read(connection, _all().where(*_of(directory, unique_id)))


def everybodys(connection: Connection) -> list[Authenticator]:
    """All there are, by user."""
    return _read(connection, select(*COLUMNS).order_by(AUTHENTICATORS.c.user_name, *USER, AUTHENTICATORS.c.created_at))


def get(connection: Connection, number: str) -> Authenticator | None:
    return next(iter(_read(connection, _all().where(AUTHENTICATORS.c.id == number))), None)


def add(connection: Connection, new: Authenticator) -> None:
    connection.execute(insert(AUTHENTICATORS).values(**asdict(new)))
    if new.verified_at is not None:
        _tell(connection, new.directory, new.unique_id)


def show(connection: Connection, number: str, now: float) -> None:
    """Its QR code was shown."""
    shown = update(AUTHENTICATORS).where(AUTHENTICATORS.c.id == number, AUTHENTICATORS.c.shown_at.is_(None))
    connection.execute(shown.values(shown_at=now))


def renew(connection: Connection, number: str, secret: str, until: float, now: float, **parameters: str | int) -> bool:
    """Another secret in the place of one that nobody has verified; False where it is verified, or gone."""
    return _change(
        connection, number, ("pending",), secret=secret, until=until, created_at=now, shown_at=None, tries=0, off=None,
        **parameters,
    )  # fmt: skip


def verify(connection: Connection, number: str, *, step: int, drift: int, seen: int, now: float) -> bool:
    """The first code was right; False where it is verified already, its time is over, or it is gone."""
    in_time = or_(AUTHENTICATORS.c.until.is_(None), AUTHENTICATORS.c.until > now)
    return _change(
        connection, number, ("pending",), in_time,
        status="verified", step=step, drift=drift, seen=seen, verified_at=now, until=None,
    )  # fmt: skip


def resync(connection: Connection, number: str, *, step: int, drift: int, seen: int) -> bool:
    """Its clock is known anew; False where it is not verified, or a later code was used meanwhile."""
    later = AUTHENTICATORS.c.step < step
    return _change(connection, number, ("verified",), later, step=step, drift=drift, seen=seen)


def first_was_wrong(connection: Connection, number: str, off: int | None) -> None:
    """The first code was; `off`: by how many steps the app's clock was, where it was that of another time."""
    wrong = update(AUTHENTICATORS).where(AUTHENTICATORS.c.id == number, AUTHENTICATORS.c.status == "pending")
    connection.execute(wrong.values(tries=AUTHENTICATORS.c.tries + 1, off=off))


def disable(connection: Connection, number: str) -> bool:
    """It counts no more, until it is enabled; False where it is not verified."""
    return _change(connection, number, ("verified",), status="disabled")


def enable(connection: Connection, number: str) -> bool:
    """It counts again; False where it was not disabled."""
    return _change(connection, number, ("disabled",), status="verified")


def name(connection: Connection, number: str, label: str) -> None:
    connection.execute(update(AUTHENTICATORS).where(AUTHENTICATORS.c.id == number).values(label=label))


def remove(connection: Connection, number: str) -> Authenticator | None:
    """What was removed, None where there is none. With the last one of a user the recovery codes go."""
    gone = get(connection, number)
    if gone is None or not connection.execute(delete(AUTHENTICATORS).where(AUTHENTICATORS.c.id == number)).rowcount:
        return None
    if not of_user(connection, gone.directory, gone.unique_id):
        connection.execute(delete(RECOVERY_CODES).where(*_owned(gone.directory, gone.unique_id)))
    _tell(connection, gone.directory, gone.unique_id)
    return gone


def remove_all_of(connection: Connection, directory: str, unique_ids: Sequence[str]) -> None:
    """Nothing is left of users who are gone."""
    for start in range(0, len(unique_ids), AT_ONCE):
        some = unique_ids[start : start + AT_ONCE]
        for table in (AUTHENTICATORS, RECOVERY_CODES):
            of_them = (table.c.directory == directory, table.c.unique_id.in_(some))
            gone = connection.execute(delete(table).where(*of_them).returning(table.c.unique_id)).scalars().all()
            for unique_id in sorted(set(gone)):
                _tell(connection, directory, unique_id)


def remove_unproved(connection: Connection, before: float, most: int) -> int:
    """Removes a slice of those whose time to be verified was over before that moment; how many."""
    some = select(AUTHENTICATORS.c.id).where(AUTHENTICATORS.c.status == "pending", AUTHENTICATORS.c.until < before)
    return connection.execute(delete(AUTHENTICATORS).where(AUTHENTICATORS.c.id.in_(some.limit(most)))).rowcount


# Recovery codes


def set_recovery_codes(
    connection: Connection, directory: str, unique_id: str, digests: Iterable[str], now: float
) -> None:
    """These in the place of all before."""
    connection.execute(delete(RECOVERY_CODES).where(*_owned(directory, unique_id)))
    rows = [{"digest": each, "directory": directory, "unique_id": unique_id, "made_at": now} for each in digests]
    if rows:
        connection.execute(insert(RECOVERY_CODES), rows)
    _tell(connection, directory, unique_id)


def unused(connection: Connection, directory: str, unique_id: str) -> set[str]:
    """The digests of the user's recovery codes that are good still."""
    statement = select(RECOVERY_CODES.c.digest).where(*_owned(directory, unique_id), RECOVERY_CODES.c.used_at.is_(None))
    return set(connection.execute(statement).scalars())


def left_of_all(connection: Connection) -> dict[Key, int]:
    """How many each user has left, of those who have any, used or not."""
    left = func.count().filter(RECOVERY_CODES.c.used_at.is_(None))
    statement = select(*OWNER, left).group_by(*OWNER)
    return {(directory, unique_id): int(number) for directory, unique_id, number in connection.execute(statement)}


def few_left(connection: Connection, users: Sequence[Key] | None = None) -> list[FewLeft]:
    """Those of these users, or of all, who have FEW recovery codes left or less."""
    left = func.count().filter(RECOVERY_CODES.c.used_at.is_(None))
    statement = select(*OWNER, left).group_by(*OWNER).having(left <= FEW)
    if users is not None:
        statement = statement.where(tuple_(*OWNER).in_(users))
    return [FewLeft(*row) for row in connection.execute(statement)]


def was_used(connection: Connection, digests: Sequence[str]) -> bool:
    """Whether one of these was a good recovery code once."""
    used = select(RECOVERY_CODES.c.digest).where(
        RECOVERY_CODES.c.digest.in_(digests), RECOVERY_CODES.c.used_at.is_not(None)
    )
    return connection.execute(used.limit(1)).one_or_none() is not None


def burn(connection: Connection, digest: str, now: float) -> bool:
    """Uses a recovery code; False where somebody was faster, others took the place of all, or no app of the user counts."""
    of_them = (AUTHENTICATORS.c.directory == OWNER[0], AUTHENTICATORS.c.unique_id == OWNER[1])
    counts = select(AUTHENTICATORS.c.id).where(*of_them, AUTHENTICATORS.c.status == "verified").exists()
    unused = (RECOVERY_CODES.c.digest == digest, RECOVERY_CODES.c.used_at.is_(None))
    burnt = update(RECOVERY_CODES).where(*unused, counts)
    owner = connection.execute(burnt.values(used_at=now).returning(*OWNER)).one_or_none()
    if owner is not None:
        _tell(connection, owner[0], owner[1])
    return owner is not None


# Sealing


def sealed_under(connection: Connection) -> dict[str, int]:
    """The ids of the keys that secrets are sealed under, and how many are under each."""
    key = func.substr(AUTHENTICATORS.c.secret, 1, KEY_LENGTH)
    return {name: int(many) for name, many in connection.execute(select(key, func.count()).group_by(key))}


def sealed_in(file: Path) -> dict[str, int]:
    """The same of an SQLite file that is not opened for anything else; nothing where it can not be read."""
    query = f"SELECT substr(secret, 1, {KEY_LENGTH}), count(*) FROM {AUTHENTICATORS.name} GROUP BY 1"  # noqa: S608 - ours
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            return {str(key): int(many) for key, many in connection.execute(query)}
    except sqlite3.Error:
        return {}


def sealed_otherwise(connection: Connection, current: str, but: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Id and secret of some that are not sealed under the key of that id, but for those of these ids."""
    others = select(AUTHENTICATORS.c.id, AUTHENTICATORS.c.secret).where(
        func.substr(AUTHENTICATORS.c.secret, 1, KEY_LENGTH) != current, AUTHENTICATORS.c.id.not_in(list(but))
    )
    return [
        (number, sealed) for number, sealed in connection.execute(others.order_by(AUTHENTICATORS.c.id).limit(AT_ONCE))
    ]


def seal_anew(connection: Connection, number: str, before: str, after: str) -> bool:
    """The same secret under another key; False where it is another one by now. Nobody need be told."""
    same = and_(AUTHENTICATORS.c.id == number, AUTHENTICATORS.c.secret == before)
    return connection.execute(update(AUTHENTICATORS).where(same).values(secret=after)).rowcount == 1


KEY_LENGTH = 8  # of a key's id, with which a sealed text begins


def _change(connection: Connection, number: str, statuses: tuple[str, ...], *also: Any, **values: Any) -> bool:
    change = update(AUTHENTICATORS).where(AUTHENTICATORS.c.id == number, AUTHENTICATORS.c.status.in_(statuses), *also)
    done = connection.execute(change.values(**values).returning(*USER)).one_or_none()
    if done is not None:
        _tell(connection, done[0], done[1])
    return done is not None


def _tell(connection: Connection, directory: str, unique_id: str) -> None:
    notices.tell(connection, SUBJECT, notices.key_of(directory, unique_id))


def _all() -> Select[Any]:
    return select(*COLUMNS).order_by(AUTHENTICATORS.c.created_at, AUTHENTICATORS.c.id)


def _of(directory: str, unique_id: str) -> tuple[Any, ...]:
    return AUTHENTICATORS.c.directory == directory, AUTHENTICATORS.c.unique_id == unique_id


def _owned(directory: str, unique_id: str) -> tuple[Any, ...]:
    return RECOVERY_CODES.c.directory == directory, RECOVERY_CODES.c.unique_id == unique_id


def _read(connection: Connection, statement: Select[Any]) -> list[Authenticator]:
    return [Authenticator(*row) for row in connection.execute(statement)]
