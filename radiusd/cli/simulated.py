"""What came of the sign-ins of `radiusd simulate`: a line for each, for programs too, and a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiusd.cli.printing import as_json, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiusd.nas.simulate.results import Result
    from radiusd.nas.simulate.series import Play

HEADINGS = ("NAS", "SETTING", "WAITS", "METHOD", "SIGNS IN", "SECONDS", "WHY")


def show(plays: Sequence[Play], results: Sequence[Result], *, json: bool) -> None:
    """Draws each into the current folder, and prints all."""
    rows = [_row(play, result, _draw(play, result)) for play, result in zip(plays, results, strict=True)]
    if json:
        as_json(rows)
    else:
        table(HEADINGS, [_cells(row) for row in rows])
        say(f"Drawn: {', '.join(rows[number]['drawing'] for number in range(min(2, len(rows))))}{_more(rows)}")


def _draw(play: Play, result: Result) -> str:
    """The name of the drawing."""
    from radiusd.nas.simulate.clients import client_name
    from radiusd.nas.simulate.drawing import svg

    name = f"simulate-{client_name(play.nas)}-{play.about or result.method}.svg"
    Path(name).write_text(svg(result), "utf-8")
    return name


def _row(play: Play, result: Result, drawing: str) -> dict[str, Any]:
    nas = result.nas
    return {
        "nas": nas.key,
        "name": nas.name,
        "setting": nas.setting,
        "waits_seconds": round(nas.waits, 1),
        "method": play.about or result.method,
        "signs_in": result.succeeded,
        "seconds": round(result.seconds, 1),
        "tries": result.tries,
        "why": result.why,
        "station": result.station,
        "drawing": drawing,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["nas"],
        row["setting"],
        f"{row['waits_seconds']:g}s",
        row["method"],
        "yes" if row["signs_in"] else "no",
        f"{row['seconds']:.1f}",
        row["why"],
    )


def _more(rows: Sequence[dict[str, Any]]) -> str:
    return f", and {len(rows) - 2} more" if len(rows) > 2 else ""
