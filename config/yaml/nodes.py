"""A configuration as it was written: values with their places, before it means anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from config.faults import Place

Scalar = str | int | float | bool | None
Key = str | int
Path = tuple[Key, ...]


@dataclass(slots=True)
class Leaf:
    """A scalar. `origin` is the `env:NAME` or `file:NAME` that its text was taken from, "" where it stands there.

    Octets are those of a file that is no text.
    """

    place: Place
    value: Scalar | bytes = field(repr=False)
    origin: str = ""


@dataclass(slots=True)
class Items:
    """A list."""

    place: Place
    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A map; `keys` are the places of its keys."""

    place: Place
    nodes: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Node = Leaf | Items | Table


def plain(node: Node) -> object:
    """The value alone, of dict, tuple and scalars."""
    match node:
        case Leaf():
            return node.value
        case Items():
            return tuple(plain(item) for item in node.nodes)
        case Table():
            return {key: plain(item) for key, item in node.nodes.items()}


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Every scalar with its path."""
    match node:
        case Leaf():
            yield path, node
        case Items():
            for index, item in enumerate(node.nodes):
                yield from leaves(item, (*path, index))
        case Table():
            for key, item in node.nodes.items():
                yield from leaves(item, (*path, key))


def child(node: Node, key: Key) -> Node | None:
    if isinstance(node, Table) and isinstance(key, str):
        return node.nodes.get(key)
    if isinstance(node, Items) and isinstance(key, int) and key < len(node.nodes):
        return node.nodes[key]
    return None


def written(root: Node, path: Sequence[Key]) -> Path:
    """The part of the path that the files have: the rest is a default, or an entry of a list written as one value."""
    node: Node | None = root
    for length, key in enumerate(path):
        node = child(node, key) if node is not None else None
        if node is None:
            return tuple(path[:length])
    return tuple(path)


def find(root: Node, path: Sequence[Key]) -> Node | None:
    """The node at that path, None where the files have none."""
    node: Node | None = root
    for key in path:
        node = child(node, key) if node is not None else None
    return node


def place_of_key(root: Node, path: Path) -> Place:
    """Where the key is that leads to this path; where the value is for entries of lists and for the whole."""
    parent = find(root, path[:-1]) if path else None
    if isinstance(parent, Table) and path[-1] in parent.keys:
        return parent.keys[str(path[-1])]
    return place_of_value(root, path)


def place_of_value(root: Node, path: Path) -> Place:
    """Where the value is, or the nearest thing around it that the files have."""
    node = find(root, written(root, path))
    return node.place if node is not None else root.place


def remove(root: Node, path: Path) -> bool:
    """Takes a key or an entry of a list away; whether it was there."""
    parent = find(root, path[:-1]) if path else None
    if parent is None or child(parent, path[-1]) is None:
        return False
    if isinstance(parent, Table):
        del parent.nodes[str(path[-1])]
    elif isinstance(parent, Items):
        del parent.nodes[int(path[-1])]
    return True
