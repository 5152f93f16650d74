"""The rows of what somebody is asked or told in a login, and of the links by which they answer."""

from __future__ import annotations

from radiusd.login.cases import Case
from radiusd.login.changes import Change
from radiusd.model.approval import Approval
from store.records import ApprovalRow, LinkRow


def all_of(case: Case, change: Change) -> tuple[tuple[ApprovalRow, ...], tuple[LinkRow, ...]]:
    """What somebody is asked or told, and the links to it."""
    rows = tuple([row_of(case, asked, change.held_until or 0.0) for asked in change.asked])
    return rows, tuple([link for asked in change.asked for link in links_of(case, asked)])


def links_of(case: Case, asked: Approval) -> tuple[LinkRow, ...]:
    at = case.request.at
    return tuple([
        LinkRow(link.digest, asked.id, link.recipient, link.language, at, link.why, link.name) for link in asked.links
    ])  # fmt: skip


def row_of(case: Case, asked: Approval, held_until: float) -> ApprovalRow:
    request, entry = case.request, case.entry
    return ApprovalRow(
        id=asked.id, at=request.at, until=asked.until, kind=asked.kind, login=case.login, profile=case.plan.profile,
        directory=entry.directory, unique_id=entry.unique_id, user_name=entry.username,
        display_name=asked.display_name, application=request.application, client=request.client,
        station=request.station, nas=request.nas, source=request.source, late=asked.late, held_until=held_until,
    )  # fmt: skip
