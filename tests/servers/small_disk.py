"""A disk of a few MiB, in memory, that can be filled and freed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4096  # octets that are given at a time
FILLER = "filler"


class SmallDisk:
    """`path` is its folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, but: int = 0) -> None:
        """Nothing is left of it, or `but` so many pages."""
        with (self.path / FILLER).open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(PAGE))
            except OSError:
                filler.truncate(max(0, filler.tell() - filler.tell() % PAGE - but * PAGE))

    def free(self) -> None:
        """As it was before it was filled."""
        (self.path / FILLER).unlink(missing_ok=True)

    @property
    def is_full(self) -> bool:
        """Whether no page is left."""
        return os.statvfs(self.path).f_bavail == 0


@contextmanager
def small_disk(path: Path, mebibytes: int = 3) -> Iterator[SmallDisk]:
    """Mounted at a folder that is made for it. Needs root, as namespaces do."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", str(path)], check=True)
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
