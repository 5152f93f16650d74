"""Python's garbage collector, once the server serves."""

from __future__ import annotations

import gc


def spare() -> None:
    """What was made so far stays; the collector need not look at it again and again, nor often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
