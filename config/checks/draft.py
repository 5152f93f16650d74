"""What checks of meaning see: typed settings beside what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Protocol

from config.faults import Fault, fault, instead
from config.kinds import Kinds
from config.yaml.nodes import (
    Items,
    Key,
    Leaf,
    Node,
    Path,
    Table,
    child,
    find,
    place_of_key,
    place_of_value,
    written,
)

NAMED = ("clients", "directories", "mail_servers", "sms_gateways", "profiles", "applications")


class Attributes(Protocol):
    """RADIUS attributes, by the dictionaries that the files name.

    `missing` are the indexes in `dictionaries` of those that are no file; `faults` and `warnings` are of the others, at
    their own lines. Of what such a dictionary would have defined nothing is said.
    """

    missing: Sequence[int]
    faults: Sequence[Fault]
    warnings: Sequence[Fault]

    def reply_fault(self, name: str, values: tuple[str, ...], /) -> str | None:
        """What is wrong with a reply attribute's name and values."""

    def size(self, name: str, values: tuple[str, ...], /) -> int:
        """How many octets it takes in a reply; 0 where it can not be in one."""

    def station_fault(self, name: str, /) -> str | None:
        """What is wrong with the name of an attribute of clients' `station`."""


class Draft:
    """A configuration being checked, which was read from `files`; names of further ones are relative to `folder`.

    `names` has the written names of each section, also of entries that are faulty.
    """

    def __init__(
        self,
        root: Table,
        kinds: Mapping[str, Kinds],
        *,
        demo: bool,
        attributes: Attributes | None,
        files: Sequence[str],
        folder: FilePath,
    ) -> None:
        self.root = root
        self.kinds = kinds
        self.demo = demo
        self.attributes = attributes
        self.files = files
        self.folder = folder
        self.spoiled: set[Path] = set()
        self.names = {section: _keys(root, section) for section in NAMED}

    def wrote(self, *path: Key) -> bool:
        """Whether the files have this, and not only a default."""
        return written(self.root, path) == path

    def faulty(self, *path: Key) -> bool:
        """Whether this, or what it is in, was wrong and is a default now."""
        return any(path[:length] in self.spoiled for length in range(1, len(path) + 1))

    def value(self, message: str, *path: Key) -> Fault:
        """A fault of the value there."""
        return fault(place_of_value(self.root, path), message)

    def key(self, message: str, *path: Key) -> Fault:
        """A fault of what the key there stands for."""
        return fault(place_of_key(self.root, written(self.root, path)), message)

    def unknown(self, section: str, names: Iterable[tuple[Path, object]], *path: Key) -> Iterable[Fault]:
        """Faults of names that the section has not; each with where it is below the path."""
        word, known = WORDS[section], self.names[section]
        is_table = isinstance(find(self.root, (section,)), Table | None)
        for where, name in names if is_table else ():
            if isinstance(name, str) and name not in known:
                yield self.value(f"unknown {word} `{name}`{instead(name, known)}", *path, *where)


WORDS = {
    "clients": "client",
    "directories": "directory",
    "mail_servers": "mail server",
    "sms_gateways": "SMS gateway",
    "profiles": "profile",
    "applications": "application",
}


def _keys(root: Table, section: str) -> frozenset[str]:
    node = find(root, (section,))
    return frozenset(node.nodes) if isinstance(node, Table) else frozenset()


def leaves_of(node: Node) -> Iterator[tuple[Path, Leaf]]:
    """The scalars of a list, or the one that stands for a list of one; each with its path in it."""
    if isinstance(node, Leaf):
        yield (), node
    elif isinstance(node, Items):
        yield from (((index,), item) for index, item in enumerate(node.nodes) if isinstance(item, Leaf))


def matches(root: Node, pattern: str) -> Iterator[tuple[Path, Node]]:
    """What the files have at a dotted path with `*`."""
    found: list[tuple[Path, Node]] = [((), root)]
    for part in pattern.split("."):
        deeper: list[tuple[Path, Node]] = []
        for path, node in found:
            for key in _children(node) if part == "*" else [part]:
                below = child(node, key)
                if below is not None:
                    deeper.append(((*path, key), below))
        found = deeper
    yield from found


def _children(node: Node) -> list[Key]:
    if isinstance(node, Table):
        return list(node.nodes)
    return list(range(len(node.nodes))) if isinstance(node, Items) else []
