"""Why somebody is asked to decide, and what they are called: their page says it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both may be missing: nodes of the release before write rows without them.
    for name in ("why", "name"):
        op.add_column("links", sa.Column(name, sa.Text(), nullable=True))
