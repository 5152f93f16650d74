"""Accounting-Requests, as the NASes sent them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store.databases.rows import Rows
from store.records import AccountingRow
from store.tables import ACCOUNTING

ROWS = Rows(ACCOUNTING)


def listed(
    connection: Connection,
    *,
    user: str | None = None,
    client: str | None = None,
    session_id: str | None = None,
    after_id: int | None = None,
    newest_first: bool = False,
    limit: int = 1000,
) -> list[AccountingRow]:
    """The rows that fit everything given, oldest first. `after_id`: what follows that row in the order asked for."""
    order = ACCOUNTING.c.id.desc() if newest_first else ACCOUNTING.c.id
    statement = select(*(ACCOUNTING.c[name] for name in AccountingRow._fields)).order_by(order).limit(limit)
    wanted = ((ACCOUNTING.c.user_name, user), (ACCOUNTING.c.client, client), (ACCOUNTING.c.session_id, session_id))
    for column, value in wanted:
        if value:
            statement = statement.where(column == value)
    if after_id is not None:
        statement = statement.where(ACCOUNTING.c.id < after_id if newest_first else ACCOUNTING.c.id > after_id)
    return [AccountingRow._make(row) for row in connection.execute(statement)]
