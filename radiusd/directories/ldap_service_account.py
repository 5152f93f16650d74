"""`bind_dn` at all servers of a directory: a password that is wrong must not lock it, however many servers there are.

Its lock-out is the domain's, which sees every try at every server.
"""

from __future__ import annotations

import asyncio

from radiusd.directories import ldap_messages, ldap_refusals
from radiusd.directories.ldap_connection import Connection, Lost
from radiusd.directories.ldap_messages import Template
from radiusd.directories.ldap_options import LdapOptions

BIND = Template(ldap_messages.simple_bind("{dn}", "{password}"), "dn", "password")
SUCCESS = 0
# Codes of RFC 4511 that another server, or the same one later, may not give.
PASSING = frozenset({1, 3, 11, 51, 52, 80})
REFUSED_SECONDS = 60.0  # until a refused account is tried again, where a try does not count against it
# The same for a wrong password: each of several nodes adds one to what a usual rule counts together.
WRONG_SECONDS = 1800.0


class ServiceAccount:
    """Introduces connections. Nobody is told the password but the servers."""

    def __init__(self, options: LdapOptions) -> None:
        self._name = (options.bind_dn or "").encode()
        self._password = options.bind_password.reveal().encode() if options.bind_password is not None else b""
        self._turn = asyncio.Lock()
        self._is_right = False
        self._until = 0.0
        self._cause = ""

    async def introduce(self, connection: Connection, until: float) -> None:
        """Binds. Until a server has taken the password one is asked at a time, and none once it was wrong: see `rests`.

        Raises Lost, and TimeoutError at `until` (the loop's clock).
        """
        if not self._name:
            return
        if not self._password:  # a bind without one succeeds, as nobody (RFC 4513 section 5.1.2)
            raise Lost("bind_password is empty", hopeless=True)
        if self._is_right:
            await self._bind(connection, until)
            return
        async with self._turn:
            if self.rests(asyncio.get_running_loop().time()) > 0.0:
                raise Lost(self._cause, hopeless=True)
            await self._bind(connection, until)

    def rests(self, now: float) -> float:
        """The seconds until a password that was wrong may be tried again."""
        return max(0.0, self._until - now)

    async def _bind(self, connection: Connection, until: float) -> None:
        answer = await connection.ask(BIND(dn=self._name, password=self._password), until)
        if answer.code == SUCCESS:
            self._is_right = True
            return
        cause = f"bind_dn is refused: {ldap_refusals.of_service_account(answer)}"
        if ldap_refusals.is_wrong_password(answer):
            cause += f"; it is tried again after {WRONG_SECONDS / 60:g} minutes or a restart, since each try counts against it"
            self._is_right, self._cause = False, cause
            self._until = asyncio.get_running_loop().time() + WRONG_SECONDS
        raise Lost(cause, hopeless=answer.code not in PASSING)
