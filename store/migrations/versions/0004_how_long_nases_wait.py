"""How long each NAS waits for an answer, as it has shown."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("learned", sa.Column("timeout", sa.Double(), nullable=True))
    op.add_column("learned", sa.Column("tries", sa.Integer(), nullable=True))
    op.add_column("learned", sa.Column("at_least", sa.Double(), nullable=True))
    op.add_column("learned", sa.Column("at_most", sa.Double(), nullable=True))
    op.add_column("learned", sa.Column("hold", sa.Double(), nullable=True))
    op.add_column("learned", sa.Column("one_port", sa.Boolean(), nullable=True))
    op.add_column("learned", sa.Column("challenges_at", sa.Double(), nullable=True))
