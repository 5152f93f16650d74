"""Rows for tests."""

from __future__ import annotations

from store.records import AuditRow


def audit_row(at: float = 1.0, **fields):
    """A row for store.audit.ROWS."""
    row = AuditRow(
        at, None, "", "nas", "vpn", "ann", "local", "1", "", "nas", "192.0.2.1", "p", "begin", "accept", "", "{}"
    )
    return row._replace(**fields)[:-1]
