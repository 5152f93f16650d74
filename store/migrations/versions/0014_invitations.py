"""Links by which users add an address or number of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXTS = ("directory", "unique_id", "user_name", "language", "recipient", "kinds")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("digest", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("at", "until")),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "memory")),
        sa.Column("used_at", sa.Double(), nullable=True),
    )
    op.create_index("ix_invitations_directory_unique_id", "invitations", ["directory", "unique_id"], unique=False)
