"""Every table. What changes here needs a migration; a test compares the two.

Times are seconds since the epoch, UTC. A user is (directory, unique_id) everywhere but in `users`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, Table, false

from store.text import StorableText, StorableTexts

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
# SQLite numbers rows by itself only where the type is INTEGER.
NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, StorableText, nullable=null, primary_key=key)


def _time(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, Double, nullable=null)


USERS = Table(
    "users",
    METADATA,
    _text("id", key=True),
    Column("username", StorableText, nullable=False, unique=True),
    *map(_text, ("first_name", "last_name", "email", "phone")),
    _text("password_hash", null=True),
    Column("enabled", Boolean, nullable=False),
    _time("expires_at", null=True),
    Column("framed_ip_address", StorableText, unique=True),
    *map(_text, ("sponsor_name", "sponsor_email", "sponsor_phone", "description", "language")),
    Column("demo", Boolean, nullable=False),
    _time("created_at"),
    _time("updated_at"),
    _time("password_changed_at", null=True),
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    # `Name=value` of RADIUS attributes; hours; names of clients and of applications. None: no such limit.
    *(
        Column(name, StorableTexts, nullable=False, server_default="")
        for name in ("reply", "hours", "clients", "applications")
    ),
    # Notices of the account's end that were due by then are done; set anew with `expires_at`.
    _time("noticed_until", null=True),
    Column("shown_name", StorableText, nullable=False, server_default=""),  # as typed; "": the username
)

USER_GROUPS = Table(
    "user_groups",
    METADATA,
    Column("user_id", StorableText, ForeignKey(USERS.c.id, ondelete="CASCADE"), primary_key=True),
    _text("group_name", key=True),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    _time("at"),
    _text("ref", null=True),
    *map(_text, ("login", "client", "application", "user_name", "directory", "unique_id", "station", "nas", "source")),
    *map(_text, ("profile", "step", "outcome", "reason", "detail")),
)
Index("ix_audit_ref", AUDIT.c.ref, sqlite_where=AUDIT.c.ref.is_not(None), postgresql_where=AUDIT.c.ref.is_not(None))
# On SQLite every row would write a page of its own: 11 µs of the writer's CPU a row instead of 4.5. PostgreSQL pays
# for it in its own processes.
Index("ix_audit_user_name_id", AUDIT.c.user_name, AUDIT.c.id).ddl_if(dialect="postgresql")

ACCOUNTING = Table(
    "accounting",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    _time("at"),
    *map(_text, ("client", "source", "session_id", "status", "user_name", "station")),
    _text("framed_ip_address", null=True),
    _text("nas"),
    Column("session_time", BigInteger),
    Column("input_octets", BigInteger),
    Column("output_octets", BigInteger),
    _text("cause"),
    _text("attributes"),
)

BLOCKS = Table(
    "blocks",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    *map(_text, ("directory", "unique_id", "user_name", "station", "scope", "reason")),
    _time("created_at"),
    _time("until", null=True),
    _text("created_by"),
    _time("removed_at", null=True),
    _text("removed_by"),
)
Index(
    "ix_blocks_directory_unique_id", BLOCKS.c.directory, BLOCKS.c.unique_id,
    sqlite_where=BLOCKS.c.removed_at.is_(None), postgresql_where=BLOCKS.c.removed_at.is_(None),
)  # fmt: skip

FAILURES = Table(
    "failures",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    *map(_text, ("directory", "unique_id", "station", "kind")),
    _time("at"),
    _text("digest"),
)
Index("ix_failures_directory_unique_id_at", FAILURES.c.directory, FAILURES.c.unique_id, FAILURES.c.at)

KNOWN_STATIONS = Table(
    "known_stations",
    METADATA,
    _text("directory", key=True),
    _text("unique_id", key=True),
    _text("station", key=True),
    _time("first_at"),
    _time("last_at"),
)

LOGINS = Table(
    "logins",
    METADATA,
    _text("id", key=True),  # 12 random octets in hex: what a State begins with
    _time("at"),
    _time("until"),
    *map(_text, ("directory", "unique_id", "user_name", "name", "client", "application", "profile", "station")),
    *map(_text, ("nas", "source")),
    _text("joins", null=True),  # what a new request must equal to join this login; None once it has ended
    Column("step", Integer, nullable=False),
    _text("factor"),
    _text("passed"),  # JSON: how each factor before was proved
    _text("memory"),  # JSON: what the factor left
    _text("states"),  # the second parts of the States that are still good, in hex, apart by blanks
    _text("packet"),  # keyed digest of the last request's octets
    _text("outcome"),  # JSON: what came of them
    _text("status"),  # open, accepted, refused
    _text("approval", null=True),
)
Index("ix_logins_joins", LOGINS.c.joins, unique=True,
      sqlite_where=LOGINS.c.joins.is_not(None), postgresql_where=LOGINS.c.joins.is_not(None))  # fmt: skip
Index("ix_logins_approval", LOGINS.c.approval,
      sqlite_where=LOGINS.c.approval.is_not(None), postgresql_where=LOGINS.c.approval.is_not(None))  # fmt: skip

MESSAGES = Table(
    "messages",
    METADATA,
    _text("id", key=True),
    _time("at"),
    *map(_text, ("login", "kind", "profile", "directory", "unique_id", "recipient")),
    _time("until"),  # not tried any more after it
    _time("sent_at", null=True),
    _text("carrier"),  # which took it
    _text("cause"),  # why none did, at the last try
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
    _time("at"),
    *map(_text, ("carrier", "name", "message")),  # what the carrier calls a part of the message
)
Index("ix_receipts_awaited_carrier_name", RECEIPTS_AWAITED.c.carrier, RECEIPTS_AWAITED.c.name)

APPROVALS = Table(
    "approvals",
    METADATA,
    _text("id", key=True),
    _time("at"),
    _time("until"),
    *map(_text, ("kind", "login", "profile", "directory", "unique_id", "user_name", "display_name", "application")),
    *map(_text, ("client", "station", "nas", "source")),
    _time("late"),  # for how many seconds a decision counts that comes while nobody waits
    _time("held_until"),  # when the NAS that waits gives up
    _text("status"),  # open, approved, refused, withdrawn, revoked
    _time("decided_at", null=True),
    *map(_text, ("decided_by", "decided_from")),
    _time("used_at", null=True),
    _time("reminded_at", null=True),  # when somebody who came back had one more message sent (D25)
    Column("in_line", Integer),  # how many requests without a station stand in line behind the one that is held (D24)
    _time("in_line_since", null=True),
    _time("taken_back_at", null=True),  # when it was learned that its Accept did not arrive (D23)
    _time("revoked_at", null=True),
    Column("revoked_by", StorableText),
)
Index("ix_approvals_directory_unique_id_at", APPROVALS.c.directory, APPROVALS.c.unique_id, APPROVALS.c.at)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    _text("id", key=True),
    *map(_text, ("directory", "unique_id", "station", "kind")),
    _time("until"),  # it counts no longer: who took it is gone
)
Index("ix_attempts_directory_unique_id", ATTEMPTS.c.directory, ATTEMPTS.c.unique_id)

LINKS = Table(
    "links",
    METADATA,
    _text("digest", key=True),  # keyed; the token itself is in the message alone
    _text("approval"),
    _text("recipient"),
    _text("language"),
    _time("at"),
    Column("why", StorableText),  # they are asked: manager, sponsor ...; see model.approval.Link
    Column("name", StorableText),  # of whom is asked
)
Index("ix_links_approval", LINKS.c.approval)

ENROLLMENTS = Table(
    "enrollments",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    *map(_text, ("directory", "unique_id", "user_name", "kind", "value", "label", "status")),
    Column("automatic", Boolean, nullable=False),  # it tells of what the directory has
    _time("created_at"),
    _text("created_by"),
    *(_time(name, null=True) for name in ("verified_at", "until", "last_used_at")),
    *map(_text, ("last_used_station", "last_used_client")),
)
Index(
    "ix_enrollments_value", *(ENROLLMENTS.c[name] for name in ("directory", "unique_id", "kind", "value")), unique=True
)

PASSWORDS_TO_CHANGE = Table(
    "passwords_to_change",
    METADATA,
    _text("directory", key=True),
    _text("unique_id", key=True),
    _text("sealed"),  # the password that was right, which the directory wants beside the new one
    _time("until"),
)
AUTHENTICATORS = Table(
    "authenticators",
    METADATA,
    _text("id", key=True),
    *map(_text, ("directory", "unique_id", "user_name", "label", "secret", "algorithm")),  # the secret is sealed
    Column("digits", Integer, nullable=False),
    Column("period", Integer, nullable=False),  # seconds
    _text("status"),  # pending, verified, disabled
    _time("created_at"),
    _text("created_by"),
    _time("until", null=True),  # how long its QR code can be scanned
    _time("shown_at", null=True),  # when its QR code was shown first
    _time("verified_at", null=True),
    Column("tries", Integer, nullable=False),  # first codes that were wrong
    Column("off", BigInteger),  # steps that the app's clock was off at the last of them, where that can be told
    Column("step", BigInteger, nullable=False),  # the last one of which a code was used, -1 for none
    Column("drift", Integer, nullable=False),  # steps that the app's clock is ahead of ours, as learned
    Column("seen", Integer, nullable=False),  # the same at the last code
    _time("used_at", null=True),
    *map(_text, ("used_station", "used_client")),
)
Index("ix_authenticators_directory_unique_id", AUTHENTICATORS.c.directory, AUTHENTICATORS.c.unique_id)

RECOVERY_CODES = Table(
    "recovery_codes",
    METADATA,
    _text("digest", key=True),  # keyed; the code itself was shown once
    *map(_text, ("directory", "unique_id")),
    _time("made_at"),
    _time("used_at", null=True),
)
Index("ix_recovery_codes_directory_unique_id", RECOVERY_CODES.c.directory, RECOVERY_CODES.c.unique_id)

IDENTITIES = Table(
    "identities",
    METADATA,
    _text("name", key=True),
    _text("directory"),
    _text("unique_id"),
    _time("at"),
)

CLIENTS = Table(
    "learned",
    METADATA,
    _text("client", key=True),
    _time("message_authenticator_at", null=True),
    _time("first_at"),
    _time("last_at"),
    # How long it waits for an answer, in seconds; see records.Waits.
    Column("timeout", Double),
    Column("tries", Integer),
    *(Column(name, Double) for name in ("at_least", "at_most", "hold")),
    Column("one_port", Boolean),
    _time("challenges_at", null=True),
)

COUNTS = Table(
    "counts",
    METADATA,
    _text("client", key=True),
    _text("kind", key=True),
    Column("count", BigInteger, nullable=False),
)

SETTINGS = Table(
    "settings_of_database",
    METADATA,
    _text("name", key=True),
    _text("value"),
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
    _text("subject"),
    _text("key"),
    _time("at"),
    _text("node"),
)
