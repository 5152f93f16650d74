"""What the commands about enrollments share: whom they are for, which numbers may be sent to, how one is shown to programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from radiusd.cli.printing import USAGE, fail
from radiusd.cli.ways_in import waited, ways_in
from radiusd.rules.moments import iso

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.model.entry import Entry
    from store.enrolled import Enrollment


def entry_of(settings: Settings, user: str, directory: str) -> Entry:
    """The user; ends the command where nobody has that name."""

    async def look_up() -> Entry:
        async with ways_in(settings) as ways:
            return await ways.entry(user, directory)

    return waited(look_up())


def numbers(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """How a number without a country code is read, and the countries that SMS may go to."""
    from radiusd.process.tools import countries_of

    return settings.phone_country or "", countries_of(settings)


def one_of(option: str, given: str, among: Sequence[str]) -> None:
    """Ends the command where what was given is none of them."""
    if given and given not in among:
        from config.faults import instead

        fail(f"{option}: {given} is none{instead(given, among)}", USAGE)


def plain(row: Enrollment) -> dict[str, Any]:
    """One as programs read it."""
    return {
        "id": row.id,
        "user": row.user_name,
        "directory": row.directory,
        "unique_id": row.unique_id,
        "kind": row.kind,
        "value": row.value,
        "label": row.label,
        "status": row.status,
        "automatic": row.automatic,
        "created_at": iso(row.created_at),
        "created_by": row.created_by,
        "verified_at": iso(row.verified_at),
        "until": iso(row.until),
        "last_used_at": iso(row.last_used_at),
        "last_used_station": row.last_used_station,
        "last_used_client": row.last_used_client,
    }
