"""The keys of `key_file`, as commands that seal or digest something need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiusd.cli.printing import fail

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Store


def in_use(settings: Settings, store: Store) -> tuple[bytes, ...]:
    """Those of the file, the one first that the server uses for what is new; ends the command where that can not be.

    Not the file's first line where a server has not been started with it: what that seals the server could not open.
    """
    from radiusd.process import key_file
    from store import meta

    path = settings.key_file
    recorded = store.read_now(meta.key_id)
    try:
        if recorded is None and not path.exists():
            key_file.made(path)
        found = key_file.keys(path)
    except key_file.KeyFileError as error:
        fail(f"key_file: {error}")
    if recorded is None:
        return found
    names = key_file.ids(found)
    if recorded not in names:
        fail(f"key_file: {path} is not the key file of this database; {key_file.RESTORE}")
    first = found[names.index(recorded)]
    return (first, *(key for key in found if key != first))
