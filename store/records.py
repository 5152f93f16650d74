"""What the database holds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from msgspec import Struct

from config.secret import Secret

# Texts as the database has them; a match on one is exhaustive under mypy.
LoginStatus = Literal["open", "accepted", "refused", "ended", "expired"]
ApprovalStatus = Literal["open", "approved", "refused", "withdrawn", "revoked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user to be added. `username` is in normal form, phones are E.164, `framed_ip_address` is dotted IPv4.

    `reply` are RADIUS attributes as `Name=value`. Where `hours` are given, the user signs in within them alone; where
    `clients` or `applications` are, through those alone. `shown_name` is the name as it was typed, "" where that is `username`.
    """

    username: str
    password_hash: Secret | None = None
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    groups: tuple[str, ...] = ()
    enabled: bool = True
    expires_at: float | None = None
    framed_ip_address: str | None = None
    sponsor_name: str = ""
    sponsor_email: str = ""
    sponsor_phone: str = ""
    description: str = ""
    language: str = ""
    demo: bool = False
    must_change_password: bool = False
    reply: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    shown_name: str = ""

    @property
    def spelled(self) -> str:
        """The name as people read it."""
        return self.shown_name or self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalUser(NewUser):
    """A user of the database. `id` is the unique id in audit, blocks and counters."""

    id: str
    created_at: float
    updated_at: float
    password_changed_at: float | None
    noticed_until: float | None = None

    @property
    def unique_id(self) -> str:
        return self.id


class AuditRow(NamedTuple):
    """One step of a login, or one administrative change. Without `id`, a row for store.audit.ROWS."""

    at: float
    ref: str | None
    login: str
    client: str
    application: str
    user_name: str
    directory: str
    unique_id: str
    station: str
    nas: str
    source: str
    profile: str
    step: str
    outcome: str
    reason: str
    detail: str
    id: int = 0


class LoginRow(Struct, frozen=True, array_like=True, gc=False):
    """A login that takes more than one step, in the order of store.logins.ROWS. See tables.LOGINS for each column."""

    id: str
    at: float
    until: float
    directory: str
    unique_id: str
    user_name: str
    name: str
    client: str
    application: str
    profile: str
    station: str
    nas: str
    source: str
    joins: str | None
    step: int
    factor: str
    passed: str
    memory: str
    states: str
    packet: str
    outcome: str
    status: LoginStatus
    approval: str | None


class MessageRow(NamedTuple):
    """One message, in the order of store.messages.ROWS."""

    id: str
    at: float
    login: str
    kind: str
    profile: str
    directory: str
    unique_id: str
    recipient: str
    until: float
    sent_at: float | None = None
    carrier: str = ""
    cause: str = ""


class AccountingRow(NamedTuple):
    """One Accounting-Request. Without `id`, a row for store.accounting.ROWS."""

    at: float
    client: str
    source: str
    session_id: str
    status: str
    user_name: str
    station: str
    framed_ip_address: str | None
    nas: str
    session_time: int | None
    input_octets: int | None
    output_octets: int | None
    cause: str
    attributes: str
    id: int = 0


class Block(NamedTuple):
    """Whom it keeps out: `scope` is station, user, or unknown_stations. `until` of None: until it is removed.

    One of the scope lockout keeps out nobody: it tells that the directory is not asked, lest it lock the account.

    `created_by` is "" for one that failures led to.
    """

    id: int
    directory: str
    unique_id: str
    user_name: str
    station: str
    scope: str
    reason: str
    created_at: float
    until: float | None
    created_by: str
    removed_at: float | None
    removed_by: str


class Failures(NamedTuple):
    """A user's failures of one kind in the window."""

    at_station: int
    anywhere: int


class Failure(NamedTuple):
    """A failure of a user's."""

    station: str
    kind: str
    at: float


class Station(NamedTuple):
    """A station that the user has signed in from."""

    station: str
    first_at: float
    last_at: float


class ApprovalRow(NamedTuple):
    """A question to approvers (`kind` approval), or what they are told of (information).

    `until` the links live; a request waits for a decision until `held_until`; one that comes later counts for `late`
    seconds. `used_at` is when it let the user in, `taken_back_at` when it was learned that this did not arrive (D23).
    `reminded_at`: one more message was sent to whoever was asked (D25). So many requests are `in_line` behind the one
    that is held, the first of them since `in_line_since` (D24).
    """

    id: str
    at: float
    until: float
    kind: str
    login: str
    profile: str
    directory: str
    unique_id: str
    user_name: str
    display_name: str
    application: str
    client: str
    station: str
    nas: str
    source: str
    late: float
    held_until: float
    status: ApprovalStatus = "open"
    decided_at: float | None = None
    decided_by: str = ""
    decided_from: str = ""
    used_at: float | None = None
    reminded_at: float | None = None
    in_line: int | None = None
    in_line_since: float | None = None
    taken_back_at: float | None = None
    revoked_at: float | None = None
    revoked_by: str | None = None


class LinkRow(NamedTuple):
    """A link that was sent. `digest` is keyed; the token itself is in the message alone.

    `why` its recipient is asked, and their `name`, as model.approval.Link has them; None: of an earlier release.
    """

    digest: str
    approval: str
    recipient: str
    language: str
    at: float
    why: str | None = None
    name: str | None = None


class Before(NamedTuple):
    """What is known of a user's sign-ins from one place before a moment.

    `known_since` they sign in from there, None: they never did; `last_at` is the last time. `approved` and `refused`: how
    many sign-ins from there somebody let in or refused, of those that are still recorded.
    """

    known_since: float | None
    last_at: float | None
    approved: int
    refused: int
