"""A configuration's files as one map: `include:`, and texts taken from the environment and from files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from glob import glob, has_magic
from pathlib import Path

from config.faults import Fault, Place, fault, nearest
from config.yaml.nodes import Items, Leaf, Node, Table, leaves
from config.yaml.nodes import Path as NodePath

MOST_OCTETS = 16 * 1024 * 1024
MOST_OCTETS_OF_A_TEXT = 1024 * 1024
LINE_END = re.compile(r"\r?\n\Z")  # of the last line: editors, `echo` and Kubernetes leave it


class Unreadable(Exception):
    """A file that nothing can be made of."""

    def __init__(self, problem: Fault) -> None:
        super().__init__(str(problem))
        self.problem = problem


Parse = Callable[[str, str], tuple[Table, list[Fault]]]


class Gathering:
    """Reads files. `faults` are what was wrong; `files` their names in the order they were read.

    `of_octets`: where `file:` stands for octets, and not for a text.
    """

    def __init__(
        self, parse: Parse, folder: Path, environ: Mapping[str, str], of_octets: frozenset[NodePath] = frozenset()
    ) -> None:
        self._parse = parse
        self._folder = folder
        self._environ = environ
        self._of_octets = of_octets
        self._seen: list[Path] = []
        self.faults: list[Fault] = []
        self.files: list[str] = []
        self.unreadable: set[NodePath] = set()  # where a text could not be had

    def gather(self, path: Path) -> Table:
        """All sections. A file that can not be read is a fault, and the rest is read all the same."""
        root = self._file(path, Place(str(path), 1, 1), ())
        for where, leaf in leaves(root):
            if isinstance(leaf.value, str):
                problem = self._take(leaf, leaf.value, octets=where in self._of_octets)
                if problem is not None:
                    self.faults.append(fault(leaf.place, problem))
                    self.unreadable.add(where)
        return root

    def _file(self, path: Path, asked_at: Place, chain: tuple[Path, ...]) -> Table:
        name = str(path)
        self.files.append(name)
        self._seen.append(path.resolve())
        try:
            root, faults = self._parse(name, text_of(name, octets_of(path, asked_at, MOST_OCTETS)))
        except Unreadable as error:
            self.faults.append(error.problem)
            return Table(Place(name, 1, 1))
        self.faults.extend(faults)
        for key in [key for key, node in root.nodes.items() if isinstance(node, Leaf) and node.value is None]:
            del root.nodes[key]  # a section whose every line is a comment
        include = root.nodes.get("include")
        for place, included in self._included(path, include, (*chain, path.resolve())):
            self._merge(root, self._file(included, place, (*chain, path.resolve())))
        return root

    def _included(self, path: Path, include: Node | None, chain: tuple[Path, ...]) -> Iterator[tuple[Place, Path]]:
        """The files to be included and not read yet, each with the place that names it."""
        for item in include.nodes if isinstance(include, Items) else [include]:
            if not isinstance(item, Leaf) or not isinstance(item.value, str):
                continue  # the models tell
            if has_magic(item.value):
                names = sorted(glob(item.value, root_dir=path.parent, recursive=True))  # noqa: PTH207 - absolute ones too
            else:
                names = [item.value]
            for name in names:
                file = path.parent / name
                if file.resolve() in chain and not has_magic(item.value):
                    self.faults.append(fault(item.place, f"`include`: {item.value} includes itself"))
                elif file.resolve() not in self._seen and (file.is_file() or not has_magic(item.value)):
                    yield item.place, file

    def _merge(self, root: Table, more: Table) -> None:
        """Sections that several files have are put together of their keys; no key twice."""
        for key, node in more.nodes.items():
            mine = root.nodes.get(key)
            if mine is None:
                root.nodes[key], root.keys[key] = node, more.keys[key]
            elif isinstance(mine, Table) and isinstance(node, Table):
                for name, entry in node.nodes.items():
                    if name in mine.nodes:
                        self._twice(name, mine.keys[name], node.keys[name])
                    else:
                        mine.nodes[name], mine.keys[name] = entry, node.keys[name]
            elif key != "include":
                self._twice(key, root.keys[key], more.keys[key])

    def _twice(self, key: str, first: Place, second: Place) -> None:
        self.faults.append(
            fault(second, f"`{key}` is here for the second time; the first is in {first.file}:{first.line}")
        )

    def _take(self, leaf: Leaf, text: str, *, octets: bool) -> str | None:
        """Puts the text in place that `env:`, `file:` or `literal:` stands for; what is wrong, None where nothing is."""
        kind, colon, name = text.partition(":")
        if not colon or kind not in {"env", "file", "literal"}:
            return None
        if kind == "literal":
            leaf.value = name
            return None
        try:
            found = (
                self._of_environment(name, leaf.place)
                if kind == "env"
                else self._of_file(name, leaf.place, octets=octets)
            )
        except Unreadable as error:
            return error.problem.message
        leaf.value, leaf.origin = found, text
        return None

    def _of_environment(self, name: str, asked_at: Place) -> str:
        found = self._environ.get(name)
        if found is None:
            near = nearest(name, self._environ, 0.85) if re.fullmatch(r"\w+", name) else None
            hint = f"; did you mean `{near}`?" if near else "; set it, or write file:PATH"
            raise Unreadable(fault(asked_at, f"the environment has no `{name}`{hint}"))
        if not found.isprintable() and any("\ud800" <= character <= "\udfff" for character in found):
            raise Unreadable(fault(asked_at, f"`{name}` of the environment is not UTF-8"))
        return LINE_END.sub("", found)

    def _of_file(self, name: str, asked_at: Place, *, octets: bool) -> str | bytes:
        """A text without the end of its last line, or the octets as they are."""
        path = self._folder / name
        found = octets_of(path, asked_at, MOST_OCTETS_OF_A_TEXT)
        return found if octets else LINE_END.sub("", text_of(str(path), found))


def octets_of(path: Path, asked_at: Place, most: int) -> bytes:
    """What a file holds. Raises Unreadable, at the place that asked for it."""
    try:
        # One that is no file, a FIFO for one, might be waited for without end.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreadable(fault(asked_at, f"{path} is {'a folder' if path.is_dir() else 'no file'}"))
            with open(descriptor, "rb", closefd=False) as file:
                octets = file.read(most + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "not a file's name"
        raise Unreadable(fault(asked_at, f"can not read {path}: {cause}")) from None
    if len(octets) > most:
        raise Unreadable(fault(asked_at, f"{path} is larger than {most // 1024} KiB"))
    return octets


def text_of(name: str, octets: bytes) -> str:
    """The text of a file. Raises Unreadable, at the octet that is not UTF-8."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = octets[: error.start].decode(errors="replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        message = f"{name} is not UTF-8 from its line {line} on; save it as UTF-8"
        raise Unreadable(Fault(name, line, column, message)) from None
