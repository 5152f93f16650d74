"""docs/features.md: what radiusd does, row by row, and the test or the page that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from markdown.extensions.toc import slugify

from tests.rows import Marked, marked

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("features.txt")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FENCED = re.compile(r"^(`{3,}).*?^\1", re.MULTILINE | re.DOTALL)


class Row(NamedTuple):
    """`page` is (file below docs/, heading) where the documentation shows it; `later` is what is not there yet."""

    name: str
    section: str
    kind: str
    what: str
    page: tuple[str, str] | None = None
    later: str = ""


def rows(text: str) -> list[Row]:
    """What the source has, in its order."""
    found, section = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line and not line.startswith("#"):
            name, kind, what, *more = line.split(" | ")
            where, _, told = more[0].partition(": ") if more else ("", "", "")
            file, _, heading = told.partition(": ")
            page = (file, heading) if where == "page" else None
            found.append(Row(name, section, kind, what, page, told if where == "later" else ""))
    return found


def headings(page: str) -> list[str]:
    """Those of a page below docs/, as they are written; none where there is no such page."""
    path = ROOT / "docs" / page
    return HEADING.findall(FENCED.sub("", path.read_text())) if path.exists() else []


def page() -> str:
    """The whole page."""
    return "\n".join(_page(rows(SOURCE.read_text()), marked(ROOT))) + "\n"


def _page(table: list[Row], tests: list[Marked]) -> Iterator[str]:
    yield "# Features"
    yield ""
    yield "What radiusd does, row by row, and what shows it: a test of the repository, or a page here. Tests carry their rows"
    yield 'as a marker (`@pytest.mark.row("S7")`), and a run of all tests fails where one of a row did not run and pass. Those'
    yield "in `tests/proofs/` take longer, and `make prove` runs them. What is not there yet says so, and what is there in its place."
    for section, part in groupby(table, key=lambda row: row.section):
        yield from ("", f"## {section}", "", "| row | kind | what | where |", "|---|---|---|---|")
        yield from (f"| {row.name} | {row.kind} | {row.what} | {_where(row, tests)} |" for row in part)


def _where(row: Row, tests: list[Marked]) -> str:
    of_row = [each.test.partition("::") for each in tests if row.name in each.rows]
    places = [
        f"`{file}`: " + ", ".join(f"`{name}`" for _, _, name in each)
        for file, each in groupby(of_row, key=lambda parts: parts[0])
    ]
    if row.page:
        file, heading = row.page
        anchor = "" if heading == headings(file)[0] else f"#{slugify(heading, '-')}"
        places.insert(0, f"[{heading}]({file}{anchor})")
    if row.later:
        places.append(f"not yet: {row.later}")
    return "<br>".join(places)
