"""What is recorded of a step: one row, made here so that every writer of audit rows fills the same columns."""

from __future__ import annotations

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from radiusd.model.access import AccessRequest
from radiusd.model.entry import Entry

Row = tuple[float, str | None, str, str, str, str, str, str, str, str, str, str, str, str, str, str]


_encode = Encoder().encode


class _Detail(Struct, frozen=True):
    trail: tuple[str, ...]


_decode = Decoder(_Detail).decode


def detail_of(story: tuple[str, ...]) -> str:
    """The steps of a story as the JSON of the audit's `detail`."""
    return _encode(_Detail(story)).decode()


def told_further(row: Row, story: tuple[str, ...]) -> Row:
    """The row, whose story goes on."""
    return (*row[:-1], detail_of(_decode(row[-1]).trail + story))


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
    if entry is None:
        name, directory, unique_id = request.name, "", ""
    else:
        name, directory, unique_id = entry.username, entry.directory, entry.unique_id
    return (
        request.at,
        ref,
        login,
        request.client,
        request.application,
        name,
        directory,
        unique_id,
        request.station,
        request.nas,
        request.source,
        profile,
        step,
        outcome,
        reason,
        detail,
    )


def row_about(at: float, outcome: str, reason: str, name: str, person: tuple[str, str], *, station: str = "") -> Row:
    """A row of what befell a user outside a step of a login; `person` is directory and unique id."""
    detail = detail_of((reason,))
    return (at, None, "", "", "", name, *person, station, "", "", "", outcome, outcome, reason, detail)
