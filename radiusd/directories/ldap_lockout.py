"""`lockout`: by which rule the directory locks an account, and what it has counted against it.

Active Directory and Samba tell both: the rule is the domain's, or that of the password settings object (PSO) of the user;
the count is of wrong passwords from all sides. Of other servers the rule is what radius.yaml says, and the count ours.
Source: MS-ADTS 3.1.1.4.5 (constructed attributes), MS-SAMR 3.1.1.6 to 3.1.1.8 (accounts that are locked), MS-ADA1 to 3.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import structlog

from radiusd.directories import Down, ldap_messages
from radiusd.directories.ldap_entries import CONTROL, changed_at, file_time, texts
from radiusd.directories.ldap_groups import domain_of
from radiusd.directories.ldap_messages import Found, Template
from radiusd.directories.ldap_options import LdapOptions
from radiusd.log import RateLimited
from radiusd.model.entry import Entry
from radiusd.rules.blocking import Lock

log = structlog.get_logger()

COUNT, COUNTED_AT, RULE_OF_USER = "badPwdCount", "badPasswordTime", "msDS-ResultantPSO"
CHANGED = "modifyTimestamp"  # of the whole entry: what counts wrong passwords leaves it alone (RFC 4512 section 3.4)
UNTOLD = frozenset({"", "0"})  # by pwdLastSet: it must be changed, and may be another one all the same
STATE, LOCKED = "msDS-User-Account-Control-Computed", 0x10
THRESHOLDS = ("lockoutThreshold", "msDS-LockoutThreshold")
WINDOWS = ("lockOutObservationWindow", "msDS-LockoutObservationWindow")
RULE_SECONDS = 300.0  # for which a rule is taken as it was read
UNREAD_SECONDS = 10.0  # until it is asked for again where it could not be read
RULES = 100  # kept: domains and PSOs
SELDOM_SECONDS = 3600.0

Ask = Callable[[bytes], Awaitable[Sequence[Found] | Down]]
Attributes = Mapping[str, tuple[str, ...]]


class Rule(NamedTuple):
    """`threshold` 0: nobody is locked. `window` is seconds."""

    threshold: int
    window: float
    assumed: bool = False


USUAL = Rule(5, 1800.0)  # of a directory that does not tell
STRICT = Rule(3, 1800.0, assumed=True)  # of a PSO that the service account may not read


class Lockouts:
    """Of one directory. `requested` are the attributes of a user that it needs at each look-up."""

    def __init__(self, directory: str, options: LdapOptions) -> None:
        self._directory = directory
        self._given = options.lockout
        self.requested = () if options.lockout is None else (COUNT, COUNTED_AT, CHANGED)
        seconds = math.ceil(options.timeout.total_seconds())

        def of_one(*attributes: str) -> Template:
            operation = ldap_messages.search(
                "{dn}", "(objectClass=*)", attributes, size=1, seconds=seconds, whole_tree=False
            )
            return Template(operation, "dn")

        self._of_user = of_one(COUNT, COUNTED_AT, CHANGED, "pwdLastSet", STATE, RULE_OF_USER)
        self._of_rule = of_one(*THRESHOLDS, *WINDOWS)
        self._rules: dict[str, tuple[Rule | None, float]] = {}
        self._warn = RateLimited(log, every=SELDOM_SECONDS)

    async def of(self, entry: Entry, ask: Ask, *, fresh: bool) -> Lock | None:
        """The rule and the count for this user, None where nobody is locked.

        As they were when the entry was found; where `fresh`, as they are now. What can not be read is as it was.
        """
        given = self._given
        if given is None:
            return None
        attributes = entry.attributes
        pso = ""
        tells = COUNT.lower() in attributes or CONTROL.lower() in attributes
        if tells and fresh:
            read = await self._read(self._of_user, entry.handle, ask)
            if read is not None:
                attributes, pso = read, _first(read, RULE_OF_USER)
        rule = USUAL
        if given.threshold is None and tells:
            rule = await self._rule(entry, pso, ask)
        threshold = rule.threshold if given.threshold is None else given.threshold
        if not threshold:
            return None
        window = rule.window if given.window is None else given.window.total_seconds()
        lock = Lock(self._directory, threshold, window, assumed=rule.assumed)
        password = _first(attributes, "pwdLastSet") or entry.credential
        generation = password if password not in UNTOLD else _first(attributes, CHANGED)
        lock = lock._replace(since=changed_at(password) or 0.0, generation=generation)
        count, at = _first(attributes, COUNT), file_time(_first(attributes, COUNTED_AT))
        if not count.isdecimal() or (at is None and count != "0"):
            return lock
        state = _first(attributes, STATE)
        return lock._replace(
            counted=int(count), counted_at=at or 0.0, locked=state.isdecimal() and bool(int(state) & LOCKED)
        )

    async def _rule(self, entry: Entry, pso: str, ask: Ask) -> Rule:
        domain = await self._kept_rule(domain_of(entry.handle), ask) or USUAL
        if not pso:
            return domain
        own = await self._kept_rule(pso, ask)
        if own is not None:
            return own
        told = "a password settings object can not be read: let bind_dn read it, or write its numbers in `lockout`"
        self._warn.warning(told, pso, directory=self._directory, object=pso)
        # Unread, it may lock sooner than the domain, and where the domain never does.
        sooner = min(domain.threshold or STRICT.threshold, STRICT.threshold)
        return Rule(sooner, max(domain.window, STRICT.window), assumed=True)

    async def _kept_rule(self, dn: str, ask: Ask) -> Rule | None:
        """The rule of a domain or PSO, None where it tells none."""
        now = asyncio.get_running_loop().time()
        kept = self._rules.get(dn)
        if kept is not None and now < kept[1]:
            return kept[0]
        read = await self._read(self._of_rule, dn, ask)
        rule, seconds = None if kept is None else kept[0], UNREAD_SECONDS
        if read is not None:
            threshold, seconds = _any(read, THRESHOLDS), RULE_SECONDS
            rule = Rule(int(threshold), _seconds(_any(read, WINDOWS))) if threshold.isdecimal() else None
        if len(self._rules) >= RULES:
            self._rules.clear()
        self._rules[dn] = (rule, now + seconds)
        return rule

    @staticmethod
    async def _read(template: Template, dn: str, ask: Ask) -> Attributes | None:
        found = await ask(template(dn=dn.encode()))
        if isinstance(found, Down) or not found:
            return None
        return {name: texts(name, values) for name, values in found[0].attributes.items()}


def _seconds(span: str) -> float:
    """A span of Active Directory: hundreds of nanoseconds, negative; where it tells none, the usual one."""
    number = span.removeprefix("-")
    return int(number) / 10_000_000 if number.isdecimal() else USUAL.window


def _any(attributes: Attributes, names: Iterable[str]) -> str:
    return next((value for name in names if (value := _first(attributes, name))), "")


def _first(attributes: Attributes, name: str) -> str:
    values = attributes.get(name.lower())
    return values[0] if values else ""
