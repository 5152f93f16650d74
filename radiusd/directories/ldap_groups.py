"""All groups of a user: those that name the user, and the groups that those are in.

Source: RFC 4519 sections 2.17 and 2.40 for member and uniqueMember, RFC 2307 for memberUid; MS-ADTS sections
3.1.1.4.5.19 for tokenGroups, the SIDs of all groups of an entry, and 3.1.1.3.4.4 for the rule that follows the chain of
groups in the server.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Sequence

from radiusd.directories import Down, ldap_messages
from radiusd.directories.ldap_entries import SID, sid_of_primary_group
from radiusd.directories.ldap_messages import Found, Template
from radiusd.directories.ldap_options import LdapOptions

IN_CHAIN = "1.2.840.113556.1.4.1941"
LEVELS = 32
MOST = 5000  # groups of one user
TOGETHER = 20  # groups whose own groups are asked for in one search
SIDS_TOGETHER = 100  # groups whose DNs are asked for in one search: with more, Samba takes longer for each
GROUP_SIDS = "tokenGroups"
DOMAIN = re.compile(r"(?:(?:^|(?<!\\),)\s*dc=[^,\\]+)+$", re.IGNORECASE)

Ask = Callable[[bytes], Awaitable[Sequence[Found] | Down]]


class Groups:
    """Finds the groups of users of one directory, by `nested_groups` of radius.yaml."""

    def __init__(self, directory: str, options: LdapOptions) -> None:
        self._nested = options.nested_groups
        self._base = options.group_base_dn or options.base_dn
        self._base_of_sids = (options.group_base_dn or domain_of(options.base_dn)).encode()
        self._seconds = math.ceil(options.timeout.total_seconds())
        self._attribute = (options.attributes.groups or "").lower()
        self._templates: dict[str, Template] = {}
        of_the_user = ldap_messages.search(
            "{dn}", "(objectClass=*)", [GROUP_SIDS], size=1, seconds=self._seconds, whole_tree=False
        )
        self._token_groups = Template(of_the_user, "dn")
        # Some groups would stay unknown, and with them a rule that asks more of their members.
        self._too_many = Down(directory, "a user is in more groups than can be looked at")

    async def of(self, user: Found, ask: Ask) -> tuple[str, ...] | Down:
        """The DNs of all groups of the user, those in the user's own entry first."""
        own = [value.decode("utf-8", "replace") for value in user.attributes.get(self._attribute, ())]
        groups = {_key(dn): dn for dn in own}
        match self._nested:
            case "auto":
                down = await self._by_token(user, groups, ask)
            case "search":
                down = await self._one_by_one(user, groups, ask)
            case "in_chain":
                down = await self._in_chain(user, groups, ask)
            case _:
                down = None
        return down or tuple(groups.values())

    async def _by_token(self, user: Found, groups: dict[str, str], ask: Ask) -> Down | None:
        """Active Directory counts them itself, the primary group and those of its own machine included.

        An entry without a SID is not its; one that shows none of its groups is read by somebody who may not see them.
        """
        sids: list[bytes] = []
        if user.attributes.get(SID):
            shown = await ask(self._token_groups(dn=user.dn.encode()))
            if isinstance(shown, Down):
                return shown
            sids = [sid for each in shown for sid in each.attributes.get(GROUP_SIDS.lower(), ())]
        if not sids:
            return await self._one_by_one(user, groups, ask)
        if len(sids) > MOST:
            return self._too_many
        for at in range(0, len(sids), SIDS_TOGETHER):
            some = sids[at : at + SIDS_TOGETHER]
            operation = ldap_messages.search_any(self._base_of_sids, SID, some, size=MOST, seconds=self._seconds)
            found = await ask(operation)
            if isinstance(found, Down):
                return found
            for each in found:
                groups.setdefault(_key(each.dn), each.dn)
        return None

    async def _one_by_one(self, user: Found, groups: dict[str, str], ask: Ask) -> Down | None:
        """Each search goes one level up. A group in itself ends there: only groups not seen before are asked for."""
        values = {"dn": user.dn.encode()}
        clauses = "(member={dn})(uniqueMember={dn})"
        if uid := user.attributes.get("uid"):
            values["uid"] = uid[0]
            clauses += "(memberUid={uid})"
        if sid := sid_of_primary_group(user.attributes):
            values["sid"] = sid
            clauses += "(objectSid={sid})"
        found = await self._search(f"(|{clauses})", values, ask)
        level = list(groups.values())
        for _ in range(LEVELS):
            if isinstance(found, Down):
                return found
            new = {_key(dn): dn for dn in found if _key(dn) not in groups}
            groups |= new
            level += new.values()
            if not level:
                return None
            if len(groups) > MOST:
                break
            found = await self._above(level, ask)
            level = []
        return self._too_many

    async def _above(self, level: list[str], ask: Ask) -> list[str] | Down:
        above: list[str] = []
        for at in range(0, len(level), TOGETHER):
            values = {f"dn{number}": dn.encode() for number, dn in enumerate(level[at : at + TOGETHER])}
            clauses = "".join(f"(member={{{name}}})(uniqueMember={{{name}}})" for name in values)
            found = await self._search(f"(|{clauses})", values, ask)
            if isinstance(found, Down):
                return found
            above += found
        return above

    async def _in_chain(self, user: Found, groups: dict[str, str], ask: Ask) -> Down | None:
        """The server follows the chain. The primary group stands in no `member`, so it is a start of its own."""
        values = {"dn": user.dn.encode()}
        clauses = f"(member:{IN_CHAIN}:={{dn}})"
        primary: list[str] | Down = []
        if sid := sid_of_primary_group(user.attributes):
            primary = await self._search("(objectSid={sid})", {"sid": sid}, ask)
            if isinstance(primary, Down):
                return primary
            if primary:
                values["primary"] = primary[0].encode()
                clauses += f"(member:{IN_CHAIN}:={{primary}})"
        found = await self._search(f"(|{clauses})", values, ask)
        if isinstance(found, Down):
            return found
        for dn in [*primary, *found]:
            groups.setdefault(_key(dn), dn)
        return None

    async def _search(self, search_filter: str, values: dict[str, bytes], ask: Ask) -> list[str] | Down:
        template = self._templates.get(search_filter)
        if template is None:
            operation = ldap_messages.search(self._base, search_filter, [], size=MOST, seconds=self._seconds)
            template = self._templates[search_filter] = Template(operation, *values)
        found = await ask(template(**values))
        return found if isinstance(found, Down) else [each.dn for each in found]


def domain_of(dn: str) -> str:
    """dc=example,dc=com of ou=people,dc=example,dc=com; the whole of a DN that has no such end."""
    end = DOMAIN.search(dn)
    return end[0].lstrip(", ") if end else dn


def _key(dn: str) -> str:
    return dn.casefold()
