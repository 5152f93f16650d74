"""Inviting users to add an address or number of their own: the link goes to what is on record of them, and nowhere else.

What takes a connection is a step of the store, as in `users`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from radiusd.administration.changes import Administrator, audit_row
from radiusd.administration.faults import Conflict, Missing
from radiusd.enrollment.addresses import Destination
from radiusd.enrollment.post import Post
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.rules import links
from radiusd.rules.names import normal_form
from store import audit, invitations
from store.invitations import Invitation

if TYPE_CHECKING:
    from store import Connection


class NothingOnRecord(Conflict):
    """There is nothing of the user that could be written to."""

    def __init__(self, username: str) -> None:
        super().__init__(
            f"nothing on record of {username} can be written to: the link goes nowhere else; add an address or number of "
            "theirs for which you vouch"
        )


class Invited(NamedTuple):
    """An invitation and the message with its link."""

    invitation: Invitation
    message: Message


def recipient(post: Post, entry: Entry, to: str = "") -> Destination:
    """Where the link goes: `to`, which must be on record, or what the user used last. Raises NothingOnRecord, Missing."""
    found = post.on_record(entry)
    if not found:
        raise NothingOnRecord(entry.username)
    if not to:
        return found[0]
    there = next((each for each in found if to in (each.recipient, each.hidden)), None)
    if there is None:
        raise Missing(f"{to} is not on record of {entry.username}; there is {', '.join(each.hidden for each in found)}")
    return there


def made(
    post: Post, entry: Entry, to: Destination, key: bytes, base: str, kinds: Sequence[str], by: Administrator,
    now: float, seconds: float,
) -> Invited:  # fmt: skip
    """The invitation, not written yet. `key` is of links' digests, `base` is `public_url`; it lasts for so many seconds."""
    token = links.new_token()
    message = post.invitation(entry, to, links.invitation_url(base, token), kinds, seconds, now)
    invitation = Invitation(
        links.digest(key, token), entry.directory, entry.unique_id, entry.username, entry.language, to.hidden,
        " ".join(kinds), now, now + seconds, by.name,
    )  # fmt: skip
    return Invited(invitation, message)


def add(connection: Connection, by: Administrator, invitation: Invitation) -> None:
    """Writes it down, with its audit row; one before it of the same user is over by this."""
    invitations.add(connection, invitation)
    person = (invitation.directory, invitation.unique_id)
    what = f"invited to enroll, by a link to {invitation.recipient},"
    audit.insert(connection, audit_row(invitation.at, by, what, invitation.user_name, person=person))


def open_ones(connection: Connection, now: float) -> list[Invitation]:
    """Those that can still be used, oldest first."""
    return invitations.open_ones(connection, now)


def withdraw_of(connection: Connection, by: Administrator, name: str, now: float) -> list[Invitation]:
    """Those of the users of that name are over by this. Raises Missing where there is none."""
    wanted = normal_form(name)
    over = [each for each in open_ones(connection, now) if wanted and normal_form(each.user_name) == wanted]
    if not over:
        raise Missing(f"{name} has no invitation that could still be used")
    for each in over:
        invitations.end(connection, each.digest, now)
        person = (each.directory, each.unique_id)
        row = audit_row(now, by, f"invitation to {each.recipient} withdrawn", each.user_name, person=person)
        audit.insert(connection, row)
    return over


def withdraw(connection: Connection, invitation: Invitation, now: float) -> None:
    """It is over: its link was never sent."""
    invitations.end(connection, invitation.digest, now)
