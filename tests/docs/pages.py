"""What the pages have in blocks: commands that are run as they stand, files they talk of, and what is only shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
RUN = {"", "sh"}  # "" is an indented block
SHOWN = {"console", "text", "yaml", "json", "csv", "ini", "html", "python", "sql", "promql", "diff", "xml"}
FENCE = re.compile(r"^( *)(`{3,})[ ]*([\w-]*)[ ]*(.*)$")
NESTED = re.compile(r"([-*+]|\d+[.)]) |!!!|\?\?\?|===")  # what is indented below these is text
TITLE = re.compile(r'title="([^"]+)"')
DIRECTIVE = re.compile(r"<!-- (commands|ends with): *(.*?) *-->")


class Block(NamedTuple):
    """`title` is the file that it shows, "" for none; `ends` the exit code of its commands."""

    line: int
    language: str
    title: str
    ends: int
    text: str

    @property
    def is_run(self) -> bool:
        return self.language in RUN and not self.title


class Page(NamedTuple):
    """`start` says where its commands are typed; "" where everything is there already."""

    path: Path
    start: str
    blocks: list[Block]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))


def read(path: Path) -> Page:
    """The page with its blocks, in their order."""
    text = path.read_text()
    starts = [value for kind, value in DIRECTIVE.findall(text) if kind == "commands"]
    return Page(path, starts[0] if starts else "", list(_blocks(text.splitlines())))


def _blocks(lines: list[str]) -> Iterator[Block]:
    ends, nested, number = 0, False, 0
    while number < len(lines):
        line = lines[number]
        directive, fence = DIRECTIVE.search(line), FENCE.match(line)
        if directive and directive[1] == "ends with":
            ends = int(directive[2])
        elif fence:
            end = next(at for at in range(number + 1, len(lines)) if lines[at].strip() == fence[2])
            title = TITLE.search(fence[4])
            inside = [each.removeprefix(fence[1]) for each in lines[number + 1 : end]]
            yield Block(number + 1, fence[3] or "nothing", title[1] if title else "", ends, "\n".join(inside) + "\n")
            ends, number = 0, end
        elif line.startswith("    ") and not nested and (number == 0 or not lines[number - 1].strip()):
            end = number
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            inside = [each.removeprefix("    ") for each in lines[number:end]]
            yield Block(number + 1, "", "", ends, "\n".join(inside).rstrip() + "\n")
            ends, number = 0, end - 1
        elif line.strip() and not line.startswith(" "):
            nested = bool(NESTED.match(line))
        number += 1
