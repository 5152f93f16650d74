"""Files that only their owner may read: whole, or not there at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MODE = 0o600


def replace(path: Path, text: str) -> None:
    """Puts the text into the file, in the place of what was there. Raises OSError, and the old file stays then."""
    if path.exists() and not path.is_file():
        raise OSError(None, "it is no regular file", str(path))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
    try:
        _write(handle, text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _keep(path.parent)


def make(path: Path, text: str) -> None:
    """Makes the file. Raises OSError, FileExistsError where it is there already."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        _write(handle, text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    _keep(path.parent)


def _write(handle: int, text: str) -> None:
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _keep(folder: Path) -> None:
    """The name too is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
