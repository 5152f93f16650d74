"""How the system schedules the writing thread."""

from __future__ import annotations

import os
from contextlib import suppress

MANY, FEW = 16, 4  # entries in a group


class Politeness:
    """Of the thread that calls it: woken, it takes no core from another thread while groups are large.

    While there is much to write, the loop's thread is the one that must not be interrupted; that is worth a tenth of the
    sign-ins a second. While there is little, a commit must not wait behind threads that hash.
    """

    def __init__(self) -> None:
        self._polite = False

    def after(self, entries: int) -> None:
        """A group of so many entries is to be written."""
        polite = entries >= MANY or (self._polite and entries > FEW)
        if polite is not self._polite and hasattr(os, "SCHED_BATCH"):
            # A system that forbids it is only slower. 0 is this thread.
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_BATCH if polite else os.SCHED_OTHER, os.sched_param(0))
        self._polite = polite
