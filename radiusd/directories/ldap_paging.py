"""All entries of a search, a page at a time (RFC 2696): a server that gives out many at once refuses to, or stops.

What a server remembers of the pages it remembers by the connection: they are asked for on one of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from radiusd.directories.ldap_connection import Connection, Lost
from radiusd.directories.ldap_messages import Answer, paged

SUCCESS = 0


async def pages(connection: Connection, operation: bytes, size: int, seconds: float) -> AsyncIterator[Answer]:
    """One answer after the other, each within `seconds`; the last one may be of a failure. Raises Lost."""
    cookie = b""
    while True:
        try:
            answer = await connection.ask(operation + paged(size, cookie), asyncio.get_running_loop().time() + seconds)
        except TimeoutError:
            raise Lost("no answer in time") from None
        yield answer
        cookie = answer.cookie
        if answer.code != SUCCESS or not cookie:
            return
