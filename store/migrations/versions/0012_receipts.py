"""Of which messages a carrier is to tell whether they were delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipts_awaited",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("carrier", "name", "message")),
    )
    op.create_index("ix_receipts_awaited_carrier_name", "receipts_awaited", ("carrier", "name"))
