"""Every table. What changes here needs a migration; a test compares the two.

Times are seconds since the epoch, UTC. A user is (directory, unique_id) everywhere but in `users`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, Table, false

from store import enrollment_tables, page_tables  # noqa: F401 - theirs are in METADATA by this
from store.columns import METADATA, NUMBER, text, time
from store.text import StorableText, StorableTexts

__all__ = ["METADATA"]

USERS = Table(
    "users",
    METADATA,
    text("id", key=True),
    Column("username", StorableText, nullable=False, unique=True),
    *map(text, ("first_name", "last_name", "email", "phone")),
    text("password_hash", null=True),
    Column("enabled", Boolean, nullable=False),
    time("expires_at", null=True),
    Column("framed_ip_address", StorableText, unique=True),
    *map(text, ("sponsor_name", "sponsor_email", "sponsor_phone", "description", "language")),
    Column("demo", Boolean, nullable=False),
    time("created_at"),
    time("updated_at"),
    time("password_changed_at", null=True),
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    # `Name=value` of RADIUS attributes; hours; names of clients and of applications. None: no such limit.
    *(
        Column(name, StorableTexts, nullable=False, server_default="")
        for name in ("reply", "hours", "clients", "applications")
    ),
    # Notices of the account's end that were due by then are done; set anew with `expires_at`.
    time("noticed_until", null=True),
    Column("shown_name", StorableText, nullable=False, server_default=""),  # as typed; "": the username
)

USER_GROUPS = Table(
    "user_groups",
    METADATA,
    Column("user_id", StorableText, ForeignKey(USERS.c.id, ondelete="CASCADE"), primary_key=True),
    text("group_name", key=True),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    time("at"),
    text("ref", null=True),
    *map(text, ("login", "client", "application", "user_name", "directory", "unique_id", "station", "nas", "source")),
    *map(text, ("profile", "step", "outcome", "reason", "detail")),
)
Index("ix_audit_ref", AUDIT.c.ref, sqlite_where=AUDIT.c.ref.is_not(None), postgresql_where=AUDIT.c.ref.is_not(None))
# On SQLite every row would write a page of its own: 11 µs of the writer's CPU a row instead of 4.5. PostgreSQL pays
# for it in its own processes.
Index("ix_audit_user_name_id", AUDIT.c.user_name, AUDIT.c.id).ddl_if(dialect="postgresql")

ACCOUNTING = Table(
    "accounting",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    time("at"),
    *map(text, ("client", "source", "session_id", "status", "user_name", "station")),
    text("framed_ip_address", null=True),
    text("nas"),
    Column("session_time", BigInteger),
    Column("input_octets", BigInteger),
    Column("output_octets", BigInteger),
    text("cause"),
    text("attributes"),
)

BLOCKS = Table(
    "blocks",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    *map(text, ("directory", "unique_id", "user_name", "station", "scope", "reason")),
    time("created_at"),
    time("until", null=True),
    text("created_by"),
    time("removed_at", null=True),
    text("removed_by"),
)
Index(
    "ix_blocks_directory_unique_id", BLOCKS.c.directory, BLOCKS.c.unique_id,
    sqlite_where=BLOCKS.c.removed_at.is_(None), postgresql_where=BLOCKS.c.removed_at.is_(None),
)  # fmt: skip

FAILURES = Table(
    "failures",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    *map(text, ("directory", "unique_id", "station", "kind")),
    time("at"),
    text("digest"),
)
Index("ix_failures_directory_unique_id_at", FAILURES.c.directory, FAILURES.c.unique_id, FAILURES.c.at)

KNOWN_STATIONS = Table(
    "known_stations",
    METADATA,
    text("directory", key=True),
    text("unique_id", key=True),
    text("station", key=True),
    time("first_at"),
    time("last_at"),
)

LOGINS = Table(
    "logins",
    METADATA,
    text("id", key=True),  # 12 random octets in hex: what a State begins with
    time("at"),
    time("until"),
    *map(text, ("directory", "unique_id", "user_name", "name", "client", "application", "profile", "station")),
    *map(text, ("nas", "source")),
    text("joins", null=True),  # what a new request must equal to join this login; None once it has ended
    Column("step", Integer, nullable=False),
    text("factor"),
    text("passed"),  # JSON: how each factor before was proved
    text("memory"),  # JSON: what the factor left
    text("states"),  # the second parts of the States that are still good, in hex, apart by blanks
    text("packet"),  # keyed digest of the last request's octets
    text("outcome"),  # JSON: what came of them
    text("status"),  # open, accepted, refused
    text("approval", null=True),
)
Index("ix_logins_joins", LOGINS.c.joins, unique=True,
      sqlite_where=LOGINS.c.joins.is_not(None), postgresql_where=LOGINS.c.joins.is_not(None))  # fmt: skip
Index("ix_logins_approval", LOGINS.c.approval,
      sqlite_where=LOGINS.c.approval.is_not(None), postgresql_where=LOGINS.c.approval.is_not(None))  # fmt: skip

MESSAGES = Table(
    "messages",
    METADATA,
    text("id", key=True),
    time("at"),
    *map(text, ("login", "kind", "profile", "directory", "unique_id", "recipient")),
    time("until"),  # not tried any more after it
    time("sent_at", null=True),
    text("carrier"),  # which took it
    text("cause"),  # why none did, at the last try
)
# On SQLite the process counts what each user was sent: one page more for each message is half of what is written.
Index("ix_messages_directory_unique_id_at", MESSAGES.c.directory, MESSAGES.c.unique_id, MESSAGES.c.at).ddl_if(
    dialect="postgresql"
)
Index("ix_messages_at", MESSAGES.c.at)
Index("ix_messages_unsent", MESSAGES.c.until,
      sqlite_where=MESSAGES.c.sent_at.is_(None), postgresql_where=MESSAGES.c.sent_at.is_(None))  # fmt: skip

RECEIPTS_AWAITED = Table(
    "receipts_awaited",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    time("at"),
    *map(text, ("carrier", "name", "message")),  # what the carrier calls a part of the message
)
Index("ix_receipts_awaited_carrier_name", RECEIPTS_AWAITED.c.carrier, RECEIPTS_AWAITED.c.name)

APPROVALS = Table(
    "approvals",
    METADATA,
    text("id", key=True),
    time("at"),
    time("until"),
    *map(text, ("kind", "login", "profile", "directory", "unique_id", "user_name", "display_name", "application")),
    *map(text, ("client", "station", "nas", "source")),
    time("late"),  # for how many seconds a decision counts that comes while nobody waits
    time("held_until"),  # when the NAS that waits gives up
    text("status"),  # open, approved, refused, withdrawn, revoked
    time("decided_at", null=True),
    *map(text, ("decided_by", "decided_from")),
    time("used_at", null=True),
    time("reminded_at", null=True),  # when somebody who came back had one more message sent (D25)
    Column("in_line", Integer),  # how many requests without a station stand in line behind the one that is held (D24)
    time("in_line_since", null=True),
    time("taken_back_at", null=True),  # when it was learned that its Accept did not arrive (D23)
    time("revoked_at", null=True),
    Column("revoked_by", StorableText),
)
Index("ix_approvals_directory_unique_id_at", APPROVALS.c.directory, APPROVALS.c.unique_id, APPROVALS.c.at)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    text("id", key=True),
    *map(text, ("directory", "unique_id", "station", "kind")),
    time("until"),  # it counts no longer: who took it is gone
)
Index("ix_attempts_directory_unique_id", ATTEMPTS.c.directory, ATTEMPTS.c.unique_id)

LINKS = Table(
    "links",
    METADATA,
    text("digest", key=True),  # keyed; the token itself is in the message alone
    text("approval"),
    text("recipient"),
    text("language"),
    time("at"),
    Column("why", StorableText),  # they are asked: manager, sponsor ...; see model.approval.Link
    Column("name", StorableText),  # of whom is asked
)
Index("ix_links_approval", LINKS.c.approval)

IDENTITIES = Table(
    "identities",
    METADATA,
    text("name", key=True),
    text("directory"),
    text("unique_id"),
    time("at"),
)

CLIENTS = Table(
    "learned",
    METADATA,
    text("client", key=True),
    time("message_authenticator_at", null=True),
    time("first_at"),
    time("last_at"),
    # How long it waits for an answer, in seconds; see seen.Waits.
    Column("timeout", Double),
    Column("tries", Integer),
    *(Column(name, Double) for name in ("at_least", "at_most", "hold")),
    Column("one_port", Boolean),
    time("challenges_at", null=True),
)

COUNTS = Table(
    "counts",
    METADATA,
    text("client", key=True),
    text("kind", key=True),
    Column("count", BigInteger, nullable=False),
)

SETTINGS = Table(
    "settings_of_database",
    METADATA,
    text("name", key=True),
    text("value"),
)

GENERATION = Table(
    "generation",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
)

NOTICES = Table(
    "notices",
    METADATA,
    Column("generation", NUMBER, primary_key=True, autoincrement=False),
    text("subject"),
    text("key"),
    time("at"),
    text("node"),
)
