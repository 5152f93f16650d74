"""How commands print: tables for people, JSON for programs, errors on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import typer

from radiusd.administration.faults import Invalid, Refused

REFUSED = 1
USAGE = 2
WIDE = 4000  # columns of a table that goes into a file or a pipe: nothing is cut


def say(text: str) -> None:
    """One line on standard output; control characters, which may come from the wire, are escaped."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """One line on standard error."""
    sys.stdout.flush()
    sys.stderr.write(printable(text) + "\n")


def fail(text: str, code: int = REFUSED) -> NoReturn:
    """Says why, and what to do next, and ends the command."""
    complain(f"radiusd: {text}")
    raise typer.Exit(code)


def refuse(refused: Refused) -> NoReturn:
    """Says why it cannot be, each thing for itself, and ends the command."""
    if isinstance(refused, Invalid):
        for sentence in refused.sentences:
            complain(f"radiusd: {sentence}")
        raise typer.Exit(USAGE)
    fail(str(refused))


def printable(text: str) -> str:
    """The text for a terminal, whatever its encoding."""
    from radiusd.log import escaped

    encoding = sys.stdout.encoding or "utf-8"
    return escaped(text).encode(encoding, "replace").decode(encoding)


def as_json(value: Any) -> None:
    """Anything made of lists, dicts, texts and numbers, indented. Beyond ASCII it is escaped, control characters too."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def as_json_line(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with a line of headings."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False) if sys.stdout.isatty() else Console(width=WIDE, highlight=False)
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    with console.capture() as captured:
        console.print(made)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Names and values, one a line, aligned; without a value the line is left out."""
    shown = [(name, value) for name, value in rows if value]
    width = max((len(name) for name, _value in shown), default=0)
    for name, value in shown:
        say(f"{name:<{width}}  {value}")
