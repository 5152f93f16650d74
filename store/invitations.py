"""Links by which users add an address or number of their own: one use each, and whoever is late loses."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from store.enrollment_tables import INVITATIONS


class Invitation(Struct, frozen=True):
    """`digest` is keyed; the token itself is in the message alone. `kinds` are what may be enrolled by it, apart by blanks.

    `kind` is the one that was chosen, "" before; `memory` what its step has left there. Whoever changes it raises `step`.
    """

    digest: str
    directory: str
    unique_id: str
    user_name: str
    language: str
    recipient: str
    kinds: str
    at: float
    until: float
    created_by: str
    step: int = 0
    kind: str = ""
    memory: str = ""
    used_at: float | None = None

    def __repr__(self) -> str:
        return f"Invitation(user_name={self.user_name!r}, kinds={self.kinds!r})"


COLUMNS = tuple(INVITATIONS.c[name] for name in Invitation.__struct_fields__)


def add(connection: Connection, invitation: Invitation) -> bool:
    """The ones before it of the same user are over by this."""
    before = (INVITATIONS.c.directory == invitation.directory, INVITATIONS.c.unique_id == invitation.unique_id)
    unused = update(INVITATIONS).where(*before, INVITATIONS.c.used_at.is_(None), INVITATIONS.c.until > invitation.at)
    connection.execute(unused.values(until=invitation.at))
    values = {name: getattr(invitation, name) for name in Invitation.__struct_fields__}
    connection.execute(insert(INVITATIONS).values(**values))
    return True


def find(connection: Connection, digests: Sequence[str]) -> Invitation | None:
    """The one behind a link; `digests` are of its token under each key."""
    row = connection.execute(select(*COLUMNS).where(INVITATIONS.c.digest.in_(digests))).one_or_none()
    return None if row is None else Invitation(*row)


def go_on(
    connection: Connection, invitation: Invitation, now: float, *, kind: str, memory: str, lasts: float | None = None
) -> bool:
    """The invitation one step further; False where another was first, or its time is over.

    It is good for `lasts` seconds more; 0.0: it is used; None: for as long as before.
    """
    mine = (INVITATIONS.c.digest == invitation.digest, INVITATIONS.c.step == invitation.step)
    alive = (INVITATIONS.c.used_at.is_(None), INVITATIONS.c.until > now)
    changed = update(INVITATIONS).where(*mine, *alive)
    used_at = now if lasts == 0.0 else None
    until = min(invitation.until, now + lasts) if lasts else invitation.until
    changed = changed.values(step=invitation.step + 1, kind=kind, memory=memory, used_at=used_at, until=until)
    return connection.execute(changed.returning(INVITATIONS.c.digest)).one_or_none() is not None


def open_ones(connection: Connection, now: float) -> list[Invitation]:
    """Those that can still be used, oldest first."""
    alive = select(*COLUMNS).where(INVITATIONS.c.used_at.is_(None), INVITATIONS.c.until > now)
    return [Invitation(*row) for row in connection.execute(alive.order_by(INVITATIONS.c.at))]


def end(connection: Connection, digest: str, now: float) -> None:
    """It is over."""
    connection.execute(update(INVITATIONS).where(INVITATIONS.c.digest == digest).values(until=now))


def prune(connection: Connection, before: float, most: int) -> int:
    """Removes a slice of those that ended before that time; how many."""
    some = select(INVITATIONS.c.digest).where(INVITATIONS.c.until < before).limit(most)
    return connection.execute(delete(INVITATIONS).where(INVITATIONS.c.digest.in_(some.scalar_subquery()))).rowcount
