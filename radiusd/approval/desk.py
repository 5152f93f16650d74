"""Where approvers decide: what a link shows, and what comes of a click. The web pages stand before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from radiusd.approval.approvers import THEMSELVES
from radiusd.approval.people import Hindrance, People
from radiusd.rules import links
from radiusd.rules.links import LinkState
from store import Connection, Store, approvals, logins, past
from store.records import ApprovalRow, Before, LinkRow

AWAITS = frozenset({LinkState.OPEN, LinkState.GRANT, LinkState.APPROVED})  # states of which more can come


class Shown(NamedTuple):
    """What the page says. Times are seconds since the epoch, 0.0 and "" where there is nothing to say.

    `late` are seconds for which an approval counts when nobody waits any more; `counts_until` is when one that was
    given ends, None where it lets nobody in. `counted`: this very click decided. `by_recipient`: whoever has this
    link's address decided; of others `decided_by` is partly hidden, as `revoked_by` is; `revoked_by_recipient` likewise. `at_prompt`: the user reads
    that they are to press Enter, and no request is held. `hindrance` keeps the user out whatever is decided.
    `in_line` requests stand in line behind the one that is held, the first of them since then (D24). `taken_back`: it
    let the user in, and the answer did not arrive (D23).
    `why` whoever has this link is asked, and their `name`, as model.approval.Link has them. `before`: what can be judged
    by, of a question that is open and of what somebody is told.
    """

    state: LinkState
    can_approve: bool = False
    can_refuse: bool = False
    can_revoke: bool = False
    counted: bool = False
    display_name: str = ""
    user_name: str = ""
    application: str = ""
    client: str = ""
    nas: str = ""
    station: str = ""
    source: str = ""
    profile: str = ""
    asked_at: float = 0.0
    held_until: float = 0.0
    until: float = 0.0
    late: float = 0.0
    decided_by: str = ""
    by_recipient: bool = False
    decided_at: float | None = None
    counts_until: float | None = None
    used_at: float | None = None
    taken_back: bool = False
    revoked_by: str = ""
    revoked_by_recipient: bool = False
    revoked_at: float | None = None
    at_prompt: bool = False
    hindrance: Hindrance | None = None
    in_line: int = 0
    in_line_since: float = 0.0
    language: str = ""
    why: str = ""
    name: str = ""
    before: Before | None = None

    @property
    def is_own(self) -> bool:
        """Whether whoever has this link is asked about their own sign-in."""
        return self.why == THEMSELVES


UNKNOWN = Shown(LinkState.UNKNOWN)


class Desk:
    """Finds approvals by their links. `keys` are those of the links' digests. Raises store.Unavailable.

    `people` tell what keeps a user out; None: nothing is asked, and nothing known.
    """

    def __init__(self, store: Store, keys: Sequence[bytes], people: People | None = None) -> None:
        self._store = store
        self._keys = keys
        self._people = people

    async def look(self, token: str, at: float) -> Shown:
        """What the page behind a link says at that time. Changes nothing, however often it is opened (D12)."""
        found = await self._found(token)
        return UNKNOWN if found is None else await self._shown(*found, at)

    async def decide(self, token: str, *, approve: bool, at: float, source: str) -> Shown:
        """What the page says after a click: what is true then, whoever was faster. `source` is where it came from.

        Whoever receives the link decides, and is written down as the one who did (D16).
        """
        found = await self._found(token)
        if found is None:
            return UNKNOWN
        approval, link = found
        if not (links.can_approve if approve else links.can_refuse)(approval, at):
            return await self._shown(approval, link, at)
        status = "approved" if approve else "refused"

        def step(connection: Connection) -> tuple[bool, ApprovalRow | None]:
            counted = approvals.decide(connection, approval.id, status, link.recipient, source, at)
            return counted, approvals.get(connection, approval.id)

        counted, now = await self._store.write(step)
        return UNKNOWN if now is None else (await self._shown(now, link, at))._replace(counted=counted)

    async def revoke(self, token: str, *, at: float, source: str) -> Shown:
        """The same where somebody who was asked revokes an approval that has let nobody in yet (D2)."""
        found = await self._found(token)
        if found is None:
            return UNKNOWN
        approval, link = found
        if not links.can_revoke(approval, at):
            return await self._shown(approval, link, at)

        def step(connection: Connection) -> tuple[bool, ApprovalRow | None]:
            counted = approvals.revoke(connection, approval.id, link.recipient, source, at)
            return counted, approvals.get(connection, approval.id)

        counted, now = await self._store.write(step)
        return UNKNOWN if now is None else (await self._shown(now, link, at))._replace(counted=counted)

    async def _found(self, token: str) -> tuple[ApprovalRow, LinkRow] | None:
        digests = links.digests(self._keys, token)
        return await self._store.read(lambda connection: approvals.by_link(connection, digests))

    async def _shown(self, approval: ApprovalRow, link: LinkRow, at: float) -> Shown:
        """With what is known of the user and of the sign-in that waits."""
        told = shown(approval, link, at)
        if told.can_refuse or told.state is LinkState.INFORMATION:
            told = told._replace(before=await self._store.read(lambda connection: _before(connection, approval)))
        if told.state not in AWAITS:
            return told
        login = await self._store.read(lambda connection: logins.waiting_for(connection, approval.id))
        hindrance = None if self._people is None else await self._people.hindrance(approval, at)
        # A State is out: the NAS shows a prompt, and has no request open.
        at_prompt = login is not None and login.status == "open" and bool(login.states)
        return told._replace(at_prompt=at_prompt, hindrance=hindrance)


def shown(approval: ApprovalRow, link: LinkRow, at: float) -> Shown:
    """What somebody with that link is told of an approval."""
    by_recipient = bool(approval.decided_by) and approval.decided_by == link.recipient
    return Shown(
        state=links.state_of(approval, at),
        can_approve=links.can_approve(approval, at),
        can_refuse=links.can_refuse(approval, at),
        can_revoke=links.can_revoke(approval, at),
        display_name=approval.display_name,
        user_name=approval.user_name,
        application=approval.application,
        client=approval.client,
        nas=approval.nas,
        station=approval.station,
        source=approval.source,
        profile=approval.profile,
        asked_at=approval.at,
        held_until=approval.held_until,
        until=approval.until,
        late=approval.late,
        decided_by=_who(approval.decided_by, link),
        by_recipient=by_recipient,
        decided_at=approval.decided_at,
        counts_until=links.counts_until(approval),
        used_at=approval.used_at,
        taken_back=approval.taken_back_at is not None,
        revoked_by=_who(approval.revoked_by or "", link),
        revoked_by_recipient=bool(approval.revoked_by) and approval.revoked_by == link.recipient,
        revoked_at=approval.revoked_at,
        in_line=approval.in_line or 0,
        in_line_since=approval.in_line_since or 0.0,
        language=link.language,
        why=link.why or "",
        name=link.name or "",
    )


def _before(connection: Connection, approval: ApprovalRow) -> Before:
    user = (approval.directory, approval.unique_id)
    return past.before(connection, *user, approval.station, approval.client, approval.at)


def _who(name: str, link: LinkRow) -> str:
    return name if name == link.recipient else hidden(name)


def hidden(decided_by: str) -> str:
    """An address or number, partly hidden; of an administrator only that it was one."""
    if decided_by.startswith("administrator "):
        return "administrator"
    local, at, domain = decided_by.rpartition("@")
    if at:
        return f"{local[:1]}***{local[-1:] if len(local) > 2 else ''}@{domain}"
    return f"{decided_by[:3]}***{decided_by[-2:]}" if decided_by.startswith("+") else decided_by
