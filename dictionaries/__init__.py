"""The RADIUS dictionaries that are shipped: attributes of the RFCs and of the vendors our users have.

FreeRADIUS's format, so that one file can be given to either server.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def files() -> tuple[Path, ...]:
    """The files to read, in order; each includes others beside it."""
    return (Path(str(resources.files(__name__) / "dictionary")),)
