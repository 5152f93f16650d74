"""Who is signed in to the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXTS = ("id", "directory", "unique_id", "user_name", "role", "source", "browser", "credential")


def upgrade() -> None:
    op.create_table(
        "page_sessions",
        sa.Column("digest", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("begun_at", "seen_at", "until")),
    )
    op.create_index("ix_page_sessions_id", "page_sessions", ["id"], unique=True)
