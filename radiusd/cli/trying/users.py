"""`radiusd check --live`: whether users have what their policy asks for (S134), of each directory the first ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiusd.cli.trying.tried import Tried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.settings import Settings
    from radiusd.directories import Directory
    from store import Store

MOST = 500  # users of a directory: all of it ends in seconds
SHOWN = 3


async def what_users_lack(settings: Settings, store: Store, directories: Mapping[str, Directory]) -> list[Tried]:
    """One result for each directory that has users and answers."""
    from radiusd.cli.enrollment_missing import everyone, looking
    from radiusd.cli.ways_in import ways_over
    from store import Unavailable

    try:
        ways = await ways_over(settings, store, directories)
    except Unavailable:
        return []  # said already
    results = []
    for name, directory in directories.items():
        if directory.down() is not None:
            continue  # said already
        look = looking(settings, ways)
        refused, others = [], 0
        async for lacking in everyone(look, [name], MOST):
            if lacking.stopped is not None or lacking.entry is None:
                break  # `radiusd enrollment missing` says why
            of_them = [need for need in lacking.needs if need.refused]
            if of_them:
                refused.append(f"{lacking.entry.username} {of_them[0].told()}")
            else:
                others += 1
        results += _told(f"directory {name}, what its users have", look.seen, refused, others)
    return results


def _told(what: str, seen: int, refused: list[str], others: int) -> list[Tried]:
    whole = f"the first {seen} users" if seen >= MOST else f"{seen} user{'' if seen == 1 else 's'}"
    if refused:
        more = f"; and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
        cause = f"{len(refused)} of {whole} can not sign in: {'; '.join(refused[:SHOWN])}{more}"
        return [Tried(what, cause, "`radiusd enrollment missing` names all of them, and what each lacks.")]
    if others:
        note = f"{others} of {whole} lack what would come first; `radiusd enrollment missing` names them"
        return [Tried(what, note=note)]
    return [Tried(what)] if seen else []
