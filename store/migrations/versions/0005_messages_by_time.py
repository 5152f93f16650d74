"""Messages are found by their time; of whom each is, only PostgreSQL's nodes ask the database."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_at", "messages", ["at"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_messages_directory_unique_id_at", table_name="messages")
