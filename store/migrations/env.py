"""Alembic's way in. The connection, and the transaction and lock it is in, are store.Store's."""

from alembic import context

from store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
