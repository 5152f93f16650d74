"""The table of who is signed in to the pages."""

from __future__ import annotations

from sqlalchemy import Index, Table

from store.columns import METADATA, text, time

PAGE_SESSIONS = Table(
    "page_sessions",
    METADATA,
    text("digest", key=True),
    *map(text, ("id", "directory", "unique_id", "user_name", "role", "source", "browser", "credential")),
    *map(time, ("begun_at", "seen_at", "until")),
)
Index("ix_page_sessions_id", PAGE_SESSIONS.c.id, unique=True)
