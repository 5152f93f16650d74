"""Passwords that were right and must be changed, sealed, while their owners are asked for another one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passwords_to_change",
        sa.Column("directory", sa.Text(), primary_key=True),
        sa.Column("unique_id", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
    )
