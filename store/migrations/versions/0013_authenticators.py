"""Authenticator apps of users, and recovery codes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _times(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names]


def upgrade() -> None:
    op.create_table(
        "authenticators",
        *_texts("id", "directory", "unique_id", "user_name", "label", "secret", "algorithm"),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        *_texts("status"),
        sa.Column("created_at", sa.Double(), nullable=False),
        *_texts("created_by"),
        *_times("until", "shown_at", "verified_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("off", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        *_times("used_at"),
        *_texts("used_station", "used_client"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticators")),
    )
    op.create_index("ix_authenticators_directory_unique_id", "authenticators", ["directory", "unique_id"], unique=False)
    op.create_table(
        "recovery_codes",
        *_texts("digest", "directory", "unique_id"),
        sa.Column("made_at", sa.Double(), nullable=False),
        *_times("used_at"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_directory_unique_id", "recovery_codes", ["directory", "unique_id"], unique=False)
