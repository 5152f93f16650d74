"""What was done where a file is no YAML: the parser says what it expected, and mostly at the wrong end.

Nothing of the file is repeated: it may be a secret.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from config.faults import Fault, Place, fault

QUOTES_FOR_TEMPLATES = "a text with {{ ... }} in it is put in quotes"


class Quoted(NamedTuple):
    """The last text in quotes that was read before the error; lines and columns from 1."""

    line: int
    column: int
    end_line: int


class Stop(NamedTuple):
    """Where and why the parser stopped; `begun` is where what it was in began. Lines and columns from 1."""

    line: int
    column: int
    problem: str
    context: str
    begun: tuple[int, int] | None


def slip(file: str, text: str, stop: Stop, quoted: Quoted | None) -> Fault:
    """The fault, where it was made."""
    place, told = _slip(text.splitlines() or [""], stop, quoted)
    return fault(Place(file, *place), f"is not YAML: {told}")


def _slip(lines: list[str], stop: Stop, quoted: Quoted | None) -> tuple[tuple[int, int], str]:
    here = (stop.line, stop.column)
    line = lines[stop.line - 1] if stop.line <= len(lines) else ""
    at = line[stop.column - 1 : stop.column]
    if "tab character" in stop.problem or at == "\t":
        return here, "a tab stands here; lines are indented by spaces"
    if "quoted scalar" in stop.context and "end of stream" in stop.problem and stop.begun:
        return stop.begun, "the quote that opens here is never closed"
    if quoted is not None and quoted.end_line == stop.line:
        if quoted.line < quoted.end_line:
            told = f"the quote that opens here is closed in line {quoted.end_line} only; close it where its text ends"
            return (quoted.line, quoted.column), told
        told = (
            "a text ends with its closing quote, and more stands behind it; within quotes write '' for ' or \\\" for \""
        )
        return here, told
    braces = line.find("{{")
    if braces >= 0:
        return (stop.line, braces + 1), QUOTES_FOR_TEMPLATES
    if at and at in "@`%*&!|>":
        return here, f"a text that begins with {at} is put in quotes"
    if "mapping values" in stop.problem:
        return _colon(lines, stop)
    if "flow" in stop.context and stop.begun:
        bracket = "".join(lines[stop.begun[0] - 1 : stop.begun[0]])[stop.begun[1] - 1 : stop.begun[1]]
        closing = {"[": "]", "{": "}"}.get(bracket)
        if closing is None:  # the parser names what was to come, which may be behind the last line
            return here, "a [ or { before this is never closed, or something is missing after its comma"
        until = f"line {stop.line}" if stop.line > stop.begun[0] else f"column {stop.column}"
        return (
            stop.begun,
            f"the {bracket} that opens here has no {closing} before {until}, or a comma is missing before it",
        )
    if "escape" in stop.problem:
        return here, "in double quotes \\ begins an escape, and this is none; single quotes leave it as it is"
    if "block" in stop.context and stop.begun:
        return here, f"this line is not indented as those that it belongs to, from line {stop.begun[0]} on"
    return here, ", ".join(part for part in (stop.context, stop.problem) if part)


def _colon(lines: list[str], stop: Stop) -> tuple[tuple[int, int], str]:
    """A second colon in a line, or none that is seen in the line before."""
    before = lines[stop.line - 2] if stop.line > 1 else ""
    unseen = re.match(r"\s*[\w.@-]+:(?=\S)", before)
    if unseen:
        return (stop.line - 1, unseen.end()), "a space must stand behind the colon of a key"
    if ": " in lines[stop.line - 1][: stop.column - 1]:
        return (stop.line, stop.column), "a text with a colon and a space in it is put in quotes"
    return (stop.line, stop.column), "a key stands where the line before has no colon, or is its value"
