"""What became of an approval, who stands in line for it, and attempts that are taken before they are judged."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # All of them may be missing: nodes of the release before write rows without them.
    for name in ("reminded_at", "in_line_since", "taken_back_at", "revoked_at"):
        op.add_column("approvals", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("approvals", sa.Column("in_line", sa.Integer(), nullable=True))
    op.add_column("approvals", sa.Column("revoked_by", sa.Text(), nullable=True))
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("directory", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
    )
    op.create_index("ix_attempts_directory_unique_id", "attempts", ["directory", "unique_id"], unique=False)
