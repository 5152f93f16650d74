"""Mail addresses and mobile numbers of users beside those that their directories have."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = ("directory", "unique_id", "kind", "value")


def upgrade() -> None:
    op.create_table(
        "enrollments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("directory", "unique_id", "user_name", "kind")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("value", "label", "status")),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in ("verified_at", "until", "last_used_at")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("last_used_station", "last_used_client")),
    )
    op.create_index("ix_enrollments_value", "enrollments", KEY, unique=True)
