"""What is recorded of a step: one row, made here so that every writer of audit rows fills the same columns."""

from __future__ import annotations

from msgspec.json import Encoder

from radiusd.model.access import AccessRequest
from radiusd.model.entry import Entry

Row = tuple[float, str | None, str, str, str, str, str, str, str, str, str, str, str, str, str, str]


_encode = Encoder().encode


def detail_of(trail: tuple[str, ...], story: tuple[str, ...]) -> str:
    """The steps of a story as the JSON of the audit's `detail`. `trail` comes first."""
    return _encode({"trail": trail + story}).decode()


def row_of(
    request: AccessRequest,
    outcome: str,
    reason: str,
    entry: Entry | None,
    profile: str,
    detail: str,
    ref: str | None = None,
    login: str = "",
    step: str = "begin",
) -> Row:
    """A row of store.audit for one step of a login, in the order of its columns.

    The user is named as the directory has them, however they typed it; as typed where nobody is found.
    """
    return (
        request.at,
        ref,
        login,
        request.client,
        request.application,
        request.name if entry is None else entry.username,
        entry.directory if entry is not None else "",
        entry.unique_id if entry is not None else "",
        request.station,
        request.nas,
        request.source,
        profile,
        step,
        outcome,
        reason,
        detail,
    )
