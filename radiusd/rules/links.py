"""What a link is, what it may do at a moment, and for how long an approval counts (D2, D12)."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from radiusd.rules import chance

if TYPE_CHECKING:
    from store.records import ApprovalRow

# Letters and digits alone: what else stands at the end of a link, mail programs take for the sentence around it.
ALPHABET = string.ascii_letters + string.digits
LENGTH = 33  # 196 random bits
# Behind a link stands what a mail program took along: a full stop, a bracket, a quote, a slash. Tokens of earlier
# releases are 32 characters long and have "-" and "_" in them.
WRITTEN = re.compile(
    rf"([A-Za-z0-9]{{{LENGTH}}})(?:[^A-Za-z0-9].{{0,8}})?|([A-Za-z0-9_-]{{32}})(?:[^A-Za-z0-9_-].{{0,8}})?", re.DOTALL
)
LAST_LOOK_SECONDS = 10.0  # after the wait, in which a decision that came before its end is still found


class LinkState(Enum):
    """What the page behind a link has to say."""

    OPEN = "open"  # a request is held, or the user was asked to wait
    GRANT = "grant"  # nobody waits any more; an approval is kept for the next try
    NOT_WAITING = "not waiting"  # nobody waits any more, and an approval would have no effect
    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"  # approved, and revoked before it let anybody in
    WITHDRAWN = "withdrawn"
    USED = "used"  # approved, and the user is signed in
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    INFORMATION = "information"  # nothing is to be decided


CAN_APPROVE = frozenset({LinkState.OPEN, LinkState.GRANT})
CAN_REFUSE = frozenset({LinkState.OPEN, LinkState.GRANT, LinkState.NOT_WAITING})


def digest(key: bytes, token: str) -> str:
    """What is stored of a link: nobody finds the token by it, nor without the key the digest by the token."""
    return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), key=key, person=b"link", digest_size=32).hexdigest()


def digests(keys: Sequence[bytes], token: str) -> list[str]:
    """The same under each key: one of them is stored."""
    return [digest(key, token) for key in keys]


def new_token() -> str:
    """A token nobody can guess, of letters and digits."""
    return chance.letters(ALPHABET, LENGTH)


def token_of(written: str) -> str | None:
    """The token of what stands behind /a/ in a link, without what a mail program put behind it; None where it is none."""
    found = WRITTEN.fullmatch(written)
    return None if found is None else found[1] or found[2]


def url(base: str, token: str) -> str:
    """The link itself; `base` is `server` or `public_url`."""
    return f"{base}/a/{token}"


def invitation_url(base: str, token: str) -> str:
    """The link to the page where somebody who was invited adds an address or number; `base` is `public_url`."""
    return f"{base}/e/{token}"


def reset_url(base: str, token: str) -> str:
    """The link to the page where a local user sets another password; `base` is `public_url`."""
    return f"{base}/p/{token}"


def state_of(approval: ApprovalRow | None, at: float) -> LinkState:
    """What is to be said of an approval, None where no such link was made.

    A decision is told also after the link has expired: a refusal must never look like silence.
    """
    if approval is None:
        return LinkState.UNKNOWN
    match approval.status:
        case "approved":
            return LinkState.APPROVED if approval.used_at is None else LinkState.USED
        case "refused":
            return LinkState.REFUSED
        case "revoked":
            return LinkState.REVOKED
        case "open" | "withdrawn":
            return _undecided(approval, at)
        case _:
            assert_never(approval.status)


def _undecided(approval: ApprovalRow, at: float) -> LinkState:
    if at >= approval.until:
        return LinkState.EXPIRED
    if approval.kind != "approval":
        return LinkState.INFORMATION
    if approval.status == "withdrawn":
        return LinkState.WITHDRAWN
    if at < approval.held_until:
        return LinkState.OPEN
    return LinkState.GRANT if approval.late > 0 else LinkState.NOT_WAITING


def can_approve(approval: ApprovalRow | None, at: float) -> bool:
    """Whether an approval at that moment would have an effect."""
    return state_of(approval, at) in CAN_APPROVE


def can_refuse(approval: ApprovalRow | None, at: float) -> bool:
    """Whether it can be refused: also when nobody waits any more, for then nobody is asked again for a while."""
    return state_of(approval, at) in CAN_REFUSE


def can_revoke(approval: ApprovalRow | None, at: float) -> bool:
    """Whether it was approved, has let nobody in, and still would (D2)."""
    until = None if approval is None else counts_until(approval)
    return until is not None and at <= until


def counts_until(approval: ApprovalRow) -> float | None:
    """Until when an approval lets its user in; None where it never does, or has done so."""
    if approval.status != "approved" or approval.decided_at is None or approval.used_at is not None:
        return None
    if approval.taken_back_at is not None:
        return approval.taken_back_at + approval.late if approval.late > 0 else None
    late = approval.decided_at + approval.late
    if approval.decided_at < approval.held_until:
        return max(late, approval.held_until + LAST_LOOK_SECONDS)
    return late if approval.late > 0 else None
