"""The audit as CSV, for spreadsheets: names come from whoever asks, so no cell is a formula, or steers a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from radiusd.administration.users_csv import defused
from radiusd.log import escaped

COLUMNS = ("id", "at", "outcome", "reason", "ref", "user", "directory", "unique_id", "client", "application", "profile",
           "station", "nas", "source", "steps")  # fmt: skip


def cells(row: Mapping[str, Any]) -> list[str]:
    """A row as programs read it, in the order of COLUMNS; the steps that led to it in one cell."""
    values = {**row, "steps": "; ".join(row["detail"].get("trail", ()))}
    return ["" if values[name] is None else defused(escaped(str(values[name]))) for name in COLUMNS]


def line(cells: Sequence[str]) -> str:
    """One line of the file, its end included."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
