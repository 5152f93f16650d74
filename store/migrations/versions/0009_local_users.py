"""What local users have beside their fields so far: a password that must be changed, replies, hours, places, notices."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nodes of the release before write rows without them.
    op.add_column("users", sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("reply", "hours", "clients", "applications", "shown_name"):
        op.add_column("users", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("users", sa.Column("noticed_until", sa.Double(), nullable=True))
