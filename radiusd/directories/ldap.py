"""`type: ldap`: users of an LDAP server or of Active Directory, on kept connections and without a thread.

A name is searched for as the service account; the password is judged by a bind as the entry that was found.
Source: RFC 4511, RFC 4513 section 5.1 (simple bind); [MS-ADTS] and the Windows error codes for `data`.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import structlog

from radiusd.directories import (
    Changed,
    Down,
    Missing,
    MustChange,
    Right,
    Unfit,
    Wrong,
    directory,
    ldap_accounts,
    ldap_messages,
    ldap_paging,
    ldap_refusals,
)
from radiusd.directories.ldap_connection import Lost, Tls, address_of
from radiusd.directories.ldap_entries import Entries, needs_smartcard
from radiusd.directories.ldap_groups import Groups
from radiusd.directories.ldap_lockout import Lockouts
from radiusd.directories.ldap_messages import Answer, Found, Template
from radiusd.directories.ldap_options import LdapOptions
from radiusd.directories.ldap_passwords import TELLING, Passwords
from radiusd.directories.ldap_refusals import INVALID_DN, NO_SUCH_OBJECT, WRONG
from radiusd.directories.ldap_server import Queued, Server
from radiusd.directories.ldap_service_account import BIND, PASSING, SUCCESS, ServiceAccount
from radiusd.log import RateLimited
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Lock
from radiusd.rules.names import as_typed, normal_form

log = structlog.get_logger()

SELDOM_SECONDS = 3600.0  # between two lines about the same fault in the directory
SIZE_LIMIT, REFERRAL = 4, 10
RIGHT = Right()
EMPTY = Wrong("the password is empty", counted=False)
SMARTCARD = Wrong("the account may sign in with a smart card only", counted=False)


@directory("ldap", LdapOptions)
class Ldap:
    """One directory, on servers that are tried in order. `wanted` are the attributes that rules ask for."""

    def __init__(self, name: str, options: LdapOptions, wanted: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.locks_out = options.lockout is not None
        self.remembers = False
        self.wants_old = True
        self.immediate = False
        self._names = options.user_names
        self._timeout = options.timeout.total_seconds()
        self._lockouts = Lockouts(name, options)
        self._entries = Entries(name, options, wanted, self._lockouts.requested)
        self._groups = Groups(name, options)
        self._passwords = Passwords(name, options)
        seconds = math.ceil(self._timeout)
        requested = self._entries.requested
        # Two are enough to know that it is not one.
        by_name = ldap_messages.search(options.base_dn, options.user_filter, requested, size=2, seconds=seconds)
        by_dn = ldap_messages.search("{dn}", "(objectClass=*)", requested, size=1, seconds=seconds, whole_tree=False)
        self._everybody = ldap_messages.search(
            options.base_dn, options.user_filter.replace("{username}", "*"), requested, size=0, seconds=0
        )
        self._by_name = Template(by_name, "username")
        self._by_dn = Template(by_dn, "dn")
        shown = ldap_accounts.REQUESTED
        account = ldap_messages.search("{dn}", "(objectClass=*)", shown, size=1, seconds=seconds, whole_tree=False)
        self._account = Template(account, "dn")
        tls = Tls(options.ca_file)
        addresses = [address_of(url, start_tls=options.start_tls) for url in options.urls]
        service = ServiceAccount(options)
        self._servers = [Server(name, address, tls, options, service) for address in addresses]
        self._judge: Server | None = None  # who was shown the last password
        self._judged_elsewhere = 0.0  # until when (seconds since the epoch) it was another one
        self._warn = RateLimited(log, every=SELDOM_SECONDS)

    def normal(self, typed: str) -> str | None:
        return normal_form(typed, self._names.domains, self._names.realms)

    async def find(self, typed: str, deadline: float) -> Entry | Down | None:
        """As Directory says. A name that two entries have is nobody's: it is not ours to choose.

        It is asked for as it was typed: the directory knows what it takes for the same name (ß and ss, i and ı).
        """
        name = as_typed(typed, self._names.domains, self._names.realms)
        if name is None:
            return None
        operation = self._by_name(username=name.encode())
        answer = await self._ask(lambda server, until: server.search(operation, until), deadline)
        if isinstance(answer, Down):
            return answer
        if answer.code == SIZE_LIMIT or len(answer.found) > 1:
            told = "a name has several entries, nobody can sign in with it"
            self._warn.warning(told, name, directory=self.name, username=name)
            return None
        if answer.code != SUCCESS:
            return self._failed(answer)
        if not answer.found:
            return None
        found = answer.found[0]
        if not self._entries.group_rules:
            return self._entry(name, found, None)
        groups = await self._groups.of(found, lambda operation: self._search(operation, deadline))
        return groups if isinstance(groups, Down) else self._entry(name, found, groups)

    async def check(
        self,
        entry: Entry,
        password: str,
        station: str,  # noqa: ARG002 - a directory without stations of its own
        deadline: float,
    ) -> Right | Wrong | Down | MustChange:
        """As Directory says. An empty password, or one that ends where a server may stop reading, is never sent.

        A bind without a password succeeds, as nobody (RFC 4513 section 5.1.2); so does one without a name.
        """
        if not password:
            return EMPTY
        try:
            octets = password.encode()
        except UnicodeEncodeError:
            return WRONG
        if b"\0" in octets or not entry.handle:
            return WRONG
        if needs_smartcard(entry.attributes):  # a right password would be refused as a wrong one, and counted as such
            return SMARTCARD
        operation = BIND(dn=entry.handle.encode(), password=octets) + TELLING
        answer = await self._ask(lambda server, until: self._bind(server, operation, until), deadline)
        if isinstance(answer, Down):
            return answer
        if answer.code == SUCCESS and not answer.policy:
            return RIGHT
        return self._passwords.judged(answer) or self._failed(answer)

    async def change(self, entry: Entry, old: str, new: str, deadline: float) -> Changed | Unfit | Wrong | Down:
        return await self._passwords.change(
            entry, old, new, self._servers, deadline,
            look=lambda: self.find(entry.username, deadline), ask=lambda operation: self._search(operation, deadline),
        )  # fmt: skip

    async def refusal(self, entry: Entry, at: float, deadline: float) -> str | MustChange | Down:
        if needs_smartcard(entry.attributes):
            return SMARTCARD.reason
        found = await self._search(self._account(dn=entry.handle.encode()), deadline)
        if isinstance(found, Down):
            return found
        if not found:
            return "the account is gone"
        return self._passwords.foreseen(ldap_accounts.refusal(found[0].attributes, at))

    async def lock(self, entry: Entry, deadline: float, *, fresh: bool) -> Lock | None:
        lock = await self._lockouts.of(entry, lambda operation: self._search(operation, deadline), fresh=fresh)
        return None if lock is None else lock._replace(elsewhere=self._judged_elsewhere)

    def recalls(self, entry: Entry, password: str) -> Right | None:  # noqa: ARG002 - as Directory has it
        """Never: passwords are not kept."""
        return None

    async def pretend(self, name: str, password: str, station: str, deadline: float) -> Down | None:  # noqa: ARG002
        """Nothing: how long the directory would have taken is hidden by the delay of every reject."""
        return None

    def holds(self, entry: Entry) -> bool:  # noqa: ARG002 - as Directory has it
        """Never: entries are not kept."""
        return False

    async def manager(self, entry: Entry, deadline: float) -> Entry | Missing | Down | None:
        """The entry that the manager attribute names. A referral (RFC 4511 section 4.1.10) is never followed."""
        if not entry.manager:
            return None
        operation = self._by_dn(dn=entry.manager.encode())
        answer = await self._ask(lambda server, until: server.search(operation, until), deadline)
        if isinstance(answer, Down):
            return answer
        why = ""
        if answer.code == REFERRAL:
            why = "is in another domain, which this server does not have"
        elif answer.code in {NO_SUCH_OBJECT, INVALID_DN} or (answer.code == SUCCESS and not answer.found):
            why = "is not in the directory"
        if why:
            self._warn.warning(f"a manager {why}", entry.manager, directory=self.name, manager=entry.manager)
            return Missing(f"{entry.manager} {why}")
        if answer.code != SUCCESS:
            return self._failed(answer)
        return self._entry("", answer.found[0], None)

    async def everyone(self, page: int) -> AsyncIterator[Sequence[Entry] | Down]:
        """As Directory says, of the first server that answers. What a filter of the whole name can not name is left out."""
        loop = asyncio.get_running_loop()
        server = next((each for each in self._servers if each.state != "down"), None)
        if server is None:
            yield self.down() or Down(self.name, "no server answers")
            return
        try:
            connection = await server.apart(loop.time() + self._timeout)
            try:
                async for answer in ldap_paging.pages(connection, self._everybody, page, self._timeout):
                    if answer.code != SUCCESS:
                        yield self._failed(answer)
                        return
                    entries = await asyncio.gather(*(self._whole(found) for found in answer.found))
                    down = next((each for each in entries if isinstance(each, Down)), None)
                    yield down or [each for each in entries if isinstance(each, Entry) and each.username]
            finally:
                connection.leave()
        except (Lost, TimeoutError) as gone:
            yield Down(self.name, f"{server.url}: {gone.cause if isinstance(gone, Lost) else 'no answer in time'}")

    async def _whole(self, found: Found) -> Entry | Down:
        """An entry with all its groups, as a sign-in would find it."""
        if not self._entries.group_rules:
            return self._entry("", found, None)
        deadline = asyncio.get_running_loop().time() + self._timeout
        groups = await self._groups.of(found, lambda operation: self._search(operation, deadline))
        return groups if isinstance(groups, Down) else self._entry("", found, groups)

    def down(self) -> Down | None:
        if any(server.state != "down" for server in self._servers):
            return None
        return Down(self.name, "; ".join(f"{server.url}: {server.cause}" for server in self._servers))

    def down_since(self) -> float | None:
        since = [server.down_since for server in self._servers if server.down_since is not None]
        return max(since) if self.down() else None

    async def start(self) -> None:
        for server in self._servers:
            server.start()

    async def close(self) -> None:
        await asyncio.gather(*(server.close() for server in self._servers))

    async def _bind(self, server: Server, operation: bytes, until: float) -> Answer:
        if server is not self._judge:
            # It knows nothing of what another one has counted, and may be the one that locks.
            self._judged_elsewhere = time.time() if self._judge is not None else 0.0
            self._judge = server
        return await server.bind(operation, until)

    async def _search(self, operation: bytes, deadline: float) -> Sequence[Found] | Down:
        answer = await self._ask(lambda server, until: server.search(operation, until), deadline)
        if isinstance(answer, Down):
            return answer
        return answer.found if answer.code == SUCCESS else self._failed(answer)

    async def _ask(self, ask: Callable[[Server, float], Awaitable[Answer]], deadline: float) -> Answer | Down:
        """The answer of the first server that gives one. No server that is down is asked."""
        loop = asyncio.get_running_loop()
        causes: list[str] = []
        # In order; but one that was lost just now, and may be hung, stands behind those that answer.
        for server in sorted(self._servers, key=lambda server: server.state == "connecting"):
            if server.state == "down":
                causes.append(f"{server.url}: {server.cause}")
                continue
            now = loop.time()
            if now >= deadline:
                return Down(self.name, "; ".join((*causes, "no time was left")), overload=not causes)
            try:
                answer = await ask(server, min(deadline, now + self._timeout))
            except Lost as lost:
                causes.append(f"{server.url}: {lost.cause}")
            except Queued:
                return Down(self.name, f"{server.url}: too many binds are waiting", overload=True)
            except TimeoutError:
                causes.append(f"{server.url}: no answer in time")
            else:
                if answer.code not in PASSING:
                    return answer
                causes.append(f"{server.url}: {answer.told}")
        return Down(self.name, "; ".join(causes))

    def _entry(self, username: str, found: Found, groups: tuple[str, ...] | None) -> Entry | Down:
        entry = self._entries.read(username, found, groups)
        return entry if isinstance(entry, Entry) else Down(self.name, entry)

    def _failed(self, answer: Answer) -> Down:
        return ldap_refusals.down(self.name, answer)
