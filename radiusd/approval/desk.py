"""Where approvers decide: what a link shows, and what comes of a click. The web pages stand before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from radiusd.rules import links
from radiusd.rules.links import LinkState
from store import Connection, Store, approvals
from store.records import ApprovalRow, LinkRow


class Shown(NamedTuple):
    """What the page says. Times are seconds since the epoch, 0.0 and "" where there is nothing to say.

    `late` are seconds for which an approval counts when nobody waits any more; `counts_until` is when one that was
    given ends, None where it lets nobody in. `counted`: this very click decided. `by_recipient`: whoever has this
    link's address decided; of others `decided_by` is partly hidden.
    """

    state: LinkState
    can_approve: bool = False
    can_refuse: bool = False
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
    language: str = ""


UNKNOWN = Shown(LinkState.UNKNOWN)


class Desk:
    """Finds approvals by their links. `keys` are those of the links' digests. Raises store.Unavailable."""

    def __init__(self, store: Store, keys: Sequence[bytes]) -> None:
        self._store = store
        self._keys = keys

    async def look(self, token: str, at: float) -> Shown:
        """What the page behind a link says at that time. Changes nothing, however often it is opened (D12)."""
        digests = links.digests(self._keys, token)
        found = await self._store.read(lambda connection: approvals.by_link(connection, digests))
        return UNKNOWN if found is None else shown(*found, at)

    async def decide(self, token: str, *, approve: bool, at: float, source: str) -> Shown:
        """What the page says after a click: what is true then, whoever was faster. `source` is where it came from.

        Whoever receives the link decides, and is written down as the one who did (D16).
        """
        digests = links.digests(self._keys, token)
        found = await self._store.read(lambda connection: approvals.by_link(connection, digests))
        if found is None:
            return UNKNOWN
        approval, link = found
        if not (links.can_approve if approve else links.can_refuse)(approval, at):
            return shown(approval, link, at)
        status = "approved" if approve else "refused"

        def step(connection: Connection) -> tuple[bool, ApprovalRow | None]:
            counted = approvals.decide(connection, approval.id, status, link.recipient, source, at)
            return counted, approvals.get(connection, approval.id)

        counted, now = await self._store.write(step)
        return UNKNOWN if now is None else shown(now, link, at)._replace(counted=counted)


def shown(approval: ApprovalRow, link: LinkRow, at: float) -> Shown:
    """What somebody with that link is told of an approval."""
    by_recipient = bool(approval.decided_by) and approval.decided_by == link.recipient
    return Shown(
        state=links.state_of(approval, at),
        can_approve=links.can_approve(approval, at),
        can_refuse=links.can_refuse(approval, at),
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
        decided_by=approval.decided_by if by_recipient else hidden(approval.decided_by),
        by_recipient=by_recipient,
        decided_at=approval.decided_at,
        counts_until=links.counts_until(approval),
        used_at=approval.used_at,
        language=link.language,
    )


def hidden(decided_by: str) -> str:
    """An address or number, partly hidden; an administrator's name as it is."""
    local, at, domain = decided_by.rpartition("@")
    if at:
        return f"{local[:1]}***{local[-1:] if len(local) > 2 else ''}@{domain}"
    return f"{decided_by[:3]}***{decided_by[-2:]}" if decided_by.startswith("+") else decided_by
