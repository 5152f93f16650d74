"""Passwords that must be changed: what a bind says of them, how they are changed, and what the directory asks of a new one.

Active Directory and Samba let nobody bind whose password has expired or must be changed: the change is asked for as
`bind_dn`, and is the user's own all the same, since it gives the old password. Other servers let the user bind as long as
their policy has a further sign-in left, and take the change from the user alone (RFC 3062).
Source: MS-ADTS 3.1.1.3.1.5 (password modify operations); draft-behera-ldap-password-policy sections 6.2 and 9.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

from radiusd.directories import (
    Changed,
    Down,
    MustChange,
    Right,
    Unfit,
    Wrong,
    ldap_messages,
    ldap_policy,
    ldap_refusals,
)
from radiusd.directories.ldap_connection import Lost
from radiusd.directories.ldap_entries import CONTROL, texts
from radiusd.directories.ldap_groups import domain_of
from radiusd.directories.ldap_messages import Answer, Found, Template
from radiusd.directories.ldap_options import LdapOptions
from radiusd.directories.ldap_refusals import INSUFFICIENT_ACCESS, INVALID_CREDENTIALS
from radiusd.directories.ldap_server import Server
from radiusd.directories.ldap_service_account import BIND
from radiusd.model.entry import Entry

SUCCESS, CONSTRAINT, UNWILLING = 0, 19, 53
EXPIRED, MUST_CHANGE = "532", "773"  # data of Active Directory: both come after a right password alone
OLD_WRONG, REFUSED = "00000056", "0000052D"  # Windows' errors of a change, with which the text of its answer begins
HOUR = 3600 * 10_000_000  # in Active Directory's unit
RULE_OF_USER = "msDS-ResultantPSO"
LENGTHS, HISTORIES, AGES, COMPLEX = (
    ("minPwdLength", "msDS-MinimumPasswordLength"),
    ("pwdHistoryLength", "msDS-PasswordHistoryLength"),
    ("minPwdAge", "msDS-MinimumPasswordAge"),
    ("pwdProperties", "msDS-PasswordComplexityEnabled"),
)
# What a server's policy says of a new password, as the key of a text.
BY_POLICY = {
    ldap_policy.POOR: "password_too_easy",
    ldap_policy.TOO_SHORT: "password_shorter",
    ldap_policy.TOO_YOUNG: "password_too_young",
    ldap_policy.IN_HISTORY: "password_used_before",
}
OLD_IS_WRONG = Wrong("the password is not the one any more that was proved", counted=False)
RIGHT = Right()

TELLING = ldap_messages.with_policy(b"")  # behind a bind: of a password that is right, whether it must be changed

Ask = Callable[[bytes], Awaitable[Sequence[Found] | Down]]
Look = Callable[[], Awaitable[Entry | Down | None]]


class Passwords:
    """Of one directory."""

    def __init__(self, directory: str, options: LdapOptions) -> None:
        self._directory = directory
        self._timeout = options.timeout.total_seconds()
        self._offers = options.change_password
        self._has_account = options.bind_dn is not None
        seconds = math.ceil(options.timeout.total_seconds())

        def of_one(*attributes: str) -> Template:
            return Template(
                ldap_messages.search(
                    "{dn}", "(objectClass=*)", attributes, size=1, seconds=seconds, whole_tree=False
                ),
                "dn",
            )  # fmt: skip

        self._of_user = of_one(RULE_OF_USER)
        self._of_rule = of_one(*LENGTHS, *HISTORIES, *AGES, *COMPLEX)

    def judged(self, answer: Answer) -> Right | Wrong | MustChange | None:
        """What the answer to a bind says of a user; None where it says nothing of them."""
        policy = ldap_policy.read(answer.policy) if answer.policy else ldap_policy.SILENT
        if answer.code == SUCCESS:
            if policy.error == ldap_policy.CHANGE_AFTER_RESET:
                return self._due(ldap_refusals.BY_DATA[MUST_CHANGE])
            if policy.grace is not None and self._offers:
                # The last time: a further bind, to change it, would be one too many.
                return MustChange(ldap_refusals.BY_DATA[EXPIRED], grace=True) if policy.grace else RIGHT
            return RIGHT
        if answer.code == INVALID_CREDENTIALS:
            if policy.error == ldap_policy.EXPIRED:  # which nobody may change who can not bind
                return Wrong(ldap_refusals.BY_DATA[EXPIRED], counted=False)
            if policy.error == ldap_policy.LOCKED:
                return Wrong(ldap_refusals.BY_DATA["775"], counted=False)
            data = ldap_refusals.data_of(answer)
            if data in {EXPIRED, MUST_CHANGE} and self._has_account:
                return self._due(ldap_refusals.BY_DATA[data])
        return ldap_refusals.of_user(answer)

    def foreseen(self, refusal: str) -> str | MustChange:
        """What a right password would come to that would be refused so."""
        of_passwords = {ldap_refusals.BY_DATA[data] for data in (EXPIRED, MUST_CHANGE)}
        changes = refusal in of_passwords and self._offers and self._has_account
        return MustChange(refusal) if changes else refusal

    def _due(self, reason: str) -> Wrong | MustChange:
        return MustChange(reason) if self._offers else Wrong(reason, counted=False)

    async def change(
        self, entry: Entry, old: str, new: str, servers: Sequence[Server], deadline: float, *, look: Look, ask: Ask
    ) -> Changed | Unfit | Wrong | Down:
        """As Directory says. Of a question whose answer was lost, what the entry says by now tells what came of it."""
        down = Down(self._directory, "no server of it answers")
        for server in [each for each in servers if each.state != "down"]:
            until = min(deadline, asyncio.get_running_loop().time() + self._timeout)
            try:
                answer = await _asked(server, entry, old, new, until)
            except (Lost, TimeoutError) as error:
                cause = error.cause if isinstance(error, Lost) else "no answer in time"
                down = Down(self._directory, f"{server.url}: {cause}")
                now = await look()
                if not isinstance(now, Entry) or not entry.credential:
                    return down
                if now.credential != entry.credential:
                    return Changed()
            else:
                told = await self._changed(entry, answer, ask)
                return ldap_refusals.down(self._directory, answer) if told is None else told
        return down

    async def _changed(self, entry: Entry, answer: Answer, ask: Ask) -> Changed | Unfit | Wrong | None:
        """What the answer to a change says; None where it says nothing of the user or the password."""
        if answer.code == SUCCESS:
            return Changed()
        if _is_windows(entry):
            if answer.text.startswith(OLD_WRONG):
                return OLD_IS_WRONG
            if answer.code in {CONSTRAINT, UNWILLING} and answer.text.startswith(REFUSED):
                return Unfit(await self._rules(entry, ask), answer.told)
        elif answer.code == INVALID_CREDENTIALS:
            return OLD_IS_WRONG
        error = ldap_policy.read(answer.policy).error
        if error in BY_POLICY:
            return Unfit(((BY_POLICY[error], 0),), answer.told)
        if answer.code == CONSTRAINT:
            return Unfit((), answer.told)
        if answer.code in {INSUFFICIENT_ACCESS, UNWILLING} or error == ldap_policy.NOT_ALLOWED:
            return Wrong(f"the directory does not let the user change the password: {answer.told}", counted=False)
        return None

    async def _rules(self, entry: Entry, ask: Ask) -> tuple[tuple[str, int], ...]:
        """What the domain, or the password settings object of the user, asks of a password; nothing where that is not told.

        The server does not say which of them it was.
        """
        read = await self._read(self._of_user, entry.handle, ask)
        read = await self._read(self._of_rule, _any(read, (RULE_OF_USER,)) or domain_of(entry.handle), ask)
        length, history, complexity = (_any(read, names) for names in (LENGTHS, HISTORIES, COMPLEX))
        rules = []
        if length.isdecimal() and int(length):
            rules.append(("password_rule_length", int(length)))
        if complexity == "TRUE" or (complexity.isdecimal() and int(complexity) & 1):
            rules.append(("password_rule_mixed", 0))
        if history.isdecimal() and int(history):
            rules.append(("password_rule_history", int(history)))
        age = _any(read, AGES).removeprefix("-")
        if age.isdecimal() and int(age) and entry.credential != "0":
            rules.append(("password_rule_age", -(-int(age) // HOUR)))
        return tuple(rules)

    @staticmethod
    async def _read(template: Template, dn: str, ask: Ask) -> Mapping[str, tuple[str, ...]]:
        found = await ask(template(dn=dn.encode()))
        if isinstance(found, Down) or not found:
            return {}
        return {name: texts(name, values) for name, values in found[0].attributes.items()}


async def _asked(server: Server, entry: Entry, old: str, new: str, until: float) -> Answer:
    """The answer of that server. Raises Lost and TimeoutError: then nobody knows what came of it."""
    dn = entry.handle.encode()
    if _is_windows(entry):
        return await server.once(ldap_messages.change_unicode_pwd(dn, old, new), until)
    change = ldap_messages.password_modify(old.encode(), new.encode())
    return await server.bind(BIND(dn=dn, password=old.encode()) + TELLING, until, change)


def _is_windows(entry: Entry) -> bool:
    """Whether the directory that has the entry is Active Directory or Samba."""
    return CONTROL.lower() in entry.attributes


def _any(attributes: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> str:
    return next((values[0] for name in names if (values := attributes.get(name.lower()))), "")
