"""The database: users, audit, blocks and whatever else outlives the process. Knows nothing of radiusd."""

from sqlalchemy import Connection

from store.databases.rows import Rows
from store.errors import StoreError, Unavailable
from store.store import Store

__all__ = ["Connection", "Rows", "Store", "StoreError", "Unavailable"]
