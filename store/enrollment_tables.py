"""The tables of what users have enrolled, and of how they came to it. A user is (directory, unique_id)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table

from store.columns import METADATA, NUMBER, text, time

ENROLLMENTS = Table(
    "enrollments",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    *map(text, ("directory", "unique_id", "user_name", "kind", "value", "label", "status")),
    Column("automatic", Boolean, nullable=False),  # it tells of what the directory has
    time("created_at"),
    text("created_by"),
    *(time(name, null=True) for name in ("verified_at", "until", "last_used_at")),
    *map(text, ("last_used_station", "last_used_client")),
)
Index(
    "ix_enrollments_value", *(ENROLLMENTS.c[name] for name in ("directory", "unique_id", "kind", "value")), unique=True
)

PASSWORDS_TO_CHANGE = Table(
    "passwords_to_change",
    METADATA,
    text("directory", key=True),
    text("unique_id", key=True),
    text("sealed"),  # the password that was right, which the directory wants beside the new one
    time("until"),
)
AUTHENTICATORS = Table(
    "authenticators",
    METADATA,
    text("id", key=True),
    *map(text, ("directory", "unique_id", "user_name", "label", "secret", "algorithm")),  # the secret is sealed
    Column("digits", Integer, nullable=False),
    Column("period", Integer, nullable=False),  # seconds
    text("status"),  # pending, verified, disabled
    time("created_at"),
    text("created_by"),
    time("until", null=True),  # how long its QR code can be scanned
    time("shown_at", null=True),  # when its QR code was shown first
    time("verified_at", null=True),
    Column("tries", Integer, nullable=False),  # first codes that were wrong
    Column("off", BigInteger),  # steps that the app's clock was off at the last of them, where that can be told
    Column("step", BigInteger, nullable=False),  # the last one of which a code was used, -1 for none
    Column("drift", Integer, nullable=False),  # steps that the app's clock is ahead of ours, as learned
    Column("seen", Integer, nullable=False),  # the same at the last code
    time("used_at", null=True),
    *map(text, ("used_station", "used_client")),
)
Index("ix_authenticators_directory_unique_id", AUTHENTICATORS.c.directory, AUTHENTICATORS.c.unique_id)

RECOVERY_CODES = Table(
    "recovery_codes",
    METADATA,
    text("digest", key=True),  # keyed; the code itself was shown once
    *map(text, ("directory", "unique_id")),
    time("made_at"),
    time("used_at", null=True),
)
Index("ix_recovery_codes_directory_unique_id", RECOVERY_CODES.c.directory, RECOVERY_CODES.c.unique_id)

PASSWORD_RESETS = Table(
    "password_resets",
    METADATA,
    text("digest", key=True),  # keyed, of the link; the token itself is in the mail alone
    *map(text, ("unique_id", "user_name", "recipient")),
    *map(time, ("at", "until")),
    text("created_by"),
    time("used_at", null=True),
)
Index("ix_password_resets_unique_id", PASSWORD_RESETS.c.unique_id)

INVITATIONS = Table(
    "invitations",
    METADATA,
    text("digest", key=True),
    *map(text, ("directory", "unique_id", "user_name", "language", "recipient", "kinds")),
    *map(time, ("at", "until")),
    text("created_by"),
    Column("step", Integer, nullable=False),
    *map(text, ("kind", "memory")),
    time("used_at", null=True),
)
Index("ix_invitations_directory_unique_id", INVITATIONS.c.directory, INVITATIONS.c.unique_id)
