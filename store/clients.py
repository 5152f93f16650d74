"""What is learned of each NAS from what it sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from store import notices
from store.inserting import inserting
from store.seen import ClientSeen, Waits
from store.tables import CLIENTS, COUNTS


def learn_message_authenticator(connection: Connection, client: str, at: float) -> None:
    """The client sends Message-Authenticator. The first time is kept, and told to other nodes."""
    _saw(connection, client, at)
    learned = update(CLIENTS).where(CLIENTS.c.client == client, CLIENTS.c.message_authenticator_at.is_(None))
    learned = learned.values(message_authenticator_at=at)
    if connection.execute(learned.returning(CLIENTS.c.client)).one_or_none() is not None:
        notices.tell(connection, "clients", client)


def add_counts(connection: Connection, client: str, counts: Mapping[str, int], at: float) -> None:
    """Adds to what was counted of the client, by kind. In the order of kinds: two nodes must not wait for each other."""
    _saw(connection, client, at)
    for kind, number in sorted(counts.items()):
        statement = inserting(connection, COUNTS).values(client=client, kind=kind, count=number)
        more = {"count": COUNTS.c.count + statement.excluded.count}
        connection.execute(statement.on_conflict_do_update(index_elements=["client", "kind"], set_=more))


def learn_waits(connection: Connection, client: str, waits: Waits, at: float) -> None:
    """How long the client waits for an answer, in the place of what was known."""
    _saw(connection, client, at)
    connection.execute(update(CLIENTS).where(CLIENTS.c.client == client).values(**waits._asdict()))


def seen(connection: Connection) -> dict[str, ClientSeen]:
    """Every client that ever sent something, by name."""
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for client, kind, number in connection.execute(select(COUNTS.c.client, COUNTS.c.kind, COUNTS.c.count)):
        counts[client][kind] = number
    waits = [CLIENTS.c[name] for name in Waits._fields]
    columns = (CLIENTS.c.client, CLIENTS.c.first_at, CLIENTS.c.last_at, CLIENTS.c.message_authenticator_at, *waits)
    return {
        client: ClientSeen(counts[client], first_at, last_at, message_authenticator_at, Waits(*learned))
        for client, first_at, last_at, message_authenticator_at, *learned in connection.execute(select(*columns))
    }


def _saw(connection: Connection, client: str, at: float) -> None:
    statement = inserting(connection, CLIENTS).values(client=client, first_at=at, last_at=at)
    connection.execute(statement.on_conflict_do_update(index_elements=["client"], set_={"last_at": at}))
